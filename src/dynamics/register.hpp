// The analyses of this room, for the table of all analyses.
#pragma once

#include "analysis/registry.hpp"

namespace vitrion {

void register_dynamics_analyses(AnalysisRegistry& registry);

}  // namespace vitrion
