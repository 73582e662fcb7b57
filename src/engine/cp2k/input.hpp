// CP2K's input for one structure.
#pragma once

#include <string>

#include "engine/cp2k/settings.hpp"

namespace vitrion {

/// The places of a user's own input where the lines of the cell and of the atoms go.
inline constexpr const char* cell_place = "{{cell}}";
inline constexpr const char* atoms_place = "{{coordinates}}";

/// Asks for energy, forces and stress of a structure that is periodic in all directions.
/// InputError where it is not, or where it holds what is no element.
std::string cp2k_input(const Structure& structure, const Cp2kSettings& settings);

}  // namespace vitrion
