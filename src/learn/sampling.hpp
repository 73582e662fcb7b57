// Structures for a committee to label: dynamics with a learned potential, from known structures and
// from packed glasses.
//
// Langevin dynamics in the splitting BAOAB (Leimkuhler & Matthews 2013, DOI 10.1093/amrx/abs010),
// every walk at a temperature of its own. Walks run beside each other, each from its own stream of
// random numbers: the same frames on any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "learn/dataset.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

struct SamplingOptions {
  long every = 8;  ///< of so many structures one starts a walk
  double time_ps = 0.6;
  double frame_every_ps = 0.12;
  double coldest_K = 300, hottest_K = 1600;
  double strain = 0.01;  ///< standard deviation of the cell's uniform scaling
  double timestep_ps = 0.0015;
  /// Packed, relaxed, and cooled from the hottest to the coldest temperature.
  std::vector<std::string> compositions;
  long glass_atoms = 80;
  long glasses = 4;  ///< of each composition
  double glass_time_ps = 10;
  std::uint64_t seed = 1;

  /// Bound to this object, for recipes.
  Schema schema();
};

struct Walk {
  Structure start;
  std::string phase;
  double begin_K = 300, end_K = 300;
  double time_ps = 0;
};

/// Walks from every `options.every`-th of `starts`, and of the glasses. InputError where a
/// composition cannot be packed.
std::vector<Walk> plan_walks(std::span<const Sample* const> starts, const SamplingOptions& options);

/// Frames (structures without labels) of all walks, in their order. A walk whose forces run away
/// ends there, and what it had reached is kept. O(walks · steps · atoms).
std::vector<Sample> sample_walks(const mlp::Model& model, const std::vector<Walk>& walks,
                                 const SamplingOptions& options,
                                 const std::function<void(std::size_t done)>& progress = {});

}  // namespace vitrion
