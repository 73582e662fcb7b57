#include "report/chart.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "report/chart_parts.hpp"
#include "report/report.hpp"
#include "report/sample.hpp"
#include "report/xml_check.hpp"

namespace vitrion::report {
namespace {

using test::count;
using test::xml_fault;

Result one_table(std::vector<double> x, std::vector<double> y) {
  Result r;
  r.name = "test";
  r.tables = {{"t", {{"x", "A", std::move(x), {}}, {"y", "1/A", std::move(y), {}}}}};
  return r;
}

Plot plot_of(Plot::Kind kind) {
  Plot p;
  p.kind = kind;
  p.table = "t";
  p.x = "x";
  p.series = {"y"};
  return p;
}

TEST(XmlCheck, SeesFaults) {
  EXPECT_EQ(xml_fault("<a b=\"1\"><c/>&lt;</a>"), "");
  for (const char* bad : {"<a>", "<a></b>", "<a b=1/>", "<a>&</a>", "<a>< </a>",
                          "<a b=\"1\" b=\"2\"/>", "<a/><b/>", ""})
    EXPECT_NE(xml_fault(bad), "") << bad;
}

TEST(Chart, EveryPlotOfTheSampleIsWellFormed) {
  const ReportInput in = sample::full_report();
  int plots = 0;
  for (const ReportState& state : in.states)
    for (const Result& r : state.results)
      for (const Plot& p : r.plots) {
        const std::string svg = render_plot_svg(r, p);
        EXPECT_EQ(xml_fault(svg), "") << r.name << " " << p.table;
        EXPECT_EQ(svg.find("nan"), std::string::npos) << r.name;
        EXPECT_EQ(svg.find("inf\""), std::string::npos) << r.name;
        ++plots;
      }
  EXPECT_GE(plots, 8);
}

TEST(Chart, NanBreaksTheLine) {
  const std::string svg = render_plot_svg(one_table({1, 2, 3, 4, 5}, {1, 2, not_known, 4, 5}),
                                          plot_of(Plot::Kind::lines));
  const std::size_t at = svg.find("<path d=\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(count(svg.substr(at, svg.find('"', at + 9) - at), "M"), 2U);
}

TEST(Chart, EmptyAndHopelessDataStillDraw) {
  for (const Plot::Kind kind : {Plot::Kind::lines, Plot::Kind::points, Plot::Kind::bars})
    for (const auto& y :
         {std::vector<double>{}, {not_known, not_known}, {HUGE_VAL, -HUGE_VAL}, {0, 0}, {-1, -2}})
      for (const bool log : {false, true}) {
        Plot p = plot_of(kind);
        p.log_x = p.log_y = log;
        const std::string svg = render_plot_svg(
            one_table(y.empty() ? std::vector<double>{} : std::vector<double>{1, 2}, y), p);
        EXPECT_EQ(xml_fault(svg), "");
        EXPECT_EQ(svg.find("nan"), std::string::npos);
      }
  EXPECT_NE(render_plot_svg(one_table({}, {}), plot_of(Plot::Kind::lines)).find("no data to show"),
            std::string::npos);
}

TEST(Chart, TextFromOutsideIsEscaped) {
  Result r = one_table({1, 2}, {1, 2});
  r.tables[0].columns[1].name = "<script>&\"";
  Plot p = plot_of(Plot::Kind::lines);
  p.series = {"<script>&\""};
  p.title = "</svg><script>alert(1)</script>";
  p.marks = {{1, 2, "<i>"}};
  const std::string svg = render_plot_svg(r, p);
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
}

TEST(Chart, MissingTableAndColumnAreNamed) {
  const Result r = one_table({1}, {1});
  Plot p = plot_of(Plot::Kind::lines);
  p.series = {"yy"};
  try {
    static_cast<void>(chart_of(r, p));
    FAIL() << "no error";
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("\"yy\""), std::string::npos);
  }
  p.table = "other";
  EXPECT_THROW(static_cast<void>(chart_of(r, p)), InputError);
}

TEST(Chart, AnErrorBarForEveryKnownError) {
  Result r = one_table({1, 2, 3}, {5, 6, 7});
  r.tables[0].columns.push_back({"e", "", {0.5, not_known, 0.5}, {}});
  Plot p = plot_of(Plot::Kind::points);
  const std::size_t without = count(render_plot_svg(r, p), "<line ");
  p.errors = {"e"};
  // A stem and two caps each; the axis keeps its ticks as the range grows only a little.
  Chart chart = chart_of(r, p);
  chart.y.low = 0, chart.y.high = 10;
  chart.series[0].error = {not_known, not_known, not_known};
  const std::size_t bare = count(draw_chart(chart, false), "<line ");
  chart.series[0].error = {0.5, not_known, 0.5};
  EXPECT_EQ(count(draw_chart(chart, false), "<line "), bare + 6);
  EXPECT_GT(without, 0U);
}

TEST(Chart, BarsHaveLengthsInProportion) {
  Chart chart;
  chart.categories = {"a", "b"};
  ChartSeries s;
  s.y = {1, 3};
  chart.series = {s};
  const std::string svg = draw_chart(chart, false);
  std::vector<double> heights;
  for (std::size_t i = svg.find("class=\"f0\""); i != std::string::npos;
       i = svg.find("class=\"f0\"", i + 1)) {
    const std::size_t h = svg.rfind("height=\"", i) + 8;
    heights.push_back(std::stod(svg.substr(h)));
  }
  ASSERT_EQ(heights.size(), 2U);
  EXPECT_NEAR(heights[1] / heights[0], 3.0, 0.02);
}

TEST(Chart, OfHundredsOfNamesTheLargestBarsAreDrawn) {
  Result r = one_table({}, {});
  for (int k = 0; k < 300; ++k) {
    r.tables[0].columns[0].text.push_back(std::string(1, static_cast<char>('A' + k % 26)) +
                                          std::to_string(k));
    r.tables[0].columns[1].data.push_back(k % 100);
  }
  const Chart chart = chart_of(r, plot_of(Plot::Kind::bars));
  EXPECT_LE(chart.categories.size(), 24U);
  EXPECT_GE(chart.categories.size(), 20U);
  EXPECT_EQ(chart.categories.size(), chart.series[0].y.size());
  for (const double y : chart.series[0].y) EXPECT_GT(y, 90);
  EXPECT_NE(chart.x.label.find("of 300"), std::string::npos);
}

TEST(Chart, LongLinesAreThinnedButKeepTheirPeaks) {
  std::vector<double> x, y;
  for (int i = 0; i < 100000; ++i) {
    x.push_back(0.005 * i);
    y.push_back(i == 54321 ? 9.0 : i == 60000 ? -9.0 : 0.0);
  }
  thin_for_drawing(x, y, 500);
  EXPECT_LT(x.size(), 2100U);
  EXPECT_EQ(*std::max_element(y.begin(), y.end()), 9.0);
  EXPECT_EQ(*std::min_element(y.begin(), y.end()), -9.0);
}

TEST(Chart, HeatMapOfAGridCarriesAnImage) {
  Result r;
  r.name = "h";
  r.grids = {{"g",
              {"r", "A", {0.5, 1.5, 2.5}, {}},
              {"t", "ps", {0, 1}, {}},
              "",
              {0, 1, 2, 3, not_known, 5}}};
  Plot p;
  p.kind = Plot::Kind::heat;
  p.table = "g";
  const std::string svg = render_plot_svg(r, p);
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(count(svg, "data:image/png;base64,iVBORw0KGgo"), 2U);  // the map and its colour bar
}

}  // namespace
}  // namespace vitrion::report
