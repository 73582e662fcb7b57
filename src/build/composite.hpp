// `system: {method: composite}`: glass | interface | crystal, stacked along c and periodic.
//
// The first crystal's lateral supercell is the cell's base; other crystals take the multiples that
// fit it best and are strained to it. Slabs are cut between, never through, the polyhedra of their
// formers. Glass is packed into the layers between, around the slabs, each layer at its density
// (the model of Kim et al., J. Phys. Chem. Lett. 9 (2018), relaxed by the protocol that follows).
#pragma once

#include "build/plan.hpp"

namespace vitrion {

SystemPlan plan_composite(const SystemSettings& settings);
BuiltSystem build_composite(const SystemSettings& settings, std::uint64_t seed,
                            std::uint64_t replica);

}  // namespace vitrion
