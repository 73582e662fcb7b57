#include <fmt/format.h>

#include "base/text.hpp"
#include "io/extxyz.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

class CommentParser {
 public:
  CommentParser(std::string_view text, const LineReader& reader) : text_(text), reader_(reader) {}

  std::vector<KeyValue> parse() {
    std::vector<KeyValue> out;
    while (skip()) {
      KeyValue entry;
      entry.key = to_lower(quoted() ? quotation() : bare("="));
      skip();
      if (at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        skip();
        entry.value = value();
      } else {
        entry.value = "T";
      }
      out.push_back(std::move(entry));
    }
    return out;
  }

 private:
  bool skip() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size();
  }
  [[nodiscard]] bool quoted() const {
    return at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
  }
  std::string value() {
    if (at_ == text_.size()) return "";
    if (quoted()) return quotation();
    if (text_[at_] == '{' || text_[at_] == '[') return brackets();
    return bare("");
  }
  std::string bare(std::string_view stops) {
    const std::size_t start = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) &&
           stops.find(text_[at_]) == std::string_view::npos)
      ++at_;
    return std::string(text_.substr(start, at_ - start));
  }
  std::string quotation() {
    const char mark = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != mark) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    if (at_ == text_.size()) {
      unended(fmt::format("a quotation that begins with {} does not end", mark));
    } else {
      ++at_;
    }
    return out;
  }
  std::string brackets() {
    const char open = text_[at_];
    const char close = open == '{' ? '}' : ']';
    const std::size_t start = at_;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == open) ++depth;
      if (text_[at_] == close && --depth == 0) {
        ++at_;
        return std::string(text_.substr(start + 1, at_ - start - 2));
      }
    }
    unended(fmt::format("a list that begins with {} does not end", open));
    return std::string(text_.substr(start + 1));
  }
  void unended(const std::string& message) const {
    const std::string lower = to_lower(text_);
    const bool free_text =
        lower.find("lattice") == std::string::npos && lower.find("properties") == std::string::npos;
    if (!free_text) reader_.fail(message);
  }

  std::string_view text_;
  const LineReader& reader_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<KeyValue> parse_comment(std::string_view comment, const LineReader& reader) {
  return CommentParser(comment, reader).parse();
}

std::vector<double> numbers_of(const KeyValue& entry, const LineReader& reader) {
  std::string text = entry.value;
  if (text.rfind("_JSON", 0) == 0) text.erase(0, 5);  // as ASE writes nested lists
  for (char& c : text) {
    if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') c = ' ';
  }
  std::vector<double> out;
  for (const auto word : split_words(text)) {
    const auto number = to_double(word);
    if (!number) reader.fail(fmt::format("{}: {}", entry.key, not_a_number(word)));
    out.push_back(*number);
  }
  return out;
}

}  // namespace vitrion::io
