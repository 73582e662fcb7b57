#include "io/numbers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"

namespace vitrion::io {
namespace {

constexpr std::array<double, 23> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool ends_here(const char* at, const char* end) { return at == end || is_blank(*at); }

const char* read_double_slowly(const char* start, const char* end, double& value) {
  const char* stop = skip_word(start, end);
  if (stop != start && *start == '+') {
    ++start;
    if (start != stop && *start == '-') return nullptr;
  }
  auto [at, error] = std::from_chars(start, stop, value);
  if (error == std::errc() && at == stop) return std::isfinite(value) ? stop : nullptr;
  // Too large, too small, or Fortran's D: rare, so by way of a copy.
  if (stop - start > 400 || start == stop) return nullptr;
  std::string copy(start, stop);
  for (char& c : copy) {
    if (c == 'd' || c == 'D') c = 'e';
    if (c == 'x' || c == 'X' || c == 'p' || c == 'P') return nullptr;
  }
  if (is_blank(copy[0])) return nullptr;
  char* copy_end = nullptr;
  value = std::strtod(copy.c_str(), &copy_end);
  return copy_end == copy.c_str() + copy.size() && std::isfinite(value) ? stop : nullptr;
}

}  // namespace

const char* read_double(const char* at, const char* end, double& value) {
  const char* start = at;
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  std::uint64_t digits = 0;
  const char* first = at;
  while (at != end && static_cast<unsigned char>(*at - '0') < 10) {
    digits = 10 * digits + static_cast<std::uint64_t>(*at++ - '0');
  }
  std::ptrdiff_t count = at - first;
  std::ptrdiff_t after_point = 0;
  if (at != end && *at == '.') {
    const char* point = ++at;
    while (at != end && static_cast<unsigned char>(*at - '0') < 10) {
      digits = 10 * digits + static_cast<std::uint64_t>(*at++ - '0');
    }
    after_point = at - point;
    count += after_point;
  }
  if (count == 0 || count > 19 || !ends_here(at, end) || after_point > 22 ||
      digits > (std::uint64_t{1} << 53)) {
    return read_double_slowly(start, end, value);
  }
  const double magnitude =
      static_cast<double>(digits) / powers_of_ten[static_cast<std::size_t>(after_point)];
  value = negative ? -magnitude : magnitude;
  return at;
}

const char* read_integer(const char* at, const char* end, std::int64_t& value) {
  if (at != end && *at == '+') {
    ++at;
    if (at != end && *at == '-') return nullptr;
  }
  const auto [stop, error] = std::from_chars(at, end, value);
  return error == std::errc() && ends_here(stop, end) ? stop : nullptr;
}

std::optional<double> to_double(std::string_view word) {
  double value = 0;
  const char* end = word.data() + word.size();
  if (word.empty() || read_double(word.data(), end, value) != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_integer(std::string_view word) {
  std::int64_t value = 0;
  const char* end = word.data() + word.size();
  if (word.empty() || read_integer(word.data(), end, value) != end) return std::nullopt;
  return value;
}

std::string not_a_number(std::string_view word) {
  std::string shown(word.substr(0, 40));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
  }
  const std::string lower = to_lower(shown);
  const bool special =
      lower.find("nan") != std::string::npos || lower.find("inf") != std::string::npos;
  return fmt::format("\"{}\" {}", shown, special ? "is not a finite number" : "is not a number");
}

std::string_view Words::word() {
  at_ = skip_blanks(at_, end_);
  const char* start = at_;
  at_ = skip_word(at_, end_);
  return {start, static_cast<std::size_t>(at_ - start)};
}

std::string_view Words::word(std::string_view what) {
  const auto found = word();
  if (found.empty()) reader_.fail(fmt::format("the line ends where {} should follow", what));
  return found;
}

double Words::number(std::string_view what) {
  const auto text = word(what);
  const auto value = to_double(text);
  if (!value) reader_.fail(fmt::format("{}: {}", what, not_a_number(text)));
  return *value;
}

std::int64_t Words::integer(std::string_view what) {
  const auto text = word(what);
  const auto value = to_integer(text);
  if (!value) {
    reader_.fail(to_double(text)
                     ? fmt::format("{}: \"{}\" is not a whole number", what, text.substr(0, 40))
                     : fmt::format("{}: {}", what, not_a_number(text)));
  }
  return *value;
}

std::size_t read_count(std::string_view line, std::string_view what, const LineReader& reader) {
  Words words(line, reader);
  const std::int64_t count = words.integer(what);
  if (!words.at_end()) reader.fail(fmt::format("{}: more than one number on the line", what));
  if (count < 1) reader.fail(fmt::format("{}: {} is less than 1", what, count));
  return static_cast<std::size_t>(count);
}

}  // namespace vitrion::io
