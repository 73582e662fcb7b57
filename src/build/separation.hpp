// Distances at which units that start apart stay apart.
//
// A sulfur 2.0 Å from the phosphorus of another unit is a bond to a force field: the first
// relaxation would join the units. Unless a recipe sets the pair, units therefore keep, where there
// is room:
//   former–anion   1.70 × the sum of covalent radii   (P–S 3.6 Å)
//   former–former  1.96 × the sum of covalent radii   (P–P 4.2 Å)
//   anion–anion    1.52 × the sum of covalent radii   (S–S 3.2 Å)
//   former–cation  1.10 × the sum of covalent radii   (Li–P 2.6 Å)
// The factors were chosen so that 75Li2S-25P2S5 keeps all its PS4 through minimisation and 600 K.
#pragma once

#include "build/packing.hpp"

namespace vitrion {

/// `distances` with the pairs that the settings leave open raised to `share` (0 … 1) of the above.
MinimumDistances separated(const MinimumDistances& distances, const SystemSettings& settings,
                           const PreparedSystem& system, double share);

}  // namespace vitrion
