// Atoms and their periodic images ("ghosts") around the cell, sorted into bins, as plain arrays.
//
// Everything within a cut-off of an atom lies in a few contiguous runs of these arrays, so that
// distance loops are straight and vectorised; no image arithmetic is left in them. Exact in any
// triclinic cell and for cut-offs beyond half a height: a small cell simply has many ghosts.
// O(N (1 + 2 r/h)³) to build, for cut-off r and height h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// Bins divide the cell exactly along its vectors; bin (i, j, k) with 0 ≤ i < count[0] … holds the
/// atoms themselves (and nothing else), bins up to `reach` further out their images.
/// An image's bin is its atom's bin plus whole cells, so the pair (i → image of j) and its mirror
/// (j → image of i) are exactly opposite bins apart: half of all offsets gives each pair once.
struct GhostGrid {
  Int3 count{1, 1, 1};
  Int3 reach{0, 0, 0};
  std::vector<std::uint32_t> start;  ///< first entry of each bin; one more at the end
  std::vector<double> x, y, z;       ///< Å
  std::vector<std::uint32_t> atom;   ///< which atom an entry is, or is an image of

  /// Any of the three may lie `reach` outside [0, count).
  [[nodiscard]] std::size_t bin(int i, int j, int k) const {
    const auto row =
        static_cast<std::size_t>(i + reach[0]) * static_cast<std::size_t>(count[1] + 2 * reach[1]) +
        static_cast<std::size_t>(j + reach[1]);
    return row * static_cast<std::size_t>(count[2] + 2 * reach[2]) +
           static_cast<std::size_t>(k + reach[2]);
  }
  /// Entries of the row (i, j) that can be within the cut-off of bin k: [first, second).
  [[nodiscard]] std::pair<std::size_t, std::size_t> run(int i, int j, int k) const {
    return {start[bin(i, j, k - reach[2])], start[bin(i, j, k + reach[2]) + 1]};
  }
};

/// An open direction, or a missing cell, has no images. `cutoff_A` must be positive and finite.
GhostGrid make_ghost_grid(const Structure& structure, double cutoff_A);

}  // namespace vitrion
