#include "sample.hpp"

namespace vitrion::testing {
namespace {

using CifTest = FileTest;

const std::string salt =
    "data_salt\n_cell_length_a 5.64\n_cell_length_b 5.64\n_cell_length_c 5.64\n"
    "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
    "_symmetry_space_group_name_H-M 'F m -3 m'\nloop_\n_atom_site_label\n"
    "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    "_atom_site_occupancy\n";

TEST_F(CifTest, ACrystalIsAFrame) {
  const Frame f = read_first_frame(put("a.cif", salt + "Na1 Na 0 0 0 1\nCl1 Cl 0.5 0.5 0.5 1\n"));
  EXPECT_EQ(f.structure.formula(), "Na4 Cl4");
  EXPECT_NEAR(f.structure.cell.volume(), 5.64 * 5.64 * 5.64, 1e-9);
  double nearest = 10;
  for (std::size_t i = 1; i < f.size(); ++i) {
    const Vec3 d = f.structure.position[i] - f.structure.position[0];
    nearest = std::min(nearest, f.structure.cell.minimum_image(d).norm());
  }
  EXPECT_NEAR(nearest, 2.82, 1e-9);
  // From the content alone, and in a skewed cell.
  std::string skewed = salt + "Na1 Na 0.1 0.2 0.3 1\n";
  skewed.replace(skewed.find("gamma 90"), 8, "gamma 75");
  skewed.replace(skewed.find("F m -3 m"), 8, "P 1");
  const Frame g = read_first_frame(put("nameless", skewed));
  EXPECT_EQ(g.size(), 1U);
  EXPECT_TRUE(
      g.structure.cell.to_fractional(g.structure.position[0]).isApprox(Vec3(0.1, 0.2, 0.3), 1e-12));
}

TEST_F(CifTest, WhatIsNoStructureIsSaid) {
  const auto says_of = [&](const std::string& text, const std::string& words) {
    return says(error_of(put("a.cif", text)), words);
  };
  EXPECT_TRUE(says_of(salt + "Na1 Na 0 0 0 0.5\n", "vitrion build --set method=crystal"));
  EXPECT_TRUE(says_of(salt + "Na1 Na 0 0 0 0.5\nK1 K 0 0 0 0.5\n", "partly filled or shared"));
  EXPECT_TRUE(says_of(salt + "Na1 Na 0 0 ? 1\n", "has no position"));
  EXPECT_TRUE(says_of("data_a\n_cell_length_a 5\n", "holds no atoms"));
  std::string flat = salt + "Na1 Na 0 0 0 1\n";
  flat.replace(flat.find("_c 5.64"), 7, "_c 0   ");
  EXPECT_TRUE(says_of(flat, "a.cif: "));
}

}  // namespace
}  // namespace vitrion::testing
