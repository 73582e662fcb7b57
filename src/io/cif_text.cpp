#include "io/cif_text.hpp"

#include <cctype>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"

namespace vitrion {
namespace {

struct Word {
  std::string text;
  bool quoted = false;
  int line = 0;
};

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

class Words {
 public:
  Words(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  bool next(Word& word) {
    skip();
    if (at_ >= text_.size()) return false;
    word = {"", false, line_};
    const char c = text_[at_];
    const bool line_begins = at_ == 0 || text_[at_ - 1] == '\n';
    if (c == ';' && line_begins) {
      read_block(word);
    } else if (c == '\'' || c == '"') {
      read_quoted(word, c);
    } else {
      while (at_ < text_.size() && !is_space(text_[at_])) word.text += text_[at_++];
    }
    return true;
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (is_space(text_[at_])) {
        line_ += text_[at_] == '\n' ? 1 : 0;
        ++at_;
      } else {
        return;
      }
    }
  }
  void read_block(Word& word) {
    const auto end = text_.find("\n;", at_);
    if (end == std::string_view::npos)
      throw InputError({file_, line_, 0}, "a text that begins with ; does not end: close it");
    word.quoted = true;
    word.text = text_.substr(at_ + 1, end - at_ - 1);
    for (const char c : word.text) line_ += c == '\n' ? 1 : 0;
    ++line_;
    at_ = end + 2;
  }
  // The closing quote is one before white space: 'a dog's life' is one word.
  void read_quoted(Word& word, char quote) {
    word.quoted = true;
    for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      const bool last = at_ + 1 >= text_.size() || is_space(text_[at_ + 1]);
      if (text_[at_] == quote && last) {
        ++at_;
        return;
      }
      word.text += text_[at_];
    }
    throw InputError({file_, line_, 0}, "a quoted text does not end on its line: close it");
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::string CifBlock::value(const std::vector<std::string>& tags) const {
  for (const auto& tag : tags) {
    const auto* found = column(tag);
    if (found != nullptr && !found->empty() && found->front() != "?" && found->front() != ".")
      return found->front();
  }
  return "";
}

const std::vector<std::string>* CifBlock::column(const std::string& tag) const {
  const auto at = values.find(to_lower(tag));
  return at == values.end() ? nullptr : &at->second;
}

std::vector<CifBlock> parse_cif(std::string_view text, const std::string& file) {
  std::vector<CifBlock> out;
  Words words(text, file);
  Word word;
  bool more = words.next(word);
  const auto is_tag = [&] { return !word.quoted && !word.text.empty() && word.text[0] == '_'; };
  const auto begins = [&](const char* what) {
    return !word.quoted && to_lower(word.text).rfind(what, 0) == 0;
  };
  while (more) {
    const Location where{file, word.line, 0};
    if (begins("data_")) {
      out.push_back({word.text.substr(5), {}});
      more = words.next(word);
      continue;
    }
    if (out.empty()) throw InputError(where, "a CIF file begins with data_: is this one?");
    auto& values = out.back().values;
    if (begins("loop_")) {
      std::vector<std::string> tags;
      while ((more = words.next(word)) && is_tag()) tags.push_back(to_lower(word.text));
      if (tags.empty()) throw InputError(where, "a loop has no columns: name them behind loop_");
      std::size_t n = 0;
      for (; more && !is_tag() && !begins("loop_") && !begins("data_"); more = words.next(word))
        values[tags[n++ % tags.size()]].push_back(word.text);
      if (n % tags.size() != 0) {
        throw InputError(where, "a loop's values do not fill its columns: is one missing?");
      }
      continue;
    }
    if (!is_tag())
      throw InputError(where, "a value stands without its name: is a quote missing before?");
    const std::string tag = to_lower(word.text);
    if (!words.next(word)) throw InputError(where, "the last name has no value");
    values[tag] = {word.text};
    more = words.next(word);
  }
  return out;
}

double cif_number(std::string_view text) {
  const std::string plain(text.substr(0, text.find('(')));
  char* end = nullptr;
  const double value = std::strtod(plain.c_str(), &end);
  return plain.empty() || end != plain.c_str() + plain.size() ? NAN : value;
}

}  // namespace vitrion
