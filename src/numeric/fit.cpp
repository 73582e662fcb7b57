#include "numeric/fit.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <stdexcept>

namespace vitrion {
namespace {

// The problem after whitening: unit, independent errors. `whiten` maps y to its whitened form.
LinearFit solve(const Eigen::MatrixXd& white_design, const Eigen::VectorXd& white_y,
                const Eigen::MatrixXd& whitener) {
  const Eigen::LLT<Eigen::MatrixXd> normal(white_design.transpose() * white_design);
  if (normal.info() != Eigen::Success) {
    throw std::invalid_argument("least squares: the parameters cannot be told apart");
  }
  const Eigen::Index n = white_design.cols();
  LinearFit fit;
  fit.covariance = normal.solve(Eigen::MatrixXd::Identity(n, n));
  fit.parameters = normal.solve(white_design.transpose() * white_y);
  fit.weights = normal.solve(white_design.transpose() * whitener);
  fit.chi_squared = (white_y - white_design * fit.parameters).squaredNorm();
  fit.degrees_of_freedom = white_design.rows() - n;
  return fit;
}

void check(const Eigen::MatrixXd& design, Eigen::Index points, Eigen::Index errors) {
  if (design.rows() != points || errors != points || points < design.cols()) {
    throw std::invalid_argument("least squares: sizes differ, or too few points");
  }
}

}  // namespace

LinearFit generalised_least_squares(const Eigen::MatrixXd& design, const Eigen::VectorXd& y,
                                    const Eigen::MatrixXd& covariance) {
  check(design, y.size(), covariance.rows());
  const Eigen::LLT<Eigen::MatrixXd> cholesky(covariance);
  if (cholesky.info() != Eigen::Success) {
    throw std::invalid_argument("least squares: the covariance is not positive definite");
  }
  const auto lower = cholesky.matrixL();
  const Eigen::Index n = y.size();
  return solve(lower.solve(design), lower.solve(y), lower.solve(Eigen::MatrixXd::Identity(n, n)));
}

LinearFit weighted_least_squares(const Eigen::MatrixXd& design, const Eigen::VectorXd& y,
                                 const Eigen::VectorXd& errors) {
  check(design, y.size(), errors.size());
  if (!(errors.minCoeff() > 0)) {
    throw std::invalid_argument("least squares: errors must be positive");
  }
  const Eigen::VectorXd root_weight = errors.cwiseInverse();
  const Eigen::MatrixXd whitener = root_weight.asDiagonal();
  return solve(whitener * design, root_weight.cwiseProduct(y), whitener);
}

Eigen::MatrixXd polynomial_design(std::span<const double> x, int degree) {
  Eigen::MatrixXd design(static_cast<Eigen::Index>(x.size()), degree + 1);
  for (Eigen::Index i = 0; i < design.rows(); ++i) {
    for (int k = 0; k <= degree; ++k) design(i, k) = std::pow(x[static_cast<std::size_t>(i)], k);
  }
  return design;
}

}  // namespace vitrion
