// Points of a periodic cell, evenly spaced along its vectors, and sets of them that may wind around
// the cell.
//
// Sets are joined with the images crossed (Newman & Ziff, Phys. Rev. E 64, 016706 (2001), DOI
// 10.1103/PhysRevE.64.016706), so that a set knows when it meets an image of itself.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/cell.hpp"

namespace vitrion {

struct Grid3 {
  Int3 count{1, 1, 1};
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(count[0]) * static_cast<std::size_t>(count[1]) *
           static_cast<std::size_t>(count[2]);
  }
  /// [a][b][c], a slowest. Indices may lie outside; image_of says how many cells away.
  [[nodiscard]] std::size_t index(Int3 at) const;
  [[nodiscard]] Int3 image_of(const Int3& at) const;
  [[nodiscard]] Int3 place_of(std::size_t index) const;
};

/// Points at most `spacing` apart along each vector.
Grid3 make_grid(const Cell& cell, double spacing_A);

/// Points with a value above 0, the largest first; equal ones in their order. O(n log n).
std::vector<std::uint32_t> largest_first(std::span<const double> values);

/// Sets of points, each with the image of its root that it is joined to.
class WindingSets {
 public:
  explicit WindingSets(std::size_t n);
  /// The root of i, and the cell of i relative to it.
  std::pair<std::uint32_t, Int3> root(std::uint32_t i);
  /// Joins i with j, which is `step` cells on; j's root becomes i's. Returns the vector by which a
  /// set met itself, else 0.
  Int3 join(std::uint32_t i, std::uint32_t j, const Int3& step);

 private:
  std::vector<std::uint32_t> parent_;
  std::vector<Int3> offset_;
};

}  // namespace vitrion
