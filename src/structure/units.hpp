// The units of a glass former's network: bonded groups of formers and anions, and their names.
//
// Bonds are former–anion, former–former and anion–anion within their cut-offs; a unit is what they
// connect, across periodic faces too. Cations belong to no unit.
//
// Names are formulas, formers first:
//   PS4        one former, four anions                    PS3    three
//   P2S7       two formers by one bridging anion (corner)
//   P2S6       two formers by a former–former bond (hypothiodiphosphate), no bridge
//   P2S6_edge  two formers that share two anions (metathiophosphate dimer), no P–P bond
//   P2S6_corner  as P2S7 with an anion missing (unusual)
//   P3S10      PnS3n+1, n ≥ 3: a chain of corners; P3S9_ring: PnS3n, a ring of corners
//   S          an anion alone; S2, S3 …: chains of anions
//   network    anything with more than 12 formers
// Any other unit takes its formula with what is special about it (_edge, _P-P, _S-S: edges shared,
// bonds between formers, between anions) and counts as unusual. Labels of atoms follow the name:
// PS4@glass, P2S7@crystal+glass.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neighbor/neighbor_list.hpp"
#include "structure/bonds.hpp"

namespace vitrion {

/// What a species is in the network.
enum class Part { none, former, anion };

struct Unit {
  std::vector<int> counts;  ///< atoms of each group
  int formers = 0;
  int anions = 0;
  int bridges = 0;  ///< anions bonded to two formers or more
  int edges = 0;    ///< pairs of formers that share two anions or more
  int former_bonds = 0;
  int anion_bonds = 0;
  std::string former_bond;  ///< "P-P", where there is one
  std::string anion_bond;   ///< "S-S"
};

/// An atom in the network.
struct Site {
  int formers = 0;  ///< bonded formers
  int anions = 0;   ///< bonded anions
  int bridges = 0;  ///< of a former: bonded anions that bridge
};

struct Network {
  std::vector<Unit> units;
  std::vector<Site> sites;            ///< of each atom; empty ones for atoms outside the network
  std::vector<std::int64_t> unit_of;  ///< index of each atom's unit; −1 outside the network
};

/// `part` is by group of the table. O(N).
Network find_network(const PairTable& table, const NeighborList& neighbors,
                     const BondCutoffs& bonds, std::span<const Part> part);

/// Formal charge: the usual ones of its atoms, with one electron less to take up for either atom of
/// a bond between formers (P2S6 4-), and one less taken by either of a bond between anions (S2 2-).
/// NaN where an element has no usual charge.
double unit_charge(const Unit& unit, const PairTable& table);

/// Is one of those listed above (an unusual one is not)?
bool is_usual(const Unit& unit);
std::string unit_name(const Unit& unit, const PairTable& table, std::span<const Part> part);
/// "Li@glass" as "Li" and "glass".
std::pair<std::string, std::string> split_label(const std::string& species);

}  // namespace vitrion
