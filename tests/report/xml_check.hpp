// A small checker of XML's well-formedness: tags nest, attributes are quoted and unique, and text
// holds no bare "<" or "&". Enough for what the SVG writer can get wrong.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace vitrion::test {

inline bool good_entities(std::string_view s) {
  for (std::size_t i = s.find('&'); i != std::string_view::npos; i = s.find('&', i + 1)) {
    const std::size_t end = s.find(';', i);
    if (end == std::string_view::npos) return false;
    const std::string_view name = s.substr(i + 1, end - i - 1);
    if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && !name.starts_with('#'))
      return false;
  }
  return true;
}

/// "" where the text is well-formed, else what is wrong.
inline std::string xml_fault(std::string_view s) {
  std::vector<std::string> open;
  std::size_t i = 0;
  bool had_root = false;
  while (i < s.size()) {
    if (s[i] != '<') {
      const std::size_t end = std::min(s.find('<', i), s.size());
      if (!good_entities(s.substr(i, end - i))) return "bare & in text";
      i = end;
      continue;
    }
    if (s.substr(i, 2) == "<?") {
      i = s.find("?>", i) + 2;
      continue;
    }
    const bool closing = s.substr(i, 2) == "</";
    std::size_t k = i + (closing ? 2 : 1), from = k;
    while (k < s.size() && (std::isalnum(static_cast<unsigned char>(s[k])) != 0 || s[k] == ':'))
      ++k;
    const std::string name(s.substr(from, k - from));
    if (name.empty()) return "bare < near " + std::string(s.substr(i, 30));
    if (closing) {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
      i = s.find('>', k) + 1;
      continue;
    }
    if (open.empty() && had_root) return "a second root: " + name;
    had_root = true;
    std::vector<std::string> attributes;
    for (;;) {
      while (k < s.size() && std::isspace(static_cast<unsigned char>(s[k])) != 0) ++k;
      if (k >= s.size()) return "unfinished tag " + name;
      if (s[k] == '>') {
        open.push_back(name);
        ++k;
        break;
      }
      if (s.substr(k, 2) == "/>") {
        k += 2;
        break;
      }
      const std::size_t equals = s.find('=', k);
      if (equals == std::string_view::npos || s.substr(equals + 1, 1) != "\"")
        return "unquoted attribute in " + name;
      const std::string attribute(s.substr(k, equals - k));
      if (std::find(attributes.begin(), attributes.end(), attribute) != attributes.end())
        return "twice " + attribute + " in " + name;
      attributes.push_back(attribute);
      const std::size_t end = s.find('"', equals + 2);
      if (end == std::string_view::npos) return "open quote in " + name;
      const std::string_view value = s.substr(equals + 2, end - equals - 2);
      if (value.find('<') != std::string_view::npos || !good_entities(value))
        return "bare sign in " + attribute;
      k = end + 1;
    }
    i = k;
  }
  return open.empty() ? (had_root ? "" : "nothing there") : "never closed: " + open.back();
}

inline std::size_t count(std::string_view s, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t i = s.find(what); i != std::string_view::npos; i = s.find(what, i + what.size()))
    ++n;
  return n;
}

}  // namespace vitrion::test
