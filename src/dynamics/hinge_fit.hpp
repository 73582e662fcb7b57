// Two straight lines that meet: y = a + b x + c max(0, x − x₀), by weighted least squares.
//
// For a given x₀ the rest is linear; x₀ is searched between the third point from either end, on a
// grid and then by golden section. O(points · 200).
#pragma once

#include <span>

namespace vitrion {

struct HingeFit {
  double at = 0;     ///< x₀
  double value = 0;  ///< y there
  double slope_below = 0;
  double slope_above = 0;
  double chi_squared = 0;
  double line_chi_squared = 0;  ///< of one straight line
  bool found = false;           ///< there were enough points (six, with three on either side)
};

/// `x` rising. `error` of each y (all > 0).
HingeFit fit_hinge(std::span<const double> x, std::span<const double> y,
                   std::span<const double> error);

}  // namespace vitrion
