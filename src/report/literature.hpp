// Published and measured values of the glasses, to set a run beside.
#pragma once

#include "build/system.hpp"
#include "report/report.hpp"

namespace vitrion {

/// Fills the comparison table and the points of the Arrhenius plot from
/// data/literature/*.yaml, for systems of the same composition.
void add_literature(ReportInput& input, const SystemPlan& system);

}  // namespace vitrion
