// Rings of a periodic graph of bonds.
//
// primitive: rings without a shortcut: between any two of their atoms no path is shorter than the
//   one along the ring (Franzblau, DOI 10.1103/PhysRevB.44.4925; Goetzke & Klein,
//   DOI 10.1016/0022-3093(91)90145-V). A shortcut anywhere is one between opposite atoms too, so
//   only those are looked at.
// King: for each atom and each two of its neighbours, the shortest ring through the three (King,
//   DOI 10.1038/2131112a0).
// Atoms and their images are different nodes, so that a path that leaves the cell and comes back at
// the other side closes no ring. O(N · ball), where the ball is all that half a ring can reach.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "neighbor/neighbor_list.hpp"
#include "structure/bonds.hpp"

namespace vitrion {

struct BondGraph {
  struct Bond {
    std::uint32_t atom;
    Int3 shift;  ///< cells from the home of one to the home of the other
  };
  std::vector<std::vector<Bond>> bonds;
  std::vector<bool> counted;  ///< atoms that make the size of a ring
};

/// Bonds between atoms whose groups are marked in `inside`.
BondGraph make_bond_graph(const Structure& structure, const PairTable& table,
                          const NeighborList& neighbors, const BondCutoffs& cutoffs,
                          const std::vector<bool>& inside, const std::vector<bool>& counted);

/// Rings by size: counted atoms in a ring → how many such rings the cell holds. Rings of more than
/// `longest` atoms (of all kinds) are not looked for.
std::map<int, double> primitive_rings(const BondGraph& graph, int longest);

/// Pairs of neighbours of counted atoms by the size of their shortest ring; size 0: none.
std::map<int, double> king_rings(const BondGraph& graph, int longest);

}  // namespace vitrion
