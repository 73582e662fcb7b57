// The inner loops of a move: bins of old and new distances, and the transform of what changed.
// Compiled for several instruction sets; the best is chosen at the first call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

/// Points in a tile of the transform, and the multiple to which runs of slots are filled up: no
/// loop has a remainder, so that a pair's bin never depends on where its atoms lie in memory.
inline constexpr std::size_t tile_width = 32;
inline constexpr std::size_t slot_multiple = 16;
inline constexpr std::size_t most_channels = 4;

/// Atoms as fixed-point coordinates, and where the rows of their groups begin; n is a multiple of
/// slot_multiple.
struct SlotView {
  const std::int32_t* x;
  const std::int32_t* y;
  const std::int32_t* z;
  const std::int32_t* base;
  std::size_t n;
};

struct MisfitView {
  const double* measured;
  const double* weight;
  const double* x;
  const double* computed;
  std::size_t n;
  double scale, offset, slope;
};

struct PairKernels {
  /// old_at[k] and new_at[k]: base + bin of the distance from each of the two sites.
  /// `metric`: upper triangle of the cell (xx, xy, xz, yy, yz, zz) in bins for a step.
  void (*bins)(const SlotView& slots, const Site& from, const Site& to, const float* metric,
               std::int32_t* old_at, std::int32_t* new_at);
  /// out[c × tile_width + p] = Σ_k value[c × rows + k] · tile[k × tile_width + p].
  void (*transform)(const float* tile, std::size_t rows, const float* value, std::size_t channels,
                    float* out);
  /// Σ w (e − scale y − offset − slope x)²; the order of the sum is fixed.
  double (*misfit)(const MisfitView& view);
};

const PairKernels& pair_kernels();

// One for each instruction set, in a file of its own; only those that the processor has may run.
extern const PairKernels pair_kernels_portable;
extern const PairKernels pair_kernels_avx2;
extern const PairKernels pair_kernels_avx512;

}  // namespace vitrion::rmc
