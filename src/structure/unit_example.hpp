// An example of a unit of the network, whole, so that a report can draw it.
#pragma once

#include <cstdint>
#include <string>

#include "analysis/result.hpp"
#include "structure/units.hpp"

namespace vitrion {

/// As texts for a table: elements "P S S S S"; "x y z" of each atom, Å, around the mean of all;
/// bonds "0-1 0-2", numbered from 0.
struct UnitExample {
  std::string atoms;
  std::string positions;
  std::string bonds;
};

/// Units of more atoms are not shown.
inline constexpr std::size_t largest_example = 60;

/// Unit `unit` of the network, from its lowest atom along its bonds; empty for a large one. An atom
/// whose images are bonded (a chain through the cell) is there once. O(atoms of the cell).
UnitExample example_of(std::int64_t unit, const Network& network, const PairTable& table,
                       const NeighborList& neighbors, const BondCutoffs& bonds);

/// "unit_examples": unit, kind, fraction, and the texts of each; reports draw it.
Table unit_examples_table();
void add_example(Table& table, const std::string& unit, bool usual, double fraction,
                 const UnitExample& example);

}  // namespace vitrion
