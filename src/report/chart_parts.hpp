// The pieces from which draw_chart puts a chart together; of no use elsewhere.
#pragma once

#include <string>
#include <vector>

#include "report/chart.hpp"
#include "report/svg.hpp"
#include "report/ticks.hpp"

namespace vitrion::report {

inline constexpr double font = 14;  ///< px

/// From data to px; NaN where a logarithm has no answer.
struct Scale {
  Ticks ticks;
  bool log = false;
  double from = 0;
  double to = 1;
  double operator()(double value) const;
};

/// The plot's inner rectangle in px.
struct Layout {
  double left = 0, right = 0, top = 0, bottom = 0;
};

/// A label at the right end of a line, `room` px wide in all.
struct EndLabel {
  std::size_t series;
  double value;
  double room;
};

std::string series_attributes(const ChartSeries& series);
std::string fill_attributes(const ChartSeries& series, double opacity);

/// Labels at the lines' ends where all lines end far enough apart; else none.
std::vector<EndLabel> direct_labels(const Chart& chart, Scale x, Scale y, double height);
void draw_direct_labels(SvgWriter& svg, const Chart& chart, const Scale& x, const Scale& y,
                        const std::vector<EndLabel>& labels);
void draw_series(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
                 const Scale& y);
void draw_bars(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
               const Scale& y);
void draw_heat(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
               const Scale& y);

/// Keeps the extremes of every px column, so that a line of any length draws the same.
void thin_for_drawing(std::vector<double>& x, std::vector<double>& y, double px_wide);

}  // namespace vitrion::report
