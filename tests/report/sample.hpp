// A report's input as a real run would give it: 75Li2S-25P2S5, two replicas, 300 K and three
// production temperatures. The numbers are made, from the model curves said beside them.
#pragma once

#include "report/report.hpp"

namespace vitrion::sample {

ReportInput full_report();
/// Only one file's g(r): no histories, no potential, no structure.
ReportInput small_report();
/// A packed box of n PS4 units and 3n Li in a slightly triclinic cell.
Frame glass(int units, double tilt_A = 3.0);

}  // namespace vitrion::sample
