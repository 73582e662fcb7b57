// The analyses of this room, for the registry.
#pragma once

#include "analysis/registry.hpp"

namespace vitrion {

/// density, rdf, angles, coordination, speciation, structure_factor, total_correlation, xrd.
void register_structure_analyses(AnalysisRegistry& registry);

}  // namespace vitrion
