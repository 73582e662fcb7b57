#include "dynamics/relaxation.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <limits>

namespace vitrion {

double crossing_time(std::span<const double> t, std::span<const double> f, double level) {
  for (std::size_t i = 1; i < t.size(); ++i) {
    if (f[i] > level) continue;
    if (f[i - 1] <= level) break;
    return t[i - 1] + (t[i] - t[i - 1]) * (f[i - 1] - level) / (f[i - 1] - f[i]);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double StretchedFit::mean_time() const { return tau / beta * std::tgamma(1 / beta); }

namespace {

// Parameters: A, ln τ, ln β.
double sum_of_squares(std::span<const double> t, std::span<const double> f,
                      const Eigen::Vector3d& p) {
  double sum = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double power = std::pow(t[i] / std::exp(p[1]), std::exp(p[2]));
    sum += std::pow(p[0] * std::exp(-power) - f[i], 2);
  }
  return sum;
}

void normal_equations(std::span<const double> t, std::span<const double> f,
                      const Eigen::Vector3d& p, Eigen::Matrix3d& a, Eigen::Vector3d& b) {
  a.setZero();
  b.setZero();
  const double beta = std::exp(p[2]);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double ratio = t[i] / std::exp(p[1]);
    const double power = std::pow(ratio, beta);
    const double decay = std::exp(-power);
    const Eigen::Vector3d slope(decay, p[0] * decay * power * beta,
                                -p[0] * decay * power * beta * std::log(ratio));
    a += slope * slope.transpose();
    b += slope * (f[i] - p[0] * decay);
  }
}

}  // namespace

StretchedFit fit_stretched(std::span<const double> t, std::span<const double> f) {
  StretchedFit out;
  if (t.size() < 5 || !(f.front() > 0) || !(f.back() < 0.9 * f.front())) return out;
  double tau = crossing_time(t, f, f.front() * std::exp(-1.0));
  if (!std::isfinite(tau)) tau = t.back() / std::log(f.front() / std::max(f.back(), 1e-3));
  Eigen::Vector3d p(f.front(), std::log(tau), std::log(0.8));
  double chi2 = sum_of_squares(t, f, p);
  double damping = 1e-3;
  for (int step = 0; step < 200; ++step) {
    Eigen::Matrix3d a;
    Eigen::Vector3d b;
    normal_equations(t, f, p, a, b);
    a.diagonal() *= 1 + damping;
    const Eigen::Vector3d move = a.ldlt().solve(b);
    Eigen::Vector3d next = p + move;
    next[2] = std::clamp(next[2], std::log(0.05), std::log(3.0));
    const double now = sum_of_squares(t, f, next);
    if (std::isfinite(now) && now <= chi2) {
      const bool settled = chi2 - now <= 1e-12 * chi2 && move.cwiseAbs().maxCoeff() < 1e-6;
      p = next;
      chi2 = now;
      damping = std::max(1e-12, damping / 5);
      if (settled) break;
    } else {
      damping *= 8;
      if (damping > 1e12) break;
    }
  }
  out.amplitude = p[0];
  out.tau = std::exp(p[1]);
  out.beta = std::exp(p[2]);
  out.good = std::isfinite(chi2) && p[0] > 0 && out.beta > 0.051 && out.beta < 2.99;
  return out;
}

}  // namespace vitrion
