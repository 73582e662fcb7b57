// How coordination polyhedra hang together: by a corner, an edge or a face.
//
// Two polyhedra share the ligands that are bonded to both their centres; a periodic image of a
// polyhedron is a polyhedron of its own. O(N).
#pragma once

#include <span>
#include <vector>

#include "neighbor/neighbor_list.hpp"
#include "structure/bonds.hpp"

namespace vitrion {

struct PolyhedronLink {
  std::uint32_t atom;  ///< the other centre
  int shared;          ///< ligands: 1 corner, 2 edge, 3 or more face
};

/// Who is the centre of a polyhedron and who a ligand, by group.
struct PolyhedronRoles {
  std::vector<bool> centre;
  std::vector<bool> ligand;
};

/// The polyhedra that share ligands with that of atom i.
std::vector<PolyhedronLink> polyhedron_links(std::size_t i, const PairTable& table,
                                             const NeighborList& neighbors,
                                             const BondCutoffs& bonds,
                                             const PolyhedronRoles& roles);

}  // namespace vitrion
