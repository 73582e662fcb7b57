#include "base/rng.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace vitrion {
namespace {

// Known answers of Random123's distribution (kat_vectors, philox4x32 10).
TEST(Random, PhiloxGivesThePublishedNumbers) {
  const auto zero = philox4x32_10({0, 0, 0, 0}, {0, 0});
  EXPECT_EQ(zero, (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const auto ones = philox4x32_10({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U});
  EXPECT_EQ(ones, (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Random, StreamsAreReproducibleAndApart) {
  RandomStream a(7, "build.pack", 0);
  RandomStream b(7, "build.pack", 0);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    const auto x = a();
    EXPECT_EQ(x, b());
    seen.insert(x);
  }
  RandomStream other_index(7, "build.pack", 1);
  RandomStream other_name(7, "build.move", 0);
  RandomStream other_seed(8, "build.pack", 0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(seen.insert(other_index()).second);
    EXPECT_TRUE(seen.insert(other_name()).second);
    EXPECT_TRUE(seen.insert(other_seed()).second);
  }
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  RandomStream s(1, "moments");
  constexpr int n = 200000;
  double u = 0, u2 = 0, g = 0, g2 = 0, g4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = s.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    u += x;
    u2 += x * x;
    const double y = s.normal();
    g += y;
    g2 += y * y;
    g4 += y * y * y * y;
  }
  // Five standard errors each.
  EXPECT_NEAR(u / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(u2 / n, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
  EXPECT_NEAR(g / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(g2 / n, 1.0, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(g4 / n, 3.0, 5 * std::sqrt(96.0 / n));
}

TEST(Random, BelowCoversItsRange) {
  RandomStream s(3, "below");
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts[s.below(6)];
  for (const int c : counts) EXPECT_NEAR(c, 10000, 500);
}

}  // namespace
}  // namespace vitrion
