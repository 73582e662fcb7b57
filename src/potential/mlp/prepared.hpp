// A model as numbers of one precision, laid out for the kernels, and the kernel to run them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "potential/mlp/evaluator.hpp"
#include "potential/mlp/view.hpp"

namespace vitrion::mlp {

template <class T>
class Prepared {
 public:
  Prepared(const Model& model, double spline_step_A, Width width = Width::automatic);
  Prepared(const Prepared&) = delete;

  [[nodiscard]] const View<T>& view() const { return view_; }
  /// Trained numbers of element z: mixing, linear, weights, bias, output, in this order.
  [[nodiscard]] std::span<T> parameters(int z) {
    return {parameters_.data() + static_cast<std::size_t>(z) * block_, block_};
  }
  /// How many numbers are trained, all elements together; of this layer alone.
  [[nodiscard]] std::size_t numbers() const { return parameters_.size(); }
  /// The layer that sends messages, or null.
  [[nodiscard]] const Prepared* below() const { return below_.get(); }
  [[nodiscard]] Prepared* below() { return below_.get(); }
  /// Writes the trained numbers back, those of the layer below too.
  void store(Model& model) const;

 private:
  void place_parameters(const Model& model);
  void tabulate(const Model& model, double step);

  Program program_;
  std::vector<int> product_a_, product_b_;
  std::vector<T> coefficient_, norms_, parameters_, shift_, scale_;
  std::size_t block_ = 0;
  std::vector<ElementView<T>> element_;
  std::vector<std::vector<T>> tables_;
  std::vector<const T*> table_;
  std::vector<T> inverse_step_;
  std::vector<double> cutoff_;
  View<T> view_{};
  std::unique_ptr<Prepared> below_;
};

extern template class Prepared<float>;
extern template class Prepared<double>;

/// The kernel of a width; InputError where this machine lacks it.
const KernelTable<float>& kernel_of(Width width, float);
const KernelTable<double>& kernel_of(Width width, double);

}  // namespace vitrion::mlp
