// Chemical elements: symbols, atomic weights, usual ionic charges.
//
// Weights come from gemmi's table (IUPAC). The formal charges are those of the ions of sulfide,
// halide and oxide glasses, used as defaults where a recipe says nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrion::element {

/// Atomic number of "Li", "li" or "LI"; 0 where there is no such element.
int atomic_number(std::string_view symbol);
/// "Li" for 3; "X" for 0.
std::string symbol(int atomic_number);
/// Standard atomic weight in amu; 0 for "X".
double mass_amu(int atomic_number);
/// Single-bond covalent radius in Å (Cordero et al. 2008).
double covalent_radius_A(int atomic_number);
/// Usual oxidation state (Li +1, P +5, S −2 …), where there is one.
std::optional<double> formal_charge(int atomic_number);
/// The element whose weight is nearest, within 0.1 amu; 0 where none is.
int from_mass(double mass_amu);
/// Throws InputError with the nearest symbol where there is no such element.
int require(std::string_view symbol);

}  // namespace vitrion::element
