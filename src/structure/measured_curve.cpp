#include "structure/measured_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vitrion {
namespace {

// The numbers of a line, or nothing where any word is not one.
std::optional<std::vector<double>> numbers_of(std::string line) {
  for (char& c : line) {
    if (c == ',' || c == ';') c = ' ';
  }
  std::vector<double> out;
  for (const auto word : split_words(line)) {
    try {
      out.push_back(parse_number(word));
    } catch (const InputError&) {
      return std::nullopt;
    }
  }
  return out;
}

void add_point(MeasuredCurve& curve, const std::vector<double>& row, std::size_t columns,
               const Location& where) {
  if (row.size() != columns) {
    throw InputError(where, fmt::format("has {} numbers, the lines before have {}: give x, y and, "
                                        "if known, the error of y",
                                        row.size(), columns));
  }
  if (!curve.x.empty() && !(row[0] > curve.x.back())) {
    throw InputError(where, fmt::format("x = {} does not lie above the x before, {}: sort the file "
                                        "and leave one point for each x",
                                        row[0], curve.x.back()));
  }
  curve.x.push_back(row[0]);
  curve.y.push_back(row[1]);
  if (columns == 3) curve.error.push_back(row[2]);
}

}  // namespace

MeasuredCurve read_measured_curve(const std::filesystem::path& file) {
  const std::string text = read_text_file(file);
  MeasuredCurve out;
  std::size_t columns = 0;
  int number = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line(trim(std::string_view(text).substr(at, end - at)));
    at = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto row = numbers_of(line);
    const bool is_data = row && row->size() >= 2;
    if (!is_data && columns == 0) continue;  // still the header
    const Location where{file.string(), number, 0};
    if (!is_data) {
      throw InputError(where,
                       fmt::format("\"{}\" is not a line of two or three numbers: remove it, "
                                   "or begin it with #",
                                   line.substr(0, 40)));
    }
    if (columns == 0) columns = row->size();
    if (columns > 3) {
      throw InputError(
          where, fmt::format("has {} columns: give x, y and, if known, the error of y", columns));
    }
    add_point(out, *row, columns, where);
  }
  if (out.x.size() < 2) {
    throw InputError(
        fmt::format("{}: holds no curve: give at least two lines of x and y", file.string()));
  }
  return out;
}

Agreement agreement(std::span<const double> measured, std::span<const double> computed) {
  double apart = 0;
  double square = 0;
  double sum = 0;
  Agreement out;
  for (std::size_t k = 0; k < measured.size(); ++k) {
    if (!std::isfinite(computed[k])) continue;
    apart += std::pow(measured[k] - computed[k], 2);
    square += measured[k] * measured[k];
    sum += measured[k];
    ++out.points;
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  out.wright = square > 0 ? std::sqrt(apart / square) : none;
  out.printed = sum != 0 ? std::sqrt(apart) / std::abs(sum) : none;
  return out;
}

double interpolate(std::span<const double> x, std::span<const double> y, double at) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (x.empty() || !(at >= x.front()) || !(at <= x.back())) return none;
  const auto next = std::upper_bound(x.begin(), x.end(), at);
  if (next == x.end()) return y.back();
  const auto k = static_cast<std::size_t>(next - x.begin());
  const double part = (at - x[k - 1]) / (x[k] - x[k - 1]);
  return part == 0 ? y[k - 1] : y[k - 1] + part * (y[k] - y[k - 1]);
}

}  // namespace vitrion
