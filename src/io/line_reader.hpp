// Lines of a text, read in large blocks, with their numbers for messages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/bytes.hpp"

namespace vitrion::io {

class LineReader {
 public:
  LineReader(std::unique_ptr<ByteSource> bytes, std::string name);

  /// The next line without its end; false at the end of the text. The view holds until the next
  /// call. InputError on a line of more than a MiB: that is no text of atoms.
  bool next(std::string_view& line);
  /// The next line; InputError ("cut off …") where there is none.
  std::string_view require(std::string_view what);
  /// next() gives the last line once more.
  void unread() { again_ = true; }
  /// Goes on to the first line that is not blank and leaves it to next(); false where none is.
  bool skip_blank();
  /// The bytes that follow, up to 16 KiB, without taking them. Not after unread().
  std::string_view peek();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int line_number() const;
  /// Whether the last line given out was the text's last and had no end of line.
  [[nodiscard]] bool unterminated() const { return unterminated_; }
  [[nodiscard]] std::optional<double> progress() const { return bytes_->progress(); }

  /// Throws InputError at the line last given out.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  bool refill();

  std::unique_ptr<ByteSource> bytes_;
  std::string name_;
  std::vector<char> block_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::int64_t lines_ = 0;
  std::string_view line_;
  bool again_ = false;
  bool ended_ = false;
  bool unterminated_ = false;
};

}  // namespace vitrion::io
