#include "core/cell.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

// The slow reference: the shortest over many images.
double brute_force(const Cell& cell, const Vec3& d) {
  double best = INFINITY;
  const Vec3 s = cell.inverse() * d;
  for (int i = -8; i <= 8; ++i) {
    for (int j = -8; j <= 8; ++j) {
      for (int k = -8; k <= 8; ++k) {
        const Vec3 t(s[0] - std::round(s[0]) + i, s[1] - std::round(s[1]) + j,
                     s[2] - std::round(s[2]) + k);
        best = std::min(best, (cell.vectors() * t).norm());
      }
    }
  }
  return best;
}

TEST(Cell, MinimumImageIsExactInSkewedCells) {
  RandomStream random(1, "cells");
  for (int trial = 0; trial < 200; ++trial) {
    Mat3 h = Mat3::Zero();
    for (int k = 0; k < 3; ++k) h(k, k) = random.uniform(4, 10);
    h(0, 1) = random.uniform(-12, 12);
    h(0, 2) = random.uniform(-12, 12);
    h(1, 2) = random.uniform(-12, 12);
    const Cell cell(h);
    for (int i = 0; i < 20; ++i) {
      const Vec3 d(random.uniform(-30, 30), random.uniform(-30, 30), random.uniform(-30, 30));
      const Vec3 m = cell.minimum_image(d);
      EXPECT_NEAR(m.norm(), brute_force(cell, d), 1e-9) << h;
      const Vec3 n = cell.inverse() * (m - d);
      for (int k = 0; k < 3; ++k) EXPECT_NEAR(n[k], std::round(n[k]), 1e-9);
    }
  }
}

TEST(Cell, ParametersGoBothWays) {
  const Vec3 lengths(8.2, 9.1, 10.3);
  const Vec3 angles(72, 95.5, 117);
  const Cell cell = Cell::from_parameters(lengths, angles);
  EXPECT_TRUE(cell.lengths().isApprox(lengths, 1e-12));
  EXPECT_TRUE(cell.angles_deg().isApprox(angles, 1e-12));
  EXPECT_TRUE(Cell::from_parameters({1, 2, 3}, {90, 90, 90}).is_orthorhombic());
  EXPECT_NEAR(Cell::from_parameters({2, 2, 2}, {60, 60, 60}).volume(), 8 / std::sqrt(2.0), 1e-12);
}

TEST(Cell, StandardOrientationHasPositiveEdges) {
  const Cell cell(Vec3(-4, -5, 6).asDiagonal().toDenseMatrix());
  EXPECT_FALSE(cell.is_standard_orientation());
  Mat3 rotation;
  const Cell standard = cell.standard_orientation(rotation);
  EXPECT_TRUE(standard.vectors().isApprox(Vec3(4, 5, 6).asDiagonal().toDenseMatrix()));
  EXPECT_TRUE((rotation * cell.vectors()).isApprox(standard.vectors()));
  EXPECT_TRUE(Cell().is_standard_orientation());
}

TEST(Cell, WrapKeepsTheImageCount) {
  const Cell cell = Cell::from_parameters({8, 9, 10}, {80, 95, 110});
  RandomStream random(2, "wrap");
  for (int i = 0; i < 1000; ++i) {
    const Vec3 r(random.uniform(-50, 50), random.uniform(-50, 50), random.uniform(-50, 50));
    Int3 n{};
    const Vec3 w = cell.wrap(r, n);
    const Vec3 s = cell.to_fractional(w);
    for (int k = 0; k < 3; ++k) {
      EXPECT_GE(s[k], -1e-12);
      EXPECT_LT(s[k], 1 + 1e-12);
    }
    EXPECT_TRUE((w + cell.vectors() * Vec3(n[0], n[1], n[2])).isApprox(r, 1e-12));
  }
}

TEST(Cell, StandardOrientationKeepsDistances) {
  Mat3 h;
  h << 5, 1, 0.3, 2, 6, -0.7, 0.1, 0.4, 7;
  const Cell cell(h);
  Mat3 rotation;
  const Cell standard = cell.standard_orientation(rotation);
  EXPECT_TRUE(standard.is_standard_orientation());
  EXPECT_NEAR(standard.volume(), cell.volume(), 1e-9);
  const Vec3 d(1, 2, 3);
  EXPECT_NEAR(standard.minimum_image(rotation * (4 * d)).norm(), cell.minimum_image(4 * d).norm(),
              1e-9);
}

TEST(Cell, RefusesWhatIsNoCell) {
  EXPECT_THROW(Cell(Mat3::Zero()), InputError);
  Mat3 left = Mat3::Identity();
  left(2, 2) = -1;
  EXPECT_THROW(Cell{left}, InputError);
  Mat3 bad = Mat3::Identity();
  bad(0, 0) = NAN;
  EXPECT_THROW(Cell{bad}, InputError);
  EXPECT_THROW(Cell::from_parameters({1, 1, 1}, {10, 10, 170}), InputError);
}

}  // namespace
}  // namespace vitrion
