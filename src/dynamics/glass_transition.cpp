#include "dynamics/glass_transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "dynamics/hinge_fit.hpp"

namespace vitrion {
namespace {

double model(const HingeFit& fit, double x) {
  const double d = x - fit.at;
  return fit.value + (d > 0 ? fit.slope_above : fit.slope_below) * d;
}

double deviation(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double sum = 0;
  for (const double v : x) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / (n - 1));
}

}  // namespace

GlassTransition fit_glass_transition(std::span<const double> temperature_K,
                                     std::span<const double> y,
                                     const GlassTransitionOptions& options) {
  if (temperature_K.size() != y.size()) {
    throw InputError(
        fmt::format("a glass transition needs one value for each temperature, not {} "
                    "for {}",
                    y.size(), temperature_K.size()));
  }
  std::vector<std::size_t> order(y.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return temperature_K[a] < temperature_K[b];
  });
  std::vector<double> t, v;
  for (const std::size_t i : order) {
    t.push_back(temperature_K[i]);
    v.push_back(y[i]);
  }
  const std::vector<double> ones(t.size(), 1.0);
  GlassTransition out;
  const HingeFit fit = fit_hinge(t, v, ones);
  if (!fit.found || t.size() < 8) {
    out.reason =
        fmt::format("{} temperatures are too few for two lines: eight are needed", t.size());
    return out;
  }
  const auto n = static_cast<double>(t.size());
  // Residuals of four fitted parameters, widened to what the noise was before the fit.
  std::vector<double> residual;
  for (std::size_t i = 0; i < t.size(); ++i) {
    residual.push_back((v[i] - model(fit, t[i])) * std::sqrt(n / (n - 4)));
  }
  RandomStream random(options.seed, "glass transition");
  std::vector<double> at, change;
  for (int b = 0; b < options.bootstrap; ++b) {
    std::vector<double> again;
    for (const double x : t)
      again.push_back(model(fit, x) + residual[random.below(residual.size())]);
    const HingeFit one = fit_hinge(t, again, ones);
    at.push_back(one.at);
    change.push_back(one.slope_above - one.slope_below);
  }
  out.temperature_K = fit.at;
  out.error_K = deviation(at);
  out.value = fit.value;
  out.slope_glass = fit.slope_below;
  out.slope_liquid = fit.slope_above;
  out.gain = (fit.line_chi_squared - fit.chi_squared) / std::max(1e-300, fit.chi_squared / (n - 4));
  const double bend = std::abs(fit.slope_above - fit.slope_below);
  // A hinge that is sought finds some bend in noise too: F of 2 and n − 4, generously.
  out.found = bend > 3 * deviation(change) && out.gain > 12;
  if (!out.found) out.reason = "the slopes on either side do not differ by more than noise";
  return out;
}

}  // namespace vitrion
