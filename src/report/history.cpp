// The thermal history: temperature, density, energy and pressure of every replica against time.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/markup.hpp"
#include "report/sections.hpp"

namespace vitrion::report {
namespace {

constexpr std::size_t kept_points = 1500;

struct Quantity {
  const char* title;
  const char* label;
  std::vector<double> ThermalHistory::*data;
};

constexpr Quantity quantities[] = {
    {"Temperature", "T (K)", &ThermalHistory::temperature_K},
    {"Density", "ρ (g/cm³)", &ThermalHistory::density_g_cm3},
    {"Potential energy", "E (eV/atom)", &ThermalHistory::potential_eV_atom},
    {"Pressure", "p (GPa)", &ThermalHistory::pressure_GPa},
};

/// Means over equal stretches of samples: a report is not the place for a million points.
void thin(std::vector<double>& x, std::vector<double>& y) {
  const std::size_t n = std::min(x.size(), y.size());
  const std::size_t every = (n + kept_points - 1) / kept_points;
  std::vector<double> nx, ny;
  for (std::size_t i = 0; i < n; i += std::max<std::size_t>(1, every)) {
    double sx = 0, sy = 0, count = 0;
    for (std::size_t k = i; k < std::min(n, i + std::max<std::size_t>(1, every)); ++k) {
      if (!std::isfinite(x[k]) || !std::isfinite(y[k])) continue;
      sx += x[k], sy += y[k], ++count;
    }
    if (count > 0) nx.push_back(sx / count), ny.push_back(sy / count);
  }
  x = std::move(nx);
  y = std::move(ny);
}

Chart chart_for(const ReportInput& input, const Quantity& q, double scale, const char* unit) {
  Chart chart;
  chart.width = 1080;
  chart.least_left = 82;
  chart.x.label = fmt::format("time ({})", unit);
  chart.y.label = q.label;
  chart.x.round_ends = false;
  double end = 0;
  for (const ThermalHistory& h : input.histories) {
    ChartSeries s;
    s.label = h.label;
    s.colour = static_cast<int>(chart.series.size() % palette.size());
    s.x = h.time_ps;
    for (double& t : s.x) t *= scale;
    s.y = h.*(q.data);
    thin(s.x, s.y);
    if (s.x.empty()) continue;
    end = std::max(end, s.x.back());
    chart.series.push_back(std::move(s));
  }
  if (chart.series.empty()) return chart;
  // Stages are those of the first replica; all of them follow the same protocol.
  const auto& stages = input.histories.front().stages;
  for (std::size_t i = 0; i < stages.size(); ++i)
    chart.marks.push_back({stages[i].first * scale,
                           i + 1 < stages.size() ? stages[i + 1].first * scale : end,
                           stages[i].second});
  chart.legend = chart.series.size() > 1;
  chart.description = fmt::format("{} against time over {} stages", q.title, stages.size());
  return chart;
}

}  // namespace

void history_section(Page& page, const ReportInput& input) {
  double end = 0;
  for (const ThermalHistory& h : input.histories)
    for (const double t : h.time_ps)
      if (std::isfinite(t)) end = std::max(end, t);
  if (input.histories.empty() || end <= 0) return;
  const bool long_run = end >= 2000;
  page.open_section("Thermal history");
  page.paragraph(input.histories.size() == 1
                     ? "The run from its first stage to its last. Shaded: the stages."
                     : fmt::format("The {} replicas from their first stage to their last. Shaded: "
                                   "the stages of the first.",
                                   input.histories.size()),
                 "muted");
  bool first = true;
  for (const Quantity& q : quantities) {
    Chart chart = chart_for(input, q, long_run ? 1e-3 : 1.0, long_run ? "ns" : "ps");
    if (chart.series.empty()) continue;
    chart.height = first ? 260 : 230;
    if (!first)
      for (PlotMark& m : chart.marks) m.label.clear();
    if (!first) chart.legend = false;
    page.figure(chart, {.title = q.title,
                        .name = fmt::format("history {}", q.title),
                        .wide = true,
                        .sync = "history"});
    first = false;
  }
  page.close_section();
}

}  // namespace vitrion::report
