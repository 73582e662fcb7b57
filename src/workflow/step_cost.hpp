// What a step of dynamics costs: measured for learned potentials, known for classical ones.
#pragma once

#include "build/plan.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {

/// Seconds of one core for one atom and one step. A learned potential is timed on some hundred
/// atoms of the plan's composition and density, at random places (tens of milliseconds); for
/// classical ones it is what the shipped Li-P-S fields take in LAMMPS, good to a factor of two.
double atom_step_seconds(const Potential& potential, const SystemPlan& plan);

}  // namespace vitrion
