// Arrhenius fits of rates of rare events: turns of units, jumps of ions.
//
//   Γ(T) = Γ₀ exp(−E_a/k_BT),  n_i events in an exposure t_i (units or ions × time) at T_i
// by the largest Poisson likelihood Σ n_i ln Γ(T_i) − Γ(T_i) t_i, so that a run without an event
// counts as what it is, a bound, and is neither left out nor taken for a rate of zero. Where a
// rate's own error exceeds counting (units alike in time, bursts), its events count for less by
// that factor; errors are those of the likelihood, times √(χ²/(n−2)) where the points scatter more.
// Newton's method; O(points).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/result.hpp"

namespace vitrion {

struct RatePoint {
  double temperature_K = 0;
  double events = 0;
  double exposure_ps = 0;  ///< units (or ions) times the time watched
  double dispersion = 1;   ///< variance of the count over that of counting, at least 1
};

/// Result "rate_arrhenius": scalars E_a (eV), rate_0 (1/ps), rate_300K (1/ps); tables points (T,
/// rate, error, bound_95, events) and line (1000/T, rate, low, high: the 68 % band). With events at
/// fewer than two temperatures all scalars are NaN and a warning says so. Throws InputError for a
/// temperature or an exposure that is not above zero.
Result fit_rates(std::span<const RatePoint> points, const std::string& quantity);

/// Whether a result counts events and gives their rate with an error.
bool has_rate(const Result& result);

/// The point of a result of `rotation` (turns, turn_rate) or `sites` (jumps, jump_rate) at a
/// temperature. Throws InputError for another result.
RatePoint rate_point(const Result& result, double temperature_K);

}  // namespace vitrion
