#include "dynamics/onsager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/cepstral.hpp"
#include "dynamics/conductivity.hpp"
#include "dynamics/green_kubo.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

constexpr double temperature = 600;

Vec3 gauss(RandomStream& random) { return {random.normal(), random.normal(), random.normal()}; }

// Li and Na walkers of their own steps, with a step in common; a fixed P.
std::vector<Frame> two_kinds(double common, std::size_t frames, std::uint64_t seed) {
  RandomStream random(seed, "two kinds");
  std::vector<Vec3> r(25, Vec3::Zero());
  std::vector<Frame> out(frames);
  for (auto& frame : out) {
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < r.size(); ++i) frame.structure.add(i < 15 ? "Li" : "Na", r[i]);
    frame.structure.add("P", Vec3::Zero());
    const Vec3 together = common * gauss(random);
    for (std::size_t i = 0; i < r.size(); ++i) {
      r[i] += together + (i < 15 ? 0.3 : 0.2) * gauss(random);
    }
  }
  return out;
}

OnsagerAnalysis onsager() {
  OnsagerAnalysis out;
  out.parameters().set("drift", "species:P", {});
  out.parameters().set("fit_from", "2 ps", {});
  return out;
}

double per_variance() {  // L of a collective path whose steps of 1 ps have variance 1 an axis
  return 1 / (2 * 8000 * constants::boltzmann_eV_K * temperature);
}

TEST(Onsager, MatrixIsThatOfTheStepsWithHonestErrors) {
  for (const double common : {0.0, 0.1}) {
    const double together = common * common;
    const double exact[] = {15 * 0.09 + 225 * together, 150 * together, 10 * 0.04 + 100 * together};
    const char* names[] = {"L_Li-Li", "L_Li-Na", "L_Na-Na"};
    const double z[] = {225 * together + 1.35 + 150 * together, exact[2] + exact[1]};
    const double t_li = z[0] / (z[0] + z[1]);
    int within[4] = {};
    constexpr int runs = 24;
    for (int run = 0; run < runs; ++run) {
      OnsagerAnalysis a = onsager();
      const Result r = analyse(a, two_kinds(common, 700, 100 + static_cast<std::uint64_t>(run)),
                               1.0, temperature);
      for (std::size_t k = 0; k < 3; ++k) {
        const Scalar& s = *r.find_scalar(names[k]);
        EXPECT_NEAR(s.value, exact[k] * per_variance(), 5 * s.error);
        if (std::abs(s.value - exact[k] * per_variance()) < s.error) ++within[k];
        EXPECT_LT(s.error, 0.5 * exact[0] * per_variance());
      }
      const Scalar& t = *r.find_scalar("transference_Li");
      EXPECT_NEAR(t.value + r.find_scalar("transference_Na")->value +
                      r.find_scalar("transference_P")->value,
                  1, 1e-9);
      if (std::abs(t.value - t_li) < t.error) ++within[3];
    }
    for (const int n : within) {  // 68 % of 24 are 16 ± 2.3
      EXPECT_GE(n, 9) << common;
      EXPECT_LE(n, 23) << common;
    }
  }
}

TEST(Onsager, ConductivityOfTheCarriersIsThatOfTheOtherAnalysis) {
  const auto frames = two_kinds(0.1, 400, 7);
  OnsagerAnalysis a;
  ConductivityAnalysis b;
  const Result x = analyse(a, frames, 1.0, temperature);
  const Result y = analyse(b, frames, 1.0, temperature);
  EXPECT_NEAR(x.find_scalar("sigma")->value / y.find_scalar("sigma_c")->value, 1, 1e-4);
  EXPECT_NEAR(x.find_scalar("sigma")->error / y.find_scalar("sigma_c")->error, 1, 1e-3);
  OnsagerAnalysis cold;
  EXPECT_THROW(analyse(cold, frames, 1.0), InputError);
}

// Damped particles with velocities and the positions that follow from them.
std::vector<Frame> langevin(std::size_t frames, double dt, bool velocities, std::uint64_t seed) {
  RandomStream random(seed, "langevin");
  const double gamma = 5;
  const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
  const double thermal = std::sqrt(constants::boltzmann_eV_K * temperature / mass);
  const double keep = std::exp(-gamma * dt);
  std::vector<Vec3> r(20, Vec3::Zero());
  std::vector<Vec3> v(20);
  for (auto& x : v) x = thermal * gauss(random);
  std::vector<Frame> out(frames);
  for (auto& frame : out) {
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < r.size(); ++i) {
      frame.structure.add("Li", r[i]);
      if (velocities) frame.velocities.push_back(v[i]);
      const Vec3 next = keep * v[i] + std::sqrt(1 - keep * keep) * thermal * gauss(random);
      r[i] += 0.5 * dt * (v[i] + next);
      v[i] = next;
    }
    frame.structure.add("P", Vec3::Zero());
    if (velocities) frame.velocities.push_back(Vec3::Zero());
  }
  return out;
}

TEST(GreenKubo, EqualsEinsteinAndTheory) {
  const double dt = 0.02;
  const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
  // N q²/(V m γ), in discrete time coth(γΔt/2)·γΔt/2 times that.
  const double exact =
      20 / (8000 * mass * 5) * constants::conductivity_mS_cm * (0.05 / std::tanh(0.05));
  const auto frames = langevin(12000, dt, true, 3);
  GreenKuboAnalysis a;
  const Result r = analyse(a, frames, dt, temperature);
  const Scalar& gk = *r.find_scalar("sigma_gk");
  EXPECT_NEAR(gk.value, exact, 3 * gk.error);
  EXPECT_LT(gk.error, 0.15 * exact);
  const Table& integral = *r.find_table("integral");
  EXPECT_NEAR(integral.columns[2].data[75], exact, 3 * integral.columns[3].data[75]);  // 1.5 ps
  EXPECT_NEAR(integral.columns[1].data[10], std::exp(-1.0), 0.1);
  ConductivityAnalysis einstein;
  const Scalar e = *analyse(einstein, frames, dt, temperature).find_scalar("sigma_c");
  EXPECT_NEAR(gk.value, e.value, 3 * std::hypot(gk.error, e.error));
  // From positions alone.
  GreenKuboAnalysis b;
  const Result p = analyse(b, langevin(12000, dt, false, 3), dt, temperature);
  EXPECT_NEAR(p.find_scalar("sigma_gk")->value, gk.value, gk.error);
}

TEST(GreenKubo, SpectrumIsThatOfDrude) {
  // σ(ν) = σ(0)/(1 + (2πν/γ)²), here for a series sampled at Δt (a wrapped Lorentzian).
  const double dt = 0.02;
  const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
  const double keep = std::exp(-5 * dt);
  const auto drude = [&](double nu) {
    const double omega = 2 * constants::pi * nu * dt;
    return 20 / (8000 * mass) * constants::conductivity_mS_cm * 0.5 * dt * (1 - keep * keep) /
           (1 + keep * keep - 2 * keep * std::cos(omega));
  };
  for (const bool velocities : {true, false}) {
    GreenKuboAnalysis a;
    const Result r = analyse(a, langevin(20000, dt, velocities, 9), dt, temperature);
    const Table& table = *r.find_table("spectrum");
    EXPECT_EQ(table.columns[0].unit, "THz");
    EXPECT_EQ(table.columns[1].unit, "mS/cm");
    const auto& nu = table.columns[0].data;
    int outside = 0;
    int looked = 0;
    for (std::size_t k = 0; nu[k] < 6; k += 4) {
      // Positions follow the mean of two velocities: cos²(πνΔt), and sinc² is divided out.
      const double x = constants::pi * nu[k] * dt;
      const double seen = velocities || k == 0 ? 1.0 : std::pow(x / std::tan(x), 2);
      const double exact = seen * drude(nu[k]);
      const double error = table.columns[2].data[k];
      EXPECT_NEAR(table.columns[1].data[k], exact, 4.5 * error + 0.01 * exact) << nu[k];
      outside += std::abs(table.columns[1].data[k] - exact) > 2 * error + 0.01 * exact ? 1 : 0;
      ++looked;
    }
    EXPECT_GT(looked, 25);
    EXPECT_LE(outside, looked / 5);
    // Its limit is the conductivity.
    const Scalar& limit = *r.find_scalar("sigma_nu0");
    const Scalar& gk = *r.find_scalar("sigma_gk");
    EXPECT_NEAR(limit.value, gk.value, 3 * std::hypot(limit.error, gk.error));
    EXPECT_NEAR(limit.value, drude(0), 3.5 * limit.error);
    EXPECT_LT(limit.error, 0.2 * drude(0));
  }
}

TEST(GreenKubo, CepstralErrorsCoverAKnownSpectrum) {
  // x(t) = 0.8 x(t−1) + noise: S(0) = 1/(1 − 0.8)².
  int within = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, "series");
    std::vector<Vec3> x(4000, Vec3::Zero());
    for (std::size_t t = 1; t < x.size(); ++t) x[t] = 0.8 * x[t - 1] + gauss(random);
    const CepstralEstimate s = zero_frequency_power(x, 1.0, 0);
    EXPECT_NEAR(s.value, 25, 6 * s.error);
    EXPECT_LT(s.error, 5);
    if (std::abs(s.value - 25) < s.error) ++within;
  }
  EXPECT_GE(within, 28);  // 41 ± 3.6 where errors are right; Akaike's choice adds some bias
  EXPECT_LE(within, 54);
  EXPECT_TRUE(std::isnan(zero_frequency_power(std::vector<Vec3>(10), 1.0, 0).value));
}

TEST(GreenKubo, SaysWhatIsMissing) {
  const auto frames = langevin(30, 0.02, true, 3);
  GreenKuboAnalysis a;
  EXPECT_THROW(analyse(a, frames, 0.02), InputError);
  GreenKuboAnalysis b;
  const Result r = analyse(b, frames, 0.02, temperature);
  EXPECT_TRUE(std::isnan(r.find_scalar("sigma_gk")->value));
  EXPECT_THAT(r.warnings.at(0), HasSubstr("too few frequencies"));
  GreenKuboAnalysis c;
  EXPECT_TRUE(
      std::isnan(analyse(c, {frames[0]}, 0.02, temperature).find_scalar("sigma_gk")->value));
}

}  // namespace
}  // namespace vitrion
