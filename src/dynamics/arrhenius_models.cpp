#include "dynamics/arrhenius_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/rng.hpp"
#include "dynamics/hinge_fit.hpp"
#include "numeric/fit.hpp"

namespace vitrion {
namespace {

struct Points {
  std::vector<double> temperature_K, log_D, error;
  std::size_t temperatures = 0;
};

// Usable points, hottest first: rising in 1/T.
Points usable(std::span<const TransportPoint> points) {
  std::vector<TransportPoint> chosen;
  std::set<double> at;
  for (const auto& p : points) {
    const bool good = p.diffusive && p.temperature_K > 0 && p.D_cm2_s > 0 &&
                      std::isfinite(p.D_cm2_s) && p.D_error_cm2_s > 0 &&
                      std::isfinite(p.D_error_cm2_s);
    if (good) chosen.push_back(p);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const auto& a, const auto& b) { return a.temperature_K > b.temperature_K; });
  Points out;
  for (const auto& p : chosen) {
    out.temperature_K.push_back(p.temperature_K);
    out.log_D.push_back(std::log(p.D_cm2_s));
    out.error.push_back(p.D_error_cm2_s / p.D_cm2_s);
    at.insert(p.temperature_K);
  }
  out.temperatures = at.size();
  return out;
}

std::vector<double> inverse(const std::vector<double>& temperature_K) {
  std::vector<double> out;
  for (const double t : temperature_K) out.push_back(1 / (constants::boltzmann_eV_K * t));
  return out;
}

Eigen::VectorXd vector_of(const std::vector<double>& x) {
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

struct Spread {
  double sum = 0, square = 0, n = 0;
  void add(double x) {
    sum += x;
    square += x * x;
    n += 1;
  }
  [[nodiscard]] double deviation() const {
    return std::sqrt(std::max(0.0, square / n - sum * sum / (n * n)) * n / (n - 1));
  }
};

double aicc(double chi_squared, double points, double parameters) {
  return chi_squared + 2 * parameters +
         2 * parameters * (parameters + 1) / std::max(1.0, points - parameters - 1);
}

}  // namespace

ChangePoint find_change_point(std::span<const TransportPoint> points,
                              const ArrheniusOptions& options) {
  ChangePoint out;
  const Points p = usable(points);
  if (p.temperatures < 6) {
    out.reason = fmt::format(
        "{} temperatures with errors are too few for two lines: six are needed", p.temperatures);
    return out;
  }
  const auto x = inverse(p.temperature_K);
  const HingeFit fit = fit_hinge(x, p.log_D, p.error);
  if (!fit.found) {
    out.reason = "three points are needed on either side of a change";
    return out;
  }
  // Points that scatter more than they say about the better model: as much in the bootstrap.
  const double freedom = static_cast<double>(x.size()) - 4;
  const double scale = std::sqrt(std::max(1.0, freedom > 0 ? fit.chi_squared / freedom : 1.0));
  const double gain = (fit.line_chi_squared - fit.chi_squared) / (scale * scale);
  const LinearFit line =
      weighted_least_squares(polynomial_design(x, 1), vector_of(p.log_D), vector_of(p.error));
  RandomStream random(options.seed, "change point");
  Spread where, cold, hot;
  int as_large = 0;
  for (int b = 0; b < options.bootstrap; ++b) {
    std::vector<double> straight, bent, wide;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double noise = scale * p.error[i] * random.normal();
      const double d = x[i] - fit.at;
      straight.push_back(line.parameters[0] + line.parameters[1] * x[i] + noise);
      bent.push_back(fit.value + (d > 0 ? fit.slope_above : fit.slope_below) * d + noise);
      wide.push_back(scale * p.error[i]);
    }
    const HingeFit by_chance = fit_hinge(x, straight, wide);
    if (by_chance.line_chi_squared - by_chance.chi_squared >= gain) ++as_large;
    const HingeFit again = fit_hinge(x, bent, wide);
    where.add(1 / (constants::boltzmann_eV_K * again.at));
    hot.add(-again.slope_below);
    cold.add(-again.slope_above);
  }
  out.temperature_K = 1 / (constants::boltzmann_eV_K * fit.at);
  out.temperature_error_K = where.deviation();
  out.hot_eV = -fit.slope_below;
  out.hot_error_eV = hot.deviation();
  out.cold_eV = -fit.slope_above;
  out.cold_error_eV = cold.deviation();
  out.p_value = (as_large + 1.0) / (options.bootstrap + 1.0);
  out.found = out.p_value < 0.05;
  if (!out.found) {
    out.reason =
        fmt::format("one line does as well (two gain as much by chance in {:.0f} % of cases)",
                    100 * out.p_value);
  }
  return out;
}

double VftFit::D_cm2_s(double temperature_K) const {
  return std::exp(log_D0 - B_K / (temperature_K - T0_K));
}

VftFit fit_vft(std::span<const TransportPoint> points) {
  VftFit out;
  const Points p = usable(points);
  if (p.temperatures < 5) {
    out.reason = fmt::format(
        "{} temperatures with errors are too few for three parameters: five are "
        "needed",
        p.temperatures);
    return out;
  }
  const Eigen::VectorXd y = vector_of(p.log_D);
  const Eigen::VectorXd e = vector_of(p.error);
  const auto at = [&](double T0) {
    std::vector<double> x;
    for (const double t : p.temperature_K) x.push_back(1 / (t - T0));
    return weighted_least_squares(polynomial_design(x, 1), y, e);
  };
  const double top = 0.98 * p.temperature_K.back();
  double best = 0;
  double least = at(0).chi_squared;
  constexpr int steps = 400;
  for (int i = 1; i <= steps; ++i) {
    const double now = at(top * i / steps).chi_squared;
    if (now < least) {
      least = now;
      best = top * i / steps;
    }
  }
  double low = std::max(0.0, best - top / steps);
  double high = std::min(top, best + top / steps);
  const double ratio = 0.5 * (std::sqrt(5.0) - 1);
  for (int i = 0; i < 40; ++i) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    if (at(a).chi_squared < at(b).chi_squared) {
      high = b;
    } else {
      low = a;
    }
  }
  if (best > 0) best = 0.5 * (low + high);
  const LinearFit fit = at(best);
  out.log_D0 = fit.parameters[0];
  out.B_K = -fit.parameters[1];
  out.T0_K = best;
  out.chi_squared = fit.chi_squared;
  // Three parameters at once, about the best.
  Eigen::MatrixXd slope(y.size(), 3);
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    const double gap = p.temperature_K[static_cast<std::size_t>(i)] - best;
    slope(i, 0) = 1;
    slope(i, 1) = -1 / gap;
    slope(i, 2) = -out.B_K / (gap * gap);
  }
  const auto n = static_cast<double>(y.size());
  const Eigen::MatrixXd covariance = weighted_least_squares(slope, y, e).covariance *
                                     std::max(1.0, out.chi_squared / std::max(1.0, n - 3));
  out.B_error_K = std::sqrt(covariance(1, 1));
  out.T0_error_K = std::sqrt(covariance(2, 2));
  const double wide = std::max(1.0, out.chi_squared / std::max(1.0, n - 3));
  out.aicc_gain = aicc(at(0).chi_squared / wide, n, 2) - aicc(out.chi_squared / wide, n, 3);
  out.found = best > 0;
  if (!out.found) out.reason = "ln D bends the other way or not at all: no T0 above zero";
  return out;
}

}  // namespace vitrion
