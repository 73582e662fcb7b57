#include "coupling/rate_arrhenius.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

constexpr double none_seen_95 = 2.996;  // events that a Poisson process misses in 5 % of runs

double beta(double temperature_K) { return 1 / (constants::boltzmann_eV_K * temperature_K); }

struct Fit {
  double reference = 0;                         // of 1/k_BT, where the parameters are independent
  Eigen::Vector2d p = Eigen::Vector2d::Zero();  // ln Γ there, and E_a
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  double scale = 1;

  [[nodiscard]] Eigen::Vector2d slope(double temperature_K) const {
    return {1, -(beta(temperature_K) - reference)};
  }
  [[nodiscard]] double log_rate(double temperature_K) const { return slope(temperature_K).dot(p); }
  [[nodiscard]] double log_error(double temperature_K) const {
    const Eigen::Vector2d x = slope(temperature_K);
    return std::sqrt(x.dot(covariance * x));
  }
};

Fit fit(std::span<const RatePoint> points) {
  Fit out;
  double events = 0;
  double exposure = 0;
  for (const auto& q : points) {
    const double n = q.events / q.dispersion;
    events += n;
    exposure += q.exposure_ps / q.dispersion;
    out.reference += n * beta(q.temperature_K);
  }
  out.reference /= events;
  out.p = {std::log(events / exposure), 0};
  Eigen::Matrix2d curvature = Eigen::Matrix2d::Identity();
  for (int step = 0; step < 200; ++step) {
    Eigen::Vector2d gradient = Eigen::Vector2d::Zero();
    curvature.setZero();
    for (const auto& q : points) {
      const Eigen::Vector2d x = out.slope(q.temperature_K);
      const double expected = std::exp(x.dot(out.p)) * q.exposure_ps / q.dispersion;
      gradient += (q.events / q.dispersion - expected) * x;
      curvature += expected * x * x.transpose();
    }
    Eigen::Vector2d change = curvature.inverse() * gradient;
    // Far from the solution a full step may overshoot the exponential.
    double largest = 0;
    for (const auto& q : points) {
      largest = std::max(largest, std::abs(out.slope(q.temperature_K).dot(change)));
    }
    if (largest > 1) change /= largest;
    out.p += change;
    if (largest < 1e-12) break;
  }
  out.covariance = curvature.inverse();
  double chi = 0;
  for (const auto& q : points) {
    const double expected = std::exp(out.log_rate(q.temperature_K)) * q.exposure_ps / q.dispersion;
    chi += std::pow(q.events / q.dispersion - expected, 2) / std::max(expected, 0.5);
  }
  const double freedom = static_cast<double>(points.size()) - 2;
  if (freedom > 0) out.scale = std::max(1.0, chi / freedom);
  out.covariance *= out.scale;
  return out;
}

Table points_table(std::span<const RatePoint> points) {
  Table table{"points",
              {column("T", "K"), column("1000/T", "1/K"), column("rate", "1/ps"),
               column("error", "1/ps"), column("bound_95", "1/ps"), column("events", "")}};
  for (const auto& q : points) {
    const bool any = q.events > 0;
    const double row[] = {q.temperature_K,
                          1000 / q.temperature_K,
                          any ? q.events / q.exposure_ps : not_known,
                          any ? std::sqrt(q.events * q.dispersion) / q.exposure_ps : not_known,
                          any ? not_known : none_seen_95 * q.dispersion / q.exposure_ps,
                          q.events};
    for (std::size_t c = 0; c < 6; ++c) table.columns[c].data.push_back(row[c]);
  }
  return table;
}

void add_line(Result& out, const Fit& f, double low_K, double high_K) {
  Table table{"line",
              {column("1000/T", "1/K"), column("rate", "1/ps"), column("low", "1/ps"),
               column("high", "1/ps")}};
  constexpr int steps = 60;
  for (int k = 0; k <= steps; ++k) {
    const double t = 1 / (1 / low_K + (1 / high_K - 1 / low_K) * k / steps);
    const double log_rate = f.log_rate(t);
    const double error = f.log_error(t);
    const double row[] = {1000 / t, std::exp(log_rate), std::exp(log_rate - error),
                          std::exp(log_rate + error)};
    for (std::size_t c = 0; c < 4; ++c) table.columns[c].data.push_back(row[c]);
  }
  out.tables.push_back(std::move(table));
}

Plot log_plot(const std::string& title, const std::string& table, std::vector<std::string> series,
              std::vector<std::string> errors, Plot::Kind kind) {
  return {
      kind,          title, table, "1000/T", std::move(series), std::move(errors), "1000/T (1/K)",
      "rate (1/ps)", false, true,  {}};
}

}  // namespace

Result fit_rates(std::span<const RatePoint> points, const std::string& quantity) {
  std::set<double> with_events;
  double low = 300;
  double high = 300;
  for (const auto& q : points) {
    if (!(q.temperature_K > 0) || !(q.exposure_ps > 0) || !(q.events >= 0) ||
        !(q.dispersion >= 1)) {
      throw InputError(fmt::format(
          "rate_arrhenius: {:g} events in {:g} ps at {:g} K: a temperature, an exposure and a "
          "count of events are needed",
          q.events, q.exposure_ps, q.temperature_K));
    }
    if (q.events > 0) with_events.insert(q.temperature_K);
    low = std::min(low, q.temperature_K);
    high = std::max(high, q.temperature_K);
  }
  Result out;
  out.name = "rate_arrhenius";
  out.summary = fmt::format(
      "{} against 1/T by the largest Poisson likelihood; runs without an event count as bounds.",
      quantity);
  out.settings = {{"quantity", quantity}, {"points", std::to_string(points.size())}};
  out.tables.push_back(points_table(points));
  if (with_events.size() < 2) {
    out.warnings.push_back(
        fmt::format("events at {} temperature(s): an activation energy needs two at least; run "
                    "longer or hotter",
                    with_events.size()));
    out.scalars = {{"E_a", not_known, not_known, "eV", ""},
                   {"rate_0", not_known, not_known, "1/ps", ""},
                   {"rate_300K", not_known, not_known, "1/ps", ""}};
    return out;
  }
  const Fit f = fit(points);
  const std::string how =
      fmt::format("curvature of the likelihood, variance times {:.2g}", f.scale);
  const Eigen::Vector2d at_infinity(1, f.reference);
  const double log_0 = at_infinity.dot(f.p);
  const double error_0 = std::sqrt(at_infinity.dot(f.covariance * at_infinity));
  const double rate_300 = std::exp(f.log_rate(300));
  const double error_300 = f.log_error(300);
  out.scalars = {{"E_a", f.p[1], std::sqrt(f.covariance(1, 1)), "eV", how},
                 {"rate_0", std::exp(log_0), std::exp(log_0) * std::sinh(error_0), "1/ps", how},
                 {"rate_300K", rate_300, rate_300 * std::sinh(error_300), "1/ps",
                  fmt::format("{}; 68 % within a factor of {:.3g}", how, std::exp(error_300))}};
  add_line(out, f, low, high);
  out.plots.push_back(log_plot("Rates over temperature", "points", {"rate", "bound_95"},
                               {"error", ""}, Plot::Kind::points));
  out.plots.push_back(log_plot("Arrhenius line of " + quantity, "line", {"rate", "low", "high"},
                               {"", "", ""}, Plot::Kind::lines));
  return out;
}

namespace {

struct Events {
  const Scalar* rate;
  const Scalar* count;
};

Events events_of(const Result& result) {
  const bool turns = result.find_scalar("turn_rate") != nullptr;
  return {result.find_scalar(turns ? "turn_rate" : "jump_rate"),
          result.find_scalar(turns ? "turns" : "jumps")};
}

}  // namespace

bool has_rate(const Result& result) {
  const auto [rate, count] = events_of(result);
  return rate != nullptr && count != nullptr && rate->error > 0;
}

RatePoint rate_point(const Result& result, double temperature_K) {
  const auto [rate, count] = events_of(result);
  if (rate == nullptr || count == nullptr) {
    throw InputError(
        fmt::format("the result \"{}\" holds no events with a rate: a point is made from a result "
                    "of rotation or sites",
                    result.name));
  }
  // The error is that of one event where there was none.
  const double n = count->value;
  const double exposure = n > 0 ? n / rate->value : 1 / rate->error;
  const double counting = std::sqrt(std::max(1.0, n)) / exposure;
  return {temperature_K, n, exposure, std::max(1.0, std::pow(rate->error / counting, 2))};
}

}  // namespace vitrion
