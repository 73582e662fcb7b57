// Linear least squares with errors: weighted, and generalised (correlated errors).
//
// y = X p + noise of covariance C:  p = (XᵀC⁻¹X)⁻¹ XᵀC⁻¹ y  (Aitken 1935). O(n³) in the points.
#pragma once

#include <Eigen/Core>
#include <span>

namespace vitrion {

struct LinearFit {
  Eigen::VectorXd parameters;
  Eigen::MatrixXd covariance;  ///< of the parameters, for the given errors (not scaled)
  Eigen::MatrixXd weights;     ///< parameters = weights · y
  double chi_squared = 0;      ///< (y − Xp)ᵀ C⁻¹ (y − Xp)
  long degrees_of_freedom = 0;
};

/// Rows of `design` are points, columns parameters. Throws std::invalid_argument where the sizes
/// differ, there are fewer points than parameters, or the covariance is not positive definite.
LinearFit generalised_least_squares(const Eigen::MatrixXd& design, const Eigen::VectorXd& y,
                                    const Eigen::MatrixXd& covariance);

/// As above for independent errors (standard deviations, all > 0).
LinearFit weighted_least_squares(const Eigen::MatrixXd& design, const Eigen::VectorXd& y,
                                 const Eigen::VectorXd& errors);

/// y = p₀ + p₁ x, and with degree 2 … + p₂ x².
Eigen::MatrixXd polynomial_design(std::span<const double> x, int degree);

}  // namespace vitrion
