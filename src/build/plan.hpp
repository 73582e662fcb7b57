// A system thought through: its plan, and the units that will be placed.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "build/region.hpp"
#include "build/system.hpp"
#include "build/unit.hpp"
#include "core/structure.hpp"

namespace vitrion {

struct PreparedSystem {
  SystemPlan plan;
  std::vector<std::pair<Unit, long>> units;  ///< in the order in which atoms are listed
  Cell cell;
  Structure fixed;              ///< atoms that stand already and do not move
  std::vector<Region> regions;  ///< where units may be
};

/// As plan_system, with all that build_system needs. Throws InputError.
PreparedSystem prepare_system(const SystemSettings& settings);

/// The numbers of atoms of a composition for about so many, without asking for ions.
std::map<std::string, long> whole_atoms(const SystemSettings& settings);
/// Density, volume and cell of a plan that has its atoms, from the settings.
void set_density(const SystemSettings& settings, PreparedSystem& system);

/// What a structure with these atoms comes to; the charge is that of usual ions, which homopolar
/// bonds need not obey.
SystemPlan plan_of_structure(const std::map<std::string, long>& atoms, double volume_A3);

}  // namespace vitrion
