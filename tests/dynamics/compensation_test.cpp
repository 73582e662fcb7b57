#include "dynamics/compensation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/rng.hpp"
#include "dynamics/arrhenius.hpp"

namespace vitrion {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Arrhenius results of systems, each measured at five temperatures with 10 % noise.
struct Systems {
  std::vector<double> E_a;
  double T_iso_K = 0;  // 0: all systems have the same D_0
  double D_at_iso = 1e-5;
  double noise = 0.1;
};

Result arrhenius_of(double E_a, const Systems& truth, RandomStream& random) {
  std::vector<TransportPoint> points;
  for (const double t : {500.0, 600.0, 700.0, 850.0, 1000.0}) {
    const double x = 1 / (constants::boltzmann_eV_K * t) -
                     (truth.T_iso_K > 0 ? 1 / (constants::boltzmann_eV_K * truth.T_iso_K) : 0.0);
    const double d = truth.D_at_iso * std::exp(-E_a * x + truth.noise * random.normal());
    points.push_back({t, d, truth.noise * d, 0, 0.015, true});
  }
  return fit_arrhenius(points);
}

std::vector<CompensationPoint> systems(const Systems& truth, std::uint64_t seed) {
  RandomStream random(seed, "compensation");
  std::vector<CompensationPoint> out;
  for (const double e : truth.E_a) {
    out.push_back(
        compensation_point(arrhenius_of(e, truth, random), "S" + std::to_string(out.size())));
  }
  return out;
}

TEST(Compensation, ThePointHoldsTheCovarianceOfItsFit) {
  // Var ln D₀ and its correlation with E_a by fits of many noisy copies.
  const Systems truth{{0.3}, 0, 2e-3};
  double e = 0, l = 0, ee = 0, ll = 0, el = 0;
  constexpr int n = 4000;
  CompensationPoint p;
  for (int k = 0; k < n; ++k) {
    p = systems(truth, 10 + static_cast<std::uint64_t>(k)).front();
    // χ² of one copy scales its errors; those of a copy that scatters less are plain.
    const double dl = p.log_D0() - std::log(2e-3);
    const double de = p.E_a_eV - 0.3;
    e += de / n, l += dl / n, ee += de * de / n, ll += dl * dl / n, el += de * dl / n;
  }
  EXPECT_NEAR(e, 0, 0.001);
  const double correlation = el / std::sqrt(ee * ll);
  EXPECT_NEAR(p.correlation(), correlation, 0.005);
  EXPECT_GT(correlation, 0.97);  // why a naive fit is an artefact
  EXPECT_NEAR(p.log_D0_error() / p.E_a_error_eV, std::sqrt(ll / ee), 0.05 * std::sqrt(ll / ee));
  EXPECT_NEAR(p.T_ref_K, 688, 3);  // the harmonic mean of the five
}

TEST(Compensation, ErrorsOfTheLineCoverTheTruth) {
  Systems truth{{0.2, 0.25, 0.3, 0.33, 0.38, 0.45, 0.5}, 1200, 1e-4};
  int within = 0;
  constexpr int seeds = 300;
  double mean = 0;
  for (std::uint64_t s = 0; s < seeds; ++s) {
    const Result r = fit_compensation(systems(truth, s));
    const Scalar& slope = *r.find_scalar("slope");
    mean += slope.value / seeds;
    within += std::abs(slope.value - 1 / (constants::boltzmann_eV_K * 1200)) < slope.error ? 1 : 0;
    if (s > 0) continue;
    EXPECT_NEAR(r.find_scalar("T_iso")->value, 1200, 5 * r.find_scalar("T_iso")->error);
    EXPECT_NEAR(r.find_scalar("E_MN")->value, constants::boltzmann_eV_K * 1200,
                5 * r.find_scalar("E_MN")->error);
    EXPECT_LT(r.find_scalar("p_one_system")->value, 1e-6);
    EXPECT_TRUE(r.warnings.empty());
    const Table& ellipses = *r.find_table("ellipses");  // seven curves and the law
    ASSERT_EQ(ellipses.columns.size(), 9U);
    EXPECT_EQ(r.plots.at(0).series.size(), 8U);
    for (const Column& c : ellipses.columns) EXPECT_EQ(c.data.size(), 7 * 37U + 41);
    const auto known = [](double x) { return std::isfinite(x); };
    EXPECT_EQ(
        std::count_if(ellipses.columns[3].data.begin(), ellipses.columns[3].data.end(), known), 37);
    EXPECT_TRUE(std::isfinite(ellipses.columns[3].data[2 * 37]));
  }
  EXPECT_NEAR(mean, 1 / (constants::boltzmann_eV_K * 1200), 0.1);
  EXPECT_GT(within, 0.60 * seeds);  // errors are widened where systems scatter
  EXPECT_LT(within, 0.84 * seeds);
}

TEST(Compensation, OneSystemMeasuredAgainIsNoLaw) {
  // A naive fit sees a law of nearly perfect correlation every time; the ellipses know better.
  const Systems truth{std::vector<double>(8, 0.3), 0, 2e-3};
  constexpr int seeds = 200;
  int found = 0;
  int naive = 0;
  for (std::uint64_t s = 0; s < seeds; ++s) {
    const auto points = systems(truth, 1000 + s);
    const Result r = fit_compensation(points);
    found += r.find_scalar("p_one_system")->value < 0.05 ? 1 : 0;
    double e = 0, l = 0, ee = 0, ll = 0, el = 0;
    for (const auto& p : points) e += p.E_a_eV / 8, l += p.log_D0() / 8;
    for (const auto& p : points) {
      ee += std::pow(p.E_a_eV - e, 2);
      ll += std::pow(p.log_D0() - l, 2);
      el += (p.E_a_eV - e) * (p.log_D0() - l);
    }
    naive += el / std::sqrt(ee * ll) > 0.9 ? 1 : 0;
    if (s == 0) {
      EXPECT_THAT(r.warnings, Contains(HasSubstr("no more than their errors")));
      EXPECT_NEAR(r.find_scalar("T_errors")->value, 688, 10);
    }
  }
  EXPECT_GT(naive, 0.85 * seeds);
  EXPECT_LE(found, 0.1 * seeds);
}

TEST(Compensation, SystemsOfOneD0HaveNoCompensation) {
  const Systems truth{{0.2, 0.25, 0.3, 0.35, 0.4, 0.45}, 0, 2e-3};
  const Result r = fit_compensation(systems(truth, 3));
  const Scalar& slope = *r.find_scalar("slope");
  EXPECT_NEAR(slope.value, 0, 4 * slope.error);
  EXPECT_LT(slope.error, 3);
}

TEST(Compensation, SaysWhatIsMissing) {
  const Systems truth{{0.2, 0.3}, 0, 2e-3};
  const Result r = fit_compensation(systems(truth, 1));
  EXPECT_TRUE(std::isnan(r.find_scalar("E_MN")->value));
  EXPECT_THAT(r.warnings.at(0), HasSubstr("give three or more"));
  Result other;
  other.name = "msd";
  EXPECT_THROW(compensation_point(other, "a"), InputError);
  const std::vector<TransportPoint> one = {{500, 1e-5, 1e-6, 0, 0, true}};
  EXPECT_THROW(compensation_point(fit_arrhenius(one), "a"), InputError);
}

}  // namespace
}  // namespace vitrion
