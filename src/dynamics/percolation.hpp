// Where regions of high values on a periodic grid begin to cross the cell.
//
// Voxels are added from the highest value down and joined with those that share a face (union-find
// that keeps the images crossed: Newman & Ziff, Phys. Rev. E 64, 016706 (2001), DOI
// 10.1103/PhysRevE.64.016706). A region wraps in as many directions as its closed walks have
// independent sums of crossed cells. O(n log n) for n voxels.
#pragma once

#include <array>
#include <span>

namespace vitrion {

struct Percolation {
  /// The highest value at which a region of values no lower wraps in at least 1, 2, 3 independent
  /// directions; NaN where none does before the value 0.
  std::array<double, 3> level;
  /// Share of all voxels at or above that level.
  std::array<double, 3> share;
};

/// `values` [x][y][z], x slowest, of a grid that is periodic in all directions.
Percolation percolate(std::span<const double> values, const std::array<int, 3>& size);

}  // namespace vitrion
