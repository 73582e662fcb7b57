#include "dynamics/mean_square.hpp"

#include <gtest/gtest.h>

#include "base/parallel.hpp"
#include "dynamics/diffusion.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;

DisplacementStore stored(const std::vector<Frame>& frames) {
  DisplacementStore store(frames[0], {}, choose_drift_frame("none", frames[0].structure, {}));
  std::int64_t index = 0;
  for (const auto& frame : frames) {
    store.consume({frame, index, static_cast<double>(index), nullptr, &frame.structure.position});
    ++index;
  }
  return store;
}

// The definition, in O(T²).
std::vector<double> by_sums(const std::vector<Frame>& frames, bool collective) {
  const std::size_t n = frames.size();
  const std::size_t ions = frames[0].size();
  std::vector<double> out(n, 0.0);
  for (std::size_t m = 0; m < n; ++m) {
    for (std::size_t t = 0; t + m < n; ++t) {
      Vec3 total = Vec3::Zero();
      for (std::size_t i = 0; i < ions; ++i) {
        const Vec3 d = frames[t + m].structure.position[i] - frames[t].structure.position[i];
        total += d;
        if (!collective) out[m] += d.squaredNorm();
      }
      if (collective) out[m] += total.squaredNorm();
    }
    out[m] /= static_cast<double>(n - m) * static_cast<double>(ions);
  }
  return out;
}

TEST(MeanSquare, TransformEqualsTheDirectSums) {
  WalkOptions o;
  o.common_step = 0.2;
  for (const std::size_t n : {1U, 2U, 3U, 64U, 101U}) {
    o.frames = n;
    o.ions = 37;
    const auto frames = walk(o, n);
    const DisplacementStore store = stored(frames);
    const auto fast = mean_square_displacement(store, 0, o.ions);
    const auto slow = by_sums(frames, false);
    auto together = mean_square_displacement(collective_path(store, std::vector<double>{1.0}));
    const auto slow_together = by_sums(frames, true);
    ASSERT_EQ(fast.size(), n);
    for (std::size_t m = 0; m < n; ++m) {
      // Paths are stored as float: 1e-7 of a displacement of some Å.
      EXPECT_NEAR(fast[m], slow[m], 1e-5 * (1 + slow[m])) << n << ' ' << m;
      EXPECT_NEAR(together[m] / static_cast<double>(o.ions), slow_together[m],
                  1e-5 * (1 + slow_together[m]));
    }
  }
}

TEST(MeanSquare, SameBitsWithAnyNumberOfThreads) {
  WalkOptions o;
  o.ions = 333;
  o.frames = 50;
  const DisplacementStore store = stored(walk(o, 1));
  std::vector<std::vector<double>> all;
  std::vector<double> scatter;
  for (const int n : {1, 2, 3}) {
    set_threads(n);
    all.push_back(mean_square_displacement(store, 3, o.ions));
    scatter.push_back(mode_scatter(store, 0, o.ions, 8).by_mode);
  }
  set_threads(0);
  EXPECT_EQ(all[0], all[1]);
  EXPECT_EQ(all[0], all[2]);
  EXPECT_EQ(scatter[0], scatter[1]);
}

TEST(MeanSquare, ModesOfIndependentWalkersScatterAsTheyShould) {
  WalkOptions o;
  o.ions = 200;
  o.frames = 513;
  const ModeScatter s = mode_scatter(stored(walk(o, 3)), 0, o.ions, 100);
  EXPECT_NEAR(s.by_mode * 3 * 200, 1, 0.3);  // one part in 3 N, known from 300 squares
  EXPECT_NEAR(s.by_entry * 3 * 200 * 100, 1, 0.1);
  EXPECT_NEAR(s.by_ion * 3 * 200 * 100, 1, 0.4);
  EXPECT_NEAR(s.anisotropy(), 1.0 / 3, 0.01);
  EXPECT_NEAR(s.mean[0] / 512, 0.25, 0.02);  // power of white steps: n times variance
}

TEST(Diffusion, CovarianceOfOverlappingOriginsIsThatOfManyWalks) {
  constexpr std::size_t frames = 40;
  const std::vector<std::size_t> lags = {1, 2, 5, 12};
  constexpr double noise = 0.6;  // variance of the vibration; steps have variance 1
  const auto structure = [&](std::size_t m) {
    return m == 0 ? 0.0 : static_cast<double>(m) + 2 * noise;
  };
  const auto c = overlap_covariance(lags, frames, structure);
  constexpr int trials = 20000;
  std::vector<std::vector<double>> sums(4, std::vector<double>(4, 0.0));
  RandomStream random(2, "covariance");
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> x(frames);
    double walk_x = 0;
    for (auto& v : x) {
      v = walk_x + std::sqrt(noise) * random.normal();
      walk_x += random.normal();
    }
    std::vector<double> off(4, 0.0);
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t t = 0; t + lags[a] < frames; ++t)
        off[a] += std::pow(x[t + lags[a]] - x[t], 2);
      off[a] = off[a] / static_cast<double>(frames - lags[a]) - structure(lags[a]);
    }
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t b = 0; b < 4; ++b) sums[a][b] += off[a] * off[b] / trials;
    }
  }
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_NEAR(sums[a][b], c[a][b], 0.05 * std::sqrt(c[a][a] * c[b][b])) << a << ' ' << b;
    }
  }
}

TEST(Diffusion, WindowBeginsAfterBallisticAndCagedMotion) {
  // Ballistic to t = 5, then a line with an offset.
  std::vector<double> ballistic(1000);
  for (std::size_t t = 0; t < 1000; ++t) {
    const double x = static_cast<double>(t);
    ballistic[t] = 2 * (x - 5 * (1 - std::exp(-x / 5)));  // Langevin, relaxation time 5
  }
  const Window a = find_window(ballistic, 1.0, 1e6, {});
  EXPECT_TRUE(a.found);
  EXPECT_GE(a.from, 8U);
  EXPECT_LE(a.from, 60U);
  EXPECT_EQ(a.to, 500U);
  // A cage that relaxes with time 20, then hops.
  std::vector<double> caged(1000);
  for (std::size_t t = 0; t < 1000; ++t) {
    const double x = static_cast<double>(t);
    caged[t] = 1.5 * (1 - std::exp(-x / 20)) + 0.05 * x;
  }
  const Window b = find_window(caged, 1.0, 1e6, {});
  EXPECT_TRUE(b.found);
  EXPECT_GE(b.from, 20U);
  // A subdiffusive power law never is.
  std::vector<double> slow(1000);
  for (std::size_t t = 0; t < 1000; ++t) slow[t] = std::pow(static_cast<double>(t), 0.6);
  EXPECT_FALSE(find_window(slow, 1.0, 1e6, {}).found);
}

}  // namespace
}  // namespace vitrion
