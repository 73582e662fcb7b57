#include "coupling/rate_arrhenius.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

constexpr double barrier_eV = 0.27;
constexpr double rate_0 = 4.0;

double rate_at(double temperature_K) {
  return rate_0 * std::exp(-barrier_eV / (constants::boltzmann_eV_K * temperature_K));
}

// Knuth's draw; small means.
double poisson(RandomStream& random, double mean) {
  double product = random.uniform();
  double n = 0;
  for (const double limit = std::exp(-mean); product > limit; n += 1) product *= random.uniform();
  return n;
}

const Scalar& scalar(const Result& r, const char* key) { return *r.find_scalar(key); }

TEST(RateArrhenius, ManyEventsGiveTheEnergyExactly) {
  std::vector<RatePoint> points;
  for (const double t : {500.0, 700.0, 900.0}) points.push_back({t, 1e6 * rate_at(t), 1e6, 1});
  const Result r = fit_rates(points, "turn rate");
  EXPECT_NEAR(scalar(r, "E_a").value, barrier_eV, 1e-9);
  EXPECT_NEAR(scalar(r, "rate_0").value, rate_0, 1e-7);
  EXPECT_NEAR(scalar(r, "rate_300K").value / rate_at(300), 1, 1e-8);
}

TEST(RateArrhenius, FewEventsAndNoneGiveHonestErrors) {
  RandomStream random(3, "rates");
  int within = 0;
  int runs = 0;
  double sum = 0;
  double without = 0;
  for (int k = 0; k < 300; ++k) {
    std::vector<RatePoint> points;
    for (const double t : {400.0, 500.0, 650.0, 800.0}) {
      const double exposure = 600;  // about 1, 5, 19 and 48 events
      points.push_back({t, poisson(random, rate_at(t) * exposure), exposure, 1});
      without += points.back().events == 0 ? 1 : 0;
    }
    const Result r = fit_rates(points, "turn rate");
    const Scalar& e = scalar(r, "E_a");
    if (!std::isfinite(e.value)) continue;
    ++runs;
    sum += e.value;
    within += std::abs(e.value - barrier_eV) < e.error ? 1 : 0;
  }
  EXPECT_GT(without, 50);  // runs without an event were among them
  EXPECT_GE(runs, 295);
  // The likelihood of few events leans to high energies, by less than half of the error, 0.042.
  EXPECT_NEAR(sum / runs, barrier_eV, 0.02);
  EXPECT_NEAR(within / static_cast<double>(runs), 0.70, 0.09);  // 0.68 and a little by the scaling
}

TEST(RateArrhenius, DispersionWidensAndOneTemperatureIsNotEnough) {
  std::vector<RatePoint> points{{500, 40, 1000, 1}, {800, 400, 1000, 1}};
  const double narrow = scalar(fit_rates(points, "x"), "E_a").error;
  for (auto& q : points) q.dispersion = 4;
  EXPECT_NEAR(scalar(fit_rates(points, "x"), "E_a").error, 2 * narrow, 1e-6);
  points[0].events = 0;
  const Result r = fit_rates(std::span(points).first(1), "x");
  EXPECT_TRUE(std::isnan(scalar(r, "E_a").value));
  EXPECT_THAT(r.warnings.at(0), ::testing::HasSubstr("two at least"));
  EXPECT_NEAR(r.find_table("points")->find("bound_95")->data[0], 4 * 2.996 / 1000, 1e-9);
  points[0].exposure_ps = 0;
  EXPECT_THROW(fit_rates(points, "x"), InputError);
}

TEST(RateArrhenius, PointsComeFromResults) {
  Result rotation;
  rotation.name = "rotation";
  rotation.scalars = {{"turns", 0, 0, "", ""}, {"turn_rate", 0, 0.001, "1/ps", ""}};
  const RatePoint none = rate_point(rotation, 500);
  EXPECT_DOUBLE_EQ(none.exposure_ps, 1000);
  EXPECT_DOUBLE_EQ(none.dispersion, 1);
  rotation.scalars = {{"turns", 16, 0, "", ""}, {"turn_rate", 0.016, 0.008, "1/ps", ""}};
  const RatePoint some = rate_point(rotation, 500);
  EXPECT_NEAR(some.exposure_ps, 1000, 1e-9);
  EXPECT_NEAR(some.dispersion, 4, 1e-9);
  Result other;
  other.name = "msd";
  EXPECT_THROW(rate_point(other, 500), InputError);
}

}  // namespace
}  // namespace vitrion
