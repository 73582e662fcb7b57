// One result from the results of several replicas, for any analysis.
//
// Scalars: the mean of a random-effects model (DerSimonian & Laird,
// DOI 10.1016/0197-2456(86)90046-2), whose error holds both the errors within replicas and the
// scatter between them. Weights come from relative errors where all values have one sign: errors of
// D or σ grow with their value, and plain inverse variances would favour the low ones. Tables and
// grids: plain mean where their axes agree. A volume is that of the first replica that has one.
#pragma once

#include <vector>

#include "analysis/result.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

/// Mean over replicas with its error; NaN values are left out, and without errors the scatter
/// alone tells (NaN error for one value without).
Estimate combine_values(const std::vector<Estimate>& replicas);

/// Merges results of one name. A scalar or table that some replicas lack is made from the others.
/// The standard errors of a table go into a table `<name>_error` of the same columns. Of rows that
/// only some tables have, those of counted tables stay and others are dropped. Warnings are counted
/// ("[2 of 3] …"). Throws InputError where there is no result or the names differ.
Result combine_replicas(const std::vector<Result>& replicas);

}  // namespace vitrion
