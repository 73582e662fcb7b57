// Counts pairs of atoms by distance and by pair of species: the fast part of g(r).
//
// A half loop over a grid of ghosts, with distances computed in straight, vectorised runs; exact in
// every triclinic cell and beyond half a height, where images count as neighbours of their own.
// O(N) at fixed density and range.
#pragma once

#include <cstdint>
#include <vector>

#include "structure/pairs.hpp"

namespace vitrion {

class PairHistogram {
 public:
  /// `bins` equal bins over [0, r_max).
  PairHistogram(double r_max_A, std::size_t bins) : r_max_(r_max_A), bins_(bins) {}

  /// Unordered pairs of this structure, [pair of the table × bins + bin]; overwrites the last.
  const std::vector<std::uint32_t>& count(const Structure& structure, const PairTable& table);

 private:
  double r_max_;
  std::size_t bins_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace vitrion
