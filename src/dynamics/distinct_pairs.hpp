// Histogram of the distances between where some atoms were and where others are later.
//
// Later positions, with all images within range, are sorted into bins (neighbor/ghost_grid.hpp), so
// distances are exact in any triclinic cell and beyond half a height. O(N · neighbours in range).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cell.hpp"

namespace vitrion {

/// Adds to `counts` (equal bins from 0 to r_max) the distances from each of `from` to each of `to`,
/// leaving out `to[i]` for `from[i]` and all its images where `same` says that they are one atom.
/// Returns the number of distances that were computed.
std::size_t count_distances(const Cell& cell, std::span<const Vec3> from, std::span<const Vec3> to,
                            bool same, double r_max_A, std::span<double> counts);

}  // namespace vitrion
