#include "report/report.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "report/sample.hpp"
#include "report/sections.hpp"
#include "report/xml_check.hpp"

namespace vitrion {
namespace {

using test::count;

/// The document without the text of its scripts and styles.
std::string visible(const std::string& html) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t script = html.find("<script", at), style = html.find("<style", at);
    const std::size_t begin = std::min(script, style);
    out += html.substr(at, begin - at);
    if (begin == std::string::npos) return out;
    at = html.find(begin == script ? "</script>" : "</style>", begin);
    if (at == std::string::npos) return out;
  }
}

TEST(Report, RefersToNoOtherFile) {
  const std::string html = visible(render_report(sample::full_report()));
  for (const char* bad :
       {" src=\"http", " src=\"//", "<link", "@import", "url(http", "<iframe", "<img"})
    EXPECT_EQ(html.find(bad), std::string::npos) << bad;
  const std::regex href("href=\"([^\"]*)\"");
  int links = 0;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), href); it != std::sregex_iterator();
       ++it, ++links) {
    const std::string target = (*it)[1];
    EXPECT_TRUE(target.starts_with("#") || target.starts_with("https://doi.org/") ||
                target.starts_with("data:image/png"))
        << target;
  }
  EXPECT_GT(links, 10);
}

TEST(Report, EveryEntryOfTheContentsLeadsSomewhere) {
  const std::string html = visible(render_report(sample::full_report()));
  const std::string toc = html.substr(html.find("<nav"), html.find("</nav>") - html.find("<nav"));
  const std::regex href("href=\"#([^\"]*)\"");
  for (auto it = std::sregex_iterator(toc.begin(), toc.end(), href); it != std::sregex_iterator();
       ++it)
    EXPECT_EQ(count(html, " id=\"" + (*it)[1].str() + "\""), 1U) << (*it)[1];
  EXPECT_EQ(count(toc, "<li>"), count(toc, "</li>"));
  EXPECT_EQ(count(toc, "<ol>"), count(toc, "</ol>"));
}

TEST(Report, HostileTextStaysText) {
  const std::string evil = "</script><script>alert('x')</script><img src=x onerror=alert(1)>";
  ReportInput in = sample::full_report();
  in.title = in.subtitle = in.potential_name = in.structure_caption = in.resolved_recipe = evil;
  in.warnings = in.citations = in.potential_limits = {evil};
  in.facts = in.provenance = {{evil, evil}};
  in.histories[0].label = evil;
  in.references_table[0].source = in.references_table[0].density = evil;
  in.references_table[1].doi = "10.1000/\"><script>alert(1)</script>";
  in.structure->structure.species[0].name = evil;
  for (ReportState& s : in.states) {
    s.title = s.id = evil;
    for (Result& r : s.results) {
      r.summary = r.name = evil;
      for (Scalar& x : r.scalars) x.key = x.unit = x.how = evil;
      for (Table& t : r.tables)
        for (Column& c : t.columns) c.unit = evil;
    }
  }
  const std::string html = render_report(in), clean = render_report(sample::full_report());
  EXPECT_EQ(visible(html).find("<img"), std::string::npos);
  // As many script elements as always: none was begun or ended by the data.
  EXPECT_EQ(count(html, "<script"), count(clean, "<script"));
  EXPECT_EQ(count(html, "</script"), count(clean, "</script"));
}

TEST(Report, OfNothingIsStillADocument) {
  ReportInput nothing;
  nothing.complete = false;
  const std::string html = render_report(nothing);
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_NE(html.find("not finished"), std::string::npos);
  EXPECT_EQ(html.find("data-viewer>"), std::string::npos);
  EXPECT_EQ(count(html, "<section"), count(html, "</section>"));
}

TEST(Report, OfOneFileShowsItsPlotsAndNoEmptySections) {
  const std::string html = render_report(sample::small_report());
  EXPECT_NE(html.find("Radial distribution functions"), std::string::npos);
  for (const char* absent :
       {"Thermal history", "What was run", "How to cite</h2>\n<ol class=\"citations\">\n</ol>",
        "Read this first", "not finished"})
    EXPECT_EQ(html.find(absent), std::string::npos) << absent;
}

TEST(Report, AnUnknownAnalysisIsShownFromItsOwnData) {
  ReportInput in;
  Result r;
  r.name = "something_new";
  r.summary = "Never heard of.";
  r.scalars = {{"odd_number", 7.5, 0.5, "furlong", "guess"}};
  r.tables = {{"loose", {{"a", "", {1.25}, {}}, {"b", "", {}, {"text & more"}}}}};
  r.grids = {{"g", {"x", "", {0, 1}, {}}, {"y", "", {0, 1}, {}}, "", {1, 2, 3, 4}}};
  Plot broken;
  broken.table = "absent";
  r.plots = {broken};
  in.states.push_back({"s", "State", 300, {r}});
  const std::string html = render_report(in);
  for (const char* there : {"Something new", "Never heard of.", "7.5(5)", "furlong",
                            "text &amp; more", "data:image/png", "A plot is left out"})
    EXPECT_NE(html.find(there), std::string::npos) << there;
}

TEST(Headline, LightsFollowTheErrors) {
  using report::Trust;
  const auto numbers = report::headline_numbers(sample::full_report());
  ASSERT_EQ(numbers.size(), 5U);
  EXPECT_EQ(numbers[0].trust, Trust::good);  // density: 0.6 %
  EXPECT_EQ(numbers[1].trust, Trust::weak);  // σ at 300 K: 38 %
  EXPECT_EQ(numbers[2].trust, Trust::good);  // E_a: 14 meV
  EXPECT_EQ(numbers[4].trust, Trust::fair);  // Haven ratio: 24 %
  ReportInput in = sample::full_report();
  for (Scalar& s : in.arrhenius->scalars) s.error = 0.01 * s.value;
  EXPECT_EQ(report::headline_numbers(in)[1].trust, Trust::fair);  // sharp, but extrapolated
  for (Scalar& s : in.arrhenius->scalars) s.error = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(report::headline_numbers(in)[1].trust, Trust::unknown);
}

TEST(StructureView, BondsJoinPhosphorusToFourSulfurAcrossTheCell) {
  ReportInput in;
  Frame f;
  f.structure.cell = Cell::cubic(12);
  f.structure.add("P", Vec3(0.2, 0.2, 0.2));  // at the corner: its S lie on all sides
  const double d = 2.06 / std::sqrt(3.0);
  for (const Vec3& v : {Vec3(d, d, d), Vec3(d, -d, -d), Vec3(-d, d, -d), Vec3(-d, -d, d)})
    f.structure.add("S", f.structure.cell.wrap(Vec3(0.2, 0.2, 0.2) + v));
  f.structure.add("Li", Vec3(2.4, 0.2, 0.2));
  in.structure = f;
  const std::string html = render_report(in);
  const std::size_t at = html.find("id=\"structure-data\">");
  ASSERT_NE(at, std::string::npos);
  const std::string json = html.substr(at, html.find("</script>", at) - at);
  EXPECT_NE(json.find("\"bonds\":[[0,1],[0,2],[0,3],[0,4]]"), std::string::npos) << json;
  EXPECT_NE(json.find("\"tetrahedra\":[[0,"), std::string::npos);
  EXPECT_NE(json.find("[1,-0.989,1.389,-0.989]"), std::string::npos)
      << json;  // made whole, outside the cell
}

TEST(StructureView, LargeStructuresAreCut) {
  ReportInput in;
  in.structure = sample::glass(512);
  const std::string html = render_report(in);
  EXPECT_NE(html.find("Shown: the 3000 of 4096 atoms"), std::string::npos);
}

TEST(Units, ExamplesAreDrawn) {
  const std::string html = render_report(sample::full_report());
  EXPECT_NE(html.find("aria-label=\"unit PS5_S-S\""), std::string::npos);
  EXPECT_NE(html.find("<b>unusual</b>"), std::string::npos);
  EXPECT_EQ(html.find("unit_examples"), std::string::npos);  // no table of coordinates
}

TEST(Scenes, VolumesAreCoarsenedAndEventsAreFilms) {
  const std::string html = render_report(sample::full_report());
  EXPECT_NE(html.find("\"kind\":\"volume\""), std::string::npos);
  EXPECT_NE(html.find("\"size\":[60,41,31]"), std::string::npos);  // 72 points became 59 and one
  EXPECT_NE(html.find("\"kind\":\"film\""), std::string::npos);
  EXPECT_NE(html.find("\"bonds\":[[0,1],[0,2],[0,3],[0,4]]"), std::string::npos);
  EXPECT_NE(html.find("\"hops\":5"), std::string::npos);
  // 60 × 41 × 31 bytes in base 64, between its quotes.
  const std::size_t at = html.find("\"bytes\":\"") + 9;
  EXPECT_EQ(html.find('"', at) - at, 4U * ((60U * 41U * 31U + 2U) / 3U));
}

TEST(History, AMillionSamplesMakeASmallReport) {
  ReportInput in;
  ThermalHistory h;
  h.label = "r";
  for (int i = 0; i < 1000000; ++i) {
    h.time_ps.push_back(0.001 * i);
    h.temperature_K.push_back(i % 97 == 0 ? std::numeric_limits<double>::quiet_NaN() : 300.0);
  }
  h.stages = {{0, "melt"}};
  in.histories = {h};
  EXPECT_LT(render_report(in).size(), 600000U);
}

}  // namespace
}  // namespace vitrion
