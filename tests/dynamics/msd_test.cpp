#include "dynamics/msd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/register.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

MsdAnalysis msd(const std::string& drift) {
  MsdAnalysis out;
  out.parameters().set("drift", drift, {});
  return out;
}

TEST(Msd, NamesAreThoseThatDoNotChange) {
  MsdAnalysis analysis = msd("none");
  WalkOptions o;
  const Result r = analyse(analysis, walk(o, 1, true), 0.1);
  EXPECT_EQ(r.name, "msd");
  ASSERT_NE(r.find_table("msd"), nullptr);
  EXPECT_EQ(r.find_table("msd")->columns[0].name, "t");
  EXPECT_EQ(r.find_table("msd")->columns[0].unit, "ps");
  ASSERT_NE(r.find_table("msd")->find("Li"), nullptr);
  ASSERT_NE(r.find_table("msd")->find("P"), nullptr);
  ASSERT_NE(r.find_table("collective_msd")->find("Li"), nullptr);
  EXPECT_EQ(r.find_scalar("D_Li")->unit, "cm2/s");
  ASSERT_NE(r.find_scalar("alpha_Li"), nullptr);
  EXPECT_DOUBLE_EQ(r.find_table("msd")->find("t")->data[2], 3 * 0.1);
  EXPECT_EQ(r.plots[0].marks.size(), 1U);
  EXPECT_NO_THROW(to_json(r));
}

TEST(Msd, UniformDriftIsRemovedByEveryFrameButNone) {
  WalkOptions o;
  o.ions = 40;
  auto still = walk(o, 2, true);
  auto drifting = still;
  for (std::size_t t = 0; t < drifting.size(); ++t) {
    for (auto& r : drifting[t].structure.position) r += static_cast<double>(t) * Vec3(0.2, 0.1, 0);
  }
  for (const char* frame : {"cell", "framework", "species:P"}) {
    MsdAnalysis a = msd(frame);
    const Result x = analyse(a, still);
    const Result y = analyse(a, drifting);
    EXPECT_NEAR(x.find_scalar("D_Li")->value / y.find_scalar("D_Li")->value, 1, 1e-4) << frame;
  }
  MsdAnalysis lab = msd("none");
  const Result y = analyse(lab, drifting);
  EXPECT_GT(y.find_table("msd")->find("Li")->data[99], 400);  // (0.05·10⁴ Å²) + the walk
  EXPECT_EQ(setting(y, "drift frame"), "laboratory (no drift removed)");
}

TEST(Msd, ACagedParticleIsNotDiffusive) {
  // Ornstein–Uhlenbeck: a Brownian particle on a spring.
  RandomStream random(3, "caged");
  std::vector<Vec3> r(50, Vec3::Zero());
  std::vector<Frame> frames(400);
  for (auto& frame : frames) {
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (auto& x : r) {
      x = 0.8 * x + 0.3 * Vec3(random.normal(), random.normal(), random.normal());
      frame.structure.add("Li", x);
    }
  }
  MsdAnalysis a = msd("none");
  const Result result = analyse(a, frames);
  EXPECT_EQ(setting(result, "diffusive"), "no");
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_THAT(result.warnings[0], HasSubstr("Li is not diffusive yet"));
  EXPECT_THAT(result.warnings[0], HasSubstr("single hop is 6.2"));
  // The upper estimate is the plateau 6σ² over 6t; σ² = 0.09/(1 − 0.64).
  EXPECT_NEAR(result.find_scalar("D_Li")->value, 0.25 / 200 * 1e-4, 0.1 * 0.25 / 200 * 1e-4);
  EXPECT_THAT(result.find_scalar("D_Li")->how, HasSubstr("upper estimate"));
}

TEST(Msd, FreeFlightIsNotDiffusive) {
  RandomStream random(4, "flight");
  std::vector<Vec3> v;
  for (int i = 0; i < 30; ++i) v.emplace_back(random.normal(), random.normal(), random.normal());
  std::vector<Frame> frames(100);
  for (std::size_t t = 0; t < frames.size(); ++t) {
    frames[t].structure.cell = Cell::cubic(20);
    frames[t].wrapping = Wrapping::unwrapped;
    for (const auto& x : v) frames[t].structure.add("Na", static_cast<double>(t) * x);
  }
  MsdAnalysis a = msd("none");
  const Result result = analyse(a, frames);
  EXPECT_EQ(setting(result, "diffusive"), "no");
  EXPECT_THAT(result.warnings.at(0), HasSubstr("ballistic"));
  EXPECT_NEAR(result.find_scalar("alpha_Na")->value, 2, 0.01);
}

TEST(Msd, FoldedPathsInABreathingTriclinicCellGiveTheSameD) {
  WalkOptions o;
  o.ions = 30;
  o.frames = 300;
  const auto straight = walk(o, 5);
  std::vector<Frame> folded = straight;
  std::vector<Vec3> inside(o.ions);
  for (std::size_t t = 0; t < folded.size(); ++t) {
    const double scale = 1 + 0.01 * std::sin(0.1 * static_cast<double>(t));
    const Cell cell = Cell::from_parameters(Vec3(14, 15, 16) * scale, {75, 95, 112});
    for (std::size_t i = 0; i < o.ions; ++i) {
      if (t > 0) {
        inside[i] += straight[t].structure.position[i] - straight[t - 1].structure.position[i];
      }
      inside[i] = cell.wrap(inside[i]);
      folded[t].structure.position[i] = inside[i];
    }
    folded[t].structure.cell = cell;
    folded[t].wrapping = Wrapping::wrapped;
  }
  MsdAnalysis a = msd("none");
  const double expected = analyse(a, straight).find_scalar("D_Li")->value;
  EXPECT_NEAR(analyse(a, folded).find_scalar("D_Li")->value / expected, 1, 1e-4);
}

// Walkers faster along y than along x and z: each axis comes back within its error as often as that
// claims, and the three curves sum to the whole.
TEST(Msd, EachAxisHasItsDiffusivity) {
  const double stretch[] = {1.0, 1.5, 0.6};
  int within[3] = {0, 0, 0};
  double mean[3] = {0, 0, 0};
  constexpr int seeds = 60;
  for (int seed = 0; seed < seeds; ++seed) {
    RandomStream random(static_cast<std::uint64_t>(seed), "axes");
    std::vector<Frame> frames(200);
    std::vector<Vec3> r(30, Vec3::Zero());
    for (auto& frame : frames) {
      frame.structure.cell = Cell::cubic(50);
      frame.wrapping = Wrapping::unwrapped;
      for (auto& x : r) {
        for (int d = 0; d < 3; ++d) x[d] += stretch[d] * random.normal();
        frame.structure.add("Li", x);
      }
    }
    MsdAnalysis a = msd("none");
    const Result result = analyse(a, frames, 1.0);
    const Table* axes = result.find_table("axes");
    ASSERT_NE(axes, nullptr);
    for (const std::size_t k : {0U, 10U, 80U}) {
      EXPECT_NEAR(
          axes->find("Li_x")->data[k] + axes->find("Li_y")->data[k] + axes->find("Li_z")->data[k],
          result.find_table("msd")->find("Li")->data[k], 1e-6);
    }
    for (int d = 0; d < 3; ++d) {
      const Scalar* D = result.find_scalar(std::string("D_Li_") + "xyz"[d]);
      if (D == nullptr) continue;  // a run that was not taken for diffusive
      const double truth = 0.5e-4 * stretch[d] * stretch[d];
      mean[d] += D->value / truth / seeds;
      within[d] += std::abs(D->value - truth) < D->error ? 1 : 0;
    }
  }
  for (int d = 0; d < 3; ++d) {
    EXPECT_NEAR(mean[d], 1, 0.1) << d;
    EXPECT_GT(within[d], 0.5 * seeds) << d;
    EXPECT_LT(within[d], 0.87 * seeds) << d;
  }
}

TEST(Msd, TheWindowCanBeGiven) {
  MsdAnalysis a = msd("none");
  a.parameters().set("fit_from", "5 ps", {});
  a.parameters().set("fit_to", "20 ps", {});
  WalkOptions o;
  const Result r = analyse(a, walk(o, 6), 0.5);
  EXPECT_EQ(setting(r, "window_Li"), "5 to 20 ps");
  EXPECT_THROW(a.parameters().set("fit_from", "5 K", {}), InputError);
}

TEST(Msd, ShortRunsGiveAReasonAndNoNumber) {
  MsdAnalysis a = msd("none");
  WalkOptions o;
  for (const std::size_t n : {1U, 2U, 10U}) {
    o.frames = n;
    const Result r = analyse(a, walk(o, 7));
    EXPECT_TRUE(std::isnan(r.find_scalar("D_Li")->value));
    EXPECT_THAT(r.warnings.at(0), HasSubstr("too few"));
    EXPECT_EQ(r.find_table("msd")->find("Li")->data.size(), n - 1);
  }
}

TEST(Msd, SameBitsWithAnyNumberOfThreads) {
  WalkOptions o;
  o.ions = 101;
  const auto frames = walk(o, 8);
  std::vector<std::string> texts;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    MsdAnalysis a = msd("cell");
    texts.push_back(to_json(analyse(a, frames)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST(Msd, IsRegistered) {
  AnalysisRegistry registry;
  register_dynamics_analyses(registry);
  EXPECT_THAT(registry.names(), ::testing::IsSupersetOf({"msd", "conductivity"}));
}

}  // namespace
}  // namespace vitrion
