// Adam on every trained number of a model, with decoupled weight decay and an average of the
// weights.
//
// Kingma & Ba 2015 (arXiv:1412.6980); Loshchilov & Hutter 2019 (arXiv:1711.05101).
#pragma once

#include <span>
#include <vector>

#include "potential/mlp/prepared.hpp"

namespace vitrion {

/// All that a step depends on beside its gradient; each vector in the order of the gradient.
struct AdamState {
  double steps = 0;
  std::vector<float> weights, mean, square, average;
};

class Adam {
 public:
  /// `averaging`: share of the average that a step keeps; `weight_decay`: times the rate.
  Adam(mlp::Prepared<float>& model, double averaging, double weight_decay);

  /// Numbers of all elements, layer after layer.
  [[nodiscard]] std::size_t size() const { return average_.size(); }
  void step(std::span<const double> gradient, double rate);
  /// Exchanges the model's weights with their average.
  void swap();

  [[nodiscard]] AdamState state() const;
  /// `state` must be of a model of this shape.
  void restore(const AdamState& state);

 private:
  static constexpr double beta1 = 0.9, beta2 = 0.999;
  double averaging_, weight_decay_;
  std::vector<std::span<float>> parts_;
  std::vector<float> mean_, square_, average_, pace_;
  double steps_ = 0;
};

}  // namespace vitrion
