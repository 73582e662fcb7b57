// The linear system of a dataset, streamed into normal equations: energies, forces and stresses
// apart, so that their weights and the prior can be chosen afterwards.
//
// Memory is that of the matrices (3 · 4 M² bytes for M columns) and of one block of frames; work is
// 3 N M²/2 multiplications for N atoms. Blocks are added in the order of the frames: the same bits
// for any number of threads. Held-out frames go into equations of their own, which give the error
// of any coefficients: |y − Ac|² = yᵀy − 2 cᵀAᵀy + cᵀAᵀAc.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "learn/dataset.hpp"
#include "learn/evidence.hpp"
#include "learn/linear_design.hpp"
#include "learn/linear_gram.hpp"

namespace vitrion {

/// Standard deviations that weigh the rows: what an error of one is worth.
struct RowWeights {
  double energy_eV_atom = 0.005;
  double force_eV_A = 0.1;
  double stress_eV_A3 = 0.002;
};

class NormalEquations {
 public:
  NormalEquations() = default;
  NormalEquations(std::size_t invariants, std::size_t elements);

  /// Frames to take from `samples`, in this order. `tick` is told the number done.
  void add(const LinearDesign& design, std::span<const Sample> samples,
           std::span<const std::size_t> indices, const std::function<void(std::size_t)>& tick = {});
  void merge(const NormalEquations& later);

  [[nodiscard]] std::size_t columns() const { return invariants_ * elements_; }
  [[nodiscard]] std::size_t invariants() const { return invariants_; }
  [[nodiscard]] std::size_t elements() const { return elements_; }
  [[nodiscard]] double energy_rows() const { return rows_[0]; }
  [[nodiscard]] double force_rows() const { return rows_[1]; }
  [[nodiscard]] double stress_rows() const { return rows_[2]; }
  /// Mean and mean square of each column's invariant over the atoms of its element.
  [[nodiscard]] std::span<const double> feature_sum() const { return sum_; }
  [[nodiscard]] std::span<const double> feature_squares() const { return squares_; }
  [[nodiscard]] std::span<const double> atoms() const { return atoms_; }  ///< of each element

  /// All rows under weights: columns, then one column an element that counts its atoms (the
  /// correction of the reference energy).
  [[nodiscard]] NormalSystem system(const RowWeights& weights) const;

  /// Root mean square errors of coefficients [columns] and reference corrections [elements].
  struct Errors {
    double energy_eV_atom = 0, force_eV_A = 0, stress_eV_A3 = 0;
  };
  [[nodiscard]] Errors errors(const Eigen::VectorXd& coefficients) const;

 private:
  [[nodiscard]] std::size_t width() const { return columns() + elements_ + 1; }

  std::size_t invariants_ = 0, elements_ = 0;
  std::array<linear::Gram, 3> gram_;  // energy, force, stress: columns, elements, y
  std::array<double, 3> rows_{};
  std::vector<double> sum_, squares_, atoms_;
};

}  // namespace vitrion
