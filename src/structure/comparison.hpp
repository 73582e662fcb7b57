// A computed curve beside a measured one: the table, its plot, and R_χ, for any analysis.
#pragma once

#include <functional>

#include "analysis/result.hpp"
#include "numeric/statistics.hpp"
#include "structure/measured_curve.hpp"

namespace vitrion {

struct ComparisonInput {
  std::string file;
  std::string what;  ///< as the user named it: "xray_S"
  Column x;          ///< of the computed curve
  std::string x_label;
  std::string y_unit;
  std::string y_label;
};

/// Adds the table `comparison` (at the measured points within the computed range), its plot, and
/// the scalars r_chi and r_chi_printed. `computed` gives the curve over x from mean counters.
/// Throws InputError where the ranges do not meet.
void add_comparison(const MeasuredCurve& measured, const ComparisonInput& input,
                    const BlockSums& sums,
                    const std::function<std::vector<double>(std::span<const double>)>& computed,
                    Result& out);

}  // namespace vitrion
