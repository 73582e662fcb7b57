#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

#include "base/error.hpp"

namespace vitrion {
namespace {

std::string reason() { return std::strerror(errno); }

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  const std::string why = reason();
  throw WorkError(fmt::format("{}: cannot {}: {}", file.string(), what, why));
}

void sync_path(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    throw InputError(fmt::format("{}: no such file: check the path", file.string()));
  }
  if (std::filesystem::is_directory(file, error)) {
    throw InputError(fmt::format("{}: is a folder: name a file in it", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw InputError(fmt::format("{}: cannot be read: {}", file.string(), reason()));
  }
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::filesystem::path unfinished_name(const std::filesystem::path& file) {
  return file.parent_path() / ("." + file.filename().string() + ".unfinished");
}

void write_file_atomically(const std::filesystem::path& file, std::string_view content) {
  const auto temporary = unfinished_name(file);
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  const std::unique_ptr<std::FILE, Closer> out(std::fopen(temporary.c_str(), "wb"));
  if (!out) fail(file, "be written");
  const bool written =
      std::fwrite(content.data(), 1, content.size(), out.get()) == content.size() &&
      std::fflush(out.get()) == 0 && ::fsync(::fileno(out.get())) == 0;
  if (!written) {
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
    fail(file, "be written");
  }
  if (std::rename(temporary.c_str(), file.c_str()) != 0) fail(file, "be renamed into place");
}

void commit_file(const std::filesystem::path& file) {
  const auto temporary = unfinished_name(file);
  sync_path(temporary, O_RDONLY);
  if (std::rename(temporary.c_str(), file.c_str()) != 0) fail(file, "be renamed into place");
}

void make_directory(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw WorkError(
        fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
  }
}

std::string fingerprint(std::string_view content) {
  return fmt::format("{:016x}", XXH3_64bits(content.data(), content.size()));
}

std::string fingerprint_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read: {}", file.string(), reason()));
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::string block(1 << 20, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    XXH3_64bits_update(state.get(), block.data(), static_cast<std::size_t>(in.gcount()));
  }
  return fmt::format("{:016x}", XXH3_64bits_digest(state.get()));
}

}  // namespace vitrion
