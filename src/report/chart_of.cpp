// From a result's plot to a chart, and the stand-alone SVG of it.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "report/chart.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

constexpr std::size_t most_names = 24;  // bars with names that one looks at

const Column& need(const Result& result, const Table& table, const std::string& name) {
  if (const Column* c = table.find(name)) return *c;
  std::vector<std::string> names;
  for (const Column& c : table.columns) names.push_back(c.name);
  throw InputError(
      fmt::format("the plot of \"{}\" names the column \"{}\", which table \"{}\" does not have{}",
                  result.name, name, table.name, did_you_mean(name, names)));
}

std::string axis_label(const std::string& given, const Column& column) {
  return label_with_unit(given.empty() ? pretty_name(column.name) : given, column.unit);
}

Chart heat_of(const Result& result, const Plot& plot) {
  const auto grid = std::find_if(result.grids.begin(), result.grids.end(),
                                 [&](const Grid& g) { return g.name == plot.table; });
  if (grid == result.grids.end())
    throw InputError(fmt::format("the plot of \"{}\" names the grid \"{}\", which is not there",
                                 result.name, plot.table));
  Chart chart;
  chart.x.label = axis_label(plot.x_label, grid->x);
  chart.y.label = axis_label(plot.y_label, grid->y);
  chart.x.round_ends = chart.y.round_ends = false;
  chart.heat = {grid->x.data, grid->y.data, grid->data,
                label_with_unit(pretty_name(grid->name), grid->unit)};
  return chart;
}

std::vector<std::string> categories_of(const Column& column) {
  std::vector<std::string> out;
  for (const std::string& s : column.text) out.push_back(pretty_name(s));
  if (out.empty())
    for (const double v : column.data) out.push_back(pretty_number(v));
  return out;
}

void drop_category(Chart& chart, std::size_t i) {
  const auto at = static_cast<std::ptrdiff_t>(i);
  chart.categories.erase(chart.categories.begin() + at);
  for (ChartSeries& s : chart.series) {
    if (i < s.y.size()) s.y.erase(s.y.begin() + at);
    if (i < s.error.size()) s.error.erase(s.error.begin() + at);
  }
}

/// The largest number that a series has for a category; NaN: none has any.
double height_of(const Chart& chart, std::size_t i) {
  double most = not_known;
  for (const ChartSeries& s : chart.series)
    if (i < s.y.size() && std::isfinite(s.y[i])) most = std::fmax(most, std::abs(s.y[i]));
  return most;
}

/// Categories for which no series has a number say nothing, and hundreds of small ones cannot be
/// read: of names, the largest stay, in their order.
void choose_categories(Chart& chart, bool of_names) {
  for (std::size_t i = chart.categories.size(); i-- > 0;)
    if (std::isnan(height_of(chart, i))) drop_category(chart, i);
  const std::size_t all = chart.categories.size();
  if (!of_names || all <= most_names) return;
  std::vector<double> heights;
  for (std::size_t i = 0; i < all; ++i) heights.push_back(height_of(chart, i));
  std::vector<double> sorted = heights;
  std::nth_element(sorted.begin(), sorted.begin() + most_names, sorted.end(), std::greater<>());
  for (std::size_t i = all; i-- > 0;)
    if (heights[i] <= sorted[most_names]) drop_category(chart, i);
  chart.note = fmt::format("the largest {} of {}", chart.categories.size(), all);
}

void lay_out_bars(Chart& chart, const Column& x) {
  chart.categories = categories_of(x);
  choose_categories(chart, !x.text.empty());
  double longest = 0;
  for (const std::string& s : chart.categories) longest = std::max(longest, rich_width(s, 13));
  const double slot =
      0.85 * chart.width / std::max<double>(1, static_cast<double>(chart.categories.size()));
  chart.horizontal_bars = !x.text.empty() && (longest > slot - 6 || chart.series.size() == 1);
  if (!chart.horizontal_bars) return;
  std::swap(chart.x.label, chart.y.label);
  if (!chart.note.empty()) {  // in the corner it would lie on the bars
    chart.x.label += "; " + chart.note;
    chart.note.clear();
  }
  std::swap(chart.x.log, chart.y.log);
  chart.x.round_ends = false;
  chart.y.label.clear();  // the names of the categories say it
  const double rows =
      static_cast<double>(chart.categories.size() * std::max<std::size_t>(1, chart.series.size()));
  chart.height = std::clamp(90 + 30 * rows, 170.0, 900.0);
}

}  // namespace

Chart chart_of(const Result& result, const Plot& plot) {
  Chart chart;
  if (plot.kind == Plot::Kind::heat) {
    chart = heat_of(result, plot);
  } else {
    const Table* table = result.find_table(plot.table);
    if (table == nullptr)
      throw InputError(fmt::format("the plot of \"{}\" names the table \"{}\", which is not there",
                                   result.name, plot.table));
    const Column& x = need(result, *table, plot.x);
    chart.x.label = axis_label(plot.x_label, x);
    chart.x.log = plot.log_x;
    chart.y.log = plot.log_y;
    chart.x.round_ends = false;
    chart.y.round_ends = !plot.log_y;
    std::string unit;
    for (std::size_t k = 0; k < plot.series.size(); ++k) {
      const Column& y = need(result, *table, plot.series[k]);
      if (k == 0) unit = y.unit;
      ChartSeries s;
      s.label = pretty_name(y.name);
      s.x = x.data;
      s.y = y.data;
      s.colour = static_cast<int>(k % palette.size());
      s.symbol = static_cast<int>(k % 4);
      s.dashed = (k / palette.size()) % 2 == 1;
      if (k < plot.errors.size() && !plot.errors[k].empty())
        s.error = need(result, *table, plot.errors[k]).data;
      if (plot.kind == Plot::Kind::points)
        s.style = ChartSeries::Style::points;
      else if (x.data.size() <= 24 && !s.error.empty())
        s.style = ChartSeries::Style::line_and_points;
      chart.series.push_back(std::move(s));
    }
    const bool lone = plot.series.size() == 1;
    std::string y_name = plot.y_label;
    if (y_name.empty() && lone) y_name = chart.series[0].label;
    chart.y.label = label_with_unit(y_name, unit);
    if (lone && (plot.y_label.empty() || plot.kind == Plot::Kind::bars)) chart.legend = false;
    if (plot.kind == Plot::Kind::points) chart.x.round_ends = true;
    if (plot.kind == Plot::Kind::bars) lay_out_bars(chart, x);
    chart.marks = plot.marks;
  }
  const std::string title = plot.title.empty() ? capitalised(pretty_name(result.name)) : plot.title;
  chart.description = fmt::format("{}: {} against {}", title, chart.y.label, chart.x.label);
  return chart;
}

}  // namespace vitrion::report

namespace vitrion {

std::string render_plot_svg(const Result& result, const Plot& plot) {
  return report::draw_chart(report::chart_of(result, plot), true);
}

}  // namespace vitrion
