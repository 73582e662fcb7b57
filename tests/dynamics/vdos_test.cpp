#include "dynamics/vdos.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/spectrum.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

// Atoms on springs along all axes, each with a phase of its own: Li at 12 THz, S at 5 THz.
std::vector<Frame> oscillators(std::size_t frames, double dt_ps, bool velocities) {
  RandomStream random(1, "phases");
  std::vector<Vec3> phase(30);
  for (auto& p : phase)
    p = 2 * constants::pi * Vec3(random.uniform(), random.uniform(), random.uniform());
  std::vector<Frame> out(frames);
  for (std::size_t t = 0; t < frames; ++t) {
    Frame& frame = out[t];
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < phase.size(); ++i) {
      const double nu = i < 20 ? 12 : 5;
      const double omega = 2 * constants::pi * nu;
      const Vec3 angle = Vec3::Constant(omega * dt_ps * static_cast<double>(t)) + phase[i];
      frame.structure.add(i < 20 ? "Li" : "S", 0.1 * angle.array().cos().matrix());
      if (velocities) frame.velocities.push_back(-0.1 * omega * angle.array().sin().matrix());
    }
  }
  return out;
}

VdosAnalysis vdos(const std::string& window = "hann", const std::string& drift = "none") {
  VdosAnalysis out;
  out.parameters().set("window", window, {});
  out.parameters().set("drift", drift, {});
  return out;
}

double peak(const Table& table, const std::string& column) {
  const auto& y = table.find(column)->data;
  return table.columns[0]
      .data[static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin())];
}

// g ∝ ν² up to 9 is itself a Debye spectrum.
TEST(Vdos, TheDebyeFrequencyOfADebyeSpectrumIsItsEnd) {
  std::vector<double> nu, g;
  for (int k = 0; k <= 900; ++k) {
    nu.push_back(0.01 * k);
    g.push_back(nu.back() * nu.back());
  }
  EXPECT_NEAR(debye_frequency(nu, g), 9, 1e-3);
  EXPECT_NEAR(band_centre(nu, g), 0.75 * 9, 1e-3);
}

TEST(Vdos, OscillatorsShowTheirFrequencyWithEveryWindow) {
  const auto frames = oscillators(3000, 0.01, true);
  for (const char* window : {"none", "hann", "blackman"}) {
    VdosAnalysis a = vdos(window);
    const Result r = analyse(a, frames, 0.01);
    const Table& table = *r.find_table("vdos");
    EXPECT_NEAR(peak(table, "Li"), 12, 0.07) << window;
    EXPECT_NEAR(peak(table, "S"), 5, 0.07) << window;
    EXPECT_NEAR(r.find_scalar("band_centre_Li")->value, 12, 0.05) << window;
    EXPECT_NEAR(r.find_scalar("band_centre_S")->value, 5, 0.05) << window;
    EXPECT_NEAR(r.find_scalar("debye_frequency_S")->value, 5 * std::sqrt(5.0 / 3), 0.1) << window;
    EXPECT_NEAR(trapezoid(table.columns[0].data, table.find("Li")->data), 60, 1e-9);
    EXPECT_NEAR(trapezoid(table.columns[0].data, table.find("total")->data), 90, 1e-9);
    EXPECT_TRUE(r.warnings.empty());
    // cos(ωt) of all atoms.
    EXPECT_NEAR(r.find_table("vacf")->find("S")->data[10], std::cos(2 * constants::pi * 0.5), 0.01);
  }
}

TEST(Vdos, PositionsStandInForVelocitiesAndSaySo) {
  VdosAnalysis a = vdos();
  const Result r = analyse(a, oscillators(3000, 0.01, false), 0.01);
  EXPECT_NEAR(r.find_scalar("band_centre_Li")->value, 12, 0.05);
  EXPECT_NEAR(peak(*r.find_table("vdos"), "S"), 5, 0.07);
  ASSERT_EQ(r.warnings.size(), 1U);
  EXPECT_THAT(r.warnings[0], HasSubstr("hold no velocities"));
}

TEST(Vdos, FramesTooFarApartAreNoticed) {
  VdosAnalysis a = vdos();
  const Result r = analyse(a, oscillators(3000, 0.0405, true), 0.0405);  // to 12.35 THz
  ASSERT_FALSE(r.warnings.empty());
  EXPECT_THAT(r.warnings[0], HasSubstr("spectrum of Li lies in the top tenth"));
}

// Free Langevin particles: C(t) = (k_B T/m) exp(−γt), D = k_B T/(mγ).
struct Langevin {
  double gamma = 5;  // 1/ps
  double temperature_K = 600;
  double dt_ps = 0.02;
  std::size_t ions = 60;
  std::size_t frames = 6000;
};

std::vector<Frame> langevin(const Langevin& o) {
  RandomStream random(4, "langevin");
  const double mass = Species::of_element("Li").mass_amu;
  const double thermal =
      std::sqrt(constants::boltzmann_eV_K * o.temperature_K / (mass * constants::amu_A2_ps2_in_eV));
  const double keep = std::exp(-o.gamma * o.dt_ps);
  const auto gauss = [&] { return Vec3(random.normal(), random.normal(), random.normal()); };
  std::vector<Vec3> v(o.ions);
  for (auto& x : v) x = thermal * gauss();
  std::vector<Frame> out(o.frames);
  for (auto& frame : out) {
    frame.structure.cell = Cell::cubic(15);
    frame.wrapping = Wrapping::unwrapped;
    for (auto& x : v) {
      frame.structure.add("Li", Vec3::Zero());
      frame.velocities.push_back(x);
      x = keep * x + std::sqrt(1 - keep * keep) * thermal * gauss();
    }
  }
  return out;
}

TEST(Vdos, DampedParticlesGiveALorentzianAndTheirConductivity) {
  const Langevin o;
  VdosAnalysis a = vdos();
  a.parameters().set("max_time", "2 ps", {});
  a.parameters().set("charges", "Li:1", {});
  const Result r = analyse(a, langevin(o), o.dt_ps, o.temperature_K);
  const Table& table = *r.find_table("vdos");
  const auto& nu = table.columns[0].data;
  const auto& g = table.find("Li")->data;
  const auto& error = table.find("Li_error")->data;
  int outside = 0;
  int looked = 0;
  for (std::size_t k = 0; nu[k] < 5; k += 7) {
    // The spectrum of a series of exponential decay, sampled at Δt (a wrapped Lorentzian).
    const double keep = std::exp(-o.gamma * o.dt_ps);
    const double omega = 2 * constants::pi * nu[k] * o.dt_ps;
    const double exact = 6.0 * static_cast<double>(o.ions) * o.dt_ps * (1 - keep * keep) /
                         (1 + keep * keep - 2 * keep * std::cos(omega));
    EXPECT_NEAR(g[k], exact, 5 * error[k] + 0.02 * exact) << nu[k];
    outside += std::abs(g[k] - exact) > 2 * error[k] + 0.01 * exact ? 1 : 0;
    ++looked;
  }
  EXPECT_GT(looked, 5);
  EXPECT_LE(outside, looked / 3);
  const Scalar& t = *r.find_scalar("kinetic_temperature_Li");
  EXPECT_NEAR(t.value, 600, 4 * t.error);
  EXPECT_LT(t.error, 10);
  // σ(0) = N q² D/(V k_B T), and D = k_B T/(mγ).
  const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
  const double sigma = static_cast<double>(o.ions) / (std::pow(15.0, 3) * mass * o.gamma) *
                       constants::conductivity_mS_cm;
  const Table& current = *r.find_table("current");
  EXPECT_EQ(current.columns[1].unit, "mS/cm");
  EXPECT_GT(current.columns[2].data[0], 0);
  EXPECT_NEAR(current.columns[1].data[0], sigma, 4 * current.columns[2].data[0] + 0.02 * sigma);
  EXPECT_LT(current.columns[2].data[0], 0.3 * sigma);
  // The charges are not neutral, which is said.
  EXPECT_THAT(r.warnings.back(), HasSubstr("add up to"));
}

TEST(Vdos, DriftOfTheCellIsTakenOut) {
  auto frames = oscillators(600, 0.01, true);
  for (auto& frame : frames) {
    for (auto& v : frame.velocities) v += Vec3(50, 0, 0);
  }
  VdosAnalysis fixed = vdos("hann", "cell");
  EXPECT_LT(analyse(fixed, frames, 0.01).find_table("vdos")->find("S")->data[0], 0.5);
  VdosAnalysis free = vdos();
  EXPECT_GT(analyse(free, frames, 0.01).find_table("vdos")->find("S")->data[0], 50);
}

TEST(Vdos, ShortRunsGiveAReasonAndSameBitsForAnyThreads) {
  VdosAnalysis a = vdos();
  const Result few = analyse(a, oscillators(5, 0.01, true), 0.01);
  EXPECT_THAT(few.warnings.at(0), HasSubstr("too few"));
  EXPECT_TRUE(std::isnan(few.find_scalar("band_centre_Li")->value));
  std::vector<std::string> texts;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    VdosAnalysis b = vdos();
    texts.push_back(to_json(analyse(b, oscillators(300, 0.01, true), 0.01)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
  EXPECT_THROW(a.parameters().set("window", "box", {}), InputError);
}

}  // namespace
}  // namespace vitrion
