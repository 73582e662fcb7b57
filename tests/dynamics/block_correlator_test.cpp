#include "dynamics/block_correlator.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {
namespace {

std::vector<std::vector<float>> noise(std::size_t rows, std::size_t columns) {
  RandomStream random(1, "rows");
  std::vector<std::vector<float>> out(rows, std::vector<float>(columns));
  for (auto& row : out) {
    for (auto& x : row) x = static_cast<float>(random.normal() + 0.3);
  }
  return out;
}

TEST(BlockCorrelator, EqualsTheDirectSumsOverAllOrigins) {
  const std::size_t lag = 37;
  for (const std::size_t rows : {1U, 20U, 64U, 101U, 138U, 400U}) {
    const auto data = noise(rows, 61);
    const std::vector<ColumnGroup> groups = {{0, 3}, {3, 61}};
    BlockCorrelator correlator(groups, lag);
    for (const auto& row : data) correlator.append(row);
    const auto sums = correlator.sums().total();
    ASSERT_EQ(sums.size(), 3 * (lag + 1));
    for (std::size_t m = 0; m <= lag; ++m) {
      for (std::size_t g = 0; g < 2; ++g) {
        double direct = 0;
        for (std::size_t t = 0; t + m < rows; ++t) {
          for (std::size_t c = groups[g].begin; c < groups[g].end; ++c) {
            direct += static_cast<double>(data[t][c]) * static_cast<double>(data[t + m][c]);
          }
        }
        EXPECT_NEAR(sums[g * (lag + 1) + m], direct, 1e-9 * (100 + std::abs(direct)))
            << rows << ' ' << m << ' ' << g;
      }
      EXPECT_EQ(sums[2 * (lag + 1) + m], rows > m ? static_cast<double>(rows - m) : 0.0);
    }
  }
}

TEST(BlockCorrelator, SameBitsWithAnyNumberOfThreads) {
  const auto data = noise(300, 999);
  std::vector<std::vector<double>> all;
  for (const int n : {1, 2, 3}) {
    set_threads(n);
    BlockCorrelator correlator({{0, 600}, {600, 999}}, 50);
    for (const auto& row : data) correlator.append(row);
    all.push_back(correlator.sums().total());
  }
  set_threads(0);
  EXPECT_EQ(all[0], all[1]);
  EXPECT_EQ(all[0], all[2]);
}

TEST(Spectrum, AreaIsTheCorrelationAtZeroWithAnyWindow) {
  RandomStream random(2, "c");
  std::vector<double> c(123);
  for (auto& x : c) x = random.normal();
  for (const char* name : {"none", "hann", "blackman"}) {
    const auto s = power_spectrum(c, 0.01, lag_window(name));
    const auto nu = spectrum_frequencies(122, 0.01);
    ASSERT_EQ(nu.size(), s.size());
    EXPECT_DOUBLE_EQ(nu.back(), 50);
    EXPECT_NEAR(trapezoid(nu, s), c[0] / 2, 1e-9) << name;
    // One frequency by the definition.
    const double f = nu[77];
    double direct = c[0] * 0.01;
    for (std::size_t m = 1; m < c.size(); ++m) {
      direct += 0.02 * c[m] * window_weight(lag_window(name), static_cast<double>(m) / 123) *
                std::cos(2 * constants::pi * f * static_cast<double>(m) * 0.01);
    }
    EXPECT_NEAR(s[77], direct, 1e-9);
  }
}

}  // namespace
}  // namespace vitrion
