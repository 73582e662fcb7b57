#include "structure/bond_lifetimes.hpp"

#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

// n pairs, each bonded (2.0 Å) or not (3.2 Å) by a chain of on and off of its own.
struct Switching {
  std::vector<Frame> frames;
  std::vector<std::vector<bool>> bonded;  // [frame][pair]
};

Switching switching(int pairs, int frames, double off, double on, std::uint64_t seed) {
  RandomStream random(seed, "bonds");
  Switching run;
  std::vector<bool> state(static_cast<std::size_t>(pairs), true);
  for (int t = 0; t < frames; ++t) {
    Frame f;
    f.structure.cell = Cell::orthorhombic(8.0 * pairs, 8, 8);
    for (std::size_t k = 0; k < state.size(); ++k) {
      const double x = 8.0 * static_cast<double>(k);
      f.structure.add("P", {x, 1, 1});
      f.structure.add("S", {x + (state[k] ? 2.0 : 3.2), 1, 1});
    }
    f.time_ps = 0.5 * t;
    run.frames.push_back(f);
    run.bonded.push_back(state);
    for (std::size_t k = 0; k < state.size(); ++k) {
      if (random.uniform() < (state[k] ? off : on)) state[k] = !state[k];
    }
  }
  return run;
}

TEST(BondLifetimes, CurvesAreThoseOfTheDefinition) {
  const Switching run = switching(30, 101, 0.1, 0.2, 3);
  DriverOptions options;
  options.chunk_frames = 7;  // bonds go on across the borders of chunks
  const Result r = analyse("bond_lifetimes", run.frames, {}, options);
  const auto left = data(r, "bonds_left", "P-S");
  const auto again = data(r, "bonds_left", "P-S_again");
  const std::size_t T = run.bonded.size();
  double mean = 0;
  for (const auto& frame : run.bonded) {
    mean +=
        static_cast<double>(std::count(frame.begin(), frame.end(), true)) / static_cast<double>(T);
  }
  for (std::size_t t = 0; t <= T / 2; ++t) {
    double both = 0;
    double all = 0;
    for (std::size_t t0 = 0; t0 + t < T; ++t0) {
      for (std::size_t k = 0; k < 30; ++k) {
        if (!run.bonded[t0][k] || !run.bonded[t0 + t][k]) continue;
        both += 1;
        bool whole = true;
        for (std::size_t u = t0; u <= t0 + t; ++u) whole = whole && run.bonded[u][k];
        all += whole ? 1 : 0;
      }
    }
    const double origins = static_cast<double>(T - t);
    EXPECT_NEAR(again[t], both / origins / mean, 1e-9) << t;
    EXPECT_NEAR(left[t], all / origins / mean, 1e-9) << t;
  }
  EXPECT_NEAR(value(r, "bonds_P-S"), mean, 1e-9);
}

TEST(BondLifetimes, TheRateIsThatOfTheChain) {
  const Switching run = switching(60, 400, 0.05, 0.3, 5);
  const Result r = analyse("bond_lifetimes", run.frames, {{"pairs", "P-S"}});
  const double truth = -0.5 / std::log(0.95);
  const Scalar* found = r.find_scalar("lifetime_P-S");
  EXPECT_NEAR(found->value, truth, 4 * found->error);
  EXPECT_LT(found->error, 0.05 * truth);
  double breaks = 0;
  for (std::size_t t = 1; t < run.bonded.size(); ++t) {
    for (std::size_t k = 0; k < 60; ++k) breaks += run.bonded[t - 1][k] && !run.bonded[t][k];
  }
  EXPECT_EQ(value(r, "breaks_P-S"), breaks);
  // Gaps of up to two frames are no breaks.
  double long_breaks = 0;
  for (std::size_t k = 0; k < 60; ++k) {
    for (std::size_t t = 1; t < run.bonded.size(); ++t) {
      if (!run.bonded[t - 1][k] || run.bonded[t][k]) continue;
      std::size_t back = t;
      while (back < run.bonded.size() && !run.bonded[back][k]) ++back;
      long_breaks += back == run.bonded.size() || back - t > 2 ? 1 : 0;
    }
  }
  const Result patient = analyse("bond_lifetimes", run.frames, {{"tolerance", "1ps"}});
  EXPECT_EQ(value(patient, "breaks_P-S"), long_breaks);
}

TEST(BondLifetimes, SaysWhenNothingBreaks) {
  const Result r = analyse("bond_lifetimes", switching(5, 21, 0, 0, 1).frames);
  EXPECT_TRUE(std::isnan(value(r, "lifetime_P-S")));
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("lifetime is above 16.7 ps")));
  EXPECT_NEAR(data(r, "bonds_left", "P-S").back(), 1, 1e-12);
  EXPECT_THAT(failure("bond_lifetimes", switching(2, 1, 0, 0, 1).frames),
              HasSubstr("at least two frames"));
  EXPECT_THAT(failure("bond_lifetimes", switching(2, 3, 0, 0, 1).frames,
                      {{"pairs", "P-P"}, {"cutoffs", "P-P:0A"}}),
              HasSubstr("needs a bond cut-off"));
}

}  // namespace
}  // namespace vitrion
