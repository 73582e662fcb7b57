// Runs longer than what memory holds: the same curves from a part of the origins.
#include <gtest/gtest.h>

#include "base/parallel.hpp"
#include "dynamics/diffusion.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;

DisplacementStore stored(const std::vector<Frame>& frames, std::size_t bytes) {
  DisplacementStore store(frames[0], {}, choose_drift_frame("none", frames[0].structure, {}));
  store.bound(bytes);
  std::int64_t index = 0;
  for (const auto& frame : frames) {
    DisplacementStore chunk = store.fork();
    chunk.consume({frame, index, static_cast<double>(index), nullptr, &frame.structure.position});
    store.merge(chunk);
    ++index;
  }
  return store;
}

// ⟨|Δr|²⟩ and ⟨|Δr|⁴⟩ of ions [begin, end) at one lag, an origin every `every` frames.
std::pair<double, double> by_sums(const std::vector<Frame>& frames, std::size_t lag,
                                  std::size_t every, std::size_t begin, std::size_t end) {
  double square = 0, fourth = 0, count = 0;
  for (std::size_t t = 0; t + lag < frames.size(); t += every) {
    for (std::size_t i = begin; i < end; ++i) {
      const double d =
          (frames[t + lag].structure.position[i] - frames[t].structure.position[i]).squaredNorm();
      square += d;
      fourth += d * d;
      count += 1;
    }
  }
  return {square / count, fourth / count};
}

std::size_t spacing_of(std::size_t lag) {
  std::size_t every = 1;
  while (lag / every > 15) every *= 2;
  return every;
}

TEST(LongRun, MomentsAreThoseOfTheDefinition) {
  WalkOptions o;
  o.ions = 33;
  for (const std::size_t n : {1U, 2U, 16U, 17U, 300U}) {
    o.frames = n;
    const auto frames = walk(o, n, true);
    const DisplacementMoments all = stored(frames, 1 << 30).moments();
    const auto lags = all.lags();
    EXPECT_EQ(lags.size(), n == 300 ? 15 + 8 * 4 + 2U : std::min<std::size_t>(n - 1, 16));
    for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 33}, {33, 34}}) {
      const Moments m = all.moments(begin, end);
      ASSERT_EQ(m.square.size(), lags.size());
      for (std::size_t k = 0; k < lags.size(); ++k) {
        const auto [square, fourth] = by_sums(frames, lags[k], spacing_of(lags[k]), begin, end);
        EXPECT_NEAR(m.square[k], square, 1e-5 * square) << n << ' ' << lags[k];
        EXPECT_NEAR(m.fourth[k], fourth, 1e-5 * fourth) << n << ' ' << lags[k];
      }
    }
  }
}

TEST(LongRun, AThinnedStoreKeepsShortLagsAndLongOnes) {
  WalkOptions o;
  o.ions = 11;
  o.frames = 1000;
  o.vibration = 0.3;
  const auto frames = walk(o, 5);
  const DisplacementStore store = stored(frames, 300 * 12 * o.ions);
  EXPECT_EQ(store.stride(), 4U);
  EXPECT_EQ(store.frames(), 250U);
  EXPECT_EQ(store.run_frames(), 1000U);
  EXPECT_DOUBLE_EQ(store.dt_ps(), 1.0);
  const auto msd = mean_square_displacement(store, 0, o.ions);
  ASSERT_EQ(msd.size(), 1000U);
  for (const std::size_t lag : table_lags(store)) {
    const std::size_t every = lag < 32 ? spacing_of(lag) : 4;
    const double exact = by_sums(frames, lag, every, 0, o.ions).first;
    EXPECT_NEAR(msd[lag], exact, 1e-4 * exact) << lag;
  }
  EXPECT_NEAR(msd[402], 0.5 * (msd[400] + msd[404]), 1e-9);
  // The common motion is kept in full.
  const auto whole = stored(frames, 1 << 30);
  const std::vector<double> one = {1.0};
  EXPECT_EQ(mean_square_displacement(collective_path(store, one)),
            mean_square_displacement(collective_path(whole, one)));
}

TEST(LongRun, ThinningCostsNoCertainty) {
  // Diffusive from about 40 frames on; 32 frames are kept of 1000.
  WalkOptions o;
  o.ions = 8;
  o.frames = 6000;
  o.vibration = 2;
  o.step = Vec3::Constant(0.4);
  double off = 0, claimed = 0, whole_claimed = 0, outside = 0;
  constexpr int seeds = 12;
  for (std::uint64_t s = 0; s < seeds; ++s) {
    const auto frames = walk(o, 70 + s);
    const auto fit_of = [&](std::size_t bytes) {
      const auto store = stored(frames, bytes);
      const auto msd = mean_square_displacement(store, 0, o.ions);
      return fit_diffusion(store, 0, o.ions, msd, {});
    };
    const DiffusionFit thin = fit_of(400 * 12 * o.ions);
    const DiffusionFit whole = fit_of(1 << 30);
    ASSERT_TRUE(thin.diffusive);
    const double truth = 0.16 / 2 * 1e-4;
    off += std::abs(thin.D_cm2_s / whole.D_cm2_s - 1) / seeds;
    outside += std::abs(thin.D_cm2_s - truth) > 2 * thin.D_error_cm2_s ? 1 : 0;
    claimed += thin.D_error_cm2_s / truth / seeds;
    whole_claimed += whole.D_error_cm2_s / truth / seeds;
  }
  EXPECT_LT(off, 0.5 * whole_claimed);  // the two differ by less than either is uncertain
  EXPECT_NEAR(claimed / whole_claimed, 1, 0.3);
  EXPECT_LE(outside, 2);
}

TEST(LongRun, SameBitsWithAnyNumberOfThreads) {
  WalkOptions o;
  o.ions = 101;
  o.frames = 500;
  const auto frames = walk(o, 8);
  std::vector<std::vector<double>> all;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    all.push_back(mean_square_displacement(stored(frames, 100 * 12 * o.ions), 0, o.ions));
  }
  set_threads(0);
  EXPECT_EQ(all[0], all[1]);
  EXPECT_EQ(all[0], all[2]);
}

}  // namespace
}  // namespace vitrion
