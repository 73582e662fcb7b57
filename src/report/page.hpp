// The pieces of the report's HTML that every section uses: headings, figures, tables, and the data
// behind them (which the page turns into CSV files and zoomable plots).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/result.hpp"
#include "report/chart.hpp"

namespace vitrion::report {

/// An entry of the table of contents.
struct Heading {
  int level = 2;
  std::string id;
  std::string title;  ///< rich text
};

struct FigureOptions {
  std::string title = {};    ///< rich text
  std::string caption = {};  ///< HTML
  std::string name = {};     ///< of the downloaded files
  bool wide = false;         ///< the full width of the page
  std::string sync = {};     ///< zoomed plots of one group share their cursor
};

class Page {
 public:
  void raw(std::string_view html) { body_ += html; }
  void open_section(const std::string& title, const std::string& id = "");
  void close_section() { body_ += "</section>\n"; }
  void subheading(const std::string& title, const std::string& id = "");
  void paragraph(std::string_view rich, std::string_view cls = "");

  /// The chart with its buttons; lines and points can be zoomed.
  void figure(const Chart& chart, const FigureOptions& options);
  /// A table of a result, folded unless `open`, cut where it is long; all of it as CSV.
  void data_table(const Table& table, const std::string& name, bool open);
  /// An HTML table; cells are HTML. A row in `strong` is highlighted.
  void html_table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows,
                  const std::vector<std::size_t>& strong = {}, std::string_view cls = "");
  void definition_list(const std::vector<std::pair<std::string, std::string>>& items);

  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] const std::vector<Heading>& headings() const { return headings_; }
  /// The data of all figures and tables, for the page's script.
  [[nodiscard]] std::string data_json() const;

 private:
  std::string unique(const std::string& id);
  std::string add_columns(const std::vector<Column>& columns, const std::string& name,
                          nlohmann::ordered_json plot);

  std::string body_;
  std::vector<Heading> headings_;
  std::vector<std::string> ids_;
  nlohmann::ordered_json data_ = nlohmann::ordered_json::object();
};

}  // namespace vitrion::report
