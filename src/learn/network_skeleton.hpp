// A network on density projections, with numbers drawn at random: what fit_network starts from.
//
// K mixed channels, each with the same few invariants of order 1 to 4 (tensor-reduced expansion:
// Darby et al., Phys. Rev. Lett. 131, 028001 (2023), DOI 10.1103/PhysRevLett.131.028001), one
// hidden layer on all of them beside the linear term. With messages, a smaller network of this kind
// on each neighbour weighs that neighbour's density (scalar messages of one layer; Batatia et al.,
// arXiv:2206.07697).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

struct NetworkSkeletonOptions {
  double cutoff_A = 6.0;
  long functions = 8;
  std::string scaling = "exponential";
  double lambda = 3.0;
  long l_max = 4;
  long l_order3 = 4;
  long l_order4 = 2;
  long channels = 16;
  long hidden = 32;
  long messages = 0;
  long message_channels = 8;
  std::string activation = "silu";
  double density_scale = 4.0;
  long seed = 1;

  /// Bound to this object, for recipes.
  Schema schema();
};

/// `smallest_distances_A` as in linear_skeleton.hpp. Reference energies are 0, features not yet
/// standardised. InputError where the options are out of range.
mlp::Model make_network_skeleton(const std::vector<std::string>& elements,
                                 std::span<const double> smallest_distances_A,
                                 const NetworkSkeletonOptions& options);

}  // namespace vitrion
