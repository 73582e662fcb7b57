#include "coupling/joint_density.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.hpp"

namespace vitrion {
namespace {

TEST(JointDensity, ChiOfKnownTables) {
  // Independent: counts are products of their margins.
  EXPECT_NEAR(chi_squared_of(std::vector<double>{2, 4, 6, 3, 6, 9}, 2), 0, 1e-12);
  // One to one over n values: ∫fg = n·√(1/n · 1/n²) = 1/√n.
  std::vector<double> one_to_one(16, 0.0);
  for (std::size_t i = 0; i < 4; ++i) one_to_one[5 * i] = 10;
  EXPECT_NEAR(chi_squared_of(one_to_one, 4), 2 - 2 / std::sqrt(4.0), 1e-12);
  EXPECT_EQ(chi_squared_of(std::vector<double>(6, 0.0), 2), 0);
}

std::vector<std::vector<double>> sample(double tie, int samples, std::uint64_t seed, int repeat) {
  RandomStream random(seed, "joint");
  std::vector<std::vector<double>> out(16, std::vector<double>(400, 0.0));
  for (auto& counts : out) {
    for (int k = 0; k < samples; ++k) {
      const auto x = static_cast<std::size_t>(20 * std::pow(random.uniform(), 2));
      const auto y = random.uniform() < tie ? x : static_cast<std::size_t>(20 * random.uniform());
      counts[20 * x + y] += repeat;
    }
  }
  return out;
}

TEST(JointDensity, IndependentPairsAreAtTheFloor) {
  int beyond = 0;
  for (std::uint64_t s = 1; s <= 40; ++s) {
    const ChiEstimate chi = estimate_chi(sample(0, 500, s, 1), 20, s);
    EXPECT_GT(chi.chi_squared, 0);
    beyond += chi.significance() > 2 ? 1 : 0;
  }
  EXPECT_LE(beyond, 4);
}

TEST(JointDensity, RepeatedSamplesDoNotPassForMore) {
  // Each sample counted ten times, as frames that follow each other closely do.
  int beyond = 0;
  for (std::uint64_t s = 1; s <= 40; ++s) {
    beyond += estimate_chi(sample(0, 500, s, 10), 20, s).significance() > 3 ? 1 : 0;
  }
  EXPECT_LE(beyond, 4);
}

TEST(JointDensity, TiesAreSeenAndTheFloorTakenOff) {
  const ChiEstimate few = estimate_chi(sample(0.3, 300, 1, 1), 20, 1);
  const ChiEstimate many = estimate_chi(sample(0.3, 30000, 2, 1), 20, 1);
  EXPECT_GT(few.significance(), 5);
  EXPECT_GT(many.significance(), 50);
  EXPECT_GT(few.floor, 10 * many.floor);
  EXPECT_NEAR(few.chi_squared - few.floor, many.chi_squared - many.floor,
              3 * (few.error + few.floor_spread) + 0.1 * many.chi_squared);
}

}  // namespace
}  // namespace vitrion
