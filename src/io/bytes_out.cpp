#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "io/bytes.hpp"

namespace vitrion::io {
namespace {

// Packs what it is given and hands blocks on; `finish` ends the packed stream.
class Packer {
 public:
  enum class Then { go_on, flush, finish };
  virtual ~Packer() = default;
  virtual void pack(std::string_view bytes, Then then, std::FILE* out) = 0;
};

void put(const char* bytes, std::size_t size, std::FILE* out) {
  if (size > 0 && std::fwrite(bytes, 1, size, out) != size)
    throw std::system_error(errno, std::generic_category());
}

class NoPacker : public Packer {
 public:
  void pack(std::string_view bytes, Then, std::FILE* out) override {
    put(bytes.data(), bytes.size(), out);
  }
};

class GzipPacker : public Packer {
 public:
  GzipPacker() : block_(1 << 17) {
    if (::deflateInit2(&z_, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw WorkError("zlib cannot be started");
  }
  ~GzipPacker() override { ::deflateEnd(&z_); }
  GzipPacker(const GzipPacker&) = delete;
  GzipPacker& operator=(const GzipPacker&) = delete;

  void pack(std::string_view bytes, Then then, std::FILE* out) override {
    // zlib counts in 32 bits.
    constexpr std::size_t piece = std::size_t{1} << 30;
    while (bytes.size() > piece) {
      step(bytes.substr(0, piece), Z_NO_FLUSH, out);
      bytes.remove_prefix(piece);
    }
    step(bytes,
         then == Then::go_on   ? Z_NO_FLUSH
         : then == Then::flush ? Z_SYNC_FLUSH
                               : Z_FINISH,
         out);
  }

 private:
  void step(std::string_view bytes, int mode, std::FILE* out) {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z_.avail_in = static_cast<uInt>(bytes.size());
    do {
      z_.next_out = reinterpret_cast<Bytef*>(block_.data());
      z_.avail_out = static_cast<uInt>(block_.size());
      ::deflate(&z_, mode);
      put(block_.data(), block_.size() - z_.avail_out, out);
    } while (z_.avail_out == 0);
  }

  z_stream z_{};
  std::vector<char> block_;
};

class ZstdPacker : public Packer {
 public:
  ZstdPacker() : z_(ZSTD_createCCtx(), &ZSTD_freeCCtx), block_(ZSTD_CStreamOutSize()) {
    if (!z_) throw WorkError("zstd cannot be started");
    ZSTD_CCtx_setParameter(z_.get(), ZSTD_c_checksumFlag, 1);
  }
  void pack(std::string_view bytes, Then then, std::FILE* out) override {
    const ZSTD_EndDirective mode = then == Then::go_on   ? ZSTD_e_continue
                                   : then == Then::flush ? ZSTD_e_flush
                                                         : ZSTD_e_end;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer to{block_.data(), block_.size(), 0};
      left = ZSTD_compressStream2(z_.get(), &to, &in, mode);
      if (ZSTD_isError(left) != 0U)
        throw WorkError(fmt::format("zstd failed: {}", ZSTD_getErrorName(left)));
      put(block_.data(), to.pos, out);
    } while (mode == ZSTD_e_continue ? in.pos < in.size : left > 0);
  }

 private:
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> z_;
  std::vector<char> block_;
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::unique_ptr<Packer> packer_for(const std::string& file_name) {
  const std::string name = to_lower(file_name);
  if (ends_with(name, ".gz")) return std::make_unique<GzipPacker>();
  if (ends_with(name, ".zst") || ends_with(name, ".zstd")) return std::make_unique<ZstdPacker>();
  return std::make_unique<NoPacker>();
}

}  // namespace

std::string without_packing(const std::string& file_name) {
  const std::string lower = to_lower(file_name);
  for (const std::string_view end : {".gz", ".zst", ".zstd"}) {
    if (ends_with(lower, end)) return file_name.substr(0, file_name.size() - end.size());
  }
  return file_name;
}

struct OutputFile::State {
  std::filesystem::path file;
  std::filesystem::path unfinished;
  std::FILE* out = nullptr;
  std::unique_ptr<Packer> packer;

  void pack(std::string_view bytes, Packer::Then then, bool sync) {
    try {
      packer->pack(bytes, then, out);
      if (sync && (std::fflush(out) != 0 || ::fsync(::fileno(out)) != 0)) {
        throw std::system_error(errno, std::generic_category());
      }
    } catch (const std::system_error& error) {
      throw WorkError(
          fmt::format("{}: cannot be written: {}", file.string(), error.code().message()));
    }
  }
};

OutputFile::OutputFile(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  state_->file = file;
  state_->unfinished = unfinished_name(file);
  state_->packer = packer_for(file.filename().string());
  state_->out = std::fopen(state_->unfinished.c_str(), "wb");
  if (state_->out == nullptr) {
    throw WorkError(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
  }
}

OutputFile::~OutputFile() {
  if (state_->out == nullptr) return;
  std::fclose(state_->out);
  ::unlink(state_->unfinished.c_str());
}

void OutputFile::write(std::string_view bytes) { state_->pack(bytes, Packer::Then::go_on, false); }

void OutputFile::flush() { state_->pack({}, Packer::Then::flush, true); }

void OutputFile::commit() {
  state_->pack({}, Packer::Then::finish, true);
  std::fclose(state_->out);
  state_->out = nullptr;
  commit_file(state_->file);
}

}  // namespace vitrion::io
