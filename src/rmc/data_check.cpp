// What a curve says of the density: below the first distance g = 0, so D(r) = −4πρr, whatever the
// structure. Curves in q are transformed with Lorch's window first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "rmc/data_set.hpp"

namespace vitrion::rmc {
namespace {

constexpr double pi = constants::pi;
constexpr double most_density_error = 0.15;  // relative
constexpr double most_limit_error = 0.025;   // of the mean square of the scattering

struct Mean {
  double value = not_known;
  double error = 0;
};

Mean mean_of(const std::vector<double>& v) {
  if (v.size() < 3) return {};
  double sum = 0;
  for (const double x : v) sum += x;
  const double mean = sum / static_cast<double>(v.size());
  double square = 0;
  for (const double x : v) square += (x - mean) * (x - mean);
  return {mean,
          std::sqrt(square / static_cast<double>(v.size() - 1) / static_cast<double>(v.size()))};
}

// S − 1 (over the norm) of the measured points.
double core(const DataMap& map, double x, double y) {
  const DataSettings& s = map.settings();
  const double value = (y - s.offset.value - s.slope.value * x) / s.scale.value;
  if (s.form == "S") return value - 1;
  return s.form == "F" ? value / x : value;
}

// ρ from D at one r: −(1/2π²r) ∫ q core/level sin(qr) M dq.
double density_at(const DataMap& map, double r) {
  const auto& x = map.x();
  const auto& y = map.measured();
  const double q_max = x.back();
  const auto integrand = [&](double q, double c) {
    return q * c / map.mean_square_over_norm(q) * std::sin(q * r) *
           window_value(Window::lorch, q, q_max);
  };
  // Below the first point the curve is taken as constant.
  const double first = core(map, x.front(), y.front());
  double sum = 0;
  constexpr int parts = 40;
  for (int k = 0; k < parts; ++k) {
    const double q = x.front() * (k + 0.5) / parts;
    sum += integrand(q, first) * x.front() / parts;
  }
  for (std::size_t k = 1; k < x.size(); ++k) {
    sum += 0.5 * (x[k] - x[k - 1]) *
           (integrand(x[k], core(map, x[k], y[k])) +
            integrand(x[k - 1], core(map, x[k - 1], y[k - 1])));
  }
  return -sum / (2 * pi * pi * r);
}

}  // namespace

DataFinding examine(const DataMap& map, double density, double first_distance) {
  DataFinding out;
  out.density_A3 = out.density_error = out.limit = out.expected_limit = not_known;
  const DataSettings& s = map.settings();
  const auto& x = map.x();
  const auto& y = map.measured();
  const double start = x.front();
  const double span = x.back() - start;
  std::vector<double> tail;
  std::vector<double> densities;
  // Where lengths of both signs nearly cancel, the mean says nothing of the density.
  const Eigen::VectorXd w = map.scattering_at(x.front());
  const bool cancels =
      scattering_norm(map.scatterers().c, w, ScatteringNorm::average_squared) <
      0.15 * scattering_norm(map.scatterers().c, w, ScatteringNorm::squared_average);
  const double low = 0.25 * first_distance;
  const double high = 0.75 * first_distance;
  if (s.in_q()) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (x[k] > start + 0.8 * span) {
        tail.push_back(core(map, x[k], y[k]) / map.mean_square_over_norm(x[k]));
      }
    }
    out.expected_limit = 0;
    // Short ranges of q say nothing of so small distances.
    if (first_distance > 0 && x.back() * high > 1.5 * pi) {
      for (int k = 0; k <= 20; ++k)
        densities.push_back(density_at(map, low + (high - low) * k / 20));
    }
  } else {
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double level = map.mean_square_over_norm(x[k]);
      const double value = (y[k] - s.offset.value - s.slope.value * x[k]) / s.scale.value;
      const double sphere = 4 * pi * x[k] * level;
      if (s.form == "D" && x[k] > low && x[k] < high) densities.push_back(-value / sphere);
      if (x[k] <= start + 0.8 * span) continue;
      if (s.form == "T") densities.push_back(value / sphere);
      if (s.form == "g") tail.push_back(value / level);
      if (s.form == "G") tail.push_back(value / level);
      if (s.form == "D") tail.push_back(value / (sphere * density));
    }
    out.expected_limit = s.form == "g" ? 1 : 0;
    if (s.form == "T") out.expected_limit = not_known;
  }
  const Mean limit = mean_of(tail);
  out.limit = limit.value;
  out.limit_error = limit.error;
  if (cancels) densities.clear();
  const Mean rho = mean_of(densities);
  out.density_A3 = rho.value;
  // Points of one transform are not independent: their scatter is the error, not that over √n.
  out.density_error = rho.error * std::sqrt(static_cast<double>(densities.size()));
  return out;
}

std::vector<std::string> check_data(const DataMap& map, double density, double first_distance) {
  const DataSettings& s = map.settings();
  const DataFinding found = examine(map, density, first_distance);
  std::vector<std::string> notes;
  const bool free_scale = s.scale.refine;
  const bool free_limit = s.offset.refine || s.slope.refine || (free_scale && s.form == "g");
  if (std::isfinite(found.limit) && std::isfinite(found.expected_limit)) {
    const double apart = found.limit - found.expected_limit;
    const double shift = s.form == "S" ? 1 : 0;
    notes.push_back(fmt::format("{}: ends at {:.4f}({:.4f}), expected {:.0f}", s.label(),
                                found.limit + shift, found.limit_error,
                                found.expected_limit + shift));
    if (std::abs(apart) > most_limit_error + 3 * found.limit_error && !free_limit &&
        !s.accept_limit) {
      throw InputError(fmt::format(
          "{}: {} of the last fifth is {:.4f} on average where {:.0f} is expected: its "
          "normalisation contradicts norm: {}; correct the file, give offset or refine_offset: "
          "true, or say accept_limit: true",
          s.file, s.form, found.limit + shift, found.expected_limit + shift, s.norm));
    }
  }
  if (std::isfinite(found.density_A3)) {
    notes.push_back(fmt::format("{}: density {:.5f}({:.5f}) 1/A^3 by its {}, the model has {:.5f}",
                                s.label(), found.density_A3, found.density_error,
                                s.form == "T" ? "slope at high r" : "slope at low r", density));
    const double apart = std::abs(found.density_A3 - density);
    if (apart > most_density_error * density + 2 * found.density_error && !free_scale &&
        !s.accept_density) {
      throw InputError(fmt::format(
          "{}: its {} says {:.5f} atoms/A^3, and the model has {:.5f}: correct the density or the "
          "normalisation, give scale or refine_scale: true, or say accept_density: true",
          s.file, s.form == "T" ? "slope at high r" : "slope at low r", found.density_A3, density));
    }
  }
  return notes;
}

}  // namespace vitrion::rmc
