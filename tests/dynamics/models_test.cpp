#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/rng.hpp"
#include "dynamics/arrhenius_models.hpp"
#include "dynamics/glass_transition.hpp"
#include "dynamics/hinge_fit.hpp"

namespace vitrion {
namespace {

template <class LogD>
std::vector<TransportPoint> points(const std::vector<double>& at, double error, std::uint64_t seed,
                                   const LogD& log_D) {
  RandomStream random(seed, "points");
  std::vector<TransportPoint> out;
  for (const double t : at) {
    const double d = std::exp(log_D(t) + error * random.normal());
    out.push_back({t, d, error * d, 0, 0, true});
  }
  return out;
}

const std::vector<double> temperatures = {300, 340, 380, 430, 480, 540, 600, 680, 760, 850, 1000};

TEST(HingeFit, FindsTheCornerOfTwoLines) {
  std::vector<double> x, y;
  for (int i = 0; i < 20; ++i) {
    x.push_back(i);
    y.push_back(i < 7.3 ? 2 - 0.5 * i : 2 - 0.5 * 7.3 + 0.2 * (i - 7.3));
  }
  const HingeFit fit = fit_hinge(x, y, std::vector<double>(20, 1.0));
  ASSERT_TRUE(fit.found);
  EXPECT_NEAR(fit.at, 7.3, 1e-4);
  EXPECT_NEAR(fit.value, 2 - 0.5 * 7.3, 1e-4);
  EXPECT_NEAR(fit.slope_below, -0.5, 1e-6);
  EXPECT_NEAR(fit.slope_above, 0.2, 1e-6);
  EXPECT_FALSE(
      fit_hinge(std::span(x).first(5), std::span(y).first(5), std::vector<double>(5, 1.0)).found);
}

TEST(ChangePoint, IsFoundWhereItIsAndSeldomWhereNot) {
  ArrheniusOptions options;
  options.bootstrap = 100;
  const double corner = 1 / (constants::boltzmann_eV_K * 550);
  int good = 0;
  int by_chance = 0;
  constexpr int runs = 30;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    const auto bent = points(temperatures, 0.05, seed, [&](double t) {
      const double d = 1 / (constants::boltzmann_eV_K * t) - corner;
      return -15 - (d > 0 ? 0.40 : 0.25) * d;
    });
    const ChangePoint found = find_change_point(bent, options);
    EXPECT_TRUE(found.found);
    EXPECT_NEAR(found.cold_eV, 0.40, 5 * found.cold_error_eV);
    if (std::abs(found.temperature_K - 550) < found.temperature_error_K) ++good;
    const auto straight = points(temperatures, 0.05, 1000 + seed, [](double t) {
      return -8 - 0.3 / (constants::boltzmann_eV_K * t);
    });
    if (find_change_point(straight, options).found) ++by_chance;
  }
  EXPECT_GE(good, 13);      // 20 ± 2.5
  EXPECT_LE(by_chance, 5);  // 1.5 ± 1.2
  EXPECT_FALSE(
      find_change_point(points({300, 400, 500}, 0.1, 1, [](double) { return -10.0; })).found);
}

TEST(Vft, FindsItsParametersAndPrefersArrheniusWhereThatHolds) {
  int within = 0;
  constexpr int runs = 40;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    const auto bent =
        points(temperatures, 0.05, seed, [](double t) { return -7 - 900 / (t - 180); });
    const VftFit fit = fit_vft(bent);
    ASSERT_TRUE(fit.found);
    EXPECT_NEAR(fit.T0_K, 180, 5 * fit.T0_error_K);
    EXPECT_GT(fit.aicc_gain, 20);
    if (std::abs(fit.T0_K - 180) < fit.T0_error_K) ++within;
    EXPECT_NEAR(std::log(fit.D_cm2_s(500)), -7 - 900 / 320.0, 0.2);
  }
  EXPECT_GE(within, 19);
  EXPECT_LE(within, 36);
  const auto straight = points(temperatures, 0.05, 3,
                               [](double t) { return -8 - 0.3 / (constants::boltzmann_eV_K * t); });
  EXPECT_LT(fit_vft(straight).aicc_gain, 4);
  EXPECT_FALSE(fit_vft(std::span(straight).first(4)).found);
}

TEST(GlassTransition, IsWhereTheLinesMeet) {
  RandomStream random(5, "cooling");
  int within = 0;
  constexpr int runs = 30;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> t, density;
    for (double T = 1200; T >= 300; T -= 25) {
      t.push_back(T);
      density.push_back(1.8 - (T < 620 ? 1e-4 : 3e-4) * (T - 620) + 0.004 * random.normal());
    }
    const GlassTransition g = fit_glass_transition(t, density, {100, 1});
    EXPECT_TRUE(g.found);
    EXPECT_NEAR(g.temperature_K, 620, 5 * g.error_K);
    EXPECT_LT(g.error_K, 60);
    EXPECT_NEAR(g.slope_liquid, -3e-4, 4e-5);
    if (std::abs(g.temperature_K - 620) < g.error_K) ++within;
  }
  EXPECT_GE(within, 13);
  EXPECT_LE(within, 28);
  std::vector<double> t, line;
  for (int i = 0; i < 30; ++i) {
    t.push_back(300 + 20 * i);
    line.push_back(2 - 1e-4 * t.back() + 0.003 * random.normal());
  }
  EXPECT_FALSE(fit_glass_transition(t, line, {100, 1}).found);
  EXPECT_THROW(fit_glass_transition(t, std::vector<double>(3)), InputError);
}

}  // namespace
}  // namespace vitrion
