// checkpoint.json of a run: everything that is not recomputed.
#pragma once

#include <filesystem>

#include "rmc/run.hpp"

namespace vitrion::rmc {

void write_checkpoint(const std::filesystem::path& file, const RmcRun& run);
/// Puts a run back where its checkpoint left it; InputError where it belongs to another recipe.
void read_checkpoint(const std::filesystem::path& file, RmcRun& run);

}  // namespace vitrion::rmc
