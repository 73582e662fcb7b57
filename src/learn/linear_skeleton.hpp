// A linear potential without coefficients: the invariants of all neighbour elements and radial
// functions up to given degrees, and the shape of each pair from the distances in the data.
//
// Channels are (neighbour element, radial function n), the degree of a factor n + l, so that the
// basis grows evenly in radial and angular resolution (Dusson et al., J. Comput. Phys. 454, 110946
// (2022), DOI 10.1016/j.jcp.2022.110946).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "core/structure.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

struct LinearSkeletonOptions {
  double cutoff_A = 5.5;
  long functions = 9;
  std::string scaling = "cosine";
  double lambda = 3.0;
  std::string envelope = "polynomial";
  /// Of order 1, 2, 3, 4: largest Σ (n + l) of an invariant, largest l and n of a factor. At order
  /// 3 angles are worth more than radial detail.
  std::vector<double> degrees{8, 8, 7};
  std::vector<double> l_max{0, 5, 4};
  std::vector<double> n_max{8, 8, 1};
  bool zbl = true;

  /// Bound to this object, for recipes.
  Schema schema();
  /// InputError where the lists differ in length, or name more than four orders.
  [[nodiscard]] std::vector<mlp::ProgramSpec::Order> orders() const;
};

/// The smallest distance of each pair [z·Z + z'] in the structures, within `cutoff_A`; 0: never
/// met.
std::vector<double> smallest_distances(std::span<const Structure* const> structures,
                                       std::span<const std::string> elements, double cutoff_A);

/// The core of a pair lies below all distances of the data: it ends at 0.95 of the smallest, or at
/// 0.6 of the sum of the covalent radii where the pair never met.
mlp::PairShape pair_shape(const std::string& a, const std::string& b, double smallest_A,
                          double cutoff_A);

/// Readout coefficients are 0, reference energies 0. InputError where the options allow no
/// invariant.
mlp::Model make_linear_skeleton(const std::vector<std::string>& elements,
                                std::span<const double> smallest_distances_A,
                                const LinearSkeletonOptions& options);

}  // namespace vitrion
