// Mean square displacements at every lag, over all time origins, by fast Fourier transform.
//
// MSD(m) = S₁(m) − 2 S₂(m): S₁ is a running sum of squares, S₂ the autocorrelation of the path
// (Wiener–Khinchin). Calandrini et al., Collection SFN 12, 201 (2011), DOI 10.1051/sfn/201112010.
// O(N T log T) for N ions and T frames; the transforms of all ions are summed before the one that
// goes back. Ions are summed in fixed groups: the same bits for any number of threads.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dynamics/displacements.hpp"

namespace vitrion {

/// A stretch of the ions of a store.
struct IonSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Mean over ions [begin, end) of |Δr|² in Å²; index = lag in frames of the run (0 … T−1).
std::vector<double> mean_square_displacement(const DisplacementStore& store, std::size_t begin,
                                             std::size_t end);
/// The same from kept frames [first, last) alone; index = lag in kept frames.
std::vector<double> mean_square_displacement(const DisplacementStore& store, const IonSpan& ions,
                                             std::size_t first, std::size_t last);
/// The same along x, y and z, which sum to it; index = lag in frames of the run. Of a thinned store
/// only lags from eight kept frames on are known, NaN below.
std::array<std::vector<double>, 3> mean_square_by_axis(const DisplacementStore& store,
                                                       const IonSpan& ions);
/// Lags whose values were measured, not interpolated: at most ~2,000, all of the first 1,000 where
/// the store was not thinned, then ever wider apart.
std::vector<std::size_t> table_lags(const DisplacementStore& store);
std::vector<std::size_t> table_lags(std::size_t frames);

/// |Δr|² of one path over all origins; index = lag in frames.
std::vector<double> mean_square_displacement(std::span<const Vec3> path);

/// Σ_i w_i r_i(t) in every frame of the run, with one weight for each range of the store.
std::vector<Vec3> collective_path(const DisplacementStore& store, std::span<const double> weights);

/// How the power of slow motion scatters over ions and over Fourier modes.
///
/// x(i, k, d) = |Σ_t Δr_id(t) exp(−2πikt/n)|² of mode k of the steps of ion i along axis d. Below
/// the frequency where diffusion sets in its mean is proportional to D, and modes of a stationary
/// process are independent of each other: their scatter tells the error of D also where ions move
/// together, their scatter over ions where ions differ or hop seldom.
struct ModeScatter {
  std::size_t ions = 0;
  std::size_t modes = 0;
  std::array<double, 3> mean{};  ///< of x along each axis, over ions and modes
  /// Var_k(mean over ions) / mean² of each axis alone; 1/ions where independent.
  std::array<double, 3> by_axis{};
  double by_mode = 0;  ///< Σ_d Var_k(mean over ions) / (Σ_d mean)²; 1/(3 ions) where independent
  double by_ion = 0;   ///< relative variance of the mean from its scatter over ions; 0 with one
  double by_entry = 0;  ///< the same as if all (i, k, d) were independent
  /// Σ_d mean² / (Σ_d mean)²: 1/3 for isotropic motion.
  [[nodiscard]] double anisotropy() const;
};

/// Modes 1 … `modes` of the ions [begin, end). O(N T log T).
ModeScatter mode_scatter(const DisplacementStore& store, std::size_t begin, std::size_t end,
                         std::size_t modes);

}  // namespace vitrion
