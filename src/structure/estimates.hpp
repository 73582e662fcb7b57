// Small shared pieces of structural analyses: scalars from block sums, and what to warn of.
#pragma once

#include <string>

#include "analysis/result.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

/// "jackknife over 16 blocks", or why there is no error.
std::string jackknife_how(const BlockSums& sums);

Scalar jackknife_scalar(std::string key, const Estimate& estimate, std::string unit,
                        const BlockSums& sums);

/// Warns where errors are missing (fewer than 3 blocks) or lean on frames being independent.
void warn_of_few_frames(const BlockSums& sums, Result& result);

/// Centres of n bins of a width, from 0.
std::vector<double> bin_centres(std::size_t n, double width);

}  // namespace vitrion
