#include "dynamics/hinge_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "numeric/fit.hpp"

namespace vitrion {
namespace {

struct AtHinge {
  Eigen::Vector3d parameters;
  double chi_squared = 0;
};

// Normal equations of three functions; distances are scaled to the range, so they are well posed.
AtHinge fit_at(std::span<const double> x, std::span<const double> y, std::span<const double> error,
               double at) {
  const double range = x.back() - x.front();
  const auto row = [&](std::size_t i) {
    const double d = (x[i] - at) / range;
    return Eigen::Vector3d(1, d, std::max(0.0, d));
  };
  Eigen::Matrix3d a = Eigen::Matrix3d::Zero();
  Eigen::Vector3d b = Eigen::Vector3d::Zero();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = 1 / (error[i] * error[i]);
    const Eigen::Vector3d r = row(i);
    a += weight * r * r.transpose();
    b += weight * y[i] * r;
  }
  AtHinge out;
  out.parameters = a.ldlt().solve(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.chi_squared += std::pow((y[i] - out.parameters.dot(row(i))) / error[i], 2);
  }
  out.parameters[1] /= range;
  out.parameters[2] /= range;
  return out;
}

}  // namespace

HingeFit fit_hinge(std::span<const double> x, std::span<const double> y,
                   std::span<const double> error) {
  HingeFit out;
  const std::size_t n = x.size();
  if (n < 6 || !(x[n - 3] > x[2])) return out;
  const Eigen::VectorXd values =
      Eigen::Map<const Eigen::VectorXd>(y.data(), static_cast<Eigen::Index>(n));
  const Eigen::VectorXd errors =
      Eigen::Map<const Eigen::VectorXd>(error.data(), static_cast<Eigen::Index>(n));
  out.line_chi_squared =
      weighted_least_squares(polynomial_design(x, 1), values, errors).chi_squared;
  const auto chi2 = [&](double at) { return fit_at(x, y, error, at).chi_squared; };
  // Two points and a hinge on the third on either side fix each slope.
  const double from = x[1] + 0.5 * (x[2] - x[1]);
  const double to = x[n - 2] - 0.5 * (x[n - 2] - x[n - 3]);
  constexpr int steps = 120;
  int best = 0;
  double least = chi2(from);
  for (int i = 1; i <= steps; ++i) {
    const double now = chi2(from + (to - from) * i / steps);
    if (now < least) {
      least = now;
      best = i;
    }
  }
  double low = from + (to - from) * std::max(0, best - 1) / steps;
  double high = from + (to - from) * std::min(steps, best + 1) / steps;
  const double ratio = 0.5 * (std::sqrt(5.0) - 1);
  for (int i = 0; i < 30; ++i) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    if (chi2(a) < chi2(b)) {
      high = b;
    } else {
      low = a;
    }
  }
  out.at = 0.5 * (low + high);
  const AtHinge fit = fit_at(x, y, error, out.at);
  out.value = fit.parameters[0];
  out.slope_below = fit.parameters[1];
  out.slope_above = fit.parameters[1] + fit.parameters[2];
  out.chi_squared = fit.chi_squared;
  out.found = true;
  return out;
}

}  // namespace vitrion
