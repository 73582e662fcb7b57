// Beyond one activation energy: a change of slope in the Arrhenius plot, and the law of Vogel,
// Fulcher and Tammann.
//
//   change point: ln D is two lines in 1/(k_B T) that meet; whether better than one is told by a
//                 parametric bootstrap of the gain in χ² (a search over break points makes the
//                 usual F test too trusting)
//   VFT:          ln D = ln D₀ − B/(T − T₀), T₀ by its profile; errors from the curvature of χ²,
//                 times χ²/freedom where points scatter more than they say
// Models are compared by Akaike's criterion for few points (Hurvich & Tsai 1989, DOI
// 10.1093/biomet/76.2.297). Pure functions. O(points × bootstrap × 200).
#pragma once

#include <span>
#include <string>

#include "dynamics/arrhenius.hpp"

namespace vitrion {

struct ChangePoint {
  double temperature_K = 0;
  double temperature_error_K = 0;  ///< bootstrap
  double cold_eV = 0;              ///< activation energies on either side, with bootstrap errors
  double cold_error_eV = 0;
  double hot_eV = 0;
  double hot_error_eV = 0;
  double p_value = 1;  ///< chance of so large a gain where there is one line
  bool found = false;
  std::string reason;  ///< why not
};

/// Points with an error, usable for a fit (diffusive, D > 0), at six temperatures or more.
ChangePoint find_change_point(std::span<const TransportPoint> points,
                              const ArrheniusOptions& options = {});

struct VftFit {
  double log_D0 = 0;  ///< D₀ in cm²/s
  double B_K = 0;
  double T0_K = 0;  ///< 0: the data are Arrhenius, or bend the other way
  double B_error_K = 0;
  double T0_error_K = 0;
  double chi_squared = 0;
  double aicc_gain = 0;  ///< of VFT over one Arrhenius line; above about 4: prefer VFT
  bool found = false;
  std::string reason;
  [[nodiscard]] double D_cm2_s(double temperature_K) const;
};

/// At five temperatures or more.
VftFit fit_vft(std::span<const TransportPoint> points);

}  // namespace vitrion
