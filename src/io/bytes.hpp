// Streams of bytes from and to files, with gz and zst unpacked and packed on the way.
//
// Reading goes by the file's first bytes, not by its name; writing by the name's ending. Memory: a
// block of input and one of output, whatever the size of the file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrion::io {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `size` bytes; 0 only at the end. Throws InputError where packed data is cut or broken.
  virtual std::size_t read(char* to, std::size_t size) = 0;
  /// Share of the file (as it lies on disk) read so far.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
};

/// The (unpacked) content of a file. InputError where it is absent, a folder, not readable, or
/// packed in a way that is not read.
std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& file);
/// All of that content at once, for files that are small beside memory.
std::string read_bytes(const std::filesystem::path& file);
/// `content` itself, unpacked where it is gz or zst.
std::unique_ptr<ByteSource> memory_bytes(std::string content, const std::string& name = "memory");

/// Output under the unfinished name; removed again unless it is committed.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& file);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  /// Everything written so far is on disk afterwards.
  void flush();
  /// Completes the file and gives it its final name.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The name without a trailing ".gz", ".zst", ".zstd" (any case).
std::string without_packing(const std::string& file_name);

}  // namespace vitrion::io
