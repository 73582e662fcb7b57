// CP2K's input for one structure.
#pragma once

#include <string>

#include "engine/cp2k/settings.hpp"

namespace vitrion {

/// The places of a user's own input where the lines of the cell and of the atoms go.
inline constexpr const char* cell_place = "{{cell}}";
inline constexpr const char* atoms_place = "{{coordinates}}";

/// Where CP2K leaves the orbitals that a run ended with, in the folder where it runs.
inline constexpr const char* orbitals_file = "label-RESTART.wfn";

/// One run of the program out of those that the labels of a frame take.
struct Cp2kRun {
  bool coarse = false;         ///< the energy alone, on the grid of start_cutoff_Ry, loosely
  bool from_orbitals = false;  ///< of `orbitals_file`, else from atomic densities
};

/// Asks for energy, forces and stress of a structure that is periodic in all directions.
/// InputError where it is not, or where it holds what is no element.
std::string cp2k_input(const Structure& structure, const Cp2kSettings& settings,
                       const Cp2kRun& run = {});

}  // namespace vitrion
