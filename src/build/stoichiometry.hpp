// Which ions a composition is made of, and how many of each make a cell.
//
// Thiophosphates and their kin follow the charge that the modifiers (Li2S, Na2S, Ag2S …) bring per
// glass former, y (for Li2S–P2S5: y = x/(1−x)). A former moves down a ladder of units and every
// composition lies between two rungs, mixed by the lever rule:
//   P   y ≥ 3  PS4 (3−) + S (2−)         Si, Ge   y ≥ 4  SiS4 (4−) + S (2−)
//       3 … 2  PS4 and P2S7 (4−)                  4 … 2  SiS4 and Si2S6 (4−, edge-sharing)
//       2 … 1  P2S7 and P2S6_edge (2−)            2 … 0  Si2S6 and single ions
//       1 … 0  P2S6_edge and P4S10 (0)   B y = 3 BS3 (3−), Sn y = 4 SnS4 (4−), single ions below
// (Brow's Pⁿ/Qⁿ picture; Dietrich et al., J. Mater. Chem. A 5, 18111 (2017),
// DOI 10.1039/C7TA06067J, for Li2S–P2S5.) Several formers share the charge in proportion to what
// each can take. A lack of sulfur, as in Li4P2S6, is met by P2S6 (4−) with a P–P bond, one for each
// missing S. Halide and oxide ions keep their cations' charge to themselves; whatever has no unit
// is placed as single ions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/composition.hpp"
#include "build/unit.hpp"

namespace vitrion {

/// Exact amounts of units, by name.
using UnitAmounts = std::map<std::string, Rational>;

/// From the way the composition is written ("3 Li + PS4", "Li7(PS4)(P2S7)") where it names units,
/// else from the ladder above. Throws InputError that states the net charge and what would balance
/// it where it is not neutral.
UnitAmounts units_of_composition(const Composition& composition, const UnitLibrary& library);

/// Sum of charges × amounts.
Rational net_charge(const UnitAmounts& amounts, const UnitLibrary& library);
std::map<std::string, Rational> elements_of(const UnitAmounts& amounts, const UnitLibrary& library);

/// What to add or take away for a composition of that net charge ("add 2 Li, or take away 1 S").
std::string balancing_advice(const Rational& charge, const std::vector<std::string>& present,
                             const UnitLibrary& library);

/// Whole numbers of units for about `atoms` atoms: exact multiples of the smallest whole cell where
/// one is near (within a tenth, or small), else the nearest neutral rounding. InputError where no
/// neutral cell holds every element.
std::map<std::string, long> whole_units(const UnitAmounts& amounts, long atoms,
                                        const UnitLibrary& library);

/// Largest difference between the atomic fractions of two compositions.
double composition_error(const std::map<std::string, double>& asked,
                         const std::map<std::string, long>& achieved);

}  // namespace vitrion
