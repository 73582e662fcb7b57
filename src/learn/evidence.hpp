// Bayesian ridge regression from normal equations: how much prior, how much noise, how sure.
//
// y = A c + noise of variance 1/β (rows weighted beforehand), c ~ N(0, 1/α). With κ = α/β:
//   c(κ) = (G + κ)⁻¹ Aᵀy,  G = AᵀA;   γ(κ) = Σ λ/(λ + κ), the number of parameters the data fix;
//   2 ln p(y|κ, β*) = n ln κ − Σ ln(λ + κ) − N ln(M/N) + const,  M = |y − Ac|² + κ|c|²,  β* = N/M.
// MacKay, Neural Comput. 4, 415 (1992), DOI 10.1162/neco.1992.4.3.415. Each κ costs a
// Cholesky decomposition, n³/6 multiplications on all threads: a dozen of them are still less than
// one reduction to tridiagonal form. γ = n − d ln|G + κ| / d ln κ, by differences.
#pragma once

#include <Eigen/Core>

#include "learn/linear_cholesky.hpp"

namespace vitrion {

/// yᵀy, Aᵀy and AᵀA of N weighted rows.
struct NormalSystem {
  Eigen::MatrixXd gram;
  Eigen::VectorXd rhs;
  double yy = 0;
  double rows = 0;

  /// |y − Ac|².
  [[nodiscard]] double residual(const Eigen::VectorXd& c) const;
};

struct EvidencePoint {
  double kappa = 0;  ///< α/β
  double alpha = 0, beta = 0;
  double log_evidence = 0;
  double effective_parameters = 0;  ///< γ; 0 where not asked for
  double residual = 0;              ///< |y − Ac|²
};

class Evidence {
 public:
  /// Throws WorkError where the system holds a value that is not finite.
  explicit Evidence(NormalSystem system);

  struct Solution {
    EvidencePoint point;
    Eigen::VectorXd mean;  ///< c(κ)
  };
  /// Throws WorkError where κ is too small for the precision of the matrix.
  [[nodiscard]] Solution at(double kappa) const;
  /// The κ of largest evidence within [least_kappa(), largest eigenvalue · 10], to 2 % or so.
  [[nodiscard]] Solution maximise() const;
  /// γ(κ).
  [[nodiscard]] double effective_parameters(double kappa) const;
  /// An upper bound that is near: by power iteration, and never below the largest diagonal entry.
  [[nodiscard]] double largest_eigenvalue() const { return largest_; }
  /// Below this, rounding decides: 10⁻¹² of the largest eigenvalue.
  [[nodiscard]] double least_kappa() const;
  [[nodiscard]] const NormalSystem& system() const { return system_; }

 private:
  NormalSystem system_;
  double largest_ = 0;
};

/// The posterior N(c, Σ), Σ = (G + κ)⁻¹/β, by a Cholesky decomposition.
class Posterior {
 public:
  /// Throws WorkError where G + κ is not positive.
  Posterior(const Eigen::MatrixXd& gram, double kappa, double beta);
  /// √(aᵀ Σ a). O(n²).
  [[nodiscard]] double deviation(const Eigen::VectorXd& a) const;
  /// Lower triangular F with F Fᵀ = the block [first, first + count) of Σ. O(n² count).
  [[nodiscard]] Eigen::MatrixXd factor(Eigen::Index first, Eigen::Index count) const;

 private:
  linear::Cholesky root_;
  double beta_;
};

/// The `rank` leading columns of F V, where F Fᵀ is kept best: V are the singular vectors of F.
Eigen::MatrixXd reduce_rank(const Eigen::MatrixXd& factor, Eigen::Index rank);

}  // namespace vitrion
