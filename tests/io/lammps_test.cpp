#include "sample.hpp"

namespace vitrion::testing {
namespace {

using LammpsDumpTest = FileTest;
using LammpsDataTest = FileTest;

// A tilted box xlo..xhi = 0..10, ylo..yhi = 0..8, zlo..zhi = -1..6 with xy = 2, xz = -1, yz = 3:
// by LAMMPS' manual its bounds are xlo + min(0, xy, xz, xy+xz) = -1 and xhi + 2, ylo + 0 and yhi
// + 3.
const char* const tilted_head =
    "ITEM: UNITS\nmetal\n"
    "ITEM: TIME\n0.5\n"
    "ITEM: TIMESTEP\n500\n"
    "ITEM: NUMBER OF ATOMS\n2\n"
    "ITEM: BOX BOUNDS xy xz yz pp pp ff\n-1 12 2\n0 11 -1\n-1 6 3\n";

TEST_F(LammpsDumpTest, ReadsATiltedBoxAndSorts) {
  const auto file =
      put("a.dump", std::string(tilted_head) +
                        "ITEM: ATOMS id type vx vy vz xs ys zs ix iy iz element q fx fy fz\n"
                        "7 2 1 2 3 0.5 0.5 0.5 1 0 -1 S -2 4 5 6\n"
                        "3 1 0 0 0 0 0 0 0 0 0 Li 1 0 0 0\n");
  const Frame f = read_first_frame(file);
  Mat3 h;
  h << 10, 2, -1, 0, 8, 3, 0, 0, 7;
  EXPECT_EQ(f.structure.cell.vectors(), h);
  EXPECT_EQ(f.structure.cell.origin(), Vec3(0, 0, -1));
  EXPECT_EQ(f.structure.cell.periodic(), (std::array<bool, 3>{true, true, false}));
  EXPECT_EQ(f.structure.species_of(0).name, "Li");
  EXPECT_EQ(f.structure.position[0], Vec3(0, 0, -1));
  EXPECT_EQ(f.structure.position[1], Vec3(5.5, 5.5, 2.5));
  EXPECT_EQ(f.velocities[1], Vec3(1, 2, 3));
  EXPECT_EQ(f.forces[1], Vec3(4, 5, 6));
  EXPECT_EQ(f.images[1], (Int3{1, 0, -1}));
  EXPECT_EQ(f.charges, (std::vector<double>{1, -2}));
  EXPECT_EQ(f.wrapping, Wrapping::wrapped);
  EXPECT_EQ(f.step, 500);
  EXPECT_EQ(f.time_ps, 0.5);
}

TEST_F(LammpsDumpTest, ReadsGeneralBoxesAndUnwrappedPositions) {
  const auto file = put("a.lammpstrj",
                        "ITEM: TIMESTEP\n4\nITEM: NUMBER OF ATOMS\n1\n"
                        "ITEM: BOX BOUNDS abc origin pp pp pp\n4 0.5 0 -1\n0 5 0 -2\n0 0.25 6 -3\n"
                        "ITEM: ATOMS id type xsu ysu zsu\n1 3 2 0 0\n");
  const Frame f = read_first_frame(file, {.type_names = {{3, "Li"}}, .timestep_ps = 0.002});
  EXPECT_EQ(f.structure.cell.vector(0), Vec3(4, 0.5, 0));
  EXPECT_EQ(f.structure.cell.vector(2), Vec3(0, 0.25, 6));
  EXPECT_EQ(f.structure.cell.origin(), Vec3(-1, -2, -3));
  EXPECT_EQ(f.structure.position[0], Vec3(7, -1, -3));
  EXPECT_EQ(f.wrapping, Wrapping::unwrapped);
  EXPECT_DOUBLE_EQ(*f.time_ps, 0.008);
}

TEST_F(LammpsDumpTest, ConvertsRealUnits) {
  const auto file =
      put("a.dump",
          "ITEM: UNITS\nreal\nITEM: TIME\n250\nITEM: TIMESTEP\n250\nITEM: NUMBER OF ATOMS\n1\n"
          "ITEM: BOX BOUNDS pp pp pp\n0 4\n0 4\n0 4\nITEM: ATOMS id mass x y z vx vy vz fx fy fz\n"
          "1 6.94 1 2 3 0.001 0 0 23.060547830619 0 0\n");
  const Frame f = read_first_frame(file);
  EXPECT_DOUBLE_EQ(*f.time_ps, 0.25);
  EXPECT_DOUBLE_EQ(f.velocities[0][0], 1.0);
  EXPECT_NEAR(f.forces[0][0], 1.0, 1e-9);  // 1 eV is 23.0605 kcal/mol
  EXPECT_EQ(f.structure.species_of(0).name, "Li");
}

TEST_F(LammpsDumpTest, AtomsMayChangePlacesBetweenFrames) {
  const std::string head =
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n0 4\n0 4\n0 4\n";
  const auto file =
      put("a.dump", head + "ITEM: ATOMS id element x y z\n1 Li 1 0 0\n2 S 2 0 0\n" + head +
                        "ITEM: ATOMS id element x y z\n2 S 2 0 0\n1 Li 1 0 0\n");
  const auto frames = read_all(file);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].structure.position, frames[1].structure.position);
  EXPECT_EQ(frames[0].structure.kind, frames[1].structure.kind);
}

TEST_F(LammpsDumpTest, TypesWithoutNamesNeedThem) {
  const std::string text =
      std::string(tilted_head) + "ITEM: ATOMS id type x y z\n1 1 0 0 0\n2 2 1 1 1\n";
  const auto file = put("a.dump", text);
  EXPECT_NE(error_of(file).find("--types 1=Li,2=P,3=S"), std::string::npos) << error_of(file);
  EXPECT_NE(error_of(file, {.type_names = {{1, "Li"}}}).find("atom type 2"), std::string::npos);
  EXPECT_EQ(read_first_frame(file, {.type_names = {{1, "Li"}, {2, "P"}}}).structure.formula(),
            "Li1 P1");
}

TEST_F(LammpsDumpTest, GoesRoundWithEverything) {
  for (const bool tilted : {false, true}) {
    const auto frames = sample_frames({.tilted = tilted});
    write_all(path("a.dump"), frames);
    const auto back = read_all(path("a.dump"));
    ASSERT_EQ(back.size(), frames.size());
    for (std::size_t f = 0; f < frames.size(); ++f) {
      expect_same_structure(back[f].structure, frames[f].structure, 1e-14);
      EXPECT_EQ(back[f].velocities, frames[f].velocities);
      EXPECT_EQ(back[f].forces, frames[f].forces);
      EXPECT_EQ(back[f].images, frames[f].images);
      EXPECT_EQ(back[f].charges, frames[f].charges);
      EXPECT_EQ(back[f].time_ps, frames[f].time_ps);
      EXPECT_EQ(back[f].step, frames[f].step);
      EXPECT_EQ(back[f].wrapping, Wrapping::wrapped);
    }
  }
}

// What a turn leaves alone: fractional positions, and scalar products.
void expect_same_but_turned(const Frame& a, const Frame& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_TRUE(a.structure.cell.lengths().isApprox(b.structure.cell.lengths(), 1e-12));
  EXPECT_TRUE(a.structure.cell.angles_deg().isApprox(b.structure.cell.angles_deg(), 1e-12));
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_LE((a.structure.cell.to_fractional(a.structure.position[i]) -
               b.structure.cell.to_fractional(b.structure.position[i]))
                  .norm(),
              tolerance);
    EXPECT_LE(std::abs(a.velocities[i].dot(a.structure.cell.vector(1)) -
                       b.velocities[i].dot(b.structure.cell.vector(1))),
              100 * tolerance);
  }
}

TEST_F(LammpsDumpTest, TurnsCellsThatLammpsCannotHave) {
  const auto frames = sample_frames({.rotated = true}, 1);
  write_all(path("a.dump"), frames);
  const Frame back = read_first_frame(path("a.dump"));
  EXPECT_TRUE(back.structure.cell.is_standard_orientation());
  expect_same_but_turned(back, frames[0], 1e-12);
}

TEST_F(LammpsDumpTest, WritesOpenMolecules) {
  Frame f;
  f.structure.add("Li", Vec3(1, 2, 3));
  write_frame(path("a.dump"), f);
  const Frame back = read_first_frame(path("a.dump"));
  EXPECT_EQ(back.structure.position, f.structure.position);
  EXPECT_EQ(back.structure.cell.periodic(), (std::array<bool, 3>{false, false, false}));
}

TEST_F(LammpsDumpTest, SaysWhereAFileIsBroken) {
  const std::string head = tilted_head;
  const std::string columns = "ITEM: ATOMS id element x y z\n";
  const auto expect = [&](const std::string& text, const std::string& where,
                          const std::string& what) {
    const std::string said = error_of(put("x.dump", text));
    EXPECT_NE(said.find("x.dump" + where), std::string::npos) << said;
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  expect("", ": ", "empty");
  expect(head, ":12: ", "cut off");
  expect(head + columns + "1 Li 0 0 0\n", ":14: ", "after 1 of 2 atoms");
  expect(head + columns + "1 Li 0 0 0\n2 S 0 0 1", ":15: ", "cut off");
  expect(head + columns + "1 Li 0 0 0\n2 S 0 0\n", ":15: ", "fewer than the 5");
  expect(head + columns + "1 Li 0 0 0\n2 S 0 0 inf\n", ":15: ", "not a finite");
  expect(head + columns + "1 Li 0 0 0\n1 S 0 0 1\n", ":15: ", "have the id 1");
  expect(head + columns + "1 Li 0 0 0\n2 S 0 0 1\n3 S 1 1 1\n", ":16: ", "as many atoms");
  expect(head + "ITEM: ATOMS id element x y\n1 Li 0 0\n2 S 0 0\n", ":13: ", "no positions");
  expect("ITEM: UNITS\nlj\n", ":2: ", "only metal and real");
  expect("ITEM: NUMBER OF ATOMS\n1\n" + columns, ":3: ", "BOX BOUNDS");
  expect("ITEM: NUMBER OF ATOMS\n1000000000000000\nITEM: BOX BOUNDS pp pp pp\n0 4\n0 4\n0 4\n" +
             columns + "1 Li 0 0 0\n",
         ":8: ", "cut off");
}

const char* const data_text =
    "LAMMPS data file via write_data, version 23 Jun 2022, timestep = 70, units = real\n"
    "\n"
    "3 atoms\n2 atom types\n1 bonds\n\n"
    "0 10 xlo xhi\n-1 7 ylo yhi\n0 6 zlo zhi\n1 0.5 -2 xy xz yz\n\n"
    "Masses\n\n1 6.94\n2 32.06 # S\n\n"
    "Pair Coeffs # lj/cut\n\n1 0.1 2\n2 0.2 3\n\n"
    "Atoms # full\n\n"
    "2 1 2 -2.0 4 5 6 1 0 0\n"
    "1 1 1 1.0 1 2 3 0 0 -1 # a comment\n"
    "5 2 1 1.0 7 8 9 0 0 0\n\n"
    "Velocities\n\n5 0 0 0.003\n1 0.001 0 0\n2 0 0.002 0\n\n"
    "Bonds\n\n1 1 1 2\n";

TEST_F(LammpsDataTest, ReadsKnownValues) {
  const Frame f = read_first_frame(put("a.data", data_text));
  Mat3 h;
  h << 10, 1, 0.5, 0, 8, -2, 0, 0, 6;
  EXPECT_EQ(f.structure.cell.vectors(), h);
  EXPECT_EQ(f.structure.cell.origin(), Vec3(0, -1, 0));
  ASSERT_EQ(f.size(), 3U);
  EXPECT_EQ(f.structure.species_of(0).name, "Li");  // from the mass
  EXPECT_EQ(f.structure.species_of(1).name, "S");
  EXPECT_EQ(f.structure.position[2], Vec3(7, 8, 9));
  EXPECT_EQ(f.charges, (std::vector<double>{1, -2, 1}));
  EXPECT_EQ(f.images[0], (Int3{0, 0, -1}));
  EXPECT_DOUBLE_EQ(f.velocities[0][0], 1);  // Å/fs in the file
  EXPECT_DOUBLE_EQ(f.velocities[1][1], 2);
  EXPECT_DOUBLE_EQ(f.velocities[2][2], 3);
  EXPECT_EQ(f.step, 70);
}

TEST_F(LammpsDataTest, ReadsEveryAtomStyle) {
  const std::string head =
      "title\n\n1 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n\nMasses\n\n1 6.94 # "
      "Li\n\n";
  const auto x = [&](const std::string& rest) {
    return read_first_frame(put("a.data", head + rest)).structure.position[0];
  };
  EXPECT_EQ(x("Atoms\n\n1 1 1.5 2.5 3.5\n"), Vec3(1.5, 2.5, 3.5));
  EXPECT_EQ(x("Atoms\n\n1 1 1.5 2.5 3.5 0 0 0\n"), Vec3(1.5, 2.5, 3.5));
  EXPECT_EQ(x("Atoms # charge\n\n1 1 1 1.5 2.5 3.5\n"), Vec3(1.5, 2.5, 3.5));
  EXPECT_EQ(x("Atoms\n\n1 1 1.0 1.5 2.5 3.5\n"), Vec3(1.5, 2.5, 3.5));
  EXPECT_EQ(x("Atoms # molecular\n\n1 9 1 1.5 2.5 3.5 0 0 0\n"), Vec3(1.5, 2.5, 3.5));
  EXPECT_EQ(x("Atoms\n\n1 9 1 0.5 1.5 2.5 3.5\n"), Vec3(1.5, 2.5, 3.5));
}

TEST_F(LammpsDataTest, GoesRound) {
  const Frame f = sample_frames({}, 1)[0];
  write_frame(path("a.data"), f);
  const Frame back = read_first_frame(path("a.data"));
  expect_same_structure(back.structure, f.structure, 1e-14);
  EXPECT_EQ(back.velocities, f.velocities);
  EXPECT_EQ(back.images, f.images);
  EXPECT_EQ(back.charges, f.charges);
  EXPECT_EQ(back.step, f.step);
}

TEST_F(LammpsDataTest, FoldsUnwrappedPositionsWithTheirImages) {
  Frame f = sample_frames({.everything = false}, 1)[0];
  f.wrapping = Wrapping::unwrapped;
  const Vec3 inside = f.structure.position[3];
  f.structure.position[3] += f.structure.cell.vectors() * Vec3(2, -1, 0);
  write_frame(path("a.data"), f);
  const Frame back = read_first_frame(path("a.data"));
  EXPECT_LE((back.structure.position[3] - inside).norm(), 1e-12);
  EXPECT_EQ(back.images[3], (Int3{2, -1, 0}));
}

TEST_F(LammpsDataTest, SaysWhereAFileIsBroken) {
  const std::string head =
      "title\n\n2 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n\nMasses\n\n1 "
      "6.94\n\n";
  const auto expect = [&](const std::string& text, const std::string& where,
                          const std::string& what) {
    const std::string said = error_of(put("x.data", text));
    EXPECT_NE(said.find("x.data" + where), std::string::npos) << said;
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  expect("", ": ", "empty");
  expect("title\n", ":1: ", "number of atoms");
  expect("title\n\n2 atoms\n\nMasses\n", ":5: ", "xlo xhi");
  expect(head, ":12: ", "no Atoms section");
  expect(head + "Atoms # atomic\n\n1 1 0 0 0\n", ":15: ", "after 1 of 2");
  expect(head + "Atoms # atomic\n\n1 1 0 0 0\n2 1 0 nan 0\n", ":16: ", "finite");
  expect(head + "Atoms\n\n1 1 1 0 0 0\n2 1 1 0 0 0\n", ":15: ", "Atoms # charge");
  expect(head + "Atoms # peri\n\n1 1 1 0 0 0\n2 1 1 0 0 0\n", ":15: ", "atom style \"peri\"");
  expect(head + "Atoms # atomic\n\n1 1 0 0 0\n2 1 0 0 1\n\nVelocities\n\n1 0 0 0\n3 0 0 0\n",
         ":21: ", "ids of Velocities");
  expect(
      "t\n\n1 atoms\n1 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n0 4 zlo zhi\n\nAtoms # atomic\n\n1 1 "
      "0 0 0\n",
      ":11: ", "--types");
}

}  // namespace
}  // namespace vitrion::testing
