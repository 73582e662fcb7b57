// LAMMPS as the engine of a run. LAMMPS itself lives in a worker program, vitrion-lammps: a crash
// of it costs the run's tail since the last checkpoint, nothing more.
//
// Thompson et al., Comput. Phys. Commun. 271, 108171 (2022), DOI 10.1016/j.cpc.2021.108171.
// Thermostats and barostats: nose_hoover is `fix nvt`/`npt` (Martyna–Tobias–Klein), langevin is
// `fix langevin` with zero total random force over nve or nph, rescale sets the kinetic
// temperature every `thermostat_time` over nve or nph. Net momentum is removed now and then in all
// but NVE. Frames come out in the orientation of the start, wrapped, with images.
#pragma once

#include <memory>

#include "engine/engine.hpp"

namespace vitrion {

std::unique_ptr<DynamicsEngine> make_lammps_engine();

}  // namespace vitrion
