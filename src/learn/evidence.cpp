#include "learn/evidence.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/error.hpp"

namespace vitrion {

double NormalSystem::residual(const Eigen::VectorXd& c) const {
  const double r = yy - 2 * c.dot(rhs) + c.dot(gram.selfadjointView<Eigen::Lower>() * c);
  return std::max(r, 0.0);
}

Evidence::Evidence(NormalSystem system) : system_(std::move(system)) {
  const Eigen::MatrixXd& g = system_.gram;
  if (g.rows() == 0 || g.rows() != system_.rhs.size()) {
    throw std::invalid_argument("Evidence: the normal system is empty or of unequal sizes");
  }
  if (!g.allFinite() || !system_.rhs.allFinite() || !std::isfinite(system_.yy)) {
    throw WorkError("the normal equations hold a value that is not finite: look for broken frames");
  }
  Eigen::VectorXd v = g.diagonal().cwiseMax(0).cwiseSqrt();
  largest_ = std::max(g.diagonal().maxCoeff(), 0.0);
  for (int i = 0; i < 20 && v.norm() > 0; ++i) {
    v.normalize();
    v = g.selfadjointView<Eigen::Lower>() * v;
    largest_ = std::max(largest_, v.norm());
  }
}

double Evidence::least_kappa() const { return std::max(1e-12 * largest_, 1e-300); }

Evidence::Solution Evidence::at(double kappa) const {
  const linear::Cholesky root(system_.gram, kappa);
  if (!root.ok()) {
    throw WorkError("the normal matrix is not positive: give a larger prior");
  }
  Solution out;
  out.mean = root.solve(system_.rhs);
  const auto n = static_cast<double>(out.mean.size());
  auto& p = out.point;
  p.kappa = kappa;
  p.residual = system_.residual(out.mean);
  const double m = std::max(p.residual + kappa * out.mean.squaredNorm(), 1e-300);
  p.beta = system_.rows / m;
  p.alpha = kappa * p.beta;
  p.log_evidence = 0.5 * (n * std::log(kappa) - root.log_determinant() +
                          system_.rows * (std::log(p.beta) - 1 - std::log(2 * M_PI)));
  return out;
}

double Evidence::effective_parameters(double kappa) const {
  constexpr double h = 0.05;
  const linear::Cholesky up(system_.gram, kappa * std::exp(h));
  const linear::Cholesky down(system_.gram, kappa * std::exp(-h));
  const double slope = (up.log_determinant() - down.log_determinant()) / (2 * h);
  return static_cast<double>(system_.rhs.size()) - slope;
}

Evidence::Solution Evidence::maximise() const {
  // Steps of two decades and a half, then a golden section around the best.
  const double low = std::log(least_kappa());
  const double high = std::log(std::max(largest_, 1e-290) * 10);
  constexpr int steps = 6;
  const double width = (high - low) / steps;
  const auto value = [&](double t) {
    try {
      return at(std::exp(t)).point.log_evidence;
    } catch (const WorkError&) {
      return -std::numeric_limits<double>::infinity();  // too small for the precision
    }
  };
  double best = low, most = -std::numeric_limits<double>::infinity();
  for (int i = 0; i <= steps; ++i) {
    const double v = value(low + i * width);
    if (v > most) {
      most = v;
      best = low + i * width;
    }
  }
  double a = std::max(low, best - width), b = std::min(high, best + width);
  const double golden = 0.5 * (std::sqrt(5.0) - 1);
  double u = b - golden * (b - a), v = a + golden * (b - a);
  double fu = value(u), fv = value(v);
  while (b - a > 0.04) {
    if (fu > fv) {
      b = v;
      v = u;
      fv = fu;
      u = b - golden * (b - a);
      fu = value(u);
    } else {
      a = u;
      u = v;
      fu = fv;
      v = a + golden * (b - a);
      fv = value(v);
    }
  }
  const double kappa = std::exp(0.5 * (a + b));
  Solution out = at(kappa);
  out.point.effective_parameters = effective_parameters(kappa);
  return out;
}

Posterior::Posterior(const Eigen::MatrixXd& gram, double kappa, double beta)
    : root_(gram, kappa), beta_(beta) {
  if (!root_.ok()) {
    throw WorkError("the normal matrix is not positive: give a larger prior");
  }
}

double Posterior::deviation(const Eigen::VectorXd& a) const {
  return root_.half_solve(a).norm() / std::sqrt(beta_);
}

Eigen::MatrixXd Posterior::factor(Eigen::Index first, Eigen::Index count) const {
  // Rows of L⁻¹ above `first` vanish on these columns.
  const Eigen::Index n = root_.lower().rows() - first;
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(n, count);
  x.topRows(count).setIdentity();
  root_.lower().bottomRightCorner(n, n).triangularView<Eigen::Lower>().solveInPlace(x);
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(count, count);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose(), 1 / beta_);
  const Eigen::LLT<Eigen::MatrixXd> root(covariance);
  if (root.info() != Eigen::Success) throw WorkError("the posterior covariance is not positive");
  return root.matrixL();
}

Eigen::MatrixXd reduce_rank(const Eigen::MatrixXd& factor, Eigen::Index rank) {
  if (rank <= 0 || rank >= factor.cols()) return factor;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(factor * factor.transpose());
  const Eigen::VectorXd root = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return (solver.eigenvectors() * root.asDiagonal()).rightCols(rank);
}

}  // namespace vitrion
