// The loops of pair_kernels.hpp for vectors of W floats; included by one file for each instruction
// set. All of it is in an unnamed namespace, so that no linker can take one file's code for
// another's.
#pragma once

#include "rmc/pair_kernels.hpp"

namespace vitrion::rmc {
namespace {

template <int W>
struct Lanes {
  typedef float Float __attribute__((vector_size(W * 4)));
  typedef std::int32_t Int __attribute__((vector_size(W * 4)));
  typedef float LooseFloat __attribute__((vector_size(W * 4), aligned(4), may_alias));
  typedef std::int32_t LooseInt __attribute__((vector_size(W * 4), aligned(4), may_alias));
  // Wraps around, as whole cells do.
  typedef std::uint32_t LooseUnsigned __attribute__((vector_size(W * 4), aligned(4), may_alias));
};

template <int W>
inline typename Lanes<W>::Int bin_of(const SlotView& s, std::size_t k, const Site& from,
                                     const float* m) {
  using L = Lanes<W>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  const auto apart = [](const std::int32_t* at, std::int32_t one) {
    const typename L::LooseUnsigned d =
        *reinterpret_cast<const typename L::LooseUnsigned*>(at) - static_cast<std::uint32_t>(one);
    return __builtin_convertvector(reinterpret_cast<const Int&>(d), Float);
  };
  const Float dx = apart(s.x + k, from.x);
  const Float dy = apart(s.y + k, from.y);
  const Float dz = apart(s.z + k, from.z);
  const Float cx = m[0] * dx + m[1] * dy + m[2] * dz;
  const Float cy = m[3] * dy + m[4] * dz;
  const Float cz = m[5] * dz;
  Float r = cx * cx + cy * cy + cz * cz;
  for (int i = 0; i < W; ++i) r[i] = __builtin_sqrtf(r[i]);
  return __builtin_convertvector(r, Int) +
         *reinterpret_cast<const typename L::LooseInt*>(s.base + k);
}

template <int W>
void bins_for(const SlotView& slots, const Site& from, const Site& to, const float* metric,
              std::int32_t* old_at, std::int32_t* new_at) {
  for (std::size_t k = 0; k < slots.n; k += W) {
    *reinterpret_cast<typename Lanes<W>::LooseInt*>(old_at + k) = bin_of<W>(slots, k, from, metric);
    *reinterpret_cast<typename Lanes<W>::LooseInt*>(new_at + k) = bin_of<W>(slots, k, to, metric);
  }
}

template <int W, int C>
inline void tile_of(const float* tile, std::size_t rows, const float* value, float* out) {
  using Float = typename Lanes<W>::Float;
  using Loose = typename Lanes<W>::LooseFloat;
  constexpr int parts = static_cast<int>(tile_width) / W;
  Float sum[C][parts] = {};
  for (std::size_t k = 0; k < rows; ++k) {
    const float* at = tile + k * tile_width;
    Float kernel[parts];
#pragma GCC unroll 8
    for (int p = 0; p < parts; ++p) kernel[p] = *reinterpret_cast<const Loose*>(at + p * W);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const float v = value[static_cast<std::size_t>(c) * rows + k];
#pragma GCC unroll 8
      for (int p = 0; p < parts; ++p) sum[c][p] += v * kernel[p];
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
#pragma GCC unroll 8
    for (int p = 0; p < parts; ++p) {
      *reinterpret_cast<Loose*>(out + c * static_cast<int>(tile_width) + p * W) = sum[c][p];
    }
  }
}

template <int W>
void transform_for(const float* tile, std::size_t rows, const float* value, std::size_t channels,
                   float* out) {
  switch (channels) {
    case 1: return tile_of<W, 1>(tile, rows, value, out);
    case 2: return tile_of<W, 2>(tile, rows, value, out);
    case 3: return tile_of<W, 3>(tile, rows, value, out);
    default: return tile_of<W, 4>(tile, rows, value, out);
  }
}

template <int W>
double misfit_for(const MisfitView& v) {
  double part[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= v.n; i += 16) {
    for (std::size_t k = 0; k < 16; ++k) {
      const double d =
          v.measured[i + k] - v.scale * v.computed[i + k] - v.offset - v.slope * v.x[i + k];
      part[k] += v.weight[i + k] * d * d;
    }
  }
  double sum = 0;
  for (; i < v.n; ++i) {
    const double d = v.measured[i] - v.scale * v.computed[i] - v.offset - v.slope * v.x[i];
    sum += v.weight[i] * d * d;
  }
  for (const double p : part) sum += p;
  return sum;
}

template <int W>
constexpr PairKernels kernels_for() {
  return {bins_for<W>, transform_for<W>, misfit_for<W>};
}

}  // namespace
}  // namespace vitrion::rmc
