// A chart as data, and its drawing as SVG: axes, error bars, shaded windows, bars, heat maps.
//
// Colours are Okabe & Ito's (2008), told apart by every common kind of colour vision. Every drawn
// thing carries its colours as attributes (so the SVG stands alone on white paper) and a class
// (so the report's style sheet can redraw it for a dark screen). No ids: many charts share a page.
#pragma once

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "analysis/result.hpp"

namespace vitrion::report {

inline constexpr std::array<const char*, 8> palette{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                    "#E69F00", "#56B4E9", "#5B5B5B", "#B8A800"};

struct ChartSeries {
  enum class Style { line, points, line_and_points, range_bars };
  std::string label;  ///< rich text
  std::vector<double> x;
  std::vector<double> y;      ///< NaN breaks the line
  std::vector<double> error;  ///< ± ; empty where unknown
  std::vector<double> low;    ///< range_bars and bands: the lower end, `y` being the upper one
  Style style = Style::line;
  int colour = 0;  ///< index into the palette
  int symbol = 0;  ///< 0 disc, 1 square, 2 triangle, 3 diamond
  bool dashed = false;
};

struct ChartAxis {
  std::string label;  ///< rich text with the unit
  bool log = false;
  double low = std::numeric_limits<double>::quiet_NaN();  ///< NaN: from the data
  double high = std::numeric_limits<double>::quiet_NaN();
  bool round_ends = true;
};

struct ChartHeat {
  std::vector<double> x;  ///< centres
  std::vector<double> y;
  std::vector<double> data;  ///< row-major, x slowest
  std::string label;         ///< of the colour bar
};

struct Chart {
  std::string description;  ///< for a reader who cannot see it
  std::string note;         ///< drawn in the plot's upper corner, where it is not empty
  ChartAxis x;
  ChartAxis y;
  std::vector<ChartSeries> series;
  std::vector<ChartSeries> bands;  ///< filled between low and y, below everything
  std::vector<PlotMark> marks;
  std::vector<std::string> categories;  ///< not empty: a bar chart; series' y by category
  bool horizontal_bars = false;
  ChartHeat heat;  ///< data not empty: a heat map
  std::vector<std::pair<double, std::string>> top_ticks;
  std::string top_label;
  double width = 560;
  double height = 380;
  double least_left = 0;  ///< room left of the plot, to line up charts above one another
  bool legend = true;
};

/// The drawing; `stand_alone` adds the XML head and a white ground.
std::string draw_chart(const Chart& chart, bool stand_alone);

/// The chart of a result's plot; throws InputError where the plot names what is not there.
Chart chart_of(const Result& result, const Plot& plot);

}  // namespace vitrion::report
