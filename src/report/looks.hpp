// How atoms look in pictures of structures: colours and radii by element.
#pragma once

#include <string>

#include "core/structure.hpp"

namespace vitrion::report {

/// Atoms nearer than this times the sum of their covalent radii are drawn bonded.
inline constexpr double bond_reach = 1.18;

struct Look {
  std::string colour;
  double radius = 0.45;  ///< Å
};

Look look_of(const Species& species);
/// A cation of charge +1 or +2, drawn without bonds.
bool is_mobile(const Species& species);

}  // namespace vitrion::report
