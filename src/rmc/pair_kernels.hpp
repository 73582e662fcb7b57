// The inner loops of a move: bins of old and new distances, and the transform of what changed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

/// Points in a tile of the transform.
inline constexpr std::size_t tile_width = 32;
inline constexpr std::size_t most_channels = 4;

/// Atoms as fixed-point coordinates, and where the rows of their groups begin.
struct SlotView {
  const std::int32_t* x;
  const std::int32_t* y;
  const std::int32_t* z;
  const std::int32_t* base;
  std::size_t n;
};

/// old_at[k] and new_at[k]: base + bin of the distance from each of the two sites.
/// `metric`: upper triangle of the cell (xx, xy, xz, yy, yz, zz) in bins for a step.
void bins_from_two_sites(const SlotView& slots, const Site& from, const Site& to,
                         const float* metric, std::int32_t* old_at, std::int32_t* new_at);

/// out[c × tile_width + p] = Σ_k value[k × channels + c] · tile[row[k] × tile_width + p].
void transform_tile(const float* tile, const std::uint32_t* row, std::size_t rows,
                    const float* value, std::size_t channels, float* out);

}  // namespace vitrion::rmc
