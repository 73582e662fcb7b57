#include "dynamics/arrhenius.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"
#include "dynamics/conductivity.hpp"
#include "numeric/fit.hpp"

namespace vitrion {
namespace {

// ln D against x = 1/(k_B T) − reference, so that the two parameters hardly correlate.
struct LogFit {
  Eigen::VectorXd parameters;
  Eigen::MatrixXd covariance;  // for the errors given, or from the scatter where none are
  Eigen::MatrixXd other = {};  // a second estimate of it; the larger counts
  double reduced_chi_squared = not_known;
  double reference = 0;

  // ln D(T) and its variance.
  [[nodiscard]] Eigen::VectorXd row(double temperature_K) const {
    const double x = 1 / (constants::boltzmann_eV_K * temperature_K) - reference;
    return Eigen::VectorXd::NullaryExpr(parameters.size(),
                                        [&](Eigen::Index k) { return std::pow(x, k); });
  }
  [[nodiscard]] double log_D(double temperature_K) const {
    return row(temperature_K).dot(parameters);
  }
  /// Of the combination r · parameters.
  [[nodiscard]] double variance(const Eigen::VectorXd& r) const {
    const double first = r.dot(covariance * r);
    return other.size() > 0 ? std::max(first, r.dot(other * r)) : first;
  }
  [[nodiscard]] double log_variance(double temperature_K) const {
    return variance(row(temperature_K));
  }
};

double inverse_temperature(const TransportPoint& p) {
  return 1 / (constants::boltzmann_eV_K * p.temperature_K);
}

std::set<double> temperatures(const std::vector<TransportPoint>& points) {
  std::set<double> out;
  for (const auto& p : points) out.insert(p.temperature_K);
  return out;
}

LogFit fit_log(const std::vector<TransportPoint>& points, int degree) {
  LogFit out;
  std::vector<double> x;
  Eigen::VectorXd y(static_cast<Eigen::Index>(points.size()));
  Eigen::VectorXd e(y.size());
  for (const auto& p : points) out.reference += inverse_temperature(p);
  out.reference /= static_cast<double>(points.size());
  bool all_known = true;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    x.push_back(inverse_temperature(points[i]) - out.reference);
    y[k] = std::log(points[i].D_cm2_s);
    e[k] = points[i].D_error_cm2_s / points[i].D_cm2_s;
    all_known = all_known && e[k] > 0 && std::isfinite(e[k]);
  }
  if (!all_known) e.setOnes();  // all alike; only their scatter can tell the error
  const LinearFit fit = weighted_least_squares(polynomial_design(x, degree), y, e);
  out.parameters = fit.parameters;
  out.covariance = fit.covariance;
  if (fit.degrees_of_freedom > 0) {
    out.reduced_chi_squared = fit.chi_squared / static_cast<double>(fit.degrees_of_freedom);
    if (!all_known) {
      out.covariance *= out.reduced_chi_squared;
      out.reduced_chi_squared = 1;
    }
  } else if (!all_known) {
    out.covariance *= not_known;
  }
  return out;
}

using Replicas = std::vector<std::vector<TransportPoint>>;

Replicas by_replica(const std::vector<TransportPoint>& points) {
  std::map<int, std::vector<TransportPoint>> groups;
  for (const auto& p : points) groups[p.replica].push_back(p);
  Replicas out;
  for (auto& [index, group] : groups) out.push_back(std::move(group));
  return out;
}

// Covariance of the two parameters over resampled replicas, about the same reference; empty where
// replicas are too few.
Eigen::MatrixXd bootstrap_covariance(const Replicas& replicas, const LogFit& fit,
                                     const ArrheniusOptions& options) {
  if (replicas.size() < 2 || std::any_of(replicas.begin(), replicas.end(), [](const auto& group) {
        return temperatures(group).size() < 2;
      })) {
    return {};
  }
  RandomStream random(options.seed, "arrhenius bootstrap");
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  Eigen::Matrix2d square = Eigen::Matrix2d::Zero();
  for (int b = 0; b < options.bootstrap; ++b) {
    std::vector<TransportPoint> sample;
    for (std::size_t k = 0; k < replicas.size(); ++k) {
      const auto& group = replicas[random.below(replicas.size())];
      sample.insert(sample.end(), group.begin(), group.end());
    }
    const LogFit one = fit_log(sample, 1);
    const double shift = fit.reference - one.reference;
    const Eigen::Vector2d p(one.parameters[0] + one.parameters[1] * shift, one.parameters[1]);
    sum += p;
    square += p * p.transpose();
  }
  const double n = options.bootstrap;
  const auto r = static_cast<double>(replicas.size());
  const double student = 1 + 0.5 / (r - 1);  // the scatter of few replicas is itself uncertain
  return (square / n - sum * sum.transpose() / (n * n)) * (r / (r - 1) * student * student);
}

void add_column(Table& table, const std::string& name, const std::string& unit,
                const std::vector<double>& data) {
  table.columns.push_back({name, unit, data, {}});
}

Table points_table(const std::string& name, const std::vector<TransportPoint>& points) {
  std::vector<double> t;
  std::vector<double> d;
  std::vector<double> e;
  for (const auto& p : points) {
    t.push_back(p.temperature_K);
    d.push_back(p.D_cm2_s);
    e.push_back(p.D_error_cm2_s);
  }
  Table table{name, {}};
  add_column(table, "T", "K", t);
  add_column(table, "D", "cm2/s", d);
  add_column(table, "error", "cm2/s", e);
  return table;
}

Table line_table(const LogFit& fit, double low_K, double high_K) {
  constexpr int steps = 60;
  std::vector<double> t, inverse, d, low, high;
  for (int i = 0; i <= steps; ++i) {
    const double x = (1 / low_K) + (1 / high_K - 1 / low_K) * i / steps;
    t.push_back(1 / x);
    inverse.push_back(1000 * x);
    const double log_d = fit.log_D(1 / x);
    const double error = std::sqrt(fit.log_variance(1 / x));
    d.push_back(std::exp(log_d));
    low.push_back(std::exp(log_d - error));
    high.push_back(std::exp(log_d + error));
  }
  Table table{"line", {}};
  add_column(table, "T", "K", t);
  add_column(table, "1000/T", "1/K", inverse);
  add_column(table, "D", "cm2/s", d);
  add_column(table, "low", "cm2/s", low);
  add_column(table, "high", "cm2/s", high);
  return table;
}

void add_extrapolation(Result& out, const LogFit& fit, double target_K, double n_q2,
                       const std::string& how) {
  const double d = std::exp(fit.log_D(target_K));
  const double error = std::sqrt(fit.log_variance(target_K));
  const std::string range = fmt::format("{}; 68 % within a factor of {:.3g}", how, std::exp(error));
  out.scalars.push_back(
      {fmt::format("D_{:g}K", target_K), d, d * std::sinh(error), "cm2/s", range});
  const double sigma = n_q2 > 0 ? conductivity_mS_cm(n_q2, 1.0, d, target_K) : not_known;
  out.scalars.push_back(
      {fmt::format("sigma_{:g}K", target_K), sigma, sigma * std::sinh(error), "mS/cm", range});
}

// Where ln D and E_a are independent: with it, all of the covariance of E_a and D_0 is told.
void add_reference(Result& out, const LogFit& fit, const std::string& how) {
  const bool wider = fit.other.size() > 0 && fit.other(1, 1) > fit.covariance(1, 1);
  const Eigen::MatrixXd& c = wider ? fit.other : fit.covariance;
  const double T_ref = 1 / (constants::boltzmann_eV_K * (fit.reference - c(0, 1) / c(1, 1)));
  const double d = std::exp(fit.log_D(T_ref));
  out.scalars.push_back({"D_ref", d, d * std::sinh(std::sqrt(fit.log_variance(T_ref))), "cm2/s",
                         how + "; D at T_ref"});
  out.scalars.push_back(
      {"T_ref", T_ref, not_known, "K", "where the errors of D and of E_a are independent"});
}

void add_not_known(Result& out, double target_K) {
  out.scalars.push_back({fmt::format("D_{:g}K", target_K), not_known, not_known, "cm2/s", ""});
  out.scalars.push_back({fmt::format("sigma_{:g}K", target_K), not_known, not_known, "mS/cm", ""});
}

// A quadratic term in 1/T that is larger than its error allows.
void warn_if_curved(Result& out, const std::vector<TransportPoint>& points) {
  if (temperatures(points).size() < 4) return;
  const LogFit curved = fit_log(points, 2);
  const double scale = std::max(1.0, curved.reduced_chi_squared);
  const double error = std::sqrt(curved.covariance(2, 2) * scale);
  if (!(std::abs(curved.parameters[2]) > 2.5 * error)) return;
  out.warnings.push_back(fmt::format(
      "ln D is not straight in 1/T (curvature {:.1f} standard errors, {}): one activation energy "
      "does not describe it; look for a transition or fit a narrower range",
      std::abs(curved.parameters[2]) / error,
      curved.parameters[2] > 0 ? "steeper when hot" : "steeper when cold"));
}

void warn_if_far(Result& out, const std::set<double>& at, double target_K) {
  const double gap = 1 / target_K - 1 / *at.begin();
  const double span = 1 / *at.begin() - 1 / *at.rbegin();
  if (gap > span) {
    out.warnings.push_back(
        fmt::format("{:g} K lies far below the coldest point ({:g} K): further in 1/T than all "
                    "points span; the "
                    "extrapolation trusts that nothing changes on the way",
                    target_K, *at.begin()));
  }
}

double mean_carrier_density(const std::vector<TransportPoint>& points) {
  double sum = 0;
  for (const auto& p : points) {
    if (!(p.n_q2_e2_A3 > 0)) return 0;
    sum += p.n_q2_e2_A3;
  }
  return sum / static_cast<double>(points.size());
}

// Sorts the points into those that can be fitted and those that cannot.
void sort_out(std::span<const TransportPoint> points, std::vector<TransportPoint>& used,
              std::vector<TransportPoint>& excluded) {
  for (const auto& p : points) {
    if (!(p.temperature_K > 0)) {
      throw InputError(
          fmt::format("arrhenius: {:g} K is not a temperature above zero", p.temperature_K));
    }
    const bool usable = p.diffusive && p.D_cm2_s > 0 && std::isfinite(p.D_cm2_s);
    (usable ? used : excluded).push_back(p);
  }
}

}  // namespace

Result fit_arrhenius(std::span<const TransportPoint> points, const ArrheniusOptions& options) {
  std::vector<TransportPoint> used;
  std::vector<TransportPoint> excluded;
  sort_out(points, used, excluded);
  Result out;
  out.name = "arrhenius";
  out.summary = fmt::format(
      "ln {} against 1/T by weighted least squares; conductivity from the "
      "carrier density and the extrapolated diffusivity.",
      options.quantity);
  out.references = {"10.1038/s41524-018-0074-y"};
  const auto at = temperatures(used);
  const Replicas replicas = by_replica(used);
  out.settings = {{"quantity", options.quantity},
                  {"points", std::to_string(used.size())},
                  {"temperatures", std::to_string(at.size())},
                  {"replicas", std::to_string(replicas.size())}};
  out.tables.push_back(points_table("points", used));
  if (!excluded.empty()) {
    out.tables.push_back(points_table("excluded", excluded));
    std::vector<std::string> which;
    for (const auto& p : excluded) which.push_back(fmt::format("{:g} K", p.temperature_K));
    out.warnings.push_back(
        fmt::format("not diffusive, so kept out of the fit: {}", join(which, ", ")));
  }
  std::vector<double> targets = {300.0};
  if (options.target_K != 300.0) targets.push_back(options.target_K);
  if (at.size() < 2) {
    out.warnings.push_back(
        fmt::format("{} usable temperature(s): an Arrhenius fit needs at least "
                    "two, and three to be trusted",
                    at.size()));
    out.scalars = {{"E_a", not_known, not_known, "eV", ""},
                   {"D_0", not_known, not_known, "cm2/s", ""}};
    for (const double target : targets) add_not_known(out, target);
    return out;
  }

  LogFit fit = fit_log(used, 1);
  std::string how = "fit";
  fit.other = bootstrap_covariance(replicas, fit, options);
  if (fit.other.size() > 0) {
    how = fmt::format("fit, or bootstrap over {} replicas where larger", replicas.size());
  } else if (fit.reduced_chi_squared > 1) {
    fit.covariance *= fit.reduced_chi_squared;
    how = fmt::format("fit, scaled by the scatter (chi2/n = {:.2g})", fit.reduced_chi_squared);
  }
  const double log_d0 = fit.parameters[0] - fit.parameters[1] * fit.reference;
  const double d0_error = std::sqrt(fit.variance(Eigen::Vector2d(1, -fit.reference)));
  out.scalars.push_back(
      {"E_a", -fit.parameters[1], std::sqrt(fit.variance(Eigen::Vector2d(0, 1))), "eV", how});
  out.scalars.push_back(
      {"D_0", std::exp(log_d0), std::exp(log_d0) * std::sinh(d0_error), "cm2/s", how});
  add_reference(out, fit, how);
  const double n_q2 = mean_carrier_density(used);
  for (const double target : targets) add_extrapolation(out, fit, target, n_q2, how);

  if (at.size() < 3) {
    out.warnings.push_back("only two temperatures: whether the motion is Arrhenius cannot be told");
  }
  if (n_q2 == 0) {
    out.warnings.push_back("the density of carriers is not given: no conductivity");
  }
  for (const double target : targets) warn_if_far(out, at, target);
  warn_if_curved(out, used);
  const double low = std::min(*at.begin(), *std::min_element(targets.begin(), targets.end()));
  const double high = std::max(*at.rbegin(), *std::max_element(targets.begin(), targets.end()));
  out.tables.push_back(line_table(fit, low, high));
  out.plots.push_back({Plot::Kind::lines,
                       "Arrhenius plot",
                       "line",
                       "1000/T",
                       {"D", "low", "high"},
                       {"", "", ""},
                       "1000/T (1/K)",
                       options.quantity + " (cm2/s)",
                       false,
                       true,
                       {}});
  return out;
}

TransportPoint transport_point(const Result& conductivity, int replica, bool collective) {
  const auto scalar = [&](const char* key) -> const Scalar& {
    const Scalar* found = conductivity.find_scalar(key);
    if (!found) {
      throw InputError(
          fmt::format("the result \"{}\" has no scalar \"{}\": an Arrhenius point is "
                      "made from a result of conductivity",
                      conductivity.name, key));
    }
    return *found;
  };
  const Scalar& d = scalar(collective ? "D_c" : "D_star");
  TransportPoint out{scalar("temperature").value, d.value, d.error, replica,
                     scalar("n_q2").value,        true};
  for (const auto& [key, value] : conductivity.settings) {
    if (key == "diffusive") out.diffusive = value == "yes";
  }
  return out;
}

}  // namespace vitrion
