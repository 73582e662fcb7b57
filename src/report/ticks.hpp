// Where the ticks of an axis stand, and what is written at them.
//
// Linear steps are 1, 2, 2.5 or 5 times a power of ten (after Heckbert, Graphics Gems, 1990);
// logarithmic axes carry decades, and 2 and 5 where fewer than three decades are in view.
#pragma once

#include <string>
#include <vector>

namespace vitrion::report {

struct Ticks {
  double low = 0;  ///< the axis' range, rounded outwards to a tick where asked
  double high = 1;
  std::vector<double> major;
  std::vector<double> minor;
  std::vector<std::string> labels;  ///< of the major ticks, rich text
};

/// About `target` ticks over [low, high]; ends are moved out to ticks where `round_ends`.
/// Equal, swapped, infinite or NaN ends give a range around what is left.
Ticks linear_ticks(double low, double high, int target, bool round_ends);
/// Decades over [low, high], both > 0; anything else is replaced by a decade around what is left.
Ticks log_ticks(double low, double high, int target, bool round_ends);

/// "1.5", "−0.25", "2×10^{5}": a tick's number given the step between ticks.
std::string tick_label(double value, double step);

}  // namespace vitrion::report
