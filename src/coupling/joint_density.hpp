// How far two variables of a pair are from independent: f, g and χ, with their noise.
//
//   f = √ρ₂D(θ, r),  g = √(ρ_θ ρ_r),  χ² = ∫(f − g)² dθ dr = 2 − 2∫f g   (Eqs. 22–24)
// with ρ_θ, ρ_r the marginals of ρ₂D and ∫ρ₂D = 1: χ² is in [0, 2], and 0 means independent. A
// finite sample never reaches 0. Its floor is the larger of two: samples of the same size drawn
// from the product of the marginals (a shuffle), and what half the run has more than the whole,
// which counts the correlation of successive frames too (the bias falls as 1/length).
// O(bins) a surrogate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

/// χ² of counts, rows × columns.
double chi_squared_of(std::span<const double> counts, std::size_t rows);

struct ChiEstimate {
  double chi_squared = 0;
  double error = 0;         ///< jackknife over stretches of time
  double floor = 0;         ///< of χ²
  double floor_spread = 0;  ///< standard deviation of χ² over shuffles
  double samples = 0;
  /// (χ² − floor) in standard errors.
  [[nodiscard]] double significance() const;
};

/// `stretches`: counts of consecutive parts of a run, each rows × columns, weighted by frames.
ChiEstimate estimate_chi(const std::vector<std::vector<double>>& stretches, std::size_t rows,
                         std::uint64_t seed);

}  // namespace vitrion
