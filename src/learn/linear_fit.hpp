// The fit of a linear potential: data → normal equations → prior by evidence or by held-out
// error → coefficients, their uncertainty, a model ready for use.
//
// Coefficients have a Gaussian prior of standard deviation ∝ s_k^−standardise (1 +
// d_k)^−smoothness, s_k the invariant's standard deviation over the atoms of the data, d_k its
// degree Σ (n + l): rough functions have to earn their place (van der Oord et al., npj Comput.
// Mater. 9, 168 (2023), DOI 10.1038/s41524-023-01104-6). Its overall size comes from the data.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "learn/normal_equations.hpp"
#include "learn/split.hpp"

namespace vitrion {

struct LinearFitOptions {
  RowWeights weights{};
  double smoothness = 2.0;
  double standardise = 1.0;
  /// How κ = α/β is chosen: "evidence", or "validation" (least weighted error of held-out frames).
  std::string prior = "validation";
  std::optional<double> kappa{};  ///< given: nothing is chosen
  bool uncertainty = true;        ///< posterior factors and active sets
  long posterior_rank = 0;        ///< of the factor kept; 0: full
};

/// One point of the scan over κ.
struct PriorPoint {
  EvidencePoint evidence;
  NormalEquations::Errors train, validation;
};

/// Coefficients from normal equations, without any frame at hand.
struct LinearSolution {
  Eigen::VectorXd coefficients;  ///< [columns]
  Eigen::VectorXd reference;     ///< correction of each element's reference energy, eV
  std::vector<PriorPoint> scan;  ///< by descending κ
  PriorPoint chosen;
  Eigen::VectorXd prior_deviation;  ///< τ_k, before κ
  /// Of each element: F with F Fᵀ the covariance of its coefficients; empty where not wanted.
  std::vector<Eigen::MatrixXd> posterior;
};
LinearSolution solve_linear(const NormalEquations& train, const NormalEquations* validation,
                            const mlp::Model& skeleton, const LinearFitOptions& options);

/// Degree Σ (n + l) of an invariant; with mixing, Σ l.
int degree_of(const mlp::Model& model, const mlp::Invariant& invariant);

}  // namespace vitrion
