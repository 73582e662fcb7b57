// Ballistic, caged and diffusive motion told apart by the local exponent of a mean square
// displacement, and its non-Gaussian parameter.
//
//   β(t√2) = log₂ [MSD(2t)/MSD(t)]: 2 in free flight, near 0 in a cage, 1 in diffusion
//   α₂(t) = 3⟨Δr⁴⟩/(5⟨Δr²⟩²) − 1: 0 for a Gaussian walker in three dimensions; Rahman, Phys. Rev.
//   136, A405 (1964), DOI 10.1103/PhysRev.136.A405
// Ballistic: β above 1.5 from the first frame on. Caged: around the least β, where that is below
// 0.8 by more than noise, as far as β stays below 0.8. Errors: jackknife over up to 20 parts of
// the ions, in the order of the file (so that neighbours mostly stay together).
#pragma once

#include <optional>
#include <vector>

#include "dynamics/displacement_moments.hpp"

namespace vitrion {

/// A curve over lags, with its errors.
struct LagCurve {
  std::vector<double> lag;  ///< frames of the run; need not be whole
  std::vector<Estimate> value;
};

/// β and α₂ of ions [begin, end), up to half the run.
LagCurve local_exponent(const DisplacementMoments& moments, std::size_t begin, std::size_t end);
LagCurve non_gaussian(const DisplacementMoments& moments, std::size_t begin, std::size_t end);

struct Regimes {
  std::optional<double> ballistic_until;  ///< lags in frames
  bool caged = false;
  double caged_from = 0;              ///< the first lag, where β is low from the start
  std::optional<double> caged_until;  ///< unset: to the end of what is seen
  double cage_lag = 0;                ///< of the least β
  Estimate least;                     ///< β there
};

Regimes find_regimes(const LagCurve& exponent);

/// The highest point of α₂ and its lag; NaN where there is none.
struct Peak {
  double lag = 0;
  Estimate value;
};
Peak highest(const LagCurve& curve);

}  // namespace vitrion
