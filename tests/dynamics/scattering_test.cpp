#include "dynamics/scattering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/relaxation.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

TEST(Relaxation, FindsWhatTheCurveWasMadeFrom) {
  std::vector<double> t;
  std::vector<double> f;
  for (int i = 1; i <= 60; ++i) {
    t.push_back(0.5 * i);
    f.push_back(0.8 * std::exp(-std::pow(t.back() / 7, 0.6)));
  }
  const StretchedFit fit = fit_stretched(t, f);
  ASSERT_TRUE(fit.good);
  EXPECT_NEAR(fit.amplitude, 0.8, 1e-5);
  EXPECT_NEAR(fit.tau, 7, 1e-4);
  EXPECT_NEAR(fit.beta, 0.6, 1e-5);
  EXPECT_NEAR(fit.mean_time(), 7 / 0.6 * std::tgamma(1 / 0.6), 1e-3);
  EXPECT_NEAR(
      crossing_time(std::vector<double>{0, 1, 2, 3}, std::vector<double>{1, 0.8, 0.4, 0}, 0.5),
      1.75, 1e-12);
  EXPECT_TRUE(std::isnan(crossing_time(t, f, 0.01)));
  EXPECT_FALSE(fit_stretched(t, std::vector<double>(60, 1.0)).good);
}

TEST(WaveVectors, AreAllThatATriclinicCellAllows) {
  const Cell cell = Cell::from_parameters({12, 13, 14}, {70, 80, 65});
  const std::vector<double> wanted = {0.9, 2.0, 0.01};
  const WaveVectors q = find_wave_vectors(cell, wanted, 0.3, 100000);
  ASSERT_EQ(q.shells.size(), 2U);  // nothing near 0
  for (const auto& shell : q.shells) {
    std::size_t count = 0;
    for (int h = -12; h <= 12; ++h) {
      for (int k = -12; k <= 12; ++k) {
        for (int l = -12; l <= 12; ++l) {
          const double length =
              2 * constants::pi * (cell.inverse().transpose() * Vec3(h, k, l)).norm();
          if (std::abs(length - shell.wanted) <= 0.15) ++count;
        }
      }
    }
    EXPECT_EQ(2 * shell.allowed, count);
    EXPECT_EQ(shell.end - shell.begin, shell.allowed);
    EXPECT_NEAR(shell.mean, shell.wanted, 0.1);
  }
  EXPECT_EQ(find_wave_vectors(cell, wanted, 0.3, 5).size(), 10U);
}

TEST(WaveVectors, SumsOfPhasesAreThoseOfTheDefinition) {
  const Cell cell = Cell::from_parameters({12, 13, 14}, {70, 80, 65});
  const std::vector<double> wanted = {1, 4};
  const WaveVectors q = find_wave_vectors(cell, wanted, 0.2, 20);
  RandomStream random(1, "points");
  std::vector<Vec3> s(700);
  std::vector<float> d;
  for (auto& x : s) {
    x = 3 * Vec3(random.normal(), random.normal(), random.normal());
    const Vec3 r = cell.vectors() * x;
    for (int axis = 0; axis < 3; ++axis) d.push_back(static_cast<float>(r[axis]));
  }
  std::vector<double> cosines(q.size(), 0.0);
  std::vector<std::complex<double>> rho(q.size(), 0.0);
  add_cosines(q, d.data(), s.size(), cosines);
  add_phases(q, s, rho);
  for (std::size_t k = 0; k < q.size(); ++k) {
    std::complex<double> exact = 0;
    for (const auto& x : s) {
      const double turns = q.hkl[k][0] * x[0] + q.hkl[k][1] * x[1] + q.hkl[k][2] * x[2];
      exact += std::polar(1.0, -2 * constants::pi * turns);
    }
    EXPECT_NEAR(std::abs(rho[k] - exact), 0, 2e-4);
    EXPECT_NEAR(cosines[k], exact.real(), 0.02);  // displacements of 100 Å as floats
  }
}

ScatteringAnalysis scattering(const std::vector<std::pair<std::string, std::string>>& settings) {
  ScatteringAnalysis out;
  out.parameters().set("drift", "none", {});
  for (const auto& [key, value] : settings) out.parameters().set(key, value, {});
  return out;
}

// Spread evenly over the cell, not starting at one point.
std::vector<Frame> gas(std::size_t ions, std::size_t frames, double step) {
  WalkOptions o;
  o.ions = ions;
  o.frames = frames;
  o.step = {step, step, step};
  auto out = walk(o, 3);
  RandomStream random(2, "start");
  for (std::size_t i = 0; i < ions; ++i) {
    const Vec3 start = 30 * Vec3(random.uniform(), random.uniform(), random.uniform());
    for (auto& frame : out) frame.structure.position[i] += start;
  }
  return out;
}

TEST(Scattering, BrownianWalkersDecayExponentially) {
  const double D = 0.045;  // 0.3²/2 Å²/ps
  const auto frames = gas(200, 1200, 0.3);
  for (const char* self : {"vectors", "sphere"}) {
    ScatteringAnalysis a = scattering(
        {{"q", "1.0 1/A,1.6 1/A"}, {"max_time", "60 ps"}, {"points", "30"}, {"self", self}});
    const Result r = analyse(a, frames);
    const Table& f = *r.find_table("self_Li");
    for (const char* name : {"q 1", "q 1.6"}) {
      const double wanted = std::string(name) == "q 1" ? 1.0 : 1.6;
      const auto& shells = r.find_table("relaxation_self_Li")->find("q")->data;
      const double q = shells[wanted > 1.2 ? 1 : 0];
      const auto& y = f.find(name)->data;
      const auto& e = f.find(std::string(name) + "_error")->data;
      EXPECT_DOUBLE_EQ(y[0], 1);
      for (std::size_t i = 1; i <= 30; i += 3) {
        EXPECT_NEAR(y[i], std::exp(-D * q * q * f.columns[0].data[i]), 5 * e[i] + 2e-3)
            << self << i;
      }
      const std::string key = wanted > 1.2 ? "Li_q1.6" : "Li_q1";
      const Scalar& tau = *r.find_scalar("tau_e_" + key);
      EXPECT_NEAR(tau.value, 1 / (D * q * q), 4 * tau.error + 0.1);
      EXPECT_LT(tau.error, 0.1 * tau.value);
      const Scalar& beta = *r.find_scalar("beta_" + key);
      EXPECT_NEAR(beta.value, 1, 4 * beta.error + 0.01);
      EXPECT_LT(beta.error, 0.1);
      // Ions know nothing of one another: F(q,t) = F_s(q,t), within the noise of 24 vectors.
      EXPECT_NEAR(r.find_table("coherent_Li-Li")->find(name)->data[0], 1, 0.35);
      // The area of S(q,ν) over all ν is F(q,0).
      const Table& s = *r.find_table("spectrum_self_Li");
      EXPECT_NEAR(2 * trapezoid(s.columns[0].data, s.find(name)->data), 1, 1e-9);
    }
    // Doubled D q², halved time at half height: the width of the spectrum grows with q².
    const Table& s = *r.find_table("spectrum_self_Li");
    EXPECT_GT(s.find("q 1")->data[0], s.find("q 1.6")->data[0]);
  }
}

TEST(Scattering, AFixedLatticeDoesNotDecayAndKeepsItsBraggPeak) {
  std::vector<Frame> frames(40);
  for (auto& frame : frames) {
    frame.structure.cell = Cell::cubic(12);
    frame.wrapping = Wrapping::unwrapped;
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        for (int k = 0; k < 4; ++k)
          frame.structure.add((i + j + k) % 2 ? "Na" : "Cl", 3.0 * Vec3(i, j, k));
      }
    }
  }
  // (2π/3)(1 0 0), where all atoms scatter in phase.
  ScatteringAnalysis a = scattering(
      {{"q", "2.0944 1/A"}, {"width", "0.01 1/A"}, {"max_time", "10 ps"}, {"points", "10"}});
  const Result r = analyse(a, frames);
  const auto& settings = r.settings;
  EXPECT_THAT(settings[1].second, HasSubstr("of "));
  // Allowed at this |q|: (4 0 0) and its kind alone, as 16 = 16 + 0 + 0 only.
  EXPECT_NEAR(r.find_table("coherent_total")->find("q 2.09")->data[0], 64, 1e-3);
  EXPECT_NEAR(r.find_table("coherent_total")->find("q 2.09")->data[10], 64, 1e-3);
  EXPECT_NEAR(r.find_table("coherent_Cl-Na")
                  ? r.find_table("coherent_Cl-Na")->find("q 2.09")->data[3]
                  : r.find_table("coherent_Na-Cl")->find("q 2.09")->data[3],
              32, 1e-3);
  EXPECT_EQ(r.find_scalar("tau_e_Na_q2.09"), nullptr);
  EXPECT_TRUE(std::isnan(r.find_table("relaxation_self_Na")->find("tau_e")->data[0]));
}

TEST(Scattering, SameBitsWithAnyNumberOfThreadsAndReasonsForFailure) {
  const auto frames = gas(51, 120, 0.3);
  std::vector<std::string> texts;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    ScatteringAnalysis a = scattering({{"q", "1.0 1/A"}});
    texts.push_back(to_json(analyse(a, frames)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
  ScatteringAnalysis none = scattering({{"q", "0.05 1/A"}});
  EXPECT_THROW(analyse(none, frames), InputError);
  ScatteringAnalysis some = scattering({{"q", "0.05 1/A,1.0 1/A"}});
  EXPECT_THAT(analyse(some, frames).warnings.at(0), HasSubstr("no wave vector within"));
  auto open = frames;
  for (auto& frame : open) frame.structure.cell = Cell();
  ScatteringAnalysis c = scattering({});
  EXPECT_THROW(analyse(c, open), InputError);
  ScatteringAnalysis d = scattering({});
  EXPECT_THAT(analyse(d, gas(5, 3, 0.3)).warnings.at(0), HasSubstr("too few"));
}

}  // namespace
}  // namespace vitrion
