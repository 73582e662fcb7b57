// Walkers whose diffusivity and Haven ratio are known: do the values hit, and do the errors cover?
//
// Bounds of coverage: 68 % is claimed; over 200 seeds it is known to ±3.3 %.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamics/conductivity.hpp"
#include "dynamics/msd.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;

struct Summary {
  double mean = 0;     // over the truth
  double scatter = 0;  // standard deviation over the truth
  double claimed = 0;  // mean error over the truth
  double covered = 0;  // share within one error
  double covered_two = 0;
};

template <class Analyse>
Summary over_seeds(int seeds, double truth, const Analyse& analyse_one) {
  Summary out;
  double square = 0;
  for (int s = 0; s < seeds; ++s) {
    const Scalar x = analyse_one(4000 + static_cast<std::uint64_t>(s));
    out.mean += x.value / truth / seeds;
    square += std::pow(x.value / truth, 2) / seeds;
    out.claimed += x.error / truth / seeds;
    const double off = std::abs(x.value - truth);
    out.covered += off <= x.error ? 1.0 / seeds : 0.0;
    out.covered_two += off <= 2 * x.error ? 1.0 / seeds : 0.0;
  }
  out.scatter = std::sqrt(std::max(0.0, square - out.mean * out.mean));
  return out;
}

Summary diffusivity(const WalkOptions& o, int seeds) {
  const double truth =
      1e-4 * (o.step.squaredNorm() + 3 * o.common_step * o.common_step) / 6;  // dt = 1 ps
  return over_seeds(seeds, truth, [&](std::uint64_t seed) {
    MsdAnalysis a;
    a.parameters().set("drift", "none", {});
    return *analyse(a, walk(o, seed)).find_scalar("D_Li");
  });
}

Summary haven(const WalkOptions& o, int seeds) {
  const double own = o.step.squaredNorm() / 3;
  const double common = o.common_step * o.common_step;
  const double truth = (own + common) / (own + static_cast<double>(o.ions) * common);
  return over_seeds(seeds, truth, [&](std::uint64_t seed) {
    ConductivityAnalysis a;
    auto schema = a.parameters();
    schema.set("drift", "none", {});
    schema.set("temperature", "500 K", {});
    return *analyse(a, walk(o, seed)).find_scalar("haven_ratio");
  });
}

void expect_honest(const Summary& s) {
  EXPECT_GT(s.covered, 0.58) << s.covered;
  EXPECT_LT(s.covered, 0.78) << s.covered;
  EXPECT_GT(s.covered_two, 0.87) << s.covered_two;
  EXPECT_LT(std::abs(s.mean - 1), 0.2 * s.scatter + 0.01) << s.mean;
}

TEST(RandomWalkers, ManyIndependentOnes) {
  WalkOptions o;
  o.ions = 300;
  o.frames = 400;
  const Summary s = diffusivity(o, 10);
  EXPECT_NEAR(s.mean, 1, 0.005);
  EXPECT_LT(s.claimed, 0.008);
}

TEST(RandomWalkers, TwentyInAShortRun) { expect_honest(diffusivity({}, 200)); }

TEST(RandomWalkers, FiveInAShortRun) {
  WalkOptions o;
  o.ions = 5;
  expect_honest(diffusivity(o, 200));
}

TEST(RandomWalkers, ThatVibrate) {
  WalkOptions o;
  o.vibration = 0.5;
  expect_honest(diffusivity(o, 200));
}

TEST(RandomWalkers, ThatHopSeldom) {
  // Forty hops in all: the number of hops is the noise.
  WalkOptions o;
  o.hop_rate = 0.01;
  expect_honest(diffusivity(o, 200));
}

TEST(RandomWalkers, ThatMoveTogether) {
  WalkOptions o;
  o.common_step = 0.3;
  expect_honest(diffusivity(o, 200));
}

TEST(RandomWalkers, AlongOneAxisMostly) {
  WalkOptions o;
  o.step = Vec3(1, 0.2, 0.2);
  expect_honest(diffusivity(o, 200));
}

TEST(RandomWalkers, IndependentOnesHaveAHavenRatioOfOne) {
  const Summary s = haven({}, 200);
  expect_honest(s);
  EXPECT_NEAR(s.mean, 1, 0.03);
  EXPECT_LT(s.claimed, 0.15);
  // Twenty seeds, as a user would look at it: binomial, 68 % ± 10 %.
  const Summary few = haven({}, 20);
  EXPECT_GE(few.covered, 0.4);
  EXPECT_NEAR(few.mean, 1, 0.08);
}

TEST(RandomWalkers, CorrelatedOnesHaveTheHavenRatioOfTheirMaking) {
  WalkOptions o;
  o.common_step = 0.3;  // H_R = 0.34/(0.25 + 20·0.09)
  expect_honest(haven(o, 200));
}

TEST(RandomWalkers, RareHopsDoNotSpoilTheHavenRatio) {
  WalkOptions o;
  o.hop_rate = 0.01;
  const Summary s = haven(o, 200);
  EXPECT_GT(s.covered, 0.6);
  EXPECT_LT(s.covered, 0.82);
  EXPECT_NEAR(s.mean, 1, 0.04);
}

}  // namespace
}  // namespace vitrion
