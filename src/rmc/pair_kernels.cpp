#include "rmc/pair_kernels.hpp"

#include "base/clones.hpp"

namespace vitrion::rmc {
namespace {

typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));
constexpr std::size_t lanes = 16;
constexpr std::size_t parts = tile_width / lanes;

template <std::size_t C>
__attribute__((always_inline)) inline void tile_of(const float* tile, const std::uint32_t* row,
                                                   std::size_t rows, const float* value,
                                                   float* out) {
  Lanes sum[C][parts] = {};
  for (std::size_t k = 0; k < rows; ++k) {
    const float* at = tile + row[k] * tile_width;
    Lanes kernel[parts];
    for (std::size_t p = 0; p < parts; ++p) {
      kernel[p] = *reinterpret_cast<const Lanes*>(at + p * lanes);
    }
    for (std::size_t c = 0; c < C; ++c) {
      const float v = value[k * C + c];
      for (std::size_t p = 0; p < parts; ++p) sum[c][p] += v * kernel[p];
    }
  }
  for (std::size_t c = 0; c < C; ++c) {
    for (std::size_t p = 0; p < parts; ++p) {
      *reinterpret_cast<Lanes*>(out + c * tile_width + p * lanes) = sum[c][p];
    }
  }
}

}  // namespace

VITRION_CLONES
void bins_from_two_sites(const SlotView& slots, const Site& from, const Site& to,
                         const float* metric, std::int32_t* old_at, std::int32_t* new_at) {
  const std::int32_t* x = slots.x;
  const std::int32_t* y = slots.y;
  const std::int32_t* z = slots.z;
  const std::int32_t* base = slots.base;
  const float xx = metric[0], xy = metric[1], xz = metric[2];
  const float yy = metric[3], yz = metric[4], zz = metric[5];
  const auto one = [&](std::size_t k, const Site& s) __attribute__((always_inline)) {
    // Unsigned subtraction wraps; the conversion back is what the wrapping means.
    const auto dx = static_cast<float>(static_cast<std::int32_t>(
        static_cast<std::uint32_t>(x[k]) - static_cast<std::uint32_t>(s.x)));
    const auto dy = static_cast<float>(static_cast<std::int32_t>(
        static_cast<std::uint32_t>(y[k]) - static_cast<std::uint32_t>(s.y)));
    const auto dz = static_cast<float>(static_cast<std::int32_t>(
        static_cast<std::uint32_t>(z[k]) - static_cast<std::uint32_t>(s.z)));
    const float cx = xx * dx + xy * dy + xz * dz;
    const float cy = yy * dy + yz * dz;
    const float cz = zz * dz;
    return static_cast<std::int32_t>(__builtin_sqrtf(cx * cx + cy * cy + cz * cz));
  };
  for (std::size_t k = 0; k < slots.n; ++k) {
    old_at[k] = base[k] + one(k, from);
    new_at[k] = base[k] + one(k, to);
  }
}

VITRION_CLONES
void transform_tile(const float* tile, const std::uint32_t* row, std::size_t rows,
                    const float* value, std::size_t channels, float* out) {
  switch (channels) {
    case 1:
      return tile_of<1>(tile, row, rows, value, out);
    case 2:
      return tile_of<2>(tile, row, rows, value, out);
    case 3:
      return tile_of<3>(tile, row, rows, value, out);
    default:
      return tile_of<4>(tile, row, rows, value, out);
  }
}

}  // namespace vitrion::rmc
