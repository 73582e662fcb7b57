#include "coupling/sphere_grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "coupling/orientation_map.hpp"
#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;

TEST(SphereGrid, CellsTileTheSphere) {
  for (const double width : {3.0, 5.0, 17.0}) {
    const SphereGrid grid(width);
    double area = 0;
    double least = 100;
    double most = 0;
    for (std::size_t c = 0; c < grid.cells(); ++c) {
      EXPECT_EQ(grid.cell_of(grid.centre(c)), c);
      area += grid.solid_angle(c);
      least = std::min(least, grid.solid_angle(c));
      most = std::max(most, grid.solid_angle(c));
      for (const auto n : grid.neighbors(c)) {
        const auto back = grid.neighbors(n);
        EXPECT_NE(std::find(back.begin(), back.end(), c), back.end());
        EXPECT_LT(std::acos(std::min(1.0, grid.centre(c).dot(grid.centre(n)))),
                  2.6 * width * degree);
      }
    }
    EXPECT_NEAR(area, 4 * constants::pi, 1e-9);
    EXPECT_LT(most / least, 1.6);
  }
}

TEST(SphereGrid, FreeDirectionsHaveNoStructure) {
  const SphereGrid grid(10);
  RandomStream random(1, "free");
  std::vector<double> counts(grid.cells(), 0.0);
  for (int i = 0; i < 400000; ++i) counts[grid.cell_of(any_direction(random))] += 1;
  double chi_squared = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double mean = 400000 * grid.solid_angle(c) / (4 * constants::pi);
    chi_squared += std::pow(counts[c] - mean, 2) / mean;
  }
  const auto freedom = static_cast<double>(grid.cells() - 1);
  EXPECT_NEAR(chi_squared, freedom, 4 * std::sqrt(2 * freedom));
  EXPECT_EQ(find_basins(grid, grid.free_energy(counts), 1).size(), 1U);
}

// V = c (x⁴ + y⁴ + z⁴): eight minima at ⟨111⟩ (c/3), saddles at ⟨110⟩ (c/2): a barrier of c/6.
TEST(OrientationMap, FindsAKnownSaddle) {
  constexpr double c = 24;
  OrientationMap map(5, 16);
  RandomStream random(1, "hindered");
  for (std::size_t k = 0; k < 400000;) {
    const Vec3 r = any_direction(random);
    const double v = c * (std::pow(r[0], 4) + std::pow(r[1], 4) + std::pow(r[2], 4) - 1.0 / 3);
    if (random.uniform() > std::exp(-v)) continue;
    map.add(k % 16, r);
    if (++k % 50000 == 0) map.close_stretch();
  }
  const Barrier barrier = map.barrier(1);
  EXPECT_NEAR(barrier.value_kT, c / 6, 0.05 * c / 6);
  EXPECT_LT(std::abs(barrier.value_kT - c / 6), 3 * barrier.error_kT);
  EXPECT_LT(barrier.error_kT, 0.3);
  EXPECT_FALSE(barrier.bound);
  ASSERT_EQ(barrier.basins.size(), 8U);
  const Vec3 s = barrier.saddle.cwiseAbs();
  EXPECT_LT(s.minCoeff(), 0.12);
  EXPECT_NEAR(s.maxCoeff(), std::sqrt(0.5), 0.1);
}

TEST(OrientationMap, NeverCrossedIsABound) {
  OrientationMap map(5, 2);
  RandomStream random(1, "two caps");
  for (int k = 0; k < 20000; ++k) {
    Vec3 r = (Vec3(0, 0, 1) + 0.1 * gauss(random)).normalized();
    if (k % 2 == 0) r = -r;
    map.add(static_cast<std::size_t>(k % 2), r);
  }
  const Barrier barrier = map.barrier(1);
  EXPECT_TRUE(barrier.bound);
  EXPECT_GT(barrier.value_kT, 4);
}

}  // namespace
}  // namespace vitrion
