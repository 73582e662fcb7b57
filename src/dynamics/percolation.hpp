// Where regions of high values on a periodic grid begin to cross the cell.
//
// Points are added from the highest value down and joined with those beside them along the cell's
// vectors. A region wraps in as many directions as its closed walks have independent sums of
// crossed cells. O(n log n) for n points.
#pragma once

#include <array>
#include <span>

#include "numeric/periodic_grid.hpp"

namespace vitrion {

struct Percolation {
  /// The highest value at which a region of values no lower wraps in at least 1, 2, 3 independent
  /// directions; NaN where none does before the value 0.
  std::array<double, 3> level;
  /// Share of all points at or above that level.
  std::array<double, 3> share;
};

/// `values` by the grid's index.
Percolation percolate(std::span<const double> values, const Grid3& grid);

}  // namespace vitrion
