#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "io/bytes.hpp"

namespace vitrion::io {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;

class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& file) : name_(file.string()) {
    fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
      const int why = errno;
      throw InputError(why == ENOENT
                           ? fmt::format("{}: no such file: check the path", name_)
                           : fmt::format("{}: cannot be read: {}", name_, std::strerror(why)));
    }
    struct stat about {};
    if (::fstat(fd_, &about) == 0) {
      if (S_ISDIR(about.st_mode)) {
        ::close(fd_);
        throw InputError(fmt::format("{}: is a folder: name a file in it", name_));
      }
      size_ = S_ISREG(about.st_mode) ? about.st_size : 0;
    }
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~FileBytes() override { ::close(fd_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    while (true) {
      const ssize_t got = ::read(fd_, to, size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        throw WorkError(fmt::format("{}: reading failed: {}", name_, std::strerror(errno)));
      done_ += got;
      return static_cast<std::size_t>(got);
    }
  }
  [[nodiscard]] std::optional<double> progress() const override {
    if (size_ <= 0) return std::nullopt;
    return std::min(1.0, static_cast<double>(done_) / static_cast<double>(size_));
  }

 private:
  std::string name_;
  int fd_ = -1;
  std::int64_t size_ = 0;
  std::int64_t done_ = 0;
};

class MemoryBytes : public ByteSource {
 public:
  explicit MemoryBytes(std::string content) : content_(std::move(content)) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, content_.size() - at_);
    std::memcpy(to, content_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string content_;
  std::size_t at_ = 0;
};

// The packed bytes below an unpacker, in blocks; begins with those read to tell the format.
struct Packed {
  Packed(std::unique_ptr<ByteSource> source, std::string first)
      : below(std::move(source)), block(std::move(first)) {
    filled = block.size();
    block.resize(std::max(block_bytes, filled));
  }
  bool refill() {
    at = 0;
    filled = below->read(block.data(), block.size());
    return filled > 0;
  }
  std::unique_ptr<ByteSource> below;
  std::string block;
  std::size_t at = 0;
  std::size_t filled = 0;
};

[[noreturn]] void cut(const std::string& name) {
  throw InputError(fmt::format("{}: the packed file is cut off: copy or pack it again", name));
}

class PlainBytes : public ByteSource {
 public:
  PlainBytes(std::unique_ptr<ByteSource> below, std::string first)
      : in_(std::move(below), std::move(first)) {}
  std::size_t read(char* to, std::size_t size) override {
    if (in_.at == in_.filled) return in_.below->read(to, size);
    const std::size_t n = std::min(size, in_.filled - in_.at);
    std::memcpy(to, in_.block.data() + in_.at, n);
    in_.at += n;
    return n;
  }
  [[nodiscard]] std::optional<double> progress() const override { return in_.below->progress(); }

 private:
  Packed in_;
};

class GzipBytes : public ByteSource {
 public:
  GzipBytes(std::unique_ptr<ByteSource> below, std::string first, std::string name)
      : in_(std::move(below), std::move(first)), name_(std::move(name)) {
    if (::inflateInit2(&z_, 15 + 16) != Z_OK) throw WorkError("zlib cannot be started");
  }
  ~GzipBytes() override { ::inflateEnd(&z_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    z_.next_out = reinterpret_cast<Bytef*>(to);
    z_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30));
    const uInt wanted = z_.avail_out;
    while (z_.avail_out == wanted && !ended_) {
      if (in_.at == in_.filled && !in_.refill()) {
        if (!between_) cut(name_);
        break;
      }
      if (between_ && !begin_member()) break;
      step();
    }
    return wanted - z_.avail_out;
  }
  [[nodiscard]] std::optional<double> progress() const override { return in_.below->progress(); }

 private:
  void step() {
    z_.next_in = reinterpret_cast<Bytef*>(in_.block.data() + in_.at);
    z_.avail_in = static_cast<uInt>(in_.filled - in_.at);
    const int state = ::inflate(&z_, Z_NO_FLUSH);
    in_.at = in_.filled - z_.avail_in;
    if (state == Z_STREAM_END) {
      between_ = true;
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      throw InputError(fmt::format("{}: the gz data is broken ({}): copy or pack it again", name_,
                                   z_.msg != nullptr ? z_.msg : "unknown reason"));
    }
  }
  // A gz file may hold several members; some writers fill up with zeros behind the last.
  bool begin_member() {
    if (!started_) {
      started_ = true;
    } else if (in_.block[in_.at] == '\0') {
      ended_ = true;
      return false;
    } else {
      ::inflateReset(&z_);
    }
    between_ = false;
    return true;
  }

  Packed in_;
  std::string name_;
  z_stream z_{};
  bool started_ = false;
  bool between_ = true;
  bool ended_ = false;
};

class ZstdBytes : public ByteSource {
 public:
  ZstdBytes(std::unique_ptr<ByteSource> below, std::string first, std::string name)
      : in_(std::move(below), std::move(first)),
        name_(std::move(name)),
        z_(ZSTD_createDStream(), &ZSTD_freeDStream) {
    if (!z_) throw WorkError("zstd cannot be started");
  }

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      // With input used up, what the unpacker still holds comes out by calling it once more.
      const bool more = in_.at < in_.filled || in_.refill();
      if (!more && !inside_) break;
      ZSTD_inBuffer in{in_.block.data(), in_.filled, in_.at};
      const std::size_t state = ZSTD_decompressStream(z_.get(), &out, &in);
      in_.at = in.pos;
      if (ZSTD_isError(state) != 0U) {
        throw InputError(fmt::format("{}: the zst data is broken ({}): copy or pack it again",
                                     name_, ZSTD_getErrorName(state)));
      }
      inside_ = state != 0;
      if (!more && inside_ && out.pos == 0) cut(name_);
    }
    return out.pos;
  }
  [[nodiscard]] std::optional<double> progress() const override { return in_.below->progress(); }

 private:
  Packed in_;
  std::string name_;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> z_;
  bool inside_ = false;
};

std::unique_ptr<ByteSource> unpacked(std::unique_ptr<ByteSource> below, const std::string& name) {
  std::string first(6, '\0');
  std::size_t n = 0;
  while (n < first.size()) {
    const std::size_t got = below->read(first.data() + n, first.size() - n);
    if (got == 0) break;
    n += got;
  }
  first.resize(n);
  const auto begins = [&](std::string_view magic) {
    return first.compare(0, magic.size(), magic) == 0;
  };
  if (begins("\x1f\x8b")) return std::make_unique<GzipBytes>(std::move(below), first, name);
  if (begins("\x28\xb5\x2f\xfd")) return std::make_unique<ZstdBytes>(std::move(below), first, name);
  if (begins("\xfd"
             "7zXZ") ||
      begins("BZh9") || begins("PK\x03\x04")) {
    throw InputError(fmt::format(
        "{}: is packed by xz, bzip2 or zip: unpack it, or pack it with gzip or zstd", name));
  }
  return std::make_unique<PlainBytes>(std::move(below), first);
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& file) {
  return unpacked(std::make_unique<FileBytes>(file), file.string());
}

std::string read_bytes(const std::filesystem::path& file) {
  const auto bytes = open_bytes(file);
  std::string text;
  std::vector<char> block(std::size_t{1} << 20U);
  while (const std::size_t n = bytes->read(block.data(), block.size())) {
    text.append(block.data(), n);
  }
  return text;
}

std::unique_ptr<ByteSource> memory_bytes(std::string content, const std::string& name) {
  return unpacked(std::make_unique<MemoryBytes>(std::move(content)), name);
}

}  // namespace vitrion::io
