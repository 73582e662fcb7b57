#include "base/data_files.hpp"

#include <cstdlib>
#include <system_error>

#include "base/error.hpp"

namespace vitrion {
namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path() : self.parent_path();
}

fs::path data_folder() {
  std::error_code error;
  if (const char* given = std::getenv("VITRION_DATA"); given != nullptr && *given != '\0')
    return given;
  for (const fs::path& place :
       {program_folder().parent_path() / "share" / "vitrion", fs::path(VITRION_SOURCE_DATA)}) {
    if (fs::exists(place / "potentials", error) || fs::exists(place / "units", error)) return place;
  }
  throw WorkError(
      "the program's data folder is missing: set VITRION_DATA to the folder that holds "
      "\"potentials\"");
}

}  // namespace vitrion
