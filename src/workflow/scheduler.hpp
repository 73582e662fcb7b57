// Runs the stages of a run as processes, as many at once as there are cores, until all are done.
#pragma once

#include <filesystem>

#include "workflow/run_directory.hpp"

namespace vitrion {

struct ScheduleOptions {
  int jobs = 0;  ///< stages at once; 0: cores divided by the recipe's ranks
};

/// Skips what is done for the same inputs. Throws Interrupted after Ctrl-C, and WorkError naming
/// the stage and its reason when some stage failed and all that does not depend on it is done.
void run_stages(const RunDirectory& run, const ScheduleOptions& options);

}  // namespace vitrion
