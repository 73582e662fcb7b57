#include "report/chart_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/markup.hpp"
#include "report/png.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

/// Everything between begin and end of this is cut at the plot's edges.
struct Clip {
  Clip(SvgWriter& writer, const Layout& box) : svg(writer) {
    const double w = box.right - box.left, h = box.bottom - box.top;
    svg.raw(fmt::format(
        "<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\" "
        "overflow=\"hidden\">\n",
        px(box.left), px(box.top), px(w), px(h)));
  }
  ~Clip() { svg.raw("</svg>\n"); }
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;
  SvgWriter& svg;
};

void draw_marks(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x) {
  bool shade = true;
  double label_end[2] = {-1e9, -1e9};
  for (const PlotMark& mark : chart.marks) {
    double a = x(std::min(mark.from, mark.to)), b = x(std::max(mark.from, mark.to));
    if (x.log && mark.from <= 0) a = box.left;
    if (!std::isfinite(a) || !std::isfinite(b) || b < box.left || a > box.right) continue;
    const bool is_line = mark.from == mark.to;
    a = std::max(a, box.left), b = std::min(b, box.right);
    if (is_line) {
      svg.line(
          a, box.top, a, box.bottom,
          fmt::format("class=\"mark\" stroke=\"{}\" stroke-width=\"1.2\" stroke-dasharray=\"4 3\"",
                      faint_ink));
    } else {
      svg.rect(a, box.top, b - a, box.bottom - box.top,
               fmt::format("class=\"window{}\" fill=\"#56B4E9\" fill-opacity=\"{}\"",
                           shade ? "" : "2", shade ? "0.16" : "0.07"));
      shade = !shade;
    }
    if (mark.label.empty()) continue;
    const double w = rich_width(mark.label, font - 2.5);
    const double at = std::clamp(is_line ? a + 4 : 0.5 * (a + b) - 0.5 * w, box.left + 3,
                                 std::max(box.left + 3, box.right - w - 3));
    // Two rows; a label that fits in neither is left to the caption.
    for (int row = 0; row < 2; ++row) {
      if (at < label_end[row] + 6) continue;
      svg.text(at, box.top + 14 + 15 * row, mark.label,
               {.font_px = font - 2.5, .colour = faint_ink, .cls = "faint"});
      label_end[row] = at + w;
      break;
    }
  }
}

void draw_error_bars(SvgWriter& svg, const ChartSeries& s, const Scale& x, const Scale& y) {
  const auto colour = static_cast<std::size_t>(std::max(0, s.colour)) % palette.size();
  const std::string attributes =
      fmt::format("class=\"s{}\" stroke=\"{}\" stroke-width=\"1.4\"", colour, palette[colour]);
  for (std::size_t i = 0; i < s.x.size() && i < s.error.size(); ++i) {
    if (!std::isfinite(s.error[i]) || s.error[i] <= 0) continue;
    const double at = x(s.x[i]), high = y(s.y[i] + s.error[i]);
    double low = y(s.y[i] - s.error[i]);
    if (!std::isfinite(low)) low = y.from;  // a log axis cannot show zero
    if (!std::isfinite(at) || !std::isfinite(high)) continue;
    svg.line(at, low, at, high, attributes);
    svg.line(at - 4, high, at + 4, high, attributes);
    if (low != y.from) svg.line(at - 4, low, at + 4, low, attributes);
  }
}

void draw_one(SvgWriter& svg, const ChartSeries& s, const Layout& box, const Scale& x,
              const Scale& y) {
  std::vector<double> px_x(s.x.size()), px_y(s.x.size());
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    px_x[i] = x(s.x[i]);
    px_y[i] = i < s.y.size() ? y(s.y[i]) : std::nan("");
  }
  using Style = ChartSeries::Style;
  if (s.style == Style::range_bars) {
    for (std::size_t i = 0; i < px_x.size() && i < s.low.size(); ++i) {
      const double low = y(s.low[i]);
      if (std::isfinite(low) && std::isfinite(px_y[i]) && std::isfinite(px_x[i]))
        svg.line(px_x[i], low, px_x[i], px_y[i],
                 series_attributes(s) + " style=\"stroke-width:7px\" stroke-opacity=\"0.75\"");
    }
    return;
  }
  // With few points an error bar each; with many, a band says the same without the clutter.
  if (!s.error.empty() && s.x.size() <= 40) {
    draw_error_bars(svg, s, x, y);
  } else if (!s.error.empty()) {
    std::vector<double> bx, by;
    for (std::size_t i = 0; i < s.x.size() && i < s.error.size(); ++i)
      if (std::isfinite(s.error[i]) && std::isfinite(px_y[i]))
        bx.push_back(px_x[i]), by.push_back(y(s.y[i] + s.error[i]));
    for (std::size_t i = std::min(s.x.size(), s.error.size()); i-- > 0;)
      if (std::isfinite(s.error[i]) && std::isfinite(px_y[i])) {
        const double low = y(s.y[i] - s.error[i]);
        bx.push_back(px_x[i]), by.push_back(std::isfinite(low) ? low : y.from);
      }
    svg.path(bx, by, fill_attributes(s, 0.2) + " stroke=\"none\"");
  }
  if (s.style != Style::points) {
    std::vector<double> lx = px_x, ly = px_y;
    thin_for_drawing(lx, ly, box.right - box.left);
    svg.path(lx, ly, series_attributes(s));
  }
  if (s.style != Style::line)
    for (std::size_t i = 0; i < px_x.size(); ++i)
      svg.symbol(px_x[i], px_y[i], 4.5, s.symbol, fill_attributes(s, 1));
}

}  // namespace

void thin_for_drawing(std::vector<double>& x, std::vector<double>& y, double px_wide) {
  if (static_cast<double>(x.size()) < 3 * px_wide || !std::is_sorted(x.begin(), x.end())) return;
  std::vector<double> nx, ny;
  for (std::size_t i = 0; i < x.size();) {
    std::size_t end = i, low = i, high = i;
    while (end < x.size() && std::floor(x[end]) == std::floor(x[i])) {
      if (y[end] < y[low] || !std::isfinite(y[low])) low = end;
      if (y[end] > y[high] || !std::isfinite(y[high])) high = end;
      ++end;
    }
    end = std::max(end, i + 1);
    for (const std::size_t k : {i, std::min(low, high), std::max(low, high), end - 1}) {
      nx.push_back(x[k]);
      ny.push_back(y[k]);
    }
    i = end;
  }
  x = std::move(nx);
  y = std::move(ny);
}

std::vector<EndLabel> direct_labels(const Chart& chart, Scale x, Scale y, double height) {
  std::vector<EndLabel> out;
  if (!chart.legend || chart.series.size() < 2 || chart.series.size() > 6 ||
      !chart.categories.empty())
    return out;
  y.from = height - 54, y.to = 14;
  x.from = 0, x.to = 1;
  double room = 0;
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const ChartSeries& s = chart.series[k];
    if (s.style == ChartSeries::Style::points || s.style == ChartSeries::Style::range_bars ||
        s.label.empty())
      return {};
    std::size_t last = std::min(s.x.size(), s.y.size());
    while (last > 0 && !std::isfinite(y(s.y[last - 1]))) --last;
    // The line has to reach the plot's right part, or its name would hang in the air.
    if (last == 0 || !(x(s.x[last - 1]) > 0.85)) return {};
    out.push_back({k, s.y[last - 1], 0});
    room = std::max(room, rich_width(s.label, font - 1));
  }
  std::sort(out.begin(), out.end(),
            [](const EndLabel& a, const EndLabel& b) { return a.value < b.value; });
  for (std::size_t i = 1; i < out.size(); ++i)
    if (std::abs(y(out[i].value) - y(out[i - 1].value)) < 16) return {};
  if (room > 110) return {};
  for (EndLabel& label : out) label.room = room + 14;
  return out;
}

void draw_direct_labels(SvgWriter& svg, const Chart& chart, const Scale& x, const Scale& y,
                        const std::vector<EndLabel>& labels) {
  for (const EndLabel& label : labels) {
    const auto colour =
        static_cast<std::size_t>(chart.series[label.series].colour) % palette.size();
    const std::string cls = fmt::format("f{}", colour);
    svg.text(x.to + 6, y(label.value) + 4.5, chart.series[label.series].label,
             {.font_px = font - 1, .colour = palette[colour], .cls = cls.c_str(), .bold = true});
  }
}

void draw_series(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
                 const Scale& y) {
  const Clip clip(svg, box);
  draw_marks(svg, chart, box, x);
  for (const ChartSeries& band : chart.bands) {
    std::vector<double> px_x, px_y;
    for (std::size_t i = 0; i < band.x.size(); ++i)
      px_x.push_back(x(band.x[i])), px_y.push_back(y(band.y[i]));
    for (std::size_t i = band.x.size(); i-- > 0;)
      px_x.push_back(x(band.x[i])), px_y.push_back(y(band.low[i]));
    svg.path(px_x, px_y, fill_attributes(band, 0.18) + " stroke=\"none\"");
  }
  bool anything = false;
  for (const ChartSeries& s : chart.series) {
    const std::size_t before = svg.str().size();
    draw_one(svg, s, box, x, y);
    anything = anything || svg.str().size() > before;
  }
  if (!anything)
    svg.text(0.5 * (box.left + box.right), 0.5 * (box.top + box.bottom), "no data to show",
             {.font_px = font, .anchor = "middle", .colour = faint_ink, .cls = "faint"});
}

void draw_bars(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
               const Scale& y) {
  const std::size_t n = chart.categories.size();
  const std::size_t groups = std::max<std::size_t>(1, chart.series.size());
  const bool flat = chart.horizontal_bars;
  const double slot = (flat ? box.bottom - box.top : box.right - box.left) / static_cast<double>(n);
  const double bar = std::min(slot * 0.78 / static_cast<double>(groups), 46.0);
  const std::size_t every =
      flat ? 1 : static_cast<std::size_t>(std::ceil(26.0 / std::max(slot, 1.0)));
  for (std::size_t i = 0; i < n; ++i) {
    const double middle = (flat ? box.top : box.left) + (static_cast<double>(i) + 0.5) * slot;
    if (flat)
      svg.text(box.left - 9, middle + 4.5, chart.categories[i],
               {.font_px = font - 1, .anchor = "end"});
    else if (i % every == 0)
      svg.text(middle, box.bottom + 21, chart.categories[i],
               {.font_px = font - 1, .anchor = "middle"});
    for (std::size_t k = 0; k < chart.series.size(); ++k) {
      const ChartSeries& s = chart.series[k];
      if (i >= s.y.size() || !std::isfinite(s.y[i])) continue;
      const double side =
          middle + (static_cast<double>(k) - 0.5 * static_cast<double>(groups)) * bar;
      const Scale& value = flat ? x : y;
      const double zero = value(value.log ? value.ticks.low : 0), end = value(s.y[i]);
      if (!std::isfinite(end)) continue;
      const std::string fill = fill_attributes(s, 1);
      if (flat)
        svg.rect(std::min(zero, end), side, std::abs(end - zero), bar - 1, fill);
      else
        svg.rect(side, std::min(zero, end), bar - 1, std::abs(end - zero), fill);
      const double centre = side + 0.5 * (bar - 1);
      const double error = i < s.error.size() ? s.error[i] : std::nan("");
      double tip = end;
      if (std::isfinite(error) && error > 0) {
        const std::string thin =
            fmt::format("class=\"axis\" stroke=\"{}\" stroke-width=\"1.3\"", ink);
        const double a = value(s.y[i] - error), b = value(s.y[i] + error);
        if (flat)
          svg.line(a, centre, b, centre, thin), svg.line(a, centre - 3, a, centre + 3, thin),
              svg.line(b, centre - 3, b, centre + 3, thin);
        else
          svg.line(centre, a, centre, b, thin), svg.line(centre - 3, a, centre + 3, a, thin),
              svg.line(centre - 3, b, centre + 3, b, thin);
        tip = b;
      }
      if (flat && groups == 1)  // the number itself, where there is room for it
        svg.text(tip + 40 < box.right ? tip + 6 : std::min(zero, end) + 6, centre + 4.5,
                 pretty_value(s.y[i], error),
                 {.font_px = font - 2,
                  .colour = tip + 40 < box.right ? ink : "#ffffff",
                  .cls = tip + 40 < box.right ? "ink" : "onbar"});
    }
  }
}

}  // namespace vitrion::report
