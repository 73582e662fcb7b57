// Fuzzes every reader: the first byte takes the format, the rest is the file.
//
//   cmake -S . -B build-fuzz -DCMAKE_CXX_COMPILER=clang++ -DVITRION_FUZZ=ON
//         -DVITRION_SANITIZE=address,undefined,fuzzer-no-link
//   build-fuzz/fuzz_formats CORPUS/ -max_len=20000 -timeout=10 -rss_limit_mb=2048
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "io/text_format.hpp"

namespace {

using namespace vitrion;

// The NetCDF library wants a file; this one lies in memory.
std::filesystem::path file_of(const std::string& content) {
  static const std::string name = "/dev/shm/vitrion-fuzz-" + std::to_string(::getpid());
  std::ofstream(name, std::ios::binary) << content;
  return name;
}

// A folder of DeePMD whose coordinates are the content.
std::filesystem::path folder_of(const std::string& content) {
  static const std::filesystem::path folder =
      "/dev/shm/vitrion-fuzz-deepmd-" + std::to_string(::getpid());
  std::filesystem::create_directories(folder / "set.000");
  std::ofstream(folder / "type.raw") << "0 1";
  std::ofstream(folder / "type_map.raw") << "Li S";
  std::ofstream(folder / "nopbc") << "";
  std::ofstream(folder / "set.000" / "coord.npy", std::ios::binary) << content;
  return folder;
}

void read_all(FrameSource& source) {
  Frame frame;
  while (source.next(frame)) {
    check_frame(frame);
    for (const auto k : frame.structure.kind) {
      if (k >= frame.structure.species.size()) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& table = io::format_table();
  const auto& format = table[data[0] % table.size()];
  std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  ReadOptions options;
  if ((data[0] & 0x80) != 0) options.type_names = {{1, "Li"}, {2, "P"}};
  options.timestep_ps = 0.002;
  try {
    if (format.info.name == "deepmd") {
      read_all(*format.read_file(folder_of(content), options));
    } else if (format.read_file != nullptr) {
      read_all(*format.read_file(file_of(content), options));
    } else {
      read_all(
          *format.read_text(io::LineReader(io::memory_bytes(std::move(content)), "fuzz"), options));
    }
  } catch (const InputError&) {
  }
  return 0;
}
