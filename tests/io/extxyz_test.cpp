#include "sample.hpp"

namespace vitrion::testing {
namespace {

using ExtxyzTest = FileTest;

TEST_F(ExtxyzTest, ReadsKnownValues) {
  const auto file = put("a.extxyz",
                        "2\n"
                        "LATTICE=\"4 0 0 1 5 0 0 0.5 6\" "
                        "properties=species:S:1:pos:R:3:tag:I:1:velo:R:3:REF_forces:R:3:images:I:3 "
                        "REF_energy=-1.5 Time = 0.25 step=40 pbc=\"T F T\" Origin=\"-1 -2 -3\" "
                        "name='a \"b' list=[1, 2] flag "
                        "virial={4 0 0 0 5 0 0 0 6}\n"
                        "Li 0.5 1.5 2.5 7 1 2 3 0.1 0.2 0.3 -1 0 2\n"
                        "S 1e-1 +2.0 3D0 8 -4 -5 -6 .4 5. 6 0 0 0\r\n");
  const auto frames = read_all(file);
  ASSERT_EQ(frames.size(), 1U);
  const Frame& f = frames[0];
  Mat3 h;
  h << 4, 1, 0, 0, 5, 0.5, 0, 0, 6;
  EXPECT_EQ(f.structure.cell.vectors(), h);
  EXPECT_EQ(f.structure.cell.origin(), Vec3(-1, -2, -3));
  EXPECT_EQ(f.structure.cell.periodic(), (std::array<bool, 3>{true, false, true}));
  EXPECT_EQ(f.structure.formula(), "Li1 S1");
  EXPECT_EQ(f.structure.position[1], Vec3(0.1, 2, 3));
  EXPECT_EQ(f.velocities[0], Vec3(1, 2, 3));
  EXPECT_EQ(f.forces[1], Vec3(0.4, 5, 6));
  EXPECT_EQ(f.images[0], (Int3{-1, 0, 2}));
  EXPECT_EQ(f.energy_eV, -1.5);
  EXPECT_EQ(f.time_ps, 0.25);
  EXPECT_EQ(f.step, 40);
  // Virial is −V·stress; the volume is 4·5·6.
  EXPECT_TRUE(f.stress_eV_A3->isApprox(Mat3(Vec3(-4, -5, -6).asDiagonal()) / 120.0));
}

TEST_F(ExtxyzTest, TakesLabelsUnderAllTheirNames) {
  const auto read_one = [&](const std::string& keys, const std::string& columns) {
    return read_all(
        put("a.extxyz", "1\nLattice=\"2 0 0 0 3 0 0 0 4\" Properties=species:S:1:pos:R:3" +
                            columns + " " + keys + "\nLi 0 0 0 1 2 3 4 5 6\n"))[0];
  };
  for (const std::string mark : {"", "REF_", "DFT_", "dft_"}) {
    const Frame f = read_one(mark + "energy=-2 " + mark + "stress=\"1 2 3 4 5 6\"",
                             ":" + mark + "forces:R:3:other:R:3");
    EXPECT_EQ(f.energy_eV, -2) << mark;
    ASSERT_EQ(f.forces.size(), 1U) << mark;
    EXPECT_EQ(f.forces[0], Vec3(1, 2, 3)) << mark;
    // Voigt's order, as ASE has it: xx yy zz yz xz xy.
    Mat3 s;
    s << 1, 6, 5, 6, 2, 4, 5, 4, 3;
    EXPECT_EQ(f.stress_eV_A3.value(), s) << mark;
    EXPECT_EQ(read_one(mark + "virial=\"24 0 0 0 0 0 0 0 0\"", ":o:R:6").stress_eV_A3.value()(0, 0),
              -1)
        << mark;
  }
  // A marked reference goes before plain names, wherever it stands.
  for (const std::string columns : {":forces:R:3:REF_forces:R:3", ":REF_forces:R:3:forces:R:3"}) {
    const bool second = columns.rfind(":forces", 0) == 0;
    const Frame f = read_one(
        "energy=-1 REF_energy=-2 stress=\"0 0 0 0 0 0\" "
        "REF_virial=\"24 0 0 0 0 0 0 0 0\" config_type=\"hot melt\"",
        columns);
    EXPECT_EQ(f.energy_eV, -2);
    EXPECT_EQ(f.forces.at(0), second ? Vec3(4, 5, 6) : Vec3(1, 2, 3));
    EXPECT_EQ((*f.stress_eV_A3)(0, 0), -1);
    EXPECT_EQ(f.phase, "hot melt");
  }
}

TEST_F(ExtxyzTest, KeepsEveryBit) {
  auto frames = sample_frames({.rotated = true});
  frames[2].phase = "a \"hot\" melt";
  frames[1].structure.cell =
      Cell(frames[1].structure.cell.vectors(), Vec3(0.1, -2, 1.0 / 3), {true, false, true});
  write_all(path("a.extxyz"), frames);
  const auto back = read_all(path("a.extxyz"));
  ASSERT_EQ(back.size(), frames.size());
  for (std::size_t f = 0; f < frames.size(); ++f) {
    expect_same_structure(back[f].structure, frames[f].structure, 0);
    EXPECT_EQ(back[f].velocities, frames[f].velocities);
    EXPECT_EQ(back[f].forces, frames[f].forces);
    EXPECT_EQ(back[f].images, frames[f].images);
    EXPECT_EQ(back[f].charges, frames[f].charges);
    EXPECT_EQ(back[f].energy_eV, frames[f].energy_eV);
    EXPECT_EQ(back[f].stress_eV_A3, frames[f].stress_eV_A3);
    EXPECT_EQ(back[f].temperature_K, frames[f].temperature_K);
    EXPECT_EQ(back[f].time_ps, frames[f].time_ps);
    EXPECT_EQ(back[f].step, frames[f].step);
    EXPECT_EQ(back[f].wrapping, frames[f].wrapping);
    EXPECT_EQ(back[f].phase, frames[f].phase);
  }
}

TEST_F(ExtxyzTest, PassesOnWordsThatMeanNothingHere) {
  const auto file = put("a.extxyz",
                        "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 energy=-1 "
                        "free_energy=-2 Sampler=lps-fm note=\"two \\\"words\\\"\" relaxed\n"
                        "Li 0 0 0\n1\nenergy=-3 Lattice=\"9 0 0 0 9 0 0 0 9\"\nLi 0 0 0\n");
  auto frames = read_all(file);
  ASSERT_EQ(frames.size(), 2U);
  const std::map<std::string, std::string> words{
      {"sampler", "lps-fm"}, {"note", "two \"words\""}, {"relaxed", "T"}};
  EXPECT_EQ(frames[0].info, words);
  EXPECT_TRUE(frames[1].info.empty());
  write_all(path("b.extxyz"), frames);
  EXPECT_EQ(read_all(path("b.extxyz"))[0].info, words);
  EXPECT_EQ(read_all(path("b.extxyz"))[0].energy_eV, -1);
}

TEST_F(ExtxyzTest, LeavesOutVelocitiesWhereNotWanted) {
  write_all(path("a.extxyz"), sample_frames({}, 1), {.velocities = false});
  EXPECT_TRUE(read_first_frame(path("a.extxyz")).velocities.empty());
}

TEST_F(ExtxyzTest, ReadsPlainXyzOfChangingSize) {
  const auto good =
      put("b.xyz", "1\nit's free text [, time=abc\nLi 0 0 1 0.9 x\n\n2\n\nS 1 2 3\n16 4 5 6\n\n");
  const auto frames = read_all(good, {.timestep_ps = 0.5});
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_FALSE(frames[0].structure.cell.is_defined());
  EXPECT_EQ(frames[0].structure.species.size(), 1U);
  EXPECT_EQ(frames[1].structure.formula(), "S2");
  EXPECT_EQ(frames[1].structure.species.size(), 1U);
  EXPECT_EQ(frames[1].structure.position[1], Vec3(4, 5, 6));
  EXPECT_EQ(frames[1].time_ps, 0.5);
}

TEST_F(ExtxyzTest, ReadsCp2kComments) {
  const auto file =
      put("a.xyz", "1\n i =       12, time =        6.000, E =      -2.0000000000\nLi 0 0 1\n");
  const Frame f = read_first_frame(file);
  EXPECT_EQ(f.step, 12);
  EXPECT_DOUBLE_EQ(*f.time_ps, 0.006);
  EXPECT_DOUBLE_EQ(*f.energy_eV, -2 * 27.211386245988);  // CODATA 2018
}

TEST_F(ExtxyzTest, ReadsMomentaInAseUnits) {
  const auto file =
      put("a.xyz", "1\nProperties=species:S:1:pos:R:3:momenta:R:3\nLi 0 0 1 1 0 -2\n");
  const Frame f = read_first_frame(file);
  // ½ m v² must be p²/2m in eV, ASE's unit of energy.
  const double mass = f.structure.species[0].mass_amu;
  const double kinetic = 0.5 * mass * f.velocities[0].squaredNorm() * 1.0364269656262175e-4;
  EXPECT_NEAR(kinetic, 5.0 / (2 * mass), 1e-12);
}

TEST_F(ExtxyzTest, SortsById) {
  const auto file =
      put("a.xyz", "2\nProperties=id:I:1:species:S:1:pos:R:3\n2 Li 2 0 0\n1 S 1 0 0\n");
  const Frame f = read_first_frame(file);
  EXPECT_EQ(f.structure.position[0][0], 1);
  EXPECT_EQ(f.structure.species_of(0).name, "S");
}

TEST_F(ExtxyzTest, SaysWhereAFileIsBroken) {
  const std::string head = "Properties=species:S:1:pos:R:3 Lattice=\"4 0 0 0 4 0 0 0 4\"";
  const auto message = [&](const std::string& text) { return error_of(put("x.extxyz", text)); };
  const auto expect = [&](const std::string& text, const std::string& where,
                          const std::string& what) {
    const std::string said = message(text);
    EXPECT_NE(said.find("x.extxyz" + where), std::string::npos) << said;
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  expect("", ": ", "empty");
  expect("2\n" + head + "\nLi 0 0 0\n", ":3: ", "cut off");
  expect("2\n" + head + "\nLi 0 0 0\n2\n" + head + "\n", ":4: ", "fewer than the 4 columns");
  expect("1\n" + head + "\nLi 0 0 0\nLi 0 0 0\n", ":4: ", "number of atoms");
  expect("1\n" + head + "\nLi 0 nan 0\n", ":3: ", "not a finite number");
  expect("1\n" + head + "\nLi 0 0.1x 0\n", ":3: ", "\"0.1x\" is not a number");
  expect("1\n" + head + "\nLi 0 0 0 0\n", ":3: ", "more than the 4 columns");
  expect("1\n" + head + "\n0.5 0 0 0\n", ":3: ", "where an element should");
  expect("1000000000000000\n" + head + "\nLi 0 0 0\n", ":3: ", "cut off");
  expect("0\n" + head + "\n", ":1: ", "less than 1");
  expect("99999999999999999999\n" + head + "\n", ":1: ", "number of atoms");
  expect("1\nLattice=\"4 0 0 0 4 0 0 0\"\nLi 0 0 0\n", ":2: ", "9 numbers");
  expect("1\nLattice=\"4 0 0 0 4 0 0 0 -4\"\nLi 0 0 0\n", ":2: ", "left-handed");
  expect("1\nLattice=\"4 0 0 0 4 0 0 0 4\nLi 0 0 0\n", ":2: ", "does not end");
  expect("1\nProperties=species:S:1:pos:R:2\nLi 0 0 0\n", ":2: ", "pos needs 3");
  expect("1\nProperties=pos:R:3\n0 0 0\n", ":2: ", "species");
  expect("1\n" + head + " energy=?\nLi 0 0 0\n", ":2: ", "energy");
  expect("1\n" + head + "\n" + std::string(3 << 20, 'L'), ":3: ", "does not end within");
}

}  // namespace
}  // namespace vitrion::testing
