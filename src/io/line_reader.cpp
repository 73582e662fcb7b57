#include "io/line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion::io {
namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;
constexpr std::size_t first_block = std::size_t{1}
                                    << 17;  // stays in the cache; grows for long lines
constexpr std::size_t largest_block = 2 * longest_line;
constexpr std::size_t head_bytes = std::size_t{1} << 14;

}  // namespace

LineReader::LineReader(std::unique_ptr<ByteSource> bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)), block_(first_block) {}

// Moves what is left to the front and reads on behind it.
bool LineReader::refill() {
  if (ended_) return false;
  std::memmove(block_.data(), block_.data() + at_, filled_ - at_);
  filled_ -= at_;
  at_ = 0;
  if (filled_ == block_.size()) {
    if (block_.size() >= largest_block) return false;
    block_.resize(2 * block_.size());
  }
  const std::size_t got = bytes_->read(block_.data() + filled_, block_.size() - filled_);
  filled_ += got;
  ended_ = got == 0;
  return got > 0;
}

bool LineReader::next(std::string_view& line) {
  if (again_) {
    again_ = false;
    line = line_;
    return true;
  }
  std::size_t searched = 0;
  const char* end = nullptr;
  while (true) {
    const char* start = block_.data() + at_;
    end = static_cast<const char*>(std::memchr(start + searched, '\n', filled_ - at_ - searched));
    if (end != nullptr) break;
    searched = filled_ - at_;
    if (searched > longest_line) break;
    if (!refill()) break;
  }
  const char* start = block_.data() + at_;
  std::size_t length = end != nullptr ? static_cast<std::size_t>(end - start) : filled_ - at_;
  if (end == nullptr && length == 0) return false;
  ++lines_;
  if (length > longest_line)
    fail("the line does not end within 1 MiB: this is not a file of atoms");
  unterminated_ = end == nullptr;
  at_ += length + (end != nullptr ? 1 : 0);
  if (length > 0 && start[length - 1] == '\r') --length;
  line_ = std::string_view(start, length);
  line = line_;
  return true;
}

std::string_view LineReader::require(std::string_view what) {
  std::string_view line;
  if (!next(line)) fail(fmt::format("the file ends where {} should follow: it is cut off", what));
  return line;
}

bool LineReader::skip_blank() {
  std::string_view line;
  while (next(line)) {
    if (trim(line).empty()) continue;
    unread();
    return true;
  }
  return false;
}

std::string_view LineReader::peek() {
  while (filled_ - at_ < head_bytes && refill()) {
  }
  return {block_.data() + at_, std::min(filled_ - at_, head_bytes)};
}

int LineReader::line_number() const {
  return static_cast<int>(std::min<std::int64_t>(lines_, std::numeric_limits<int>::max()));
}

void LineReader::fail(const std::string& message) const {
  throw InputError(Location{name_, line_number(), 0}, message);
}

}  // namespace vitrion::io
