#include "dynamics/arrhenius.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;
constexpr double kB = 8.617333262e-5;  // eV/K, CODATA 2018

struct Truth {
  double E_a = 0.3;
  double D_0 = 2e-3;
  double noise = 0.05;  // of ln D, known
  double glass = 0;     // scatter of E_a between replicas, not known to the points
  int replicas = 1;
  std::vector<double> temperatures = {500, 600, 700, 850, 1000};
};

std::vector<TransportPoint> points(const Truth& truth, std::uint64_t seed) {
  RandomStream random(seed, "arrhenius");
  std::vector<TransportPoint> out;
  for (int k = 0; k < truth.replicas; ++k) {
    const double e = truth.E_a + truth.glass * random.normal();
    for (const double t : truth.temperatures) {
      const double d = truth.D_0 * std::exp(-e / (kB * t) + truth.noise * random.normal());
      out.push_back({t, d, truth.noise * d, k, 0.015, true});
    }
  }
  return out;
}

TEST(Arrhenius, ExactDataGiveExactParameters) {
  Truth truth;
  auto data = points(truth, 1);
  for (auto& p : data) p.D_cm2_s = truth.D_0 * std::exp(-truth.E_a / (kB * p.temperature_K));
  const Result r = fit_arrhenius(data);
  EXPECT_EQ(r.name, "arrhenius");
  EXPECT_NEAR(r.find_scalar("E_a")->value, 0.3, 1e-9);
  EXPECT_EQ(r.find_scalar("E_a")->unit, "eV");
  EXPECT_NEAR(r.find_scalar("D_0")->value, 2e-3, 1e-9);
  const double d300 = 2e-3 * std::exp(-0.3 / (kB * 300));
  EXPECT_NEAR(r.find_scalar("D_300K")->value / d300, 1, 1e-6);
  // σ = n q² D/(k_B T) in SI.
  const double sigma = 0.015e30 * std::pow(1.602176634e-19, 2) * d300 * 1e-4 / (1.380649e-23 * 300);
  EXPECT_NEAR(r.find_scalar("sigma_300K")->value / (10 * sigma), 1, 1e-6);
  EXPECT_EQ(r.find_table("points")->columns.size(), 3U);
  const Table* line = r.find_table("line");
  EXPECT_LT(line->find("low")->data[5], line->find("D")->data[5]);
  EXPECT_GT(line->find("high")->data[5], line->find("D")->data[5]);
}

struct Coverage {
  double activation = 0;
  double extrapolation = 0;
};

Coverage coverage(const Truth& truth, int seeds) {
  Coverage out;
  const double d300 = truth.D_0 * std::exp(-truth.E_a / (kB * 300));
  for (int s = 0; s < seeds; ++s) {
    ArrheniusOptions options;
    options.bootstrap = 100;
    const Result r = fit_arrhenius(points(truth, 100 + static_cast<std::uint64_t>(s)), options);
    const Scalar* e = r.find_scalar("E_a");
    out.activation += std::abs(e->value - truth.E_a) <= e->error ? 1.0 / seeds : 0.0;
    const Scalar* d = r.find_scalar("D_300K");
    out.extrapolation += std::abs(d->value - d300) <= d->error ? 1.0 / seeds : 0.0;
  }
  return out;
}

TEST(Arrhenius, ErrorsCoverTheTruth) {
  const Coverage one = coverage({}, 400);
  EXPECT_GT(one.activation, 0.63);
  EXPECT_LT(one.activation, 0.80);
  EXPECT_GT(one.extrapolation, 0.63);
  EXPECT_LT(one.extrapolation, 0.80);
}

TEST(Arrhenius, ReplicasThatDifferWidenTheError) {
  Truth truth;
  truth.replicas = 5;
  truth.glass = 0.03;
  const Coverage five = coverage(truth, 300);
  EXPECT_GT(five.activation, 0.55);  // five replicas: their scatter is itself known to 35 %
  EXPECT_LT(five.activation, 0.78);
  EXPECT_GT(five.extrapolation, 0.52);
  EXPECT_LT(five.extrapolation, 0.78);
}

TEST(Arrhenius, WarnsOfWhatItCannotKnow) {
  Truth truth;
  truth.temperatures = {600};
  Result r = fit_arrhenius(points(truth, 1));
  EXPECT_TRUE(std::isnan(r.find_scalar("E_a")->value));
  EXPECT_TRUE(std::isnan(r.find_scalar("sigma_300K")->value));
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("at least two")));
  truth.temperatures = {600, 900};
  r = fit_arrhenius(points(truth, 1));
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("only two temperatures")));
  truth.temperatures = {800, 900, 1000};
  r = fit_arrhenius(points(truth, 1));
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("300 K lies far below")));
  EXPECT_NO_THROW(fit_arrhenius({}));
  auto bad = points(truth, 1);
  bad[0].temperature_K = 0;
  EXPECT_THROW(fit_arrhenius(bad), InputError);
}

TEST(Arrhenius, NoticesCurvatureAndOnlyThen) {
  int false_alarms = 0;
  int found = 0;
  for (std::uint64_t s = 0; s < 100; ++s) {
    auto data = points({}, s);
    const auto curved = [](const Result& r) {
      return std::any_of(r.warnings.begin(), r.warnings.end(), [](const std::string& w) {
        return w.find("not straight") != std::string::npos;
      });
    };
    false_alarms += curved(fit_arrhenius(data)) ? 1 : 0;
    // Vogel–Fulcher–Tammann with T₀ = 200 K instead.
    for (auto& p : data) {
      p.D_cm2_s *= std::exp(0.3 / (kB * p.temperature_K) - 0.2 / (kB * (p.temperature_K - 200)));
      p.D_error_cm2_s = 0.05 * p.D_cm2_s;
    }
    found += curved(fit_arrhenius(data)) ? 1 : 0;
  }
  EXPECT_LE(false_alarms, 6);
  EXPECT_GE(found, 80);
}

TEST(Arrhenius, PointsThatAreNotDiffusiveAreKeptOut) {
  auto data = points({}, 1);
  const double before = fit_arrhenius(data).find_scalar("E_a")->value;
  data.push_back({300, 1e-6, 1e-6, 0, 0.015, false});
  const Result r = fit_arrhenius(data);
  EXPECT_EQ(r.find_scalar("E_a")->value, before);
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("not diffusive")));
  EXPECT_EQ(r.find_table("excluded")->find("T")->data.at(0), 300);
  EXPECT_EQ(r.find_table("points")->find("T")->data.size(), 5U);
}

TEST(Arrhenius, AnotherTargetStandsBesideRoomTemperature) {
  ArrheniusOptions options;
  options.target_K = 350;
  const Result r = fit_arrhenius(points({}, 1), options);
  ASSERT_NE(r.find_scalar("D_300K"), nullptr);
  EXPECT_GT(r.find_scalar("sigma_350K")->value, r.find_scalar("sigma_300K")->value);
}

}  // namespace
}  // namespace vitrion
