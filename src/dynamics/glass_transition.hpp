// The glass transition from a cooling curve: where the lines of glass and liquid meet.
//
//   y(T) = a + b T + c max(0, T − T_g): density, volume or enthalpy against temperature
// Error by bootstrap over the residuals. T_g is that of the cooling rate of the run, some 10⁹ times
// a laboratory's. Pure function. O(points × bootstrap × 200).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vitrion {

struct GlassTransition {
  double temperature_K = 0;
  double error_K = 0;
  double value = 0;        ///< y at T_g
  double slope_glass = 0;  ///< per K
  double slope_liquid = 0;
  double gain = 0;     ///< χ² of one line over that of two, per degree of freedom of the two
  bool found = false;  ///< the slopes differ by more than three standard errors
  std::string reason;  ///< why not
};

struct GlassTransitionOptions {
  int bootstrap = 400;
  std::uint64_t seed = 1;
};

/// Points in any order, each as good as the others. Throws InputError where sizes differ.
GlassTransition fit_glass_transition(std::span<const double> temperature_K,
                                     std::span<const double> y,
                                     const GlassTransitionOptions& options = {});

}  // namespace vitrion
