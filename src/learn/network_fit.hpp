// Trains every number of a model (mixing, readout) by Adam on energies, forces and virials.
//
// With cosine decay of the step, and an exponential average of the weights for the result. Bits do
// not depend on the number of threads (a step is cut into fixed parts whose gradients are added in
// order), nor on whether the fit was stopped and went on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "base/schema.hpp"
#include "learn/network_loss.hpp"

namespace vitrion {

struct NetworkFitOptions {
  LossWeights weights{};
  double learning_rate = 2e-3;
  double last_rate = 1e-5;
  double warm_up = 0.02;  ///< share of the steps in which the rate rises
  double weight_decay = 1e-6;
  double averaging = 0.999;  ///< of the weights kept, per step
  long frames_per_step = 8;
  double epochs = 50;
  double minutes = 0;  ///< 0: no limit; otherwise the schedule follows the clock
  std::uint64_t seed = 1;

  /// Bound to this object, for recipes.
  Schema schema();
};

struct NetworkProgress {
  double done = 0;  ///< share of the schedule
  long step = 0;
  double epoch = 0;
  double learning_rate = 0;
  LossSums train;       ///< since the last report
  LossSums validation;  ///< of the averaged weights
  double minutes = 0;
  bool earlier = false;  ///< told already before the fit was stopped
};

/// Trains `model` in place; `watch` is told about every twentieth of the schedule. Where it stands
/// is kept in `state_file` (unless that is empty) every half minute and when it ends; a fit of the
/// same start, options and frames goes on from there. Throws Interrupted after Ctrl-C.
void fit_network(mlp::Model& model, std::span<const PackedFrame> train,
                 std::span<const PackedFrame> validation, const NetworkFitOptions& options,
                 const std::function<void(const NetworkProgress&)>& watch,
                 const std::filesystem::path& state_file = {});

/// Errors over frames, on all threads.
LossSums measure_network(const mlp::Model& model, std::span<const PackedFrame> frames,
                         const LossWeights& weights = {});

/// Mean and spread of each invariant over frames become the shift and the scale of the readouts.
void standardise_features(mlp::Model& model, std::span<const PackedFrame> frames);

}  // namespace vitrion
