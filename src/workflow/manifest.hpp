// manifest.json: what one needs to trust and repeat a run.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "workflow/run_directory.hpp"

namespace vitrion {

/// Versions, seeds, hashes of recipe and potential, hardware, and each stage's state and wall time.
nlohmann::ordered_json make_manifest(const RunDirectory& run);
void write_manifest(const RunDirectory& run);

/// Facts of this machine and this build, also shown by `vitrion doctor`.
nlohmann::ordered_json machine_facts();

}  // namespace vitrion
