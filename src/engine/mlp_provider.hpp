// A learned potential evaluated in this process, on all threads.
//
// Neighbour list, then fixed blocks of atoms of one element; forces are summed in the order of the
// blocks, so that the result does not depend on the number of threads. O(N).
#pragma once

#include <memory>
#include <vector>

#include "engine/force_provider.hpp"
#include "potential/mlp/evaluator.hpp"

namespace vitrion {

/// What a learned potential says of each atom.
struct AtomResponse {
  std::vector<double> energy_eV;
  std::vector<double> grade;         ///< of extrapolation; 0 where the model has none
  std::vector<double> deviation_eV;  ///< posterior standard deviation of the atom's energy
};

class MlpProvider : public ForceProvider {
 public:
  explicit MlpProvider(mlp::Model model, mlp::Precision precision = mlp::Precision::single);

  [[nodiscard]] std::string name() const override { return "vitrion/" + model_.name; }
  /// The vector instructions in use.
  [[nodiscard]] std::string version() const override { return evaluator_.width_name(); }
  /// Open directions are allowed; the stress is left out where the cell is not periodic in all.
  void evaluate(Frame& frame) override;
  /// The same, with grades and deviations.
  AtomResponse evaluate_atoms(Frame& frame);

 private:
  AtomResponse work(Frame& frame, bool uncertainty);

  mlp::Model model_;
  mlp::Evaluator evaluator_;
};

}  // namespace vitrion
