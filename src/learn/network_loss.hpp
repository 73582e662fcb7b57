// The loss of a model on labelled frames, and its exact gradient in the model's numbers.
//
//   L = w_E ⟨(ΔE/N)²⟩_frames + w_F ⟨ΔF²⟩_components + w_V ⟨(ΔW/N)²⟩_components
//
// with W = ∂E/∂ε. The gradient of the force and virial terms is one derivative of ∂E/∂θ along the
// direction (−∂L/∂F, strained by ∂L/∂W), by duals: O(cost of the forces), no second pass over θ.
// Where there are messages, they and their adjoints go between two layers of such passes.
#pragma once

#include <memory>
#include <span>

#include "learn/packed_frames.hpp"
#include "potential/mlp/prepared.hpp"

namespace vitrion {

struct LossWeights {
  double energy = 10;  ///< (eV/atom)⁻²
  double force = 1;    ///< (eV/Å)⁻²
  double virial = 1;   ///< (eV/atom)⁻²
};

/// Sums from which errors over any number of frames follow; mergeable.
struct LossSums {
  double loss = 0;
  double energy2 = 0, force2 = 0, virial2 = 0;  ///< squared errors (per atom; components)
  double frames = 0, forces = 0, virials = 0;   ///< how many of each
  LossSums& operator+=(const LossSums& o);
  [[nodiscard]] double energy_rmse() const;
  [[nodiscard]] double force_rmse() const;
  [[nodiscard]] double virial_rmse() const;
};

/// One thread's work space. T is float, or double in tests.
template <class T>
class LossWorker {
 public:
  LossWorker(const mlp::Prepared<T>& model, const LossWeights& weights);
  ~LossWorker();
  LossWorker(LossWorker&&) noexcept;

  /// Loss over these frames, normalised by `frames_in_step` and `forces_in_step` so that parts of
  /// one step add up. Adds ∂L/∂θ to `gradient` (all elements' parameters, one after the other, then
  /// those of the layer below) unless it is empty.
  LossSums run(std::span<const PackedFrame* const> frames, double frames_in_step,
               double forces_in_step, std::span<double> gradient);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

extern template class LossWorker<float>;
extern template class LossWorker<double>;

}  // namespace vitrion
