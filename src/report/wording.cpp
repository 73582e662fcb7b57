#include "report/wording.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include "base/text.hpp"

namespace vitrion::report {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

/// "PS4", "P2S7", "Li3PS4": element symbols with at least one count.
bool is_formula(std::string_view s) {
  bool counted = false;
  std::size_t symbols = 0;
  for (std::size_t i = 0; i < s.size(); ++symbols) {
    if (!is_upper(s[i++])) return false;
    if (i < s.size() && is_lower(s[i])) ++i;
    for (; i < s.size() && is_digit(s[i]); ++i) counted = true;
  }
  return counted && symbols > 1;
}

std::string formula(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!is_digit(s[i])) {
      out += s[i];
      continue;
    }
    out += "_{";
    while (i < s.size() && is_digit(s[i])) out += s[i++];
    out += "}";
    --i;
  }
  return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> symbols{{
    {"sigma", "σ"},
    {"alpha", "α"},
    {"rho", "ρ"},
    {"nu", "ν"},
    {"theta", "θ"},
    {"chi", "χ"},
    {"tau", "τ"},
    {"omega", "ω"},
    {"kappa", "κ"},
}};

std::string greek(std::string_view word) {
  for (const auto& [name, sign] : symbols)
    if (word == name) return std::string(sign);
  return std::string(word);
}

/// "e-08" and the like as a power of ten.
std::string powers_of_ten(std::string text) {
  if (const std::size_t e = text.find('e'); e != std::string::npos) {
    const int exponent = std::stoi(text.substr(e + 1));
    text = fmt::format("{}×10^{{{}}}", text.substr(0, e), exponent);
  }
  if (text.starts_with('-')) text = "−" + text.substr(1);
  return text;
}

}  // namespace

std::string pretty_unit(std::string_view unit) {
  std::string out;
  std::string rest(unit);
  std::string sign;
  if (rest.starts_with("1/")) {
    rest = rest.substr(2);
    sign = "-";
  }
  for (std::size_t i = 0; i < rest.size();) {
    if (std::isalpha(static_cast<unsigned char>(rest[i])) != 0) {
      std::string word;
      while (i < rest.size() && std::isalpha(static_cast<unsigned char>(rest[i])) != 0)
        word += rest[i++];
      out += word == "A" ? "Å" : word == "deg" ? "°" : word;
      std::string power;
      if (i < rest.size() && rest[i] == '^') ++i;
      if (i < rest.size() && rest[i] == '-' && i + 1 < rest.size() && is_digit(rest[i + 1]))
        power += rest[i++];
      while (i < rest.size() && is_digit(rest[i])) power += rest[i++];
      if (!power.empty() || !sign.empty())
        out += fmt::format("^{{{}{}}}", sign, power.empty() ? "1" : power);
      if (!sign.empty()) sign.clear();
    } else {
      out += rest[i++];
    }
  }
  return out;
}

std::string pretty_name(std::string_view name) {
  if (is_formula(name)) return formula(name);
  std::string out = replaced(replaced(std::string(name), "->", "→"), ">", "→");
  // A hyphen between atoms is a bond, not a minus.
  for (std::size_t i = 1; i + 1 < out.size(); ++i)
    if (out[i] == '-' && std::isalpha(static_cast<unsigned char>(out[i - 1])) != 0 &&
        is_upper(out[i + 1]))
      out.replace(i, 1, "–");
  if (const std::size_t at = out.find('_');
      at != std::string::npos && out.find("_{") == std::string::npos) {
    const std::string head = greek(out.substr(0, at));
    if (head.size() <= 2 && at + 1 < out.size()) return head + "_{" + out.substr(at + 1) + "}";
    return replaced(out, "_", " ");
  }
  return greek(out);
}

std::string words(std::string_view name) { return replaced(std::string(name), "_", " "); }

std::string pretty_key(std::string_view key) {
  const std::string text(key);
  const std::size_t at = text.find('_');
  if (at == std::string::npos) return capitalised(greek(text));
  const std::string head = text.substr(0, at);
  const std::string tail = text.substr(at + 1);
  if (text == "haven_ratio") return "Haven ratio H_{R}";
  if (text == "E_a") return "E_{a}";
  if (text == "r_chi") return "R_{χ}";
  if (text.starts_with("r_chi_")) return "R_{χ} " + words(text.substr(6));
  if (head == "cn") return "CN " + pretty_name(tail);
  if (head == "sd") return "Standard deviation " + pretty_name(tail);
  if (head == "fraction") return "Fraction of " + pretty_name(tail);
  const std::string symbol = greek(head);
  if (head.size() == 1 || symbol != head) {
    std::string index = tail;
    if (tail.size() > 1 && tail.back() == 'K' && is_digit(tail[0]))
      index = tail.substr(0, tail.size() - 1) + " K";
    return symbol + "_{" + pretty_name(index) + "}";
  }
  const std::size_t last = text.rfind('_');
  return capitalised(replaced(text.substr(0, last), "_", " ")) + " " +
         pretty_name(text.substr(last + 1));
}

std::string pretty_value(double value, double error) {
  return powers_of_ten(format_with_error(value, error));
}

std::pair<std::string, std::string> value_and_error(double value, double error) {
  const std::string text = format_with_error(value, error);
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')');
  if (open == std::string::npos || close == std::string::npos) return {powers_of_ten(text), ""};
  const std::string head = text.substr(0, open);
  const std::string digits = text.substr(open + 1, close - open - 1);
  const std::size_t point = head.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : head.size() - point - 1;
  const double size = std::stod(digits) * std::pow(10.0, -static_cast<double>(decimals));
  const std::string tail = text.substr(close + 1);
  return {powers_of_ten(head + tail),
          "± " + powers_of_ten(fmt::format("{:.{}f}{}", size, decimals, tail))};
}

std::string pretty_number(double value) {
  if (!std::isfinite(value)) return "–";
  return powers_of_ten(fmt::format("{:.5g}", value));
}

std::string label_with_unit(std::string_view label, std::string_view unit) {
  if (label.empty() && unit.empty()) return "";
  if (unit.empty()) return std::string(label);
  const std::string pretty = pretty_unit(unit);
  if (label.find('(') != std::string_view::npos && label.ends_with(')') &&
      (label.find(unit) != std::string_view::npos || label.find("Å") != std::string_view::npos ||
       label.find("°") != std::string_view::npos))
    return std::string(label);
  if (label.empty()) return pretty;
  return fmt::format("{} ({})", label, pretty);
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty() && is_lower(out[0]) && (out.size() == 1 || !is_upper(out[1])))
    out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

}  // namespace vitrion::report
