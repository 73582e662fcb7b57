#include "sample.hpp"

namespace vitrion::testing {
namespace {

using PoscarTest = FileTest;
using XdatcarTest = FileTest;

TEST_F(PoscarTest, ReadsDirectAndCartesian) {
  const auto direct =
      put("POSCAR",
          "c\n2.0\n2 0 0\n0 3 0\n1 0 4\nLi_sv S/a1b2\n1 1\nSelective dynamics\nDirect\n"
          "0.5 0.5 0.5 T T F\n0 0 0.25 F F F\n");
  const Frame f = read_first_frame(direct);
  Mat3 h;
  h << 4, 0, 2, 0, 6, 0, 0, 0, 8;
  EXPECT_EQ(f.structure.cell.vectors(), h);
  EXPECT_EQ(f.structure.formula(), "Li1 S1");
  EXPECT_EQ(f.structure.position[0], Vec3(3, 3, 4));
  const auto cartesian =
      put("CONTCAR",
          "c\n2.0\n2 0 0\n0 3 0\n1 0 4\nLi S Li\n1 1 1\nKartesisch\n1 2 3\n0 0 0.25\n1 1 1\n");
  const Frame g = read_first_frame(cartesian);
  EXPECT_EQ(g.structure.position[0], Vec3(2, 4, 6));
  EXPECT_EQ(g.structure.formula(), "Li2 S1");
}

TEST_F(PoscarTest, NegativeScaleIsTheVolume) {
  const auto file = put("a.vasp", "c\n-192\n1 0 0\n0 1 0\n0 0 3\nLi\n1\nC\n1 1 1\n");
  const Frame f = read_first_frame(file);
  EXPECT_NEAR(f.structure.cell.volume(), 192, 1e-9);
  EXPECT_TRUE(f.structure.position[0].isApprox(Vec3(4, 4, 4)));
}

TEST_F(PoscarTest, ReadsVelocitiesInAngstromPerFemtosecond) {
  const std::string head = "c\n1\n4 0 0\n0 4 0\n0 0 4\nLi S\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n";
  EXPECT_EQ(
      read_first_frame(put("POSCAR", head + "\n0.001 0 0\n0 0.002 0\n\n1\n0.5\n")).velocities[1],
      Vec3(0, 2, 0));
  EXPECT_EQ(
      read_first_frame(
          put("POSCAR",
              head +
                  "Lattice velocities and vectors\n1\n0 0 0\n0 0 0\n0 0 0\n4 0 0\n0 4 0\n0 0 4\n\n"
                  "0.001 0 0\n0 0.002 0\n"))
          .velocities[0],
      Vec3(1, 0, 0));
  EXPECT_TRUE(read_first_frame(put("POSCAR", head + "\n0 0 0\n0 0 0\n")).velocities.empty());
  EXPECT_TRUE(read_first_frame(put("POSCAR", head + "\n\n")).velocities.empty());
  EXPECT_NE(error_of(put("POSCAR", head + "\n0.001 0 0\n")).find(":12: "), std::string::npos);
}

TEST_F(PoscarTest, GoesRound) {
  const Frame f = sample_frames({.rotated = true}, 1)[0];
  write_frame(path("POSCAR"), f);
  const Frame back = read_first_frame(path("POSCAR"));
  expect_same_structure(back.structure, f.structure, 1e-13);
  expect_near(back.velocities, f.velocities, 1e-13, "velocity");
}

TEST_F(PoscarTest, GroupsAtomsByElement) {
  Frame f;
  f.structure.cell = Cell::cubic(4);
  for (const auto* name : {"S", "Li", "S"})
    f.structure.add(name, Vec3::Constant(0.5 * static_cast<double>(f.size())));
  write_frame(path("POSCAR"), f);
  const Frame back = read_first_frame(path("POSCAR"));
  EXPECT_EQ(back.structure.formula(), "S2 Li1");
  EXPECT_TRUE(back.structure.position[1].isApprox(f.structure.position[2]));
  f.structure.cell = Cell();
  EXPECT_THROW(write_frame(path("POSCAR"), f), InputError);
}

TEST_F(PoscarTest, SaysWhereAFileIsBroken) {
  const auto expect = [&](const std::string& text, const std::string& where,
                          const std::string& what) {
    const std::string said = error_of(put("x.vasp", text));
    EXPECT_NE(said.find("x.vasp" + where), std::string::npos) << said;
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  const std::string cell = "c\n1\n4 0 0\n0 4 0\n0 0 4\n";
  expect("", ": ", "empty");
  expect("c\n", ":1: ", "cut off");
  expect(cell + "2 1\nDirect\n0 0 0\n", ":6: ", "names above the counts");
  expect(cell + "Li\n2\nDirect\n0 0 0\n", ":9: ", "after 1 of 2");
  expect(cell + "Li\n2\nDirect\n0 0 0\n0 0\n", ":10: ", "fewer than three");
  expect(cell + "Li\n1\nDirect\n0 0 nan\n", ":9: ", "finite");
  expect(cell + "Li\n1\nFoo\n0 0 0\n", ":8: ", "Direct");
  expect(cell + "Li S\n1\nDirect\n0 0 0\n", ":7: ", "count of atoms");
  expect(cell + "Li\n1000000000000000\nDirect\n0 0 0\n", ":9: ", "cut off");
  expect("c\n0\n4 0 0\n0 4 0\n0 0 4\n", ":5: ", "scale");
  expect("c\n1\n4 0 0\n0 0 4\n0 4 0\nLi\n", ":5: ", "left-handed");
}

TEST_F(XdatcarTest, ReadsFixedAndChangingCells) {
  const std::string head = "t\n1\n4 0 0\n0 4 0\n0 0 4\nLi S\n1 1\n";
  const std::string larger = "t\n1\n5 0 0\n0 5 0\n0 0 5\nLi S\n1 1\n";
  const std::string atoms = "0.5 0.5 0.5\n0 0 0.25\n";
  const auto fixed = read_all(put("XDATCAR", head + "Direct configuration=     1\n" + atoms +
                                                 "Direct configuration=     3\n" + atoms + "\n"),
                              {.timestep_ps = 0.002});
  ASSERT_EQ(fixed.size(), 2U);
  EXPECT_EQ(fixed[1].step, 3);
  EXPECT_DOUBLE_EQ(*fixed[1].time_ps, 0.006);
  EXPECT_EQ(fixed[1].structure.position[0], Vec3(2, 2, 2));
  EXPECT_EQ(fixed[1].wrapping, Wrapping::wrapped);
  const auto changing =
      read_all(put("XDATCAR", head + "Direct configuration=     1\n" + atoms + larger +
                                  "Direct configuration=     2\n" + atoms));
  ASSERT_EQ(changing.size(), 2U);
  EXPECT_EQ(changing[1].structure.position[0], Vec3(2.5, 2.5, 2.5));
  const auto untitled =
      read_all(put("XDATCAR", head + "Direct configuration=     1\n" + atoms + "\n" +
                                  larger.substr(2) + "Direct configuration=     2\n" + atoms));
  ASSERT_EQ(untitled.size(), 2U);
  EXPECT_EQ(untitled[1].structure.cell.vector(0), Vec3(5, 0, 0));
}

TEST_F(XdatcarTest, GoesRound) {
  auto frames = sample_frames({.rotated = true, .everything = false});
  frames[1].structure.position[2] += frames[1].structure.cell.vector(1);  // is folded
  write_all(path("XDATCAR"), frames);
  frames[1].structure.position[2] -= frames[1].structure.cell.vector(1);
  const auto back = read_all(path("XDATCAR"));
  ASSERT_EQ(back.size(), frames.size());
  for (std::size_t f = 0; f < frames.size(); ++f) {
    expect_same_structure(back[f].structure, frames[f].structure, 2e-11);
    EXPECT_EQ(back[f].step, static_cast<std::int64_t>(f + 1));
  }
}

TEST_F(XdatcarTest, SaysWhereAFileIsBroken) {
  const auto expect = [&](const std::string& text, const std::string& where,
                          const std::string& what) {
    const std::string said = error_of(put("x.XDATCAR", text));
    EXPECT_NE(said.find("x.XDATCAR" + where), std::string::npos) << said;
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  const std::string head = "t\n1\n4 0 0\n0 4 0\n0 0 4\nLi S\n1 1\n";
  expect("", ": ", "empty");
  expect(head, ":7: ", "cut off");
  expect(head + "Direct configuration= 1\n0 0 0\n", ":9: ", "after 1 of 2");
  expect(head + "Direct configuration= 1\n0 0 0\nDirect configuration= 2\n0 0 0\n0 0 0\n",
         ":10: ", "not a number");
  expect(head + "Direct configuration= 1\n0 0 0\n0 0 0\n0 0 0\n", ":11: ", "cut off");
  expect(head + "0 0 0\n", ":8: ", "Direct configuration=");
}

}  // namespace
}  // namespace vitrion::testing
