#include "workflow/vibrations.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/constants.hpp"

namespace vitrion {
namespace {

constexpr double h_eV_ps = 4.135667696e-3;

TEST(Vibrations, OfEinsteinSolidAreThoseOfOneOscillator) {
  // A narrow line at 5 THz, three states an atom.
  std::vector<double> nu, dos;
  double area = 0;
  for (double x = 0; x <= 20; x += 0.005) {
    nu.push_back(x);
    dos.push_back(std::exp(-0.5 * std::pow((x - 5) / 0.02, 2)));
    area += dos.back() * 0.005;
  }
  for (double& g : dos) g *= 3 * 10 / area;
  for (const double T : {50.0, 300.0, 1200.0}) {
    const double kT = constants::boltzmann_eV_K * T;
    const double x = h_eV_ps * 5 / kT;
    const Vibrations v = harmonic_vibrations(nu, dos, 10, T);
    EXPECT_NEAR(v.entropy_kB_atom, 3 * (x / (std::exp(x) - 1) - std::log(1 - std::exp(-x))), 2e-3);
    EXPECT_NEAR(v.free_energy_eV_atom, 3 * (0.5 * h_eV_ps * 5 + kT * std::log(1 - std::exp(-x))),
                2e-5);
  }
}

TEST(Vibrations, OfDebyeSolidInTheClassicalLimit) {
  // g = 9 ν²/ν_D³: S/k → 4 − 3 ln(θ/T) and F → 9/8 kθ + … for T well above θ.
  const double top = 2;
  std::vector<double> nu, dos;
  for (int i = 0; i <= 400; ++i) {
    nu.push_back(top * i / 400);
    dos.push_back(9 * nu.back() * nu.back() / std::pow(top, 3));
  }
  const double T = 1000;
  const double theta_over_T = h_eV_ps * top / (constants::boltzmann_eV_K * T);
  const Vibrations v = harmonic_vibrations(nu, dos, 1, T);
  // Next order of the high-temperature series: (3/40) (θ/T)².
  EXPECT_NEAR(v.entropy_kB_atom, 4 - 3 * std::log(theta_over_T) + 0.075 * std::pow(theta_over_T, 2),
              5e-3);
}

TEST(Vibrations, FlatSpectrumDownToNoughtIsIntegrated) {
  // ∫₀^ν (1 − ln x) dν = ν (2 − ln x) however wide the first bin is (classical limit).
  std::vector<double> nu, dos;
  for (int i = 0; i <= 100; ++i) {
    nu.push_back(0.01 * i);
    dos.push_back(3);
  }
  const double T = 3000;
  const double x = h_eV_ps / (constants::boltzmann_eV_K * T);
  EXPECT_NEAR(harmonic_vibrations(nu, dos, 1, T).entropy_kB_atom, 3 * (2 - std::log(x)), 2e-2);
}

}  // namespace
}  // namespace vitrion
