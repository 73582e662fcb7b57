// The elements of a structure's species, and the error where a potential lacks one.
#pragma once

#include <string>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// The element symbol of each species of a structure, in their order.
std::vector<std::string> species_elements(const Structure& structure);

/// Throws InputError where a species is not among `known`, naming a potential of the catalogue that
/// has them all.
void require_elements(const std::string& potential, const std::vector<std::string>& known,
                      const Structure& structure);

}  // namespace vitrion
