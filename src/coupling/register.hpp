// The analyses of this room, for the registry.
#pragma once

#include "analysis/registry.hpp"

namespace vitrion {

void register_coupling_analyses(AnalysisRegistry& registry);

}  // namespace vitrion
