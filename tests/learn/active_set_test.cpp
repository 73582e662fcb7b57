#include "learn/active_set.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <vector>

#include "base/rng.hpp"

namespace vitrion {
namespace {

std::vector<std::vector<float>> cloud(std::size_t rows, std::size_t features, double size) {
  RandomStream random(11, "cloud");
  std::vector<std::vector<float>> out(rows, std::vector<float>(features));
  for (auto& row : out) {
    for (auto& v : row) v = static_cast<float>(size * random.normal());
  }
  return out;
}

void fill(ActiveSet& set, const std::vector<std::vector<float>>& rows) {
  for (int pass = 0; pass < 50; ++pass) {
    bool changed = false;
    for (std::size_t i = 0; i < rows.size(); ++i) changed = set.offer(rows[i], i) || changed;
    if (!changed) break;
  }
}

TEST(ActiveSet, SpansItsDataAndNothingMore) {
  const auto rows = cloud(300, 6, 1.0);
  ActiveSet set(6);
  fill(set, rows);
  EXPECT_EQ(set.filled(), 6U);
  for (const auto& row : rows) EXPECT_LE(set.grade(row), 1.01 + 1e-9);
  std::vector<float> outside = rows[0];
  for (auto& v : outside) v *= 20;
  EXPECT_GT(set.grade(outside), 2);
}

TEST(ActiveSet, KeepsTheInverseOfItsRows) {
  const auto rows = cloud(200, 9, 1.0);
  ActiveSet set(9);
  fill(set, rows);
  for (std::size_t k = 0; k < 9; ++k) {
    const auto label = set.labels()[k];
    ASSERT_NE(label, ActiveSet::artificial);
    for (std::size_t f = 0; f < 9; ++f) {
      EXPECT_EQ(set.rows()(static_cast<long>(k), static_cast<long>(f)),
                static_cast<double>(rows[label][f]));
    }
  }
  EXPECT_LT((set.rows() * set.inverse() - Eigen::MatrixXd::Identity(9, 9)).norm(), 1e-9);
}

// With two features the set can be found by looking at all pairs.
TEST(ActiveSet, FindsNearlyTheLargestVolume) {
  const auto rows = cloud(60, 2, 1.0);
  double largest = 0;
  for (const auto& a : rows) {
    for (const auto& b : rows) {
      largest = std::max(largest, std::abs(static_cast<double>(a[0] * b[1] - a[1] * b[0])));
    }
  }
  ActiveSet set(2);
  fill(set, rows);
  const double found = std::abs(set.rows().determinant());
  // No exchange of one row gains more than the tolerance; for two rows that is near the best.
  EXPECT_GT(found, 0.5 * largest);
  EXPECT_LE(found, largest * (1 + 1e-6));
}

TEST(ActiveSet, TellsDirectionsThatTheDataLack) {
  auto rows = cloud(100, 5, 1.0);
  for (auto& row : rows) row[4] = 0;
  ActiveSet set(5, 1e-3);
  fill(set, rows);
  EXPECT_EQ(set.filled(), 4U);
  for (const auto& row : rows) EXPECT_LE(set.grade(row), 1.01 + 1e-9);
  std::vector<float> outside(5, 0.0F);
  outside[4] = 0.5F;
  EXPECT_NEAR(set.grade(outside), 500, 1e-6 * 500 + 1e-3);
}

}  // namespace
}  // namespace vitrion
