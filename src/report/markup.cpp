#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

namespace vitrion::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Bytes of the well-formed UTF-8 character at `at`, 0 where it is broken.
std::size_t utf8_length(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char b = byte(at);
  if (b < 0x80) return 1;
  const std::size_t n = b >= 0xF0 && b <= 0xF4  ? 4
                        : b >= 0xE0 && b < 0xF0 ? 3
                        : b >= 0xC2 && b < 0xE0 ? 2
                                                : 0;
  if (n == 0 || at + n > s.size()) return 0;
  std::uint32_t code = b & (0xFFU >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(at + i) & 0x3FU);
  }
  const bool overlong = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
  const bool forbidden =
      (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF || code == 0xFFFE || code == 0xFFFF;
  return overlong || forbidden ? 0 : n;
}

struct SmallCharacter {
  std::string_view code;
  std::string_view plain;
  int shift;
};

constexpr std::array<SmallCharacter, 27> small_characters{{
    {"⁰", "0", 1},  {"¹", "1", 1},  {"²", "2", 1},  {"³", "3", 1},  {"⁴", "4", 1},  {"⁵", "5", 1},
    {"⁶", "6", 1},  {"⁷", "7", 1},  {"⁸", "8", 1},  {"⁹", "9", 1},  {"⁻", "−", 1},  {"⁺", "+", 1},
    {"₀", "0", -1}, {"₁", "1", -1}, {"₂", "2", -1}, {"₃", "3", -1}, {"₄", "4", -1}, {"₅", "5", -1},
    {"₆", "6", -1}, {"₇", "7", -1}, {"₈", "8", -1}, {"₉", "9", -1}, {"₋", "−", -1}, {"₊", "+", -1},
    {"ₓ", "x", -1}, {"ₙ", "n", -1}, {"ⁿ", "n", 1},
}};

void append(std::vector<Run>& runs, std::string_view text, int shift) {
  if (text.empty()) return;
  if (runs.empty() || runs.back().shift != shift) runs.push_back({"", shift});
  runs.back().text += text;
}

/// Length of "-12" or "3" at the front of `s`.
std::size_t exponent_length(std::string_view s) {
  std::size_t n = !s.empty() && (s[0] == '-' || s[0] == '+') ? 1 : 0;
  const std::size_t digits = n;
  while (n < s.size() && std::isdigit(static_cast<unsigned char>(s[n])) != 0) ++n;
  return n > digits ? n : 0;
}

std::string minus_signs(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (c == '-')
      out += "−";
    else
      out += c;
  }
  return out;
}

// Helvetica's advance widths for " " to "~", in thousandths of the font size (Adobe AFM).
constexpr std::array<std::uint16_t, 95> helvetica{
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = utf8_length(text, i);
    const char c = text[i];
    if (n == 0) {
      out += replacement;
      ++i;
      continue;
    }
    if (n > 1)
      out += text.substr(i, n);
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
      out += replacement;
    else
      out += c;
    i += n;
  }
  return out;
}

std::vector<Run> rich_runs(std::string_view s) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < s.size();) {
    const char c = s[i];
    if ((c == '_' || c == '^') && i + 1 < s.size()) {
      const int shift = c == '^' ? 1 : -1;
      if (s[i + 1] == '{') {
        const std::size_t end = s.find('}', i + 2);
        if (end != std::string_view::npos) {
          append(runs, minus_signs(s.substr(i + 2, end - i - 2)), shift);
          i = end + 1;
          continue;
        }
      } else if (const std::size_t n = exponent_length(s.substr(i + 1)); c == '^' && n > 0) {
        append(runs, minus_signs(s.substr(i + 1, n)), 1);
        i += n + 1;
        continue;
      }
    }
    bool small = false;
    for (const SmallCharacter& k : small_characters) {
      if (s.substr(i, k.code.size()) != k.code) continue;
      append(runs, k.plain, k.shift);
      i += k.code.size();
      small = true;
      break;
    }
    if (small) continue;
    append(runs, s.substr(i, 1), 0);
    ++i;
  }
  return runs;
}

std::string rich_html(std::string_view rich) {
  std::string out;
  for (const Run& run : rich_runs(rich)) {
    const char* tag = run.shift > 0 ? "sup" : "sub";
    out += run.shift == 0 ? escape(run.text) : fmt::format("<{0}>{1}</{0}>", tag, escape(run.text));
  }
  return out;
}

std::string rich_svg(std::string_view rich, double font_px) {
  // dy moves the pen for good, so every change of level states the difference.
  std::string out;
  double level = 0;
  for (const Run& run : rich_runs(rich)) {
    const double wanted = run.shift > 0 ? -0.36 * font_px : run.shift < 0 ? 0.22 * font_px : 0.0;
    const std::string size =
        run.shift == 0 ? "" : fmt::format(" font-size=\"{:.1f}\"", 0.72 * font_px);
    if (run.shift == 0 && wanted == level)
      out += escape(run.text);
    else
      out +=
          fmt::format("<tspan dy=\"{:.2f}\"{}>{}</tspan>", wanted - level, size, escape(run.text));
    level = wanted;
  }
  return out;
}

std::string rich_plain(std::string_view rich) {
  std::string out;
  for (const Run& run : rich_runs(rich)) {
    for (std::size_t i = 0; i < run.text.size();) {
      const auto small = std::find_if(
          small_characters.begin(), small_characters.end(), [&](const SmallCharacter& k) {
            return k.shift == run.shift &&
                   std::string_view(run.text).substr(i).starts_with(k.plain);
          });
      const bool found = small != small_characters.end();
      out += found ? small->code : std::string_view(run.text).substr(i, 1);
      i += found ? small->plain.size() : 1;
    }
  }
  return out;
}

double rich_width(std::string_view rich, double font_px) {
  double width = 0;
  for (const Run& run : rich_runs(rich)) {
    const double size = run.shift == 0 ? font_px : 0.72 * font_px;
    for (std::size_t i = 0; i < run.text.size(); ++i) {
      const auto c = static_cast<unsigned char>(run.text[i]);
      if (c >= 0x80 && c < 0xC0) continue;  // the tail of a character
      width += size * 1e-3 * (c >= 0x20 && c < 0x7F ? helvetica[c - 0x20] : 600);
    }
  }
  return width;
}

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

}  // namespace

std::string json_in_script(std::string json) {
  replace_all(json, "<", "\\u003c");
  replace_all(json, "\xE2\x80\xA8", "\\u2028");
  replace_all(json, "\xE2\x80\xA9", "\\u2029");
  return json;
}

std::string code_in_script(std::string code) {
  // Only ever inside strings and regular expressions, where these backslashes change nothing.
  // "<script" alone is harmless: it needs a "<!--" before it to hide the element's end.
  replace_all(code, "</script", "<\\/script");
  replace_all(code, "<!--", "<\\!--");
  return code;
}

namespace {

/// [begin, end) of the first DOI at or behind `from`; begin = npos where there is none.
std::pair<std::size_t, std::size_t> doi_span(std::string_view s, std::size_t from) {
  constexpr auto none = std::string_view::npos;
  for (std::size_t at = s.find("10.", from); at != none; at = s.find("10.", at + 3)) {
    if (at > 0 && std::isalnum(static_cast<unsigned char>(s[at - 1])) != 0) continue;
    std::size_t i = at + 3;
    while (i < s.size() && std::isdigit(static_cast<unsigned char>(s[i])) != 0) ++i;
    if (i - at - 3 < 4 || i >= s.size() || s[i] != '/') continue;
    const std::size_t suffix = ++i;
    while (i < s.size() && std::string_view(" \t\n\"<>,;{}|\\^`").find(s[i]) == none) ++i;
    while (i > suffix && (s[i - 1] == '.' || s[i - 1] == ':')) --i;
    // A closing bracket belongs to the sentence unless the DOI itself opened one.
    if (i > suffix && s[i - 1] == ')' && s.substr(suffix, i - suffix).find('(') == none) --i;
    if (i > suffix) return {at, i};
  }
  return {none, none};
}

}  // namespace

std::string find_doi(std::string_view text) {
  const auto [begin, end] = doi_span(text, 0);
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin));
}

std::string with_doi_links(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto [begin, end] = doi_span(text, at);
    if (begin == std::string_view::npos) break;
    std::string_view before = text.substr(at, begin - at);
    for (const std::string_view host : {"https://doi.org/", "http://dx.doi.org/"})
      if (before.ends_with(host)) before.remove_suffix(host.size());
    const std::string doi = escape(text.substr(begin, end - begin));
    out += rich_html(before);
    out += fmt::format("<a href=\"https://doi.org/{0}\" rel=\"noopener noreferrer\">{0}</a>", doi);
    at = end;
  }
  return out + rich_html(text.substr(at));
}

std::string slug(std::string_view text) {
  std::string out;
  std::string plain;
  for (const Run& run : rich_runs(text)) plain += run.text;
  for (const char c : plain) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x80 && std::isalnum(u) != 0)
      out += static_cast<char>(std::tolower(u));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "x" : out;
}

}  // namespace vitrion::report
