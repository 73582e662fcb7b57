// A vector of centres of one element at once: memory, projections into lanes, and the way back.
//
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/layers.hpp"
#include "potential/mlp/messages.hpp"

namespace vitrion::mlp {
namespace {

template <class T>
inline std::size_t projection_size(const View<T>& m) {
  return static_cast<std::size_t>(m.projections) * static_cast<std::size_t>(m.row_pad);
}

template <class T, int W>
std::size_t kernel_bytes(const View<T>& m, int neighbors) {
  return pair_bytes(m) * static_cast<std::size_t>(neighbors + 1) + layer_bytes<T, Vec<T, W>>(m) +
         sizeof(T) * W * projection_size(m) + 64 * (3 * W + 8) + 256;
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

// Projections of a batch, [lane][q][pad], become x [q][lm] whose lanes are the centres; `stride` 2
// reaches one part of duals.
template <class T, int W>
void to_lanes(const View<T>& m, const T* from, int count, Vec<T, W>* x, int stride) {
  using V = Vec<T, W>;
  const std::ptrdiff_t centre = static_cast<std::ptrdiff_t>(m.projections) * m.row_pad;
  for (int q = 0; q < m.projections; ++q, from += m.row_pad) {
    for (int lm = 0; lm < m.row_pad; lm += W) {
      V block[W];
      for (int c = 0; c < W; ++c) block[c] = c < count ? load<T, W>(from + c * centre + lm) : V{};
      transpose<T, W>(block);
      const int n = m.lm - lm < W ? m.lm - lm : W;
      V* to = x + (static_cast<std::ptrdiff_t>(q) * m.lm + lm) * stride;
      for (int k = 0; k < n; ++k)
        to[static_cast<std::ptrdiff_t>(k) * stride] = m.inverse_density * block[k];
    }
  }
}
template <class T, int W>
void from_lanes(const View<T>& m, const Vec<T, W>* x, int stride, int count, T* to) {
  using V = Vec<T, W>;
  const std::ptrdiff_t centre = static_cast<std::ptrdiff_t>(m.projections) * m.row_pad;
  for (int q = 0; q < m.projections; ++q, to += m.row_pad) {
    for (int lm = 0; lm < m.row_pad; lm += W) {
      V block[W];
      const V* from = x + (static_cast<std::ptrdiff_t>(q) * m.lm + lm) * stride;
      for (int k = 0; k < W; ++k) {
        block[k] =
            lm + k < m.lm ? m.inverse_density * from[static_cast<std::ptrdiff_t>(k) * stride] : V{};
      }
      transpose<T, W>(block);
      for (int c = 0; c < count; ++c) store<T, W>(to + c * centre + lm, block[c]);
    }
  }
}

// Projections of every lane's centre into w.x.
template <class T, int W, int P, bool Slopes = true>
void project_batch(const View<T>& m, int z, int count, const Row<T>* rows, PairRows<T>* pairs,
                   T* projection, Arena& arena, const LayerMemory<T, Vec<T, W>>& w) {
  for (int c = 0; c < count; ++c) {
    pairs[c] = take_rows(m, rows[c].count, arena);
    fill_rows<T, W, Slopes>(m, z, rows[c], pairs[c]);
    T* of_centre = projection + static_cast<std::size_t>(c) * projection_size(m);
    project<T, W, P>(m, rows[c], pairs[c], of_centre);
    project_messages<T, W, P>(m, rows[c], pairs[c], of_centre);
  }
  to_lanes<T, W>(m, projection, count, w.x, 1);
}

// From w.gmixed to the gradients of the rows.
template <class T, int W, int P>
void pull_batch(const View<T>& m, const ElementView<T>& e, int count, const Row<T>* rows,
                const PairRows<T>* pairs, T* projection, const LayerMemory<T, Vec<T, W>>& w) {
  backward_mixing(m, e, w);
  from_lanes<T, W>(m, w.gx, 1, count, projection);
  for (int c = 0; c < count; ++c) {
    pull_back<T, W, P>(m, rows[c], pairs[c],
                       projection + static_cast<std::size_t>(c) * projection_size(m));
  }
}

// Of all lanes.
template <class T, int W>
T* take_projections(const View<T>& m, Arena& arena) {
  return arena.take<T>(W * projection_size(m));
}

}  // namespace
}  // namespace vitrion::mlp
