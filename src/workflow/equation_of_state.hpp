// Pressure against volume, and the volume at which the pressure is the wanted one.
//
//   birch-murnaghan: E(V) of third order in V^(−2/3), so that with f = ½[(V_r/V)^(2/3) − 1] about
//     any reference V_r:  P / (1 + 2f)^(5/2) = c₀ + c₁ f + c₂ f²   (F. Birch, Phys. Rev. 71, 809
//     (1947), DOI 10.1103/PhysRev.71.809)
//   quadratic:       P = c₀ + c₁ x + c₂ x²,  x = V/V_r − 1
// Both are linear in c: weighted least squares, whose covariance (scaled by χ² where the points
// scatter more than their errors) is carried to V, B = −V ∂P/∂V and B' = ∂B/∂P.
// The way of Aykol et al., Sci. Adv. 4, eaaq0148 (2018), DOI 10.1126/sciadv.aaq0148. O(points).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

struct PressurePoint {
  double volume_A3 = 0;
  Estimate pressure_GPa;
};

struct EquationOfState {
  Estimate volume_A3;  ///< at the wanted pressure
  Estimate bulk_modulus_GPa;
  Estimate bulk_modulus_derivative;
  std::vector<double> fitted_GPa;  ///< at the points
  double chi_squared = 0;
  long degrees_of_freedom = 0;
  bool is_inside = true;       ///< the volume lies between those sampled
  bool errors_of_fit = false;  ///< the points had no errors; their scatter about the fit is taken
};

/// `form` is birch-murnaghan or quadratic. WorkError where the pressure never falls through the
/// wanted one near the sampled volumes; std::invalid_argument for fewer than three points.
EquationOfState fit_equation_of_state(std::span<const PressurePoint> points,
                                      const std::string& form, double pressure_GPa);

}  // namespace vitrion
