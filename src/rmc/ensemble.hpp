// Means over the samples of each chain: the curves that were fitted, and the partials behind them.
#pragma once

#include <vector>

#include "rmc/run.hpp"

namespace vitrion::rmc {

struct EnsembleMeans {
  std::vector<std::vector<std::vector<double>>> fitted;  ///< [data][chain][point]
  std::vector<std::vector<std::vector<double>>> g;       ///< [chain][pair][bin]
  /// Faber and Ziman's partial structure factors at q, [chain][pair][point]: the transform of g to
  /// the end of its range without a window, as in the fitted curves.
  std::vector<std::vector<std::vector<double>>> s;
  std::vector<double> q;  ///< 1/Å, as far as the data go
};

/// Reads the samples of these chains. O(samples · atoms²).
EnsembleMeans ensemble_means(const RmcRun& run, const std::vector<std::size_t>& chains);

}  // namespace vitrion::rmc
