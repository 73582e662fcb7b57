#include "learn/evidence.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.hpp"

namespace vitrion {

double NormalSystem::residual(const Eigen::VectorXd& c) const {
  const double r = yy - 2 * c.dot(rhs) + c.dot(gram.selfadjointView<Eigen::Lower>() * c);
  return std::max(r, 0.0);
}

struct Evidence::Reduced {
  Eigen::Tridiagonalization<Eigen::MatrixXd> form;
  Eigen::VectorXd diagonal, sub, rhs, eigenvalues;  // rhs = Qᵀ Aᵀy
  double yy = 0, rows = 0;

  // (T + κ) x = rhs by LDLᵀ.
  [[nodiscard]] Eigen::VectorXd solve(double kappa) const {
    const Eigen::Index n = diagonal.size();
    Eigen::VectorXd d(n), x = rhs;
    d[0] = diagonal[0] + kappa;
    for (Eigen::Index i = 1; i < n; ++i) {
      const double l = sub[i - 1] / d[i - 1];
      // Rounding may turn a pivot that should be κ or more.
      d[i] = std::max(diagonal[i] + kappa - l * sub[i - 1], 1e-3 * kappa);
      x[i] -= l * x[i - 1];
    }
    x[n - 1] /= d[n - 1];
    for (Eigen::Index i = n - 1; i-- > 0;) x[i] = (x[i] - sub[i] * x[i + 1]) / d[i];
    return x;
  }
  // |y − Ac|² for c = Q x.
  [[nodiscard]] double residual(const Eigen::VectorXd& x) const {
    Eigen::VectorXd tx = diagonal.cwiseProduct(x);
    const Eigen::Index n = x.size();
    if (n > 1) {
      tx.head(n - 1) += sub.cwiseProduct(x.tail(n - 1));
      tx.tail(n - 1) += sub.cwiseProduct(x.head(n - 1));
    }
    return std::max(yy - 2 * x.dot(rhs) + x.dot(tx), 0.0);
  }
};

Evidence::~Evidence() = default;
Evidence::Evidence(Evidence&&) noexcept = default;
Evidence& Evidence::operator=(Evidence&&) noexcept = default;

Evidence::Evidence(const NormalSystem& system) : reduced_(std::make_unique<Reduced>()) {
  if (system.gram.rows() == 0 || system.gram.rows() != system.rhs.size()) {
    throw std::invalid_argument("Evidence: the normal system is empty or of unequal sizes");
  }
  if (!system.gram.allFinite() || !system.rhs.allFinite() || !std::isfinite(system.yy)) {
    throw WorkError("the normal equations hold a value that is not finite: look for broken frames");
  }
  auto& r = *reduced_;
  r.yy = system.yy;
  r.rows = system.rows;
  if (system.gram.rows() == 1) {
    r.diagonal = system.gram.diagonal();
    r.sub.resize(0);
    r.rhs = system.rhs;
    r.eigenvalues = r.diagonal.cwiseMax(0);
    return;
  }
  r.form.compute(system.gram);
  r.diagonal = r.form.diagonal();
  r.sub = r.form.subDiagonal();
  r.rhs = r.form.matrixQ().transpose() * system.rhs;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(r.diagonal, r.sub, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) throw WorkError("the eigenvalues did not converge");
  r.eigenvalues = solver.eigenvalues().cwiseMax(0);
}

double Evidence::largest_eigenvalue() const { return reduced_->eigenvalues.maxCoeff(); }
double Evidence::least_kappa() const { return std::max(1e-13 * largest_eigenvalue(), 1e-300); }

EvidencePoint Evidence::at(double kappa) const {
  const auto& r = *reduced_;
  const Eigen::VectorXd x = r.solve(kappa);
  const auto n = static_cast<double>(x.size());
  EvidencePoint p;
  p.kappa = kappa;
  p.residual = r.residual(x);
  const double m = std::max(p.residual + kappa * x.squaredNorm(), 1e-300);
  p.beta = r.rows / m;
  p.alpha = kappa * p.beta;
  p.effective_parameters = (r.eigenvalues.array() / (r.eigenvalues.array() + kappa)).sum();
  p.log_evidence = 0.5 * (n * std::log(kappa) - (r.eigenvalues.array() + kappa).log().sum() +
                          r.rows * (std::log(p.beta) - 1 - std::log(2 * M_PI)));
  return p;
}

Eigen::VectorXd Evidence::mean(double kappa) const {
  const Eigen::VectorXd x = reduced_->solve(kappa);
  if (x.size() == 1) return x;
  return reduced_->form.matrixQ() * x;
}

EvidencePoint Evidence::maximise() const {
  // A scan over decades, then a golden section around the best.
  const double low = std::log(least_kappa());
  const double high = std::log(std::max(largest_eigenvalue(), 1e-290) * 100);
  constexpr int steps = 40;
  const double width = (high - low) / steps;
  const auto value = [&](double t) { return at(std::exp(t)).log_evidence; };
  double best = low, most = value(low);
  for (int i = 1; i <= steps; ++i) {
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
  while (b - a > 1e-3) {
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
  return at(std::exp(0.5 * (a + b)));
}

Posterior::Posterior(const Eigen::MatrixXd& gram, double kappa, double beta) : beta_(beta) {
  lower_ = gram;
  lower_.diagonal().array() += kappa;
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> llt(lower_);
  if (llt.info() != Eigen::Success) {
    throw WorkError("the normal matrix is not positive: give a larger prior");
  }
}

double Posterior::deviation(const Eigen::VectorXd& a) const {
  return std::sqrt(lower_.triangularView<Eigen::Lower>().solve(a).squaredNorm() / beta_);
}

Eigen::MatrixXd Posterior::factor(Eigen::Index first, Eigen::Index count) const {
  // Rows of L⁻¹ above `first` vanish on these columns.
  const Eigen::Index n = lower_.rows() - first;
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(n, count);
  x.topRows(count).setIdentity();
  lower_.bottomRightCorner(n, n).triangularView<Eigen::Lower>().solveInPlace(x);
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
