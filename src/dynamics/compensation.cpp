#include "dynamics/compensation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

double inverse_kT(const CompensationPoint& p) {
  return 1 / (constants::boltzmann_eV_K * p.T_ref_K);
}

// The best intercept for a slope, and what it leaves.
struct Profile {
  double intercept = 0;
  double chi_squared = 0;
  double weights = 0;
};

Profile at_slope(std::span<const CompensationPoint> points, double b) {
  Profile out;
  double sum = 0;
  double square = 0;
  for (const auto& p : points) {
    const double w =
        1 / (std::pow(p.log_D_ref_error, 2) + std::pow((inverse_kT(p) - b) * p.E_a_error_eV, 2));
    const double y = p.log_D0() - b * p.E_a_eV;
    out.weights += w;
    sum += w * y;
    square += w * y * y;
  }
  out.intercept = sum / out.weights;
  out.chi_squared = std::max(0.0, square - sum * out.intercept);
  return out;
}

// Slopes from −200 to 300 per eV are looked at: |T_iso| above 40 K.
constexpr double lowest = -200;
constexpr double highest = 300;

double best_slope(std::span<const CompensationPoint> points) {
  constexpr int steps = 2000;
  const auto chi = [&](double b) { return at_slope(points, b).chi_squared; };
  double best = lowest;
  for (int i = 1; i <= steps; ++i) {
    const double b = lowest + (highest - lowest) * i / steps;
    if (chi(b) < chi(best)) best = b;
  }
  double low = best - (highest - lowest) / steps;
  double high = best + (highest - lowest) / steps;
  const double ratio = 0.5 * (std::sqrt(5.0) - 1);
  for (int i = 0; i < 50; ++i) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    (chi(a) < chi(b) ? high : low) = chi(a) < chi(b) ? b : a;
  }
  return 0.5 * (low + high);
}

// Half the width of the slopes whose χ² is at most `rise` above the least; NaN where it has no end.
double half_width(std::span<const CompensationPoint> points, double best, double rise) {
  const double limit = at_slope(points, best).chi_squared + rise;
  const auto end = [&](double far) {
    if (at_slope(points, far).chi_squared < limit) return not_known;
    double in = best;
    double out = far;
    for (int i = 0; i < 60; ++i) {
      const double b = 0.5 * (in + out);
      (at_slope(points, b).chi_squared < limit ? in : out) = b;
    }
    return in;
  };
  return 0.5 * (end(highest) - end(lowest));
}

// P(χ² > x) of n degrees of freedom, for even n (two quantities a system): a finite sum.
double chance_of_more(double x, std::size_t n) {
  double term = std::exp(-0.5 * x);
  double sum = term;
  for (std::size_t k = 1; k < n / 2; ++k) {
    term *= 0.5 * x / static_cast<double>(k);
    sum += term;
  }
  return std::clamp(sum, 0.0, 1.0);
}

struct Mean {
  double value = 0;
  double chi_squared = 0;
};

Mean weighted(const std::vector<double>& x, const std::vector<double>& error) {
  double w = 0;
  Mean out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    w += 1 / (error[i] * error[i]);
    out.value += x[i] / (error[i] * error[i]);
  }
  out.value /= w;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.chi_squared += std::pow((x[i] - out.value) / error[i], 2);
  }
  return out;
}

// All systems as one: E_a and ln D at the mean T_ref, whose errors hardly correlate there.
struct OneSystem {
  double E_a = 0, log_D0 = 0, inverse_kT = 0, p_value = 1;
};

OneSystem as_one(std::span<const CompensationPoint> points) {
  OneSystem out;
  for (const auto& p : points) out.inverse_kT += inverse_kT(p) / static_cast<double>(points.size());
  std::vector<double> e, e_error, l, l_error;
  for (const auto& p : points) {
    e.push_back(p.E_a_eV);
    e_error.push_back(p.E_a_error_eV);
    l.push_back(p.log_D0() - out.inverse_kT * p.E_a_eV);
    l_error.push_back(
        std::hypot(p.log_D_ref_error, (inverse_kT(p) - out.inverse_kT) * p.E_a_error_eV));
  }
  const Mean energy = weighted(e, e_error);
  const Mean level = weighted(l, l_error);
  out.E_a = energy.value;
  out.log_D0 = level.value + out.inverse_kT * energy.value;
  out.p_value = chance_of_more(energy.chi_squared + level.chi_squared, 2 * (points.size() - 1));
  return out;
}

Table systems_table(std::span<const CompensationPoint> points) {
  Table table{"systems",
              {{"system", "", {}, {}},
               {"E_a", "eV", {}, {}},
               {"E_a_error", "eV", {}, {}},
               {"ln_D0", "", {}, {}},
               {"ln_D0_error", "", {}, {}},
               {"correlation", "", {}, {}},
               {"T_ref", "K", {}, {}}}};
  auto& c = table.columns;
  for (const auto& p : points) {
    c[0].text.push_back(p.system);
    const double values[] = {p.E_a_eV,         p.E_a_error_eV,  p.log_D0(),
                             p.log_D0_error(), p.correlation(), p.T_ref_K};
    for (std::size_t k = 0; k < std::size(values); ++k) c[k + 1].data.push_back(values[k]);
  }
  return table;
}

// A column a system, known in the rows of its own ellipse alone.
Table ellipses_table(std::span<const CompensationPoint> points) {
  constexpr int steps = 36;
  Table table{"ellipses", {column("E_a", "eV")}};
  for (const auto& p : points) {
    std::string name = p.system;
    for (int k = 2; table.find(name) != nullptr; ++k) name = fmt::format("{} ({})", p.system, k);
    table.columns.push_back(
        column(std::move(name), "", std::vector<double>(points.size() * (steps + 1), not_known)));
  }
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto& p = points[k];
    for (int i = 0; i <= steps; ++i) {
      const double angle = 2 * constants::pi * i / steps;
      const double e = p.E_a_eV + p.E_a_error_eV * std::cos(angle);
      table.columns[k + 1].data[table.columns[0].data.size()] =
          p.log_D_ref + p.log_D_ref_error * std::sin(angle) + inverse_kT(p) * e;
      table.columns[0].data.push_back(e);
    }
  }
  return table;
}

// The law as one more curve beside the ellipses.
void add_law(Table& ellipses, const Table& line) {
  const std::size_t rows = ellipses.columns[0].data.size();
  const auto& e = line.find("E_a")->data;
  const auto& fit = line.find("fit")->data;
  ellipses.columns[0].data.insert(ellipses.columns[0].data.end(), e.begin(), e.end());
  for (std::size_t k = 1; k < ellipses.columns.size(); ++k) {
    ellipses.columns[k].data.resize(rows + e.size(), not_known);
  }
  std::vector<double> law(rows, not_known);
  law.insert(law.end(), fit.begin(), fit.end());
  ellipses.columns.push_back(column("law", "", std::move(law)));
}

Plot ellipses_plot(const Table& ellipses) {
  Plot plot;
  plot.title = "Meyer-Neldel plot: ellipses of one standard error";
  plot.table = ellipses.name;
  plot.x = "E_a";
  for (std::size_t k = 1; k < ellipses.columns.size(); ++k) {
    plot.series.push_back(ellipses.columns[k].name);
  }
  plot.errors.assign(plot.series.size(), "");
  plot.x_label = "E_a (eV)";
  plot.y_label = "ln(D_0 / (cm2/s))";
  return plot;
}

}  // namespace

double CompensationPoint::log_D0() const { return log_D_ref + E_a_eV * inverse_kT(*this); }

double CompensationPoint::log_D0_error() const {
  return std::hypot(log_D_ref_error, E_a_error_eV * inverse_kT(*this));
}

double CompensationPoint::correlation() const {
  return E_a_error_eV * inverse_kT(*this) / log_D0_error();
}

CompensationPoint compensation_point(const Result& arrhenius, const std::string& system) {
  const auto scalar = [&](const char* key) -> const Scalar& {
    const Scalar* found = arrhenius.find_scalar(key);
    if (!found || !std::isfinite(found->value)) {
      throw InputError(
          fmt::format("{}: has no {}: give a folder with results of `arrhenius` over two "
                      "temperatures or more",
                      system, key));
    }
    return *found;
  };
  const Scalar& e = scalar("E_a");
  const Scalar& d = scalar("D_ref");
  CompensationPoint out{system,
                        e.value,
                        e.error,
                        std::log(d.value),
                        std::asinh(d.error / d.value),
                        scalar("T_ref").value};
  if (!(out.E_a_error_eV > 0) || !(out.log_D_ref_error > 0)) {
    throw InputError(fmt::format(
        "{}: its E_a has no error, so it cannot be weighed: give a third temperature", system));
  }
  return out;
}

Result fit_compensation(std::span<const CompensationPoint> points) {
  Result out;
  out.name = "compensation";
  out.summary =
      "Meyer-Neldel law ln D_0 = ln D_00 + E_a/E_MN over systems, with the covariance of E_a and "
      "ln D_0 of each.";
  out.references = {"10.1021/j100562a006", "10.1119/1.1632486"};
  out.settings = {{"systems", std::to_string(points.size())}};
  out.tables = {systems_table(points), ellipses_table(points)};
  out.plots = {ellipses_plot(out.tables[1])};
  if (points.size() < 3) {
    out.scalars = {{"E_MN", not_known, not_known, "eV", ""},
                   {"T_iso", not_known, not_known, "K", ""}};
    out.warnings.push_back(fmt::format(
        "{} system(s) are no test of a law between two numbers of each: give three or more",
        points.size()));
    return out;
  }
  const double b = best_slope(points);
  const Profile best = at_slope(points, b);
  const auto freedom = static_cast<double>(points.size() - 2);
  const double scale = std::max(1.0, best.chi_squared / freedom);
  const double b_error = half_width(points, b, scale);
  const OneSystem one = as_one(points);
  double mean_E = 0;
  for (const auto& p : points) mean_E += p.E_a_eV / static_cast<double>(points.size());
  const std::string how = fmt::format("rise of chi2 by one, chi2/n = {:.2g} of {} systems",
                                      best.chi_squared / freedom, points.size());
  // Of 1/E_MN, carried over to its inverse.
  const double E_MN = 1 / b;
  const double E_MN_error = b_error / (b * b);
  out.scalars.push_back({"E_MN", E_MN, E_MN_error, "eV", how});
  out.scalars.push_back({"T_iso", E_MN / constants::boltzmann_eV_K,
                         E_MN_error / constants::boltzmann_eV_K, "K", how});
  const double level_error = std::sqrt(scale / best.weights);
  const double log_error = std::hypot(level_error, mean_E * b_error);
  out.scalars.push_back({"D_00", std::exp(best.intercept),
                         std::exp(best.intercept) * std::sinh(log_error), "cm2/s", how});
  out.scalars.push_back({"slope", b, b_error, "1/eV", how});
  out.scalars.push_back({"p_one_system", one.p_value, not_known, "",
                         "chance of this spread where all systems are one, by their error "
                         "ellipses alone"});
  out.scalars.push_back({"T_errors", 1 / (constants::boltzmann_eV_K * one.inverse_kT), not_known,
                         "K", "T_iso that errors alone would feign: the mean T_ref"});
  if (one.p_value > 0.05) {
    out.warnings.push_back(fmt::format(
        "the systems differ by no more than their errors ({:.2g} of such sets of one and the same "
        "system spread as far): the line is that of the error ellipses",
        one.p_value));
  }
  if (!std::isfinite(b_error)) {
    out.warnings.push_back("the errors leave the slope open: give systems that differ more in E_a");
  } else if (std::abs(b - one.inverse_kT) < 2 * b_error) {
    out.warnings.push_back(fmt::format(
        "the slope agrees with that of the errors (T_iso = {:.3g} K, mean T_ref = "
        "{:.3g} K): at the temperatures measured the systems have one D, which may be "
        "their choice and no law",
        E_MN / constants::boltzmann_eV_K, 1 / (constants::boltzmann_eV_K * one.inverse_kT)));
  }
  const auto [low, high] =
      std::minmax_element(points.begin(), points.end(),
                          [](const auto& x, const auto& y) { return x.E_a_eV < y.E_a_eV; });
  Table line{"line",
             {{"E_a", "eV", {}, {}},
              {"fit", "", {}, {}},
              {"low", "", {}, {}},
              {"high", "", {}, {}},
              {"errors alone", "", {}, {}}}};
  constexpr int steps = 40;
  for (int i = 0; i <= steps; ++i) {
    const double e = low->E_a_eV + (high->E_a_eV - low->E_a_eV) * i / steps;
    const double y = best.intercept + b * e;
    const double error = std::hypot(level_error, (e - mean_E) * b_error);
    const double values[] = {e, y, y - error, y + error,
                             one.log_D0 + one.inverse_kT * (e - one.E_a)};
    for (std::size_t k = 0; k < std::size(values); ++k) line.columns[k].data.push_back(values[k]);
  }
  add_law(out.tables[1], line);
  out.plots = {ellipses_plot(out.tables[1])};
  out.tables.push_back(std::move(line));
  out.plots.push_back({Plot::Kind::lines,
                       "Compensation line, its band, and the line of the errors alone",
                       "line",
                       "E_a",
                       {"fit", "low", "high", "errors alone"},
                       {"", "", "", ""},
                       "E_a (eV)",
                       "ln(D_0 / (cm2/s))",
                       false,
                       false,
                       {}});
  return out;
}

}  // namespace vitrion
