#include "dynamics/regimes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamics/msd.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

Result measured(const std::vector<Frame>& frames, double dt_ps = 1.0) {
  MsdAnalysis a;
  a.parameters().set("drift", "none", {});
  return analyse(a, frames, dt_ps);
}

TEST(NonGaussian, OfRareHopsIsThatOfTheirNumber) {
  // n of m frames hop: ⟨r²⟩ = 3σ²⟨n⟩, ⟨r⁴⟩ = 15σ⁴⟨n²⟩, so α₂ = Var(n)/⟨n⟩² = (1 − p)/(p m).
  WalkOptions o;
  o.ions = 400;
  o.frames = 1200;
  o.hop_rate = 0.05;
  const Result r = measured(walk(o, 1));
  const Table& table = *r.find_table("alpha2");
  const auto& t = table.columns[0].data;
  const auto& value = table.find("Li")->data;
  const auto& error = table.find("Li_error")->data;
  int outside = 0;
  int looked = 0;
  for (std::size_t k = 0; t[k] <= 200; ++k) {
    const double exact = (1 - o.hop_rate) / (o.hop_rate * t[k]);
    EXPECT_NEAR(value[k], exact, 4.5 * error[k]) << t[k];
    EXPECT_LT(error[k], 0.15 * exact + 0.02) << t[k];
    outside += std::abs(value[k] - exact) > 2 * error[k] ? 1 : 0;
    ++looked;
  }
  EXPECT_GT(looked, 30);
  EXPECT_LE(outside, looked / 3);
  EXPECT_NEAR(r.find_scalar("alpha2_max_Li")->value, 19, 4 * r.find_scalar("alpha2_max_Li")->error);
  EXPECT_EQ(r.find_scalar("alpha2_time_Li")->value, 1);
}

TEST(NonGaussian, OfGaussianWalkersIsNothing) {
  WalkOptions o;
  o.ions = 300;
  o.frames = 600;
  const Result r = measured(walk(o, 2));
  const Table& table = *r.find_table("alpha2");
  int outside = 0;
  const auto n = table.columns[0].data.size();
  for (std::size_t k = 0; k < n; ++k) {
    const double e = table.find("Li_error")->data[k];
    outside += std::abs(table.find("Li")->data[k]) > 2 * e ? 1 : 0;
  }
  EXPECT_LE(outside, static_cast<int>(n) / 3);
  EXPECT_LT(std::abs(table.find("Li")->data[10]), 0.02);
}

TEST(Regimes, OfAModelCurve) {
  LagCurve c;
  // Free flight to 10, a cage to 1000, then diffusion; eight points to the octave.
  for (double t = 1; t < 1e5; t *= std::exp2(0.125)) {
    c.lag.push_back(t);
    c.value.push_back({t < 10 ? 2.0 : t < 1000 ? 0.3 : 1.0, 0.02});
  }
  const Regimes r = find_regimes(c);
  ASSERT_TRUE(r.ballistic_until && r.caged && r.caged_until);
  EXPECT_NEAR(*r.ballistic_until, 10, 1);
  EXPECT_NEAR(r.caged_from, 10, 1);
  EXPECT_NEAR(*r.caged_until, 1000, 90);
  EXPECT_EQ(r.least.value, 0.3);
  // What noise alone explains is no cage.
  for (auto& e : c.value) e = {e.value < 1 ? 0.75 : 1.0, 0.1};
  const Regimes noise = find_regimes(c);
  EXPECT_FALSE(noise.caged);
  EXPECT_FALSE(noise.ballistic_until);
}

TEST(Regimes, OfAMeltOfLangevinParticles) {
  // β(t√2) = log₂ [f(2t)/f(t)] with f = γt − 1 + exp(−γt) passes 1.5 at γt = 1.73 (t√2 = 2.45/γ).
  constexpr double gamma = 0.1;
  RandomStream random(3, "langevin");
  std::vector<Vec3> r(200, Vec3::Zero()), v(200);
  const auto gauss = [&] { return Vec3(random.normal(), random.normal(), random.normal()); };
  for (auto& x : v) x = gauss();
  std::vector<Frame> frames(2000);
  const double keep = std::exp(-gamma);
  for (auto& frame : frames) {
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < r.size(); ++i) {
      frame.structure.add("Li", r[i]);
      const Vec3 next = keep * v[i] + std::sqrt(1 - keep * keep) * gauss();
      r[i] += 0.5 * (v[i] + next);
      v[i] = next;
    }
  }
  const Result result = measured(frames, 0.5);
  double low = 0.1, high = 10;  // by bisection
  for (int k = 0; k < 60; ++k) {
    const double x = 0.5 * (low + high);
    const auto f = [](double y) { return y - 1 + std::exp(-y); };
    (std::log2(f(2 * x) / f(x)) > 1.5 ? low : high) = x;
  }
  const double exact = std::sqrt(2.0) * low / gamma * 0.5;
  EXPECT_NEAR(result.find_scalar("ballistic_until_Li")->value, exact, 0.06 * exact);
  EXPECT_TRUE(std::isnan(result.find_scalar("caged_from_Li")->value));
  EXPECT_THAT(setting(result, "regimes_Li"), HasSubstr("ballistic to"));
  EXPECT_THAT(setting(result, "regimes_Li"), HasSubstr("diffusive from"));
  EXPECT_EQ(result.plots[0].marks.size(), 2U);
}

TEST(Regimes, OfIonsThatHopBetweenCages) {
  WalkOptions o;
  o.ions = 150;
  o.frames = 4000;
  o.vibration = 0.6;
  o.hop_rate = 0.01;
  o.step = Vec3::Constant(0.14);
  const Result r = measured(walk(o, 4));
  // MSD = 6·0.36 + 3·0.0196 t: β(t√2) is 0.8 where 4·0.0588 t = … , found here by bisection.
  double low = 1, high = 1e4;
  for (int k = 0; k < 60; ++k) {
    const double t = 0.5 * (low + high);
    const auto f = [](double x) { return 2.16 + 0.0588 * x; };
    (std::log2(f(2 * t) / f(t)) < 0.8 ? low : high) = t;
  }
  EXPECT_NEAR(r.find_scalar("caged_until_Li")->value, std::sqrt(2.0) * low,
              0.2 * std::sqrt(2.0) * low);
  EXPECT_NEAR(r.find_scalar("caged_from_Li")->value, std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(r.find_scalar("cage_size_Li")->value, std::sqrt(2.16), 0.1);
  EXPECT_NEAR(r.find_scalar("cage_exponent_Li")->value, std::log2(2.2776 / 2.2188), 0.02);
  EXPECT_THAT(setting(r, "regimes_Li"), HasSubstr("caged 1.41 to"));
}

TEST(Errors, OfDAreThreeAndOneIsQuoted) {
  WalkOptions o;
  const Result r = measured(walk(o, 6));
  const Table& msd = *r.find_table("msd");
  const auto& values = msd.find("Li")->data;
  const double hops =
      static_cast<double>(o.ions) * *std::max_element(values.begin(), values.end()) / (2.5 * 2.5);
  const double D = r.find_scalar("D_Li")->value;
  // Eqs. 8 and 9 of He, Zhu, Epstein & Mo (2018).
  EXPECT_NEAR(r.find_scalar("D_Li_error_hzm")->value / D, 3.43 / std::sqrt(hops) + 0.04, 1e-6);
  const Table& table = *r.find_table("diffusivity");
  EXPECT_EQ(table.find("quoted")->text.at(0), "error_fit");
  EXPECT_DOUBLE_EQ(table.find("error_fit")->data.at(0), r.find_scalar("D_Li")->error);
  EXPECT_NEAR(table.find("effective_hops")->data.at(0), hops, 1e-6 * hops);
  const double blocks = r.find_scalar("D_Li_error_blocks")->value;
  EXPECT_GT(blocks, 0.2 * r.find_scalar("D_Li")->error);
  EXPECT_LT(blocks, 4 * r.find_scalar("D_Li")->error);
}

}  // namespace
}  // namespace vitrion
