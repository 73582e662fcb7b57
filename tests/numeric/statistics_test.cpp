#include "numeric/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.hpp"

namespace vitrion {
namespace {

// An AR(1) series of correlation φ: the error of its mean is known exactly for long runs.
std::vector<double> correlated_series(double phi, std::size_t n, std::uint64_t seed) {
  RandomStream random(seed, "ar1");
  std::vector<double> x(n);
  double v = random.normal() / std::sqrt(1 - phi * phi);
  for (auto& y : x) y = v = phi * v + random.normal();
  return x;
}

TEST(Statistics, BlockingFindsTheErrorOfACorrelatedMean) {
  constexpr double phi = 0.9;
  constexpr std::size_t n = 16384;
  const double exact = 1 / (1 - phi) / std::sqrt(static_cast<double>(n));
  double ratio = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ratio += blocked_mean(correlated_series(phi, n, seed)).error / exact / 20;
  }
  EXPECT_NEAR(ratio, 1.05, 0.2);
}

TEST(Statistics, JackknifeOfAMeanIsItsStandardError) {
  RandomStream random(4, "jackknife");
  BlockSums sums(64);
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) {
    const double x = random.normal();
    values.push_back(x);
    const double pair[] = {x, 1.0};
    sums.append(pair, 1);
  }
  const Estimate direct = mean_and_error(values);
  const Estimate jackknife = sums.jackknife([](auto m) { return m[0] / m[1]; });
  EXPECT_NEAR(jackknife.value, direct.value, 1e-12);
  EXPECT_NEAR(jackknife.error, direct.error, 1e-12);
}

TEST(Statistics, BlockSumsStayFewAndKeepTheTotal) {
  BlockSums sums(8);
  for (int i = 0; i < 1001; ++i) {
    const double x[] = {static_cast<double>(i)};
    sums.append(x, 1);
  }
  EXPECT_LE(sums.blocks(), 8U);
  EXPECT_GE(sums.blocks(), 4U);
  EXPECT_DOUBLE_EQ(sums.total()[0], 500500);
  EXPECT_DOUBLE_EQ(sums.total_weight(), 1001);
}

}  // namespace
}  // namespace vitrion
