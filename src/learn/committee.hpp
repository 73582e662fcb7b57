// Several networks that differ in their first numbers and cut-offs, and one that learns their mean.
//
// What members trained on few independent frames learn wrongly differs between them, so that their
// mean errs less than each (Hansen & Salamon 1990, DOI 10.1109/34.58871); a single network trained
// on the data and on the mean's labels of further structures keeps most of that at the cost of one
// (distillation: Hinton, Vinyals & Dean 2015, arXiv:1503.02531).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/schema.hpp"
#include "learn/sampling.hpp"

namespace vitrion {

struct CommitteeOptions {
  long members = 0;  ///< 0: no committee, the network learns from the data alone
  std::vector<double> cutoffs_A{6, 5, 7};  ///< of the members in turn
  long channels = 16, hidden = 32;
  double epochs = 15;  ///< of each member
  SamplingOptions sampling;

  /// Bound to this object, for recipes.
  Schema schema();
};

/// Gives samples the mean energy, forces and stress of the members; how far the members' forces are
/// from their mean, root mean square per component, eV/Å. On all threads; the same bits on any
/// number of them. O(members · atoms).
double label_by_mean(std::span<const mlp::Model> members, std::vector<Sample>& samples,
                     const std::function<void(std::size_t done)>& progress = {});

}  // namespace vitrion
