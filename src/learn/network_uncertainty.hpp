// How far a network extrapolates: active sets over the values of its hidden units.
//
// The last layer of a network is linear in its hidden units, so that the grade of a linear
// potential (active_set.hpp) holds for it there. O(atoms · hidden²).
#pragma once

#include <span>

#include "learn/packed_frames.hpp"

namespace vitrion {

/// Writes an active set of each element into the model, from at most `atoms` atoms of each, spread
/// over the frames. Nothing is written for a model without hidden units.
void add_active_sets(mlp::Model& model, std::span<const PackedFrame> frames,
                     std::size_t atoms = 30000);

}  // namespace vitrion
