#include "report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart_parts.hpp"
#include "report/markup.hpp"

namespace vitrion::report {

double Scale::operator()(double value) const {
  if (!std::isfinite(value) || (log && value <= 0)) return std::numeric_limits<double>::quiet_NaN();
  const double share = log ? std::log(value / ticks.low) / std::log(ticks.high / ticks.low)
                           : (value - ticks.low) / (ticks.high - ticks.low);
  return from + share * (to - from);
}

namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  void add(double v, bool log) {
    if (!std::isfinite(v) || (log && v <= 0)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
};

Range range_of_x(const Chart& chart) {
  Range r;
  for (const auto* list : {&chart.series, &chart.bands})
    for (const ChartSeries& s : *list)
      for (const double v : s.x) r.add(v, chart.x.log);
  for (const double v : chart.heat.x) r.add(v, chart.x.log);
  return r;
}

Range range_of_y(const Chart& chart) {
  Range r;
  for (const ChartSeries& s : chart.series) {
    for (std::size_t i = 0; i < s.y.size(); ++i) {
      r.add(s.y[i], chart.y.log);
      if (i < s.low.size()) r.add(s.low[i], chart.y.log);
      if (i < s.error.size() && std::isfinite(s.error[i])) {
        r.add(s.y[i] + s.error[i], chart.y.log);
        r.add(s.y[i] - s.error[i], chart.y.log);
      }
    }
  }
  for (const double v : chart.heat.y) r.add(v, chart.y.log);
  return r;
}

Ticks ticks_for(const ChartAxis& axis, Range r, int target, bool is_value) {
  bool round_ends = axis.round_ends;
  if (std::isfinite(axis.low)) r.low = axis.low;
  if (std::isfinite(axis.high)) r.high = axis.high;
  if (axis.log) {
    if (is_value && !round_ends) r.low /= 1.6, r.high *= 1.6;
    return log_ticks(r.low, r.high, target, round_ends);
  }
  if (is_value && !std::isfinite(axis.low) && r.low >= 0 && r.low < 0.5 * r.high) r.low = 0;
  if (!is_value && !std::isfinite(axis.low) && r.low > 0 && r.low < 0.08 * r.high) r.low = 0;
  Ticks t = linear_ticks(r.low, r.high, target, round_ends);
  if (round_ends || std::isfinite(axis.high) || t.major.size() < 2) return t;
  // Bins end half a step before a round number; the axis should not.
  const double part = (t.major[1] - t.major[0]) / 5;
  const double next = std::ceil(t.high / part - 1e-9) * part;
  return next - t.high < 0.02 * (t.high - t.low) ? linear_ticks(t.low, next, target, false) : t;
}

/// Heat cells reach half a step beyond their centres.
Range widened(const std::vector<double>& centres) {
  Range r;
  for (const double v : centres) r.add(v, false);
  const double half = centres.size() > 1 ? 0.5 * std::abs(centres[1] - centres[0]) : 0.5;
  r.low -= half;
  r.high += half;
  return r;
}

double widest(const std::vector<std::string>& labels) {
  double w = 0;
  for (const std::string& s : labels) w = std::max(w, rich_width(s, font - 1));
  return w;
}

/// A name's width with its sample and the gap behind; browsers without Helvetica write wider.
double legend_step(const Chart& chart, std::size_t i) {
  return 50 + 1.12 * rich_width(chart.series[i].label, font - 1);
}

/// Rows of the legend strip above the plot.
std::vector<std::vector<std::size_t>> legend_rows(const Chart& chart, double width) {
  std::vector<std::vector<std::size_t>> rows;
  double x = width;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    if (chart.series[i].label.empty()) continue;
    const double w = legend_step(chart, i);
    if (rows.empty() || x + w > width) {
      rows.emplace_back();
      x = 0;
    }
    rows.back().push_back(i);
    x += w;
  }
  return rows;
}

}  // namespace

std::string series_attributes(const ChartSeries& s) {
  const auto colour = static_cast<std::size_t>(std::max(0, s.colour)) % palette.size();
  return fmt::format(
      "class=\"s{}\" stroke=\"{}\" fill=\"none\" stroke-width=\"2\" "
      "stroke-linejoin=\"round\" stroke-linecap=\"{}\"{}",
      colour, palette[colour], s.dashed ? "butt" : "round",
      s.dashed ? " stroke-dasharray=\"7 4\"" : "");
}

std::string fill_attributes(const ChartSeries& s, double opacity) {
  const auto colour = static_cast<std::size_t>(std::max(0, s.colour)) % palette.size();
  return fmt::format("class=\"f{}\" fill=\"{}\"{}", colour, palette[colour],
                     opacity < 1 ? fmt::format(" fill-opacity=\"{}\"", px(opacity)) : "");
}

namespace {

void draw_legend(SvgWriter& svg, const Chart& chart, const Layout& box,
                 const std::vector<std::vector<std::size_t>>& rows) {
  double y = 18;
  for (const auto& row : rows) {
    double x = box.left;
    for (const std::size_t i : row) {
      const ChartSeries& s = chart.series[i];
      if (!chart.categories.empty()) {
        svg.rect(x, y - 10, 12, 12, fill_attributes(s, 1));
      } else {
        const bool lined =
            s.style == ChartSeries::Style::line || s.style == ChartSeries::Style::line_and_points;
        if (lined) svg.line(x, y - 5, x + 22, y - 5, series_attributes(s));
        if (s.style == ChartSeries::Style::range_bars)
          svg.line(x + 11, y - 12, x + 11, y + 2, series_attributes(s));
        if (s.style == ChartSeries::Style::points || s.style == ChartSeries::Style::line_and_points)
          svg.symbol(x + 11, y - 5, 4.5, s.symbol, fill_attributes(s, 1));
      }
      const double gap = chart.categories.empty() ? 28 : 18;
      svg.text(x + gap, y, s.label, {.font_px = font - 1});
      x += legend_step(chart, i);
    }
    y += 20;
  }
}

void draw_frame(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
                const Scale& y) {
  const std::string thin = fmt::format("class=\"axis\" stroke=\"{}\" stroke-width=\"1\"", ink);
  const std::string grid = "class=\"grid\" stroke=\"#e3e6ea\" stroke-width=\"1\"";
  const bool heat = !chart.heat.data.empty();
  const bool text_x = !chart.categories.empty() && !chart.horizontal_bars;
  const bool text_y = !chart.categories.empty() && chart.horizontal_bars;
  if (!heat && !text_y)
    for (const double v : y.ticks.major) svg.line(box.left, y(v), box.right, y(v), grid);
  if (!heat && text_y)
    for (const double v : x.ticks.major) svg.line(x(v), box.top, x(v), box.bottom, grid);
  if (!text_x) {
    for (const double v : x.ticks.minor) svg.line(x(v), box.bottom, x(v), box.bottom + 3, thin);
    for (std::size_t i = 0; i < x.ticks.major.size(); ++i) {
      const double at = x(x.ticks.major[i]);
      svg.line(at, box.bottom, at, box.bottom + 6, thin);
      svg.text(at, box.bottom + 21, x.ticks.labels[i], {.font_px = font - 1, .anchor = "middle"});
    }
  }
  if (!text_y) {
    for (const double v : y.ticks.minor) svg.line(box.left - 3, y(v), box.left, y(v), thin);
    for (std::size_t i = 0; i < y.ticks.major.size(); ++i) {
      const double at = y(y.ticks.major[i]);
      svg.line(box.left - 6, at, box.left, at, thin);
      svg.text(box.left - 9, at + 4.5, y.ticks.labels[i], {.font_px = font - 1, .anchor = "end"});
    }
  }
  for (const auto& [value, label] : chart.top_ticks) {
    const double at = x(value);
    if (!std::isfinite(at) || at < box.left - 0.5 || at > box.right + 0.5) continue;
    svg.line(at, box.top - 6, at, box.top, thin);
    svg.text(at, box.top - 10, label, {.font_px = font - 1, .anchor = "middle"});
  }
}

void draw_labels(SvgWriter& svg, const Chart& chart, const Layout& box) {
  const double middle = 0.5 * (box.left + box.right);
  svg.text(middle, box.bottom + 43, chart.x.label, {.font_px = font, .anchor = "middle"});
  const double half = 0.5 * rich_width(chart.y.label, font);
  // A label longer than its axis is pushed to stay inside the picture.
  const double y =
      std::max(half + 4, std::min(0.5 * (box.top + box.bottom), chart.height - half - 4));
  svg.text(16, y, chart.y.label, {.font_px = font, .anchor = "middle", .rotate_deg = -90});
  if (!chart.top_label.empty())
    svg.text(middle, box.top - 31, chart.top_label, {.font_px = font, .anchor = "middle"});
  if (!chart.note.empty())
    svg.text(box.right - 8, box.top + 18, chart.note,
             {.font_px = font - 1, .anchor = "end", .colour = faint_ink, .cls = "faint"});
}

}  // namespace

std::string draw_chart(const Chart& chart, bool stand_alone) {
  const bool bars = !chart.categories.empty();
  Scale x, y;
  x.log = chart.x.log;
  y.log = chart.y.log;
  const bool heat = !chart.heat.data.empty();
  const int x_target = static_cast<int>(chart.width / 85);
  const int y_target = std::max(2, static_cast<int>(chart.height / 70));
  Range rx = heat ? widened(chart.heat.x) : range_of_x(chart);
  Range ry = heat ? widened(chart.heat.y) : range_of_y(chart);
  if (bars) ry.low = std::min(ry.low, 0.0), ry.high = std::max(ry.high, 0.0);
  if (bars && chart.horizontal_bars) {
    std::swap(rx, ry);
    rx.high *= 1.06;  // room for the numbers
  }
  x.ticks = ticks_for(chart.x, rx, x_target, bars && chart.horizontal_bars);
  y.ticks = ticks_for(chart.y, ry, y_target, true);

  Layout box;
  const bool text_y = bars && chart.horizontal_bars;
  box.left = 38 + (text_y ? widest(chart.categories) + 4 : widest(y.ticks.labels) + 6);
  if (chart.y.label.empty()) box.left -= 20;
  box.left = std::max(box.left, chart.least_left);
  box.right = chart.width - (heat ? 96 : 18);
  const auto ends = direct_labels(chart, x, y, chart.height);
  std::vector<std::vector<std::size_t>> rows;
  if (!ends.empty())
    box.right -= ends.front().room - 8;
  else if (chart.legend)
    rows = legend_rows(chart, box.right - box.left);
  box.top = (rows.empty() ? 14 : 14 + 20.0 * static_cast<double>(rows.size())) +
            (chart.top_label.empty() ? 0 : 46);
  box.bottom = chart.height - (chart.x.label.empty() ? 28 : 54);
  x.from = box.left, x.to = box.right;
  y.from = box.bottom, y.to = box.top;

  SvgWriter svg;
  if (stand_alone) svg.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  svg.raw(
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
                  "height=\"{1}\" "
                  "role=\"img\" aria-label=\"{2}\" font-family=\"Helvetica, Arial, 'Liberation "
                  "Sans', sans-serif\">\n",
                  px(chart.width), px(chart.height), escape(rich_plain(chart.description))));
  if (stand_alone) svg.raw("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
  draw_frame(svg, chart, box, x, y);
  if (bars)
    draw_bars(svg, chart, box, x, y);
  else if (heat)
    draw_heat(svg, chart, box, x, y);
  else
    draw_series(svg, chart, box, x, y);
  const std::string axis =
      fmt::format("class=\"axis\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\"", ink);
  svg.rect(box.left, box.top, box.right - box.left, box.bottom - box.top, axis);
  draw_labels(svg, chart, box);
  if (!ends.empty())
    draw_direct_labels(svg, chart, x, y, ends);
  else if (!rows.empty())
    draw_legend(svg, chart, box, rows);
  svg.raw("</svg>\n");
  return svg.str();
}

}  // namespace vitrion::report
