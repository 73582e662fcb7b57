// What a run folder of the LAMMPS engine keeps, so that a run can go on:
//
//   run.json                    what does not change: fingerprint of the job, species, orientation
//   state-STEP-SEGMENT.lammps   the engine's own state (a binary restart file)
//   checkpoint.json             the committed checkpoint: which state counts, and the counts
//
// A checkpoint counts from the moment at which checkpoint.json has been renamed into place; the
// state before it is removed only then.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/engine.hpp"
#include "engine/lammps/convert.hpp"

namespace vitrion {

struct StoredCheckpoint {
  Checkpoint counts;
  int segment = 0;    ///< the segment to go on with
  std::string state;  ///< file in the folder
};

struct StoredRun {
  std::string fingerprint;
  FrameMap map;
};

std::optional<StoredCheckpoint> read_checkpoint(const std::filesystem::path& folder);
/// The state file must have been written under its unfinished name.
void commit_checkpoint(const std::filesystem::path& folder, const StoredCheckpoint& checkpoint);

void write_run(const std::filesystem::path& folder, const StoredRun& run);
StoredRun read_run(const std::filesystem::path& folder);

}  // namespace vitrion
