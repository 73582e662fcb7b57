#include "report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/markup.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t shown_rows = 100;

/// Six significant digits are more than a plot or a spreadsheet needs.
Json numbers(const std::vector<double>& data) {
  Json out = Json::array();
  for (const double v : data) {
    if (!std::isfinite(v))
      out.push_back(nullptr);
    else
      out.push_back(std::stod(fmt::format("{:.6g}", v)));
  }
  return out;
}

/// The columns behind a chart. Series over the same x share one x column.
std::vector<Column> columns_of(const Chart& chart) {
  std::vector<Column> out;
  if (!chart.categories.empty()) {
    Column names{"category", "", {}, {}};
    for (const std::string& c : chart.categories) names.text.push_back(rich_plain(c));
    out.push_back(names);
  }
  const std::vector<double>* shared = nullptr;
  for (const ChartSeries& s : chart.series) {
    const std::string label = rich_plain(s.label);
    if (chart.categories.empty() && (shared == nullptr || *shared != s.x)) {
      out.push_back({rich_plain(chart.x.label), "", s.x, {}});
      shared = &s.x;
    }
    out.push_back({label.empty() ? rich_plain(chart.y.label) : label, "", s.y, {}});
    if (!s.error.empty()) out.push_back({"error of " + label, "", s.error, {}});
    if (!s.low.empty()) out.push_back({"low end of " + label, "", s.low, {}});
  }
  if (!chart.heat.data.empty()) {
    Column x{rich_plain(chart.x.label), "", {}, {}}, y{rich_plain(chart.y.label), "", {}, {}};
    for (const double v : chart.heat.x)
      for (const double w : chart.heat.y) x.data.push_back(v), y.data.push_back(w);
    out.insert(out.end(), {x, y, {rich_plain(chart.heat.label), "", chart.heat.data, {}}});
  }
  return out;
}

bool can_zoom(const Chart& chart) {
  if (!chart.categories.empty() || !chart.heat.data.empty() || chart.series.empty()) return false;
  for (const ChartSeries& s : chart.series) {
    if (s.style == ChartSeries::Style::range_bars || s.x.size() < 8) return false;
    if (!std::is_sorted(s.x.begin(), s.x.end())) return false;
    if (std::any_of(s.x.begin(), s.x.end(), [](double v) { return !std::isfinite(v); }))
      return false;
  }
  return true;
}

Json zoom_json(const Chart& chart, const FigureOptions& options) {
  Json series = Json::array();
  for (const ChartSeries& s : chart.series)
    series.push_back({{"label", rich_plain(s.label)},
                      {"colour", s.colour},
                      {"x", numbers(s.x)},
                      {"y", numbers(s.y)}});
  Json marks = Json::array();
  for (const PlotMark& m : chart.marks)
    if (std::isfinite(m.from) && std::isfinite(m.to)) marks.push_back({m.from, m.to});
  return {{"x", rich_plain(chart.x.label)},
          {"y", rich_plain(chart.y.label)},
          {"log_x", chart.x.log},
          {"log_y", chart.y.log},
          {"height", chart.height},
          {"sync", options.sync},
          {"marks", marks},
          {"series", series}};
}

}  // namespace

std::string Page::unique(const std::string& id) {
  std::string out = id;
  for (int i = 2; std::find(ids_.begin(), ids_.end(), out) != ids_.end(); ++i)
    out = fmt::format("{}-{}", id, i);
  ids_.push_back(out);
  return out;
}

void Page::open_section(const std::string& title, const std::string& id) {
  const std::string name = unique(id.empty() ? slug(title) : id);
  headings_.push_back({2, name, title});
  raw(fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-h\"><h2 id=\"{0}-h\">{1}</h2>\n", name,
                  rich_html(title)));
}

void Page::subheading(const std::string& title, const std::string& id) {
  const std::string name = unique(id.empty() ? slug(title) : id);
  headings_.push_back({3, name, title});
  raw(fmt::format("<h3 id=\"{}\">{}</h3>\n", name, rich_html(title)));
}

void Page::paragraph(std::string_view rich, std::string_view cls) {
  if (rich.empty()) return;
  raw(fmt::format("<p{}>{}</p>\n", cls.empty() ? "" : fmt::format(" class=\"{}\"", cls),
                  with_doi_links(rich)));
}

std::string Page::add_columns(const std::vector<Column>& columns, const std::string& name,
                              Json plot) {
  const std::string id = unique("d-" + slug(name));
  Json list = Json::array();
  for (const Column& c : columns) {
    Json column = {{"name", c.unit.empty() ? rich_plain(c.name)
                                           : fmt::format("{} ({})", rich_plain(c.name), c.unit)}};
    if (c.text.empty())
      column["data"] = numbers(c.data);
    else
      column["data"] = c.text;
    list.push_back(std::move(column));
  }
  Json entry = {{"name", slug(name)}};
  // A zoomable plot holds the numbers already; its CSV is made from them.
  if (plot.is_null() || plot.empty())
    entry["columns"] = std::move(list);
  else
    entry["plot"] = std::move(plot);
  data_[id] = std::move(entry);
  return id;
}

void Page::figure(const Chart& chart, const FigureOptions& options) {
  const bool zoom = can_zoom(chart);
  const bool has_errors = std::any_of(chart.series.begin(), chart.series.end(),
                                      [](const ChartSeries& s) { return !s.error.empty(); });
  std::string id = add_columns(columns_of(chart), options.name,
                               zoom && !has_errors ? zoom_json(chart, options) : Json());
  if (zoom && has_errors) data_[id]["plot"] = zoom_json(chart, options);
  raw(fmt::format("<figure class=\"plot{}\" data-id=\"{}\">\n", options.wide ? " wide" : "", id));
  raw(fmt::format(
      "<div class=\"plot-head\"><span class=\"plot-title\">{}</span><span class=\"tools\">",
      rich_html(options.title)));
  if (zoom) raw("<button type=\"button\" data-do=\"zoom\" aria-pressed=\"false\">Zoom</button>");
  raw("<button type=\"button\" data-do=\"svg\" title=\"Download the figure as SVG\">SVG</button>"
      "<button type=\"button\" data-do=\"csv\" title=\"Download the numbers as "
      "CSV\">CSV</button></span></div>\n");
  raw("<div class=\"drawing\">" + draw_chart(chart, false) + "</div>\n");
  if (!options.caption.empty()) raw("<figcaption>" + options.caption + "</figcaption>\n");
  raw("</figure>\n");
}

void Page::html_table(const std::vector<std::string>& head,
                      const std::vector<std::vector<std::string>>& rows,
                      const std::vector<std::size_t>& strong, std::string_view cls) {
  raw(
      fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"table\"><table class=\"{}\"><thead><tr>",
                  cls));
  for (const std::string& h : head) raw("<th scope=\"col\">" + h + "</th>");
  raw("</tr></thead><tbody>\n");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const bool is_strong = std::find(strong.begin(), strong.end(), r) != strong.end();
    raw(is_strong ? "<tr class=\"strong\">" : "<tr>");
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string& cell = rows[r][c];
      const char* open = cell.size() > 60 ? "<td class=\"words\">" : "<td>";
      raw(c == 0 ? "<th scope=\"row\">" + cell + "</th>" : open + cell + "</td>");
    }
    raw("</tr>\n");
  }
  raw("</tbody></table></div>\n");
}

void Page::data_table(const Table& table, const std::string& name, bool open) {
  std::size_t rows = 0;
  for (const Column& c : table.columns) rows = std::max({rows, c.data.size(), c.text.size()});
  if (rows == 0) return;
  const std::string id = add_columns(table.columns, name, Json());
  std::vector<std::string> head;
  for (const Column& c : table.columns)
    head.push_back(rich_html(label_with_unit(pretty_name(c.name), c.unit)));
  std::vector<std::vector<std::string>> cells;
  for (std::size_t r = 0; r < std::min(rows, shown_rows); ++r) {
    std::vector<std::string> line;
    for (const Column& c : table.columns) {
      if (!c.text.empty())
        line.push_back(r < c.text.size() ? rich_html(pretty_name(c.text[r])) : "");
      else
        line.push_back(r < c.data.size() ? rich_html(pretty_number(c.data[r])) : "");
    }
    cells.push_back(std::move(line));
  }
  raw(
      fmt::format("<details class=\"data\" data-id=\"{}\"{}><summary>Table: {} <span "
                  "class=\"muted\">({} rows)</span></summary>\n",
                  id, open ? " open" : "", rich_html(words(table.name)), rows));
  raw("<span class=\"tools\"><button type=\"button\" data-do=\"csv\">CSV</button></span>");
  html_table(head, cells, {}, "numbers");
  if (rows > shown_rows)
    paragraph(fmt::format("The first {} of {} rows; the CSV has all.", shown_rows, rows), "muted");
  raw("</details>\n");
}

void Page::definition_list(const std::vector<std::pair<std::string, std::string>>& items) {
  if (items.empty()) return;
  raw("<dl class=\"facts\">\n");
  for (const auto& [key, value] : items)
    raw(fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", rich_html(key), with_doi_links(value)));
  raw("</dl>\n");
}

std::string Page::data_json() const {
  return json_in_script(data_.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace vitrion::report
