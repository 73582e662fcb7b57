// What is reported of S(q) beside the partials: totals and further conventions, over the same rows.
#pragma once

#include "analysis/result.hpp"
#include "structure/scatterers.hpp"
#include "structure/sq_sums.hpp"

namespace vitrion {

struct SqCurveSettings {
  double q_min_A = 0;
  double resolution_A = 0;  ///< standard deviation of a Gaussian; 0: none
  ScatteringNorm xray_norm = ScatteringNorm::average_squared;
  bool ashcroft_langreth = false;
  bool bhatia_thornton = false;
};

/// Columns over the rows of q, in groups that become tables.
struct SqCurves {
  std::vector<double> q_A;
  std::vector<double> count;
  std::vector<Column> s_q;     ///< Faber–Ziman partials, neutron, xray
  std::vector<Column> totals;  ///< number; i(q) and F(q) of each probe
  std::vector<Column> al;      ///< Ashcroft–Langreth
  std::vector<Column> bt;      ///< Bhatia–Thornton: N-N, N-A …, A-A, A-B …

  /// A column of s_q or totals by name.
  [[nodiscard]] const Column& find(const std::string& name) const;
};

SqCurves make_sq_curves(const SqPartials& partials, const PairTable& table,
                        const Scatterers& scatterers, const SqCurveSettings& settings);

}  // namespace vitrion
