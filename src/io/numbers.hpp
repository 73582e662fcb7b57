// Numbers out of text, fast and exactly rounded.
//
// A decimal of at most 53 bits with a power of ten of at most 22 is one exact multiplication or
// division away from its double (W. D. Clinger, PLDI 1990, DOI 10.1145/93542.93557); all others go
// to std::from_chars.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/line_reader.hpp"

namespace vitrion::io {

inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

inline const char* skip_blanks(const char* at, const char* end) {
  while (at != end && is_blank(*at)) ++at;
  return at;
}
inline const char* skip_word(const char* at, const char* end) {
  while (at != end && !is_blank(*at)) ++at;
  return at;
}

/// Reads a finite number that begins at `at` and is followed by a blank or the end; nullptr where
/// there is none. Takes "+1", "1.", ".5" and Fortran's "1.0D-3".
const char* read_double(const char* at, const char* end, double& value);
const char* read_integer(const char* at, const char* end, std::int64_t& value);

std::optional<double> to_double(std::string_view word);
std::optional<std::int64_t> to_integer(std::string_view word);

/// Why `word` is not a number, for messages: not finite, or not a number at all.
std::string not_a_number(std::string_view word);

/// Takes the words of one line, and fails with the line's place where one is missing or wrong.
class Words {
 public:
  Words(std::string_view line, const LineReader& reader)
      : at_(line.data()), end_(line.data() + line.size()), reader_(reader) {}

  /// "" at the end.
  std::string_view word();
  std::string_view word(std::string_view what);
  double number(std::string_view what);
  std::int64_t integer(std::string_view what);
  [[nodiscard]] bool at_end() { return (at_ = skip_blanks(at_, end_)) == end_; }

 private:
  const char* at_;
  const char* end_;
  const LineReader& reader_;
};

/// A count of atoms: at least 1.
std::size_t read_count(std::string_view line, std::string_view what, const LineReader& reader);

}  // namespace vitrion::io
