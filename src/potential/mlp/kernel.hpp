// The kernel of one instruction set: compiled several times with other flags and lanes.
//
// Included by kernel_*.cpp alone, which define nothing else (see simd.hpp).
#pragma once

#include "potential/mlp/layers.hpp"
#include "potential/mlp/projection.hpp"

namespace vitrion::mlp {
namespace {

template <class T, int W>
std::size_t kernel_bytes(const View<T>& m, int neighbors) {
  return pair_bytes(m) * static_cast<std::size_t>(neighbors + 1) +
         layer_bytes<T, Vec<T, W>>(m) +
         sizeof(T) * static_cast<std::size_t>(m.projections * m.row_pad) + 64 * (3 * W + 8) + 256;
}

template <class T>
PairRows<T> take_rows(const View<T>& m, int count, Arena& arena) {
  const auto n = static_cast<std::size_t>(count);
  PairRows<T> rows;
  rows.harmonic = arena.take<T>(n * 4 * static_cast<std::size_t>(m.row_pad));
  rows.radial = arena.take<T>(n * 2 * radial_pad + 4);  // project() may look 2 past the end
  rows.direction = arena.take<T>(n * 4);
  return rows;
}

// [q][pad] of one centre ↔ lane c of [q][lm].
template <class T, int W>
inline void to_lane(const View<T>& m, const T* from, T factor, int c, T* lanes) {
  for (int q = 0; q < m.projections; ++q) {
    for (int i = 0; i < m.lm; ++i) {
      lanes[(static_cast<std::ptrdiff_t>(q) * m.lm + i) * W + c] = factor * from[q * m.row_pad + i];
    }
  }
}
template <class T, int W>
inline void from_lane(const View<T>& m, const T* lanes, T factor, int c, int stride, T* to) {
  for (int q = 0; q < m.projections; ++q) {
    for (int i = 0; i < m.lm; ++i) {
      to[q * m.row_pad + i] =
          factor * lanes[(static_cast<std::ptrdiff_t>(q) * m.lm + i) * stride + c];
    }
    for (int i = m.lm; i < m.row_pad; ++i) to[q * m.row_pad + i] = 0;
  }
}

template <class T, int W>
void evaluate_batch(const View<T>& m, int z, int count, const Row<T>* rows, double* energy,
                    double* features, void* scratch, std::size_t bytes) {
  using V = Vec<T, W>;
  Arena arena(scratch, bytes);
  const ElementView<T>& e = m.element[z];
  T* projection =
      arena.take<T>(static_cast<std::size_t>(m.projections) * static_cast<std::size_t>(m.row_pad));
  const auto w = layer_memory<T, V>(m, arena);
  PairRows<T> pairs[W];
  for (int i = 0; i < m.projections * m.lm; ++i) w.x[i] = V{};
  with_pieces<T, W>(m, [&](auto pieces) {
    constexpr int P = decltype(pieces)::value;
    for (int c = 0; c < count; ++c) {
      pairs[c] = take_rows(m, rows[c].count, arena);
      fill_rows<T, W>(m, z, rows[c], pairs[c]);
      project<T, W, P>(m, rows[c], pairs[c], projection);
      to_lane<T, W>(m, projection, m.inverse_density, c, reinterpret_cast<T*>(w.x));
    }
    if (m.mixing) mix(m, e.mixing, w.x, m.projections, w.mixed, m.channels, m.projections, 1);
    forward_invariants(m, e, w);
    const V total = readout<T, V, W>(m, e, w, V{} + T(1));
    for (int c = 0; c < count; ++c) energy[c] = total[c];
    if (features != nullptr) {
      for (int c = 0; c < count; ++c) {
        for (int f = 0; f < m.features; ++f) features[c * m.features + f] = w.b[f][c];
      }
    }
    backward_invariants(m, e, w);
    for (int c = 0; c < count; ++c) {
      from_lane<T, W>(m, reinterpret_cast<const T*>(w.gx), m.inverse_density, c, W, projection);
      pull_back<T, W, P>(m, rows[c], pairs[c], projection);
    }
  });
}

template <class T, int W>
constexpr KernelTable<T> kernel_table(const char* name) {
  return {name, W, &kernel_bytes<T, W>, &evaluate_batch<T, W>};
}

}  // namespace
}  // namespace vitrion::mlp
