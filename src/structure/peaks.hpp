// The first peak and the first minimum of a pair distribution.
//
// The curve is smoothed by a Gaussian of 0.05 Å, or 0.1 or 0.2 Å where too few pairs were counted
// to see a peak and a minimum otherwise. The first peak is the first maximum that stands out:
// higher than the valley after it by a tenth of its height and by four standard errors of the
// counts. The first minimum is the lowest point between it and the next rise. Both are refined by a
// parabola through the points around; the middle is taken of a valley that is flat (between bonded
// and non-bonded atoms g is zero over half an ångström). O(bins).
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace vitrion {

/// Values at bin centres; `expected` counts at value 1 tell how noisy each is.
struct Curve {
  double width_A = 0;
  std::vector<double> value;
  std::vector<double> expected;
};

/// Bins between which the extrema lie, for refining them in other samples of the same curve.
struct FirstShell {
  bool has_peak = false;
  bool has_minimum = false;
  std::size_t peak = 0;     // bin of the maximum
  std::size_t minimum = 0;  // bin of the minimum
  std::size_t rise = 0;     // bin where the next rise is certain
  double smoothing_A = 0;
  double peak_value = 0;
  double minimum_value = 0;
};

FirstShell find_first_shell(const Curve& curve);

/// Where they are in Å, in this curve or in one much like it; NaN where there is none.
double first_peak_A(const FirstShell& shell, const Curve& curve);
double first_minimum_A(const FirstShell& shell, const Curve& curve);

/// Why the minimum is not to be trusted, or "".
std::string doubt_about_minimum(const FirstShell& shell);

}  // namespace vitrion
