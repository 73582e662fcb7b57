// Ideal coordination polyhedra for 1 to 13 ligands, built from their geometry.
//
// The set and the symbols are those of the IUPAC (Hartshorn et al., DOI 10.1351/pac200779101779) as
// extended by ChemEnv (Waroquiers et al., DOI 10.1107/S2052520620007994): "T:4" is a tetrahedron.
// Prisms and antiprisms have edges of one length, caps stand over their faces at the distance of
// the other vertices, Johnson solids are cut from the icosahedron or the cuboctahedra.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "structure/symmetry_measure.hpp"

namespace vitrion {

struct Polyhedron {
  std::string symbol;  ///< "O:6"
  std::string name;    ///< "octahedron"
  std::string iupac;   ///< "OC-6"; empty where there is none
  IdealShape shape;
};

/// Those with `ligands` vertices; none beyond 13.
std::span<const Polyhedron> polyhedra(std::size_t ligands);
/// The one of that symbol, or nullptr.
const Polyhedron* find_polyhedron(const std::string& symbol);

}  // namespace vitrion
