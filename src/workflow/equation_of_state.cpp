#include "workflow/equation_of_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "numeric/fit.hpp"

namespace vitrion {
namespace {

// P(V) = scale(V) · (c₀ + c₁ x(V) + c₂ x(V)²).
struct PressureForm {
  bool birch = true;
  double reference_A3 = 1;

  [[nodiscard]] double x(double volume) const {
    return birch ? 0.5 * (std::pow(reference_A3 / volume, 2.0 / 3.0) - 1)
                 : volume / reference_A3 - 1;
  }
  [[nodiscard]] double scale(double volume) const {
    return birch ? std::pow(reference_A3 / volume, 5.0 / 3.0) : 1;
  }
  [[nodiscard]] double pressure(const Eigen::Vector3d& c, double volume) const {
    const double s = x(volume);
    return scale(volume) * (c[0] + s * (c[1] + s * c[2]));
  }
  [[nodiscard]] double slope(const Eigen::Vector3d& c, double volume) const {
    const double h = 1e-4 * reference_A3;
    return (pressure(c, volume + h) - pressure(c, volume - h)) / (2 * h);
  }
};

// Where the pressure falls through the wanted one, next to the middle of the volumes.
std::optional<double> root(const PressureForm& form, const Eigen::Vector3d& c, double wanted,
                           double low, double high) {
  constexpr int steps = 400;
  const double from = 0.8 * low;
  const double step = (1.25 * high - from) / steps;
  const double middle = 0.5 * (low + high);
  std::optional<double> best;
  for (int i = 0; i < steps; ++i) {
    double a = from + i * step;
    double b = a + step;
    if (form.pressure(c, a) < wanted || form.pressure(c, b) >= wanted) continue;
    for (int k = 0; k < 60; ++k) {
      const double mid = 0.5 * (a + b);
      (form.pressure(c, mid) >= wanted ? a : b) = mid;
    }
    if (!best || std::abs(a - middle) < std::abs(*best - middle)) best = a;
  }
  return best;
}

// V, B and B' at the wanted pressure.
Eigen::Vector3d answers(const PressureForm& form, const Eigen::Vector3d& c, double volume) {
  const double h = 1e-3 * volume;
  const auto modulus = [&](double v) { return -v * form.slope(c, v); };
  const double dB = (modulus(volume + h) - modulus(volume - h)) / (2 * h);
  return {volume, modulus(volume), dB / form.slope(c, volume)};
}

}  // namespace

EquationOfState fit_equation_of_state(std::span<const PressurePoint> points,
                                      const std::string& form_name, double pressure_GPa) {
  const auto n = static_cast<Eigen::Index>(points.size());
  double low = std::numeric_limits<double>::infinity(), high = 0;
  EquationOfState out;
  for (const auto& p : points) {
    low = std::min(low, p.volume_A3);
    high = std::max(high, p.volume_A3);
    out.errors_of_fit = out.errors_of_fit || !(p.pressure_GPa.error > 0);
  }
  const PressureForm form{form_name != "quadratic", 0.5 * (low + high)};
  Eigen::MatrixXd design(n, 3);
  Eigen::VectorXd y(n), errors(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto& p = points[static_cast<std::size_t>(i)];
    const double s = form.scale(p.volume_A3);
    const double x = form.x(p.volume_A3);
    design.row(i) << 1, x, x * x;
    y[i] = p.pressure_GPa.value / s;
    errors[i] = out.errors_of_fit ? 1 : p.pressure_GPa.error / s;
  }
  const LinearFit fit = weighted_least_squares(design, y, errors);
  out.chi_squared = fit.chi_squared;
  out.degrees_of_freedom = fit.degrees_of_freedom;
  Eigen::MatrixXd covariance = fit.covariance;
  const double scatter = fit.degrees_of_freedom > 0
                             ? fit.chi_squared / static_cast<double>(fit.degrees_of_freedom)
                             : std::numeric_limits<double>::quiet_NaN();
  if (out.errors_of_fit) {
    covariance *= scatter;
  } else if (scatter > 1) {
    covariance *= scatter;
  }

  const Eigen::Vector3d c = fit.parameters;
  const auto volume = root(form, c, pressure_GPa, low, high);
  if (!volume) {
    throw WorkError(
        fmt::format("the pressure does not fall through {:g} GPa near the volumes of the equation "
                    "of state ({:.4g} GPa at the smallest, {:.4g} at the largest): start from a "
                    "better density, or make \"spread\" larger",
                    pressure_GPa, form.pressure(c, low), form.pressure(c, high)));
  }
  out.is_inside = *volume >= low && *volume <= high;
  const Eigen::Vector3d best = answers(form, c, *volume);
  // The root moves by −δP / P'(V); what follows from it is told by differences along each c.
  Eigen::Matrix3d jacobian;
  for (int k = 0; k < 3; ++k) {
    const double step = 1e-3 * std::max(std::sqrt(std::abs(covariance(k, k))), 1e-6);
    Eigen::Vector3d moved = c;
    moved[k] += step;
    const double dV =
        -(form.pressure(moved, *volume) - form.pressure(c, *volume)) / form.slope(c, *volume);
    jacobian.col(k) = (answers(form, moved, *volume + dV) - best) / step;
  }
  const Eigen::Matrix3d spread = jacobian * covariance * jacobian.transpose();
  const auto estimate = [&](int i) { return Estimate{best[i], std::sqrt(spread(i, i))}; };
  out.volume_A3 = estimate(0);
  out.bulk_modulus_GPa = estimate(1);
  out.bulk_modulus_derivative = estimate(2);
  for (const auto& p : points) out.fitted_GPa.push_back(form.pressure(c, p.volume_A3));
  return out;
}

}  // namespace vitrion
