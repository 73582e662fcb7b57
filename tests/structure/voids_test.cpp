#include "structure/voids.hpp"

#include "base/constants.hpp"
#include "structure/distance_field.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

Frame one_atom(const Cell& cell) {
  Frame f;
  f.structure.cell = cell;
  f.structure.add("S", {1, 2, 3});
  return f;
}

// Spheres of 1.84 Å on a cubic lattice of 6 Å: holes at the body centre, windows at the faces'.
TEST(Voids, SimpleCubicLattice) {
  const double a = 6;
  const double r = 1.84;
  Mat3 skew = a * Mat3::Identity();
  skew.col(1) += skew.col(0);
  skew.col(2) -= 2 * skew.col(1);
  for (const Cell& cell : {Cell::cubic(a), Cell(skew)}) {
    const Result v = analyse("voids", {one_atom(cell)}, {{"spacing", "0.4A"}});
    EXPECT_NEAR(value(v, "void_fraction"), 1 - 4 * constants::pi / 3 * std::pow(r / a, 3), 1e-2);
    EXPECT_NEAR(value(v, "largest_sphere"), std::sqrt(3.0) * a / 2 - r, 0.2);
    EXPECT_NEAR(value(v, "free_radius"), std::sqrt(0.5) * a - r, 0.2);
    EXPECT_NEAR(value(v, "free_radius_a"), std::sqrt(0.5) * a - r, 0.2);
    EXPECT_NEAR(value(v, "free_radius_c"), std::sqrt(0.5) * a - r, 0.2);
    // A probe of 1 Å is kept out of spheres of 2.84 Å, which do not overlap.
    EXPECT_NEAR(data(v, "voids", "void_fraction")[10],
                1 - 4 * constants::pi / 3 * std::pow((r + 1) / a, 3), 1.5e-2);
    EXPECT_GE(data(v, "voids", "pore_fraction")[10], data(v, "voids", "void_fraction")[10]);
  }
}

// Closed layers of S: along them there is room, across them there is none.
TEST(Voids, LayersLetNothingAcross) {
  Frame f;
  f.structure.cell = Cell::orthorhombic(6, 6, 9);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) f.structure.add("S", {2.0 * i, 2.0 * j, 0});
  }
  const Result v = analyse("voids", {f}, {{"spacing", "0.25A"}});
  EXPECT_NEAR(value(v, "free_radius_a"), 4.5 - 1.84, 0.2);
  EXPECT_NEAR(value(v, "free_radius_b"), 4.5 - 1.84, 0.2);
  EXPECT_EQ(value(v, "free_radius_c"), 0);
  const Result none =
      analyse("voids", {f}, {{"without", "S"}, {"reach", "1A"}, {"spacing", "0.5A"}});
  EXPECT_NEAR(value(none, "void_fraction"), 1, 1e-12);
  EXPECT_THAT(none.warnings, ::testing::Contains(HasSubstr("raise voids.reach")));
}

// Point by point, from minimum images and from the definition of a pore.
TEST(Voids, FieldsAgreeWithSlowOnes) {
  const Frame f = random_frame(skewed(), {{"S", 6}, {"Li", 5}}, 4);
  const Structure& s = f.structure;
  std::vector<double> radius(11, 1.84);
  std::fill(radius.begin() + 6, radius.end(), 0.76);
  const Grid3 grid = make_grid(s.cell, 0.8);
  const auto distance = distance_field(s, grid, radius, 2.5);
  const auto pores = pore_radii(s.cell, grid, distance);
  std::vector<Vec3> points;
  for (int i = 0; i < grid.count[0]; ++i) {
    for (int j = 0; j < grid.count[1]; ++j) {
      for (int k = 0; k < grid.count[2]; ++k) {
        points.push_back(s.cell.to_cartesian({static_cast<double>(i) / grid.count[0],
                                              static_cast<double>(j) / grid.count[1],
                                              static_cast<double>(k) / grid.count[2]}));
      }
    }
  }
  ASSERT_EQ(points.size(), distance.size());
  for (std::size_t p = 0; p < points.size(); ++p) {
    double nearest = 2.5;
    for (std::size_t i = 0; i < 11; ++i) {
      nearest =
          std::min(nearest, s.cell.minimum_image(points[p] - s.position[i]).norm() - radius[i]);
    }
    ASSERT_NEAR(distance[p], nearest, 1e-9);
  }
  for (std::size_t p = 0; p < points.size(); p += 7) {
    double widest = 0;
    for (std::size_t q = 0; q < points.size(); ++q) {
      if (distance[q] <= widest) continue;
      if (s.cell.minimum_image(points[p] - points[q]).norm() <= distance[q]) widest = distance[q];
    }
    ASSERT_NEAR(pores[p], widest, 1e-9);
  }
}

TEST(Voids, SaysWhatItNeeds) {
  Frame f = one_atom(Cell::cubic(6));
  f.structure.cell = Cell();
  EXPECT_THAT(failure("voids", {f}), HasSubstr("needs a cell that is periodic"));
  EXPECT_THAT(failure("voids", {one_atom(Cell::cubic(600))}, {{"spacing", "0.1A"}}),
              HasSubstr("choose a wider spacing"));
}

}  // namespace
}  // namespace vitrion
