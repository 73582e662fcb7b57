// Relaxation times of a decaying curve: where it crosses a level, and a stretched exponential.
//
//   F(t) ≈ A exp(−(t/τ)^β)   (Kohlrausch; Williams & Watts 1970, DOI 10.1039/TF9706600080)
// by Levenberg–Marquardt in A, ln τ, ln β. Mean time ∫F dt/A = τ/β · Γ(1/β).
#pragma once

#include <span>

namespace vitrion {

/// The first time at which the curve falls to `level`, between points by a straight line; NaN where
/// it never does.
double crossing_time(std::span<const double> t, std::span<const double> f, double level);

struct StretchedFit {
  double amplitude = 0;
  double tau = 0;
  double beta = 0;
  bool good = false;  ///< converged, and the curve fell far enough to tell
  [[nodiscard]] double mean_time() const;
};

/// Least squares over all points (t > 0); needs five, and a fall by a tenth of the first value.
StretchedFit fit_stretched(std::span<const double> t, std::span<const double> f);

}  // namespace vitrion
