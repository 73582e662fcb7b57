#include "sample.hpp"

namespace vitrion::testing {
namespace {

using Rmc6fTest = FileTest;

const std::string lines_before =
    "(Version 6f format configuration file)\nMetadata title: glass\nNumber of atoms: 2\n"
    "Supercell dimensions: 2 1 1\n";

TEST_F(Rmc6fTest, ReadsAllThreeKindsOfLinesOfAtoms) {
  const std::string cell = "Cell (Ang/deg): 8 6 5 90 90 90\nAtoms:\n";
  for (const char* atoms :
       {"1 Li 0.25 0.5 0.2 1 0 0 0\n2 S 0 0 0.5 2 1 0 0\n",
        "1 Li [1] 0.25 0.5 0.2 1 0 0 0\n2 S [ 2] 0 0 0.5 2 1 0 0\n",
        "1 Li [1] 0.25 0.5 0.2 1 0 0 0 M: 0.1 0 1\n2 S [1] 0 0 0.5 2 1 0 0\n"}) {
    const Frame f = read_first_frame(put("a.rmc6f", lines_before + cell + atoms));
    EXPECT_EQ(f.structure.formula(), "Li1 S1");
    EXPECT_TRUE(f.structure.position[0].isApprox(Vec3(2, 3, 1)));
    EXPECT_TRUE(f.structure.position[1].isApprox(Vec3(0, 0, 2.5)));
  }
}

TEST_F(Rmc6fTest, VectorsGoBeforeLengthsAndAngles) {
  const Frame f = read_first_frame(
      put("a.rmc6f", lines_before +
                         "Cell (Ang/deg): 9 9 9 90 90 90\nLattice vectors (Ang):\n4 0 0\n1 5 0\n"
                         "0 0 6\nAtoms:\n1 Li 0.5 0.5 0.5 1 0 0 0\n2 S 0 0 0 2 0 0 0\n"));
  EXPECT_EQ(f.structure.cell.vector(1), Vec3(1, 5, 0));
  EXPECT_TRUE(f.structure.position[0].isApprox(Vec3(2.5, 2.5, 3)));
}

TEST_F(Rmc6fTest, GoesRound) {
  const Frame f = sample_frames({}, 1)[0];
  write_frame(path("a.rmc6f"), f);
  const Frame back = read_first_frame(path("a.rmc6f"));
  EXPECT_EQ(back.structure.formula(), f.structure.formula());
  EXPECT_NEAR(back.structure.cell.volume(), f.structure.cell.volume(), 1e-3);
}

TEST_F(Rmc6fTest, WhatIsMissingIsNamed) {
  const auto says_of = [&](const std::string& text, const std::string& words) {
    return says(error_of(put("a.rmc6f", text)), words);
  };
  EXPECT_TRUE(says_of(lines_before + "Atoms:\n1 Li 0 0 0 1 0 0 0\n", "Cell (Ang/deg)"));
  const std::string cell = lines_before + "Cell (Ang/deg): 8 6 5 90 90 90\nAtoms:\n";
  EXPECT_TRUE(says_of(cell, "no atom follows"));
  EXPECT_TRUE(says_of(cell + "1 Li 0 0 0 1 0 0 0\n", "says 2, but 1"));
  EXPECT_TRUE(says_of(cell + "1 Li 0 x 0 1 0 0 0\n", "a.rmc6f:7"));
  EXPECT_TRUE(says_of(lines_before, "Atoms:"));
  EXPECT_TRUE(
      says_of(lines_before + "Cell (Ang/deg): 8 6 5 90 90 300\nAtoms:\n1 Li 0 0 0\n", "a.rmc6f:"));
}

}  // namespace
}  // namespace vitrion::testing
