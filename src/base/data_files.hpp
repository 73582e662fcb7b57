// Where the program's own data (potentials, recipes, report assets) lies.
#pragma once

#include <filesystem>
#include <string_view>

namespace vitrion {

/// The folder with `potentials/` and the like: $VITRION_DATA, or share/vitrion beside the installed
/// program, or data/ of the source tree. Throws WorkError where none exists.
std::filesystem::path data_folder();
/// The folder of the running program, for finding the programs beside it.
std::filesystem::path program_folder();

}  // namespace vitrion
