#include "numeric/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/rng.hpp"

namespace vitrion {
namespace {

TEST(Fft, EqualsTheSumItStandsFor) {
  for (const std::size_t n : {1U, 2U, 7U, 12U, 31U}) {
    RealFft fft(n);
    RandomStream random(3, "fft", n);
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) fft.real()[i] = x[i] = random.normal();
    fft.forward();
    for (std::size_t k = 0; k < fft.bins(); ++k) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += x[i] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * i) /
                                          static_cast<double>(n));
      }
      EXPECT_NEAR(std::abs(fft.spectrum()[k] - sum), 0, 1e-12) << n << ' ' << k;
    }
    fft.backward();
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(fft.real()[i], static_cast<double>(n) * x[i], 1e-11);
    }
  }
}

TEST(Fft, FastLengths) {
  EXPECT_EQ(fast_length_from(11), 12U);
  EXPECT_EQ(fast_length_from(1000), 1000U);
  EXPECT_EQ(fast_length_from(1009), 1024U);
}

TEST(Fft, FastLengthsBelow) {
  EXPECT_EQ(fast_length_up_to(11), 10U);
  EXPECT_EQ(fast_length_up_to(499), 490U);
  EXPECT_EQ(fast_length_up_to(1), 1U);
}

}  // namespace
}  // namespace vitrion
