#include "coupling/rotation_at_hops.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.hpp"

namespace vitrion {
namespace {

struct Made {
  std::vector<std::vector<float>> steps;
  std::vector<HopBesideUnit> pairs;
};

// Exponential steps; beside a hop they are `factor` times as large.
Made make(double factor, std::uint64_t seed) {
  RandomStream random(seed, "steps");
  Made out;
  out.steps.assign(60, std::vector<float>(20));
  for (std::uint32_t k = 0; k < 60; ++k) {
    for (std::uint32_t u = 0; u < 20; ++u) {
      double step = -(1.0 + u) * std::log(1 - random.uniform());
      if (random.uniform() < 0.2) {
        out.pairs.push_back({u, k});
        step *= factor;
      }
      out.steps[k][u] = static_cast<float>(step);
    }
  }
  return out;
}

TEST(RotationAtHops, KnownFactorIsRecovered) {
  const Made made = make(3, 1);
  const RotationAtHops r = rotation_at_hops(made.steps, made.pairs, 399, 1);
  // The mean over the run holds the large steps too: 3/(0.8 + 0.2·3).
  EXPECT_NEAR(r.ratio.value, 3 / 1.4, 0.35);
  EXPECT_LT(r.p_value, 0.01);
}

TEST(RotationAtHops, FalsePositivesAreAsRareAsTheyShouldBe) {
  int found = 0;
  for (std::uint64_t s = 1; s <= 200; ++s) {
    const Made made = make(1, s);
    found += rotation_at_hops(made.steps, made.pairs, 99, s).p_value < 0.05 ? 1 : 0;
  }
  EXPECT_LT(found, 20);  // 10 and three standard errors
  EXPECT_GT(found, 1);
}

TEST(RotationAtHops, NothingToGoBy) {
  EXPECT_TRUE(std::isnan(rotation_at_hops({}, {}, 99, 1).ratio.value));
  const std::vector<std::vector<float>> still(10, std::vector<float>(2, 0.0F));
  EXPECT_EQ(rotation_at_hops(still, std::vector<HopBesideUnit>{{0, 1}}, 99, 1).p_value, 1);
}

}  // namespace
}  // namespace vitrion
