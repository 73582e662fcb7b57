// The Arrhenius plot: points, fit and its band to 300 K against what others found, and the table
// of the literature.
//
//   σ(T) = σ_300 (300 K / T) exp[−E_a/k (1/T − 1/300 K)]        (D T-independent prefactor)
// The band: Var ln σ(x) = s_c² + (δE_a/k)² (x − x_c)² with x = 1/T and x_c the mean of the points',
// s_c such that the stated error at 300 K is met; the usual band of a straight-line fit.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

constexpr double k_B = constants::boltzmann_eV_K;
constexpr double room_K = 300;

/// What is plotted: σ where it is known, else D.
struct Fit {
  std::vector<ArrheniusPoint> points;
  bool is_sigma = true;
  double E_a_eV = std::nan("");
  double E_a_error = std::nan("");
  double at_room = std::nan("");
  double at_room_error = std::nan("");

  [[nodiscard]] double line(double T) const {
    const double boltzmann = std::exp(-E_a_eV / k_B * (1 / T - 1 / room_K));
    return at_room * boltzmann * (is_sigma ? room_K / T : 1.0);
  }
};

double value_or_nan(const Result& r, const std::string& key, bool error) {
  const Scalar* s = r.find_scalar(key);
  return s == nullptr ? std::nan("") : error ? s->error : s->value;
}

std::vector<ArrheniusPoint> diffusivities(const Result& a) {
  std::vector<ArrheniusPoint> out;
  const Table* table = a.find_table("points");
  if (table == nullptr) return out;
  const Column *T = table->find("T"), *D = table->find("D"), *error = table->find("error");
  if (T == nullptr || D == nullptr) return out;
  for (std::size_t i = 0; i < std::min(T->data.size(), D->data.size()); ++i)
    out.push_back({T->data[i], D->data[i],
                   error != nullptr && i < error->data.size() ? error->data[i] : std::nan("")});
  return out;
}

Fit fit_of(const Result& a) {
  Fit fit;
  fit.points = diffusivities(a);
  fit.E_a_eV = value_or_nan(a, "E_a", false);
  fit.E_a_error = value_or_nan(a, "E_a", true);
  const double sigma = value_or_nan(a, "sigma_300K", false), D = value_or_nan(a, "D_300K", false);
  fit.is_sigma = std::isfinite(sigma) && sigma > 0;
  fit.at_room = fit.is_sigma ? sigma : D;
  fit.at_room_error = value_or_nan(a, fit.is_sigma ? "sigma_300K" : "D_300K", true);
  if (!fit.is_sigma) return fit;
  // Nernst–Einstein: σ T / D is the same at every temperature, so the points follow from D.
  const double ratio = sigma / D;
  for (ArrheniusPoint& p : fit.points) {
    p.value *= ratio * room_K / p.temperature_K;
    p.error *= ratio * room_K / p.temperature_K;
  }
  return fit;
}

/// σ_c of the states, to be seen beside the Nernst–Einstein points.
ChartSeries collective_points(const ReportInput& input) {
  ChartSeries s;
  s.label = "this work, collective";
  s.style = ChartSeries::Style::points;
  s.symbol = 3;
  s.colour = 5;
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) {
      const Scalar* c = r.name == "conductivity" ? r.find_scalar("sigma_c") : nullptr;
      if (c == nullptr || !(state.temperature_K > 0) || !(c->value > 0)) continue;
      s.x.push_back(1000 / state.temperature_K);
      s.y.push_back(c->value);
      s.error.push_back(c->error);
    }
  return s;
}

double ln_error(const Fit& fit, double x, double centre) {
  const double slope = std::isfinite(fit.E_a_error) ? fit.E_a_error / k_B : 0;
  const double room = std::isfinite(fit.at_room_error) ? fit.at_room_error / fit.at_room : 0;
  const double floor2 =
      std::max(0.0, room * room - slope * slope * (1 / room_K - centre) * (1 / room_K - centre));
  return std::sqrt(floor2 + slope * slope * (x - centre) * (x - centre));
}

void add_fit(Chart& chart, const Fit& fit, double T_high) {
  if (!std::isfinite(fit.at_room) || !std::isfinite(fit.E_a_eV) || fit.at_room <= 0) return;
  double centre = 0, count = 0;
  for (const ArrheniusPoint& p : fit.points)
    if (p.temperature_K > 0) centre += 1 / p.temperature_K, ++count;
  centre = count > 0 ? centre / count : 1 / room_K;
  ChartSeries line, band;
  line.label = "fit";
  line.dashed = true;
  const double x0 = 1 / T_high, x1 = 1 / std::min(room_K, T_high);
  for (int i = 0; i <= 60; ++i) {
    const double x = x0 + (x1 - x0) * i / 60.0;
    const double y = fit.line(1 / x), spread = std::exp(ln_error(fit, x, centre));
    line.x.push_back(1000 * x), line.y.push_back(y);
    band.x.push_back(1000 * x), band.y.push_back(y * spread), band.low.push_back(y / spread);
  }
  chart.series.push_back(line);
  chart.bands.push_back(band);
}

void add_references(Chart& chart, const ReportInput& input, double T_high) {
  int colour = 1;
  for (const ReferencePoint& p : input.reference_points) {
    if (!(p.temperature_K > 0) || !(p.conductivity_mS_cm > 0)) continue;
    ChartSeries s;
    s.label = p.label;
    s.colour = colour;
    s.symbol = colour % 4;
    colour = colour % 7 + 1;
    const double x = 1000 / p.temperature_K;
    if (p.conductivity_high_mS_cm > p.conductivity_mS_cm) {
      s.style = ChartSeries::Style::range_bars;
      s.x = {x}, s.y = {p.conductivity_high_mS_cm}, s.low = {p.conductivity_mS_cm};
    } else if (p.activation_energy_eV > 0) {
      for (int i = 0; i <= 20; ++i) {
        const double T =
            1 / (1 / T_high + (1 / std::min(room_K, p.temperature_K) - 1 / T_high) * i / 20.0);
        s.x.push_back(1000 / T);
        s.y.push_back(p.conductivity_mS_cm * p.temperature_K / T *
                      std::exp(-p.activation_energy_eV / k_B * (1 / T - 1 / p.temperature_K)));
      }
    } else {
      s.style = ChartSeries::Style::points;
      s.x = {x}, s.y = {p.conductivity_mS_cm};
    }
    chart.series.push_back(std::move(s));
  }
}

Chart arrhenius_chart(const ReportInput& input, const Fit& fit) {
  Chart chart;
  chart.width = 860;
  chart.height = 560;
  chart.x.label = "1000/T (K⁻¹)";
  chart.y.label = fit.is_sigma ? "σ (mS/cm)" : "D (cm²/s)";
  chart.y.log = true;
  chart.y.round_ends = false;
  chart.x.round_ends = false;
  chart.top_label = "T (K)";
  double T_high = 400, T_low = room_K;
  for (const ArrheniusPoint& p : fit.points)
    if (p.temperature_K > 0)
      T_high = std::max(T_high, p.temperature_K), T_low = std::min(T_low, p.temperature_K);
  add_fit(chart, fit, T_high);
  ChartSeries points;
  points.label = fit.is_sigma ? "this work, Nernst–Einstein" : "this work";
  points.style = ChartSeries::Style::points;
  for (const ArrheniusPoint& p : fit.points) {
    points.x.push_back(1000 / p.temperature_K);
    points.y.push_back(p.value);
    points.error.push_back(p.error);
  }
  chart.series.push_back(points);
  if (fit.is_sigma) {
    if (ChartSeries c = collective_points(input); !c.x.empty())
      chart.series.push_back(std::move(c));
    add_references(chart, input, T_high);
  }
  chart.x.low = 1000 / T_high - 0.12;
  chart.x.high = 1000 / T_low + 0.12;
  for (const double T : {300, 350, 400, 500, 600, 700, 800, 1000, 1200, 1500, 2000})
    if (1000 / T >= chart.x.low && 1000 / T <= chart.x.high)
      chart.top_ticks.emplace_back(1000 / T, fmt::format("{:.0f}", T));
  chart.description =
      fmt::format("Arrhenius plot: {} on a logarithmic axis against 1000/T", chart.y.label);
  return chart;
}

void comparison_table(Page& page, const ReportInput& input) {
  if (input.references_table.empty()) return;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> strong;
  for (const ReferenceRow& r : input.references_table) {
    if (r.this_work) strong.push_back(rows.size());
    const std::string doi = find_doi(r.doi);
    const std::string source =
        doi.empty()
            ? rich_html(r.source)
            : fmt::format("<a href=\"https://doi.org/{}\" rel=\"noopener noreferrer\">{}</a>",
                          escape(doi), rich_html(r.source));
    const auto cell = [](const std::string& s) {
      return s.empty() ? std::string("–") : rich_html(s);
    };
    rows.push_back({source, cell(r.density), cell(r.atoms), cell(r.time_ps),
                    cell(r.activation_energy_eV), cell(r.conductivity_mS_cm)});
  }
  page.subheading("Against the literature", "comparison");
  page.html_table({"source", "density (g/cm<sup>3</sup>)", "atoms", "time (ps)",
                   "E<sub>a</sub> (eV)", "σ at 300 K (mS/cm)"},
                  rows, strong, "numbers");
}

/// Transport of every state side by side.
void transport_table(Page& page, const ReportInput& input, const Fit& fit) {
  std::vector<std::vector<std::string>> rows;
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) {
      if (r.name != "conductivity") continue;
      const auto cell = [&](const char* key) {
        const Scalar* s = r.find_scalar(key);
        return s == nullptr ? std::string("–") : rich_html(pretty_value(s->value, s->error));
      };
      std::string D = "–";
      for (const ArrheniusPoint& p : input.arrhenius ? diffusivities(*input.arrhenius) : fit.points)
        if (std::abs(p.temperature_K - state.temperature_K) < 0.5)
          D = rich_html(pretty_value(p.value, p.error));
      rows.push_back({fmt::format("{:.0f} K", state.temperature_K), D, cell("sigma_ne"),
                      cell("sigma_c"), cell("haven_ratio")});
    }
  if (rows.empty()) return;
  page.html_table({"temperature", "D (cm<sup>2</sup>/s)", "σ<sub>NE</sub> (mS/cm)",
                   "σ<sub>c</sub> (mS/cm)", "H<sub>R</sub>"},
                  rows, {}, "numbers");
}

}  // namespace

void arrhenius_section(Page& page, const ReportInput& input) {
  if (!input.arrhenius && input.references_table.empty()) return;
  page.open_section(input.arrhenius ? "Conductivity and temperature" : "Comparison", "arrhenius");
  if (input.arrhenius) {
    page.paragraph(input.arrhenius->summary, "muted");
    const Fit fit = fit_of(*input.arrhenius);
    page.figure(arrhenius_chart(input, fit),
                {.title = "Arrhenius plot",
                 .caption = "Dashed: the fit, with its band of one standard error down to 300 K. "
                            "Error bars: one standard error.",
                 .name = "arrhenius",
                 .wide = true});
    transport_table(page, input, fit);
  }
  comparison_table(page, input);
  page.close_section();
}

}  // namespace vitrion::report
