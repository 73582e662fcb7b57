// What an analysis found, as data. JSON, CSV, SVG and the report are written from it by generic
// code, so an analysis never knows about files or plots.
#pragma once

#include <array>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

struct Scalar {
  std::string key;
  double value = 0;
  double error = std::numeric_limits<double>::quiet_NaN();  ///< one standard error; NaN: unknown
  std::string unit;                                         ///< "" for a pure number
  std::string how;  ///< how the error was found: "jackknife over 32 blocks", "4 replicas" …
};

/// A column of numbers, or of text (then `data` is empty).
struct Column {
  std::string name;
  std::string unit;
  std::vector<double> data;
  std::vector<std::string> text;
};

/// A column of numbers.
inline Column column(std::string name, std::string unit, std::vector<double> data = {}) {
  return {std::move(name), std::move(unit), std::move(data), {}};
}

/// Rows are told apart by their leading columns of text, or by the number in the first column.
struct Table {
  std::string name;
  std::vector<Column> columns;
  /// Columns that count or share out: a row that another replica lacks is zero there.
  std::vector<std::string> counted{};

  [[nodiscard]] const Column* find(const std::string& column) const;
};

/// A two-dimensional array of values over two axes (row-major: x varies slowest).
struct Grid {
  std::string name;
  Column x;
  Column y;
  std::string unit;
  std::vector<double> data;
};

/// Values on the points of a periodic cell; written as a cube file beside the JSON.
struct Volume {
  std::string name;
  Mat3 cell = Mat3::Zero();   ///< columns a, b, c, Å
  std::array<int, 3> size{};  ///< points along each
  std::string unit;
  std::vector<double> data;  ///< [a][b][c], a slowest
};

/// A mark in a plot: a shaded span of x, or a vertical line (from == to).
struct PlotMark {
  double from = 0;
  double to = 0;
  std::string label;
};

/// How a table is best drawn. `errors` names, for each series, the column of its error or "".
struct Plot {
  enum class Kind { lines, bars, points, heat };
  Kind kind = Kind::lines;
  std::string title;
  std::string table;
  std::string x;
  std::vector<std::string> series;
  std::vector<std::string> errors;
  std::string x_label;
  std::string y_label;
  bool log_x = false;
  bool log_y = false;
  std::vector<PlotMark> marks;
};

struct Result {
  std::string name;  ///< of the analysis, as in `vitrion list analyses`
  int version = 1;
  std::string summary;  ///< one sentence: what this is, with its convention
  std::vector<Scalar> scalars;
  std::vector<Table> tables;
  std::vector<Grid> grids;
  std::vector<Volume> volumes;
  std::vector<Plot> plots;
  std::vector<std::string> warnings;
  std::vector<std::string> references;  ///< DOIs or full citations
  /// Resolved parameters and other facts as text ("drift frame": "whole cell").
  std::vector<std::pair<std::string, std::string>> settings;

  [[nodiscard]] const Scalar* find_scalar(const std::string& key) const;
  [[nodiscard]] const Table* find_table(const std::string& table) const;
};

/// The layout fixed in docs/results.md; NaN and infinities become null.
nlohmann::ordered_json to_json(const Result& result);
/// Throws InputError where a key is missing.
Result result_from_json(const nlohmann::ordered_json& json);

}  // namespace vitrion
