// The kernel of one instruction set: compiled several times with other flags and lanes.
//
// Included by kernel_*.cpp alone, which define nothing else (see simd.hpp).
#pragma once

#include "potential/mlp/layers.hpp"
#include "potential/mlp/projection.hpp"

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

template <class T, int W>
void evaluate_batch(const View<T>& m, int z, int count, const Row<T>* rows, double* energy,
                    double* features, double* hidden, void* scratch, std::size_t bytes) {
  using V = Vec<T, W>;
  Arena arena(scratch, bytes);
  const ElementView<T>& e = m.element[z];
  T* projection = take_projections<T, W>(m, arena);
  const auto w = layer_memory<T, V>(m, arena);
  PairRows<T> pairs[W];
  with_pieces<T, W>(m, [&](auto pieces) {
    constexpr int P = decltype(pieces)::value;
    project_batch<T, W, P>(m, z, count, rows, pairs, projection, arena, w);
    if (m.mixing) mix(m, e.mixing, w.x, m.projections, w.mixed, m.channels, m.projections, 1);
    forward_invariants(m, e, w);
    const V total = readout<T, V, W>(m, e, w, V{} + T(1));
    for (int c = 0; c < count; ++c) energy[c] = total[c];
    if (features != nullptr) {
      for (int c = 0; c < count; ++c) {
        for (int f = 0; f < m.features; ++f) features[c * m.features + f] = w.b[f][c];
      }
    }
    if (hidden != nullptr) {
      for (int c = 0; c < count; ++c) {
        for (int h = 0; h < m.hidden; ++h) hidden[c * m.hidden + h] = w.hidden[h][c];
      }
    }
    backward_invariants(m, e, w);
    pull_batch<T, W, P>(m, e, count, rows, pairs, projection, w);
  });
}

// Messages, and with `adjoint` the rows' gradients of their weighted sum.
template <class T, int W>
void run_messages(const View<T>& m, int z, int count, const Row<T>* rows, T* const* value,
                  const T* const* adjoint, void* scratch, std::size_t bytes) {
  using V = Vec<T, W>;
  Arena arena(scratch, bytes);
  const ElementView<T>& e = m.element[z];
  T* projection = take_projections<T, W>(m, arena);
  const auto w = layer_memory<T, V>(m, arena);
  PairRows<T> pairs[W];
  with_pieces<T, W>(m, [&](auto pieces) {
    constexpr int P = decltype(pieces)::value;
    if (adjoint == nullptr) {
      project_batch<T, W, P, false>(m, z, count, rows, pairs, projection, arena, w);
    } else {
      project_batch<T, W, P>(m, z, count, rows, pairs, projection, arena, w);
    }
    if (m.mixing) mix(m, e.mixing, w.x, m.projections, w.mixed, m.channels, m.projections, 1);
    forward_invariants(m, e, w);
    hidden_values<T, V, W>(m, e, w);
    if (value != nullptr) {
      for (int c = 0; c < count; ++c) {
        for (int h = 0; h < m.hidden; ++h) value[c][h] = w.hidden[h][c];
      }
    }
    if (adjoint == nullptr) return;
    for (int h = 0; h < m.hidden; ++h) {
      V seed{};
      for (int c = 0; c < count; ++c) seed[c] = adjoint[c][h];
      w.delta[h] = w.delta[h] * seed;
    }
    hidden_adjoints(m, e, w, V{});
    backward_invariants(m, e, w);
    pull_batch<T, W, P>(m, e, count, rows, pairs, projection, w);
  });
}
template <class T, int W>
void messages_batch(const View<T>& m, int z, int count, const Row<T>* rows, T* const* value,
                    void* scratch, std::size_t bytes) {
  run_messages<T, W>(m, z, count, rows, value, nullptr, scratch, bytes);
}
template <class T, int W>
void pull_messages_batch(const View<T>& m, int z, int count, const Row<T>* rows,
                         const T* const* adjoint, void* scratch, std::size_t bytes) {
  run_messages<T, W>(m, z, count, rows, nullptr, adjoint, scratch, bytes);
}

template <class T, int W>
std::size_t training_bytes(const View<T>& m, int most_neighbors) {
  return pair_bytes(m) * static_cast<std::size_t>(most_neighbors + 1) +
         layer_bytes<T, Dual<Vec<T, W>>>(m) + 3 * sizeof(T) * W * projection_size(m) + 64 * 16 +
         256;
}

// Adds to the parameters' gradients, lane by lane; `sums` is laid out as the parameters are.
template <class T, int W>
void add_hidden_gradient(const View<T>& m, const ElementView<T>& e,
                         const LayerMemory<T, Dual<Vec<T, W>>>& w, Vec<T, W>* sums) {
  for (int h = 0; h < m.hidden; ++h) {
    sums[e.bias - e.mixing + h] += last(w.delta[h]);
    Vec<T, W>* row = sums + (e.weight - e.mixing) + static_cast<std::ptrdiff_t>(h) * m.features;
    const Dual<Vec<T, W>> delta = w.delta[h];
    for (int f = 0; f < m.features; ++f) row[f] += last(w.b[f], delta);
  }
}
template <class T, int W>
void add_readout_gradient(const View<T>& m, const ElementView<T>& e,
                          const LayerMemory<T, Dual<Vec<T, W>>>& w, const Dual<Vec<T, W>>& seed,
                          Vec<T, W>* sums) {
  for (int f = 0; f < m.features; ++f) sums[e.linear - e.mixing + f] += last(w.b[f], seed);
  for (int h = 0; h < m.hidden; ++h) sums[e.output - e.mixing + h] += last(w.hidden[h], seed);
  add_hidden_gradient<T, W>(m, e, w, sums);
}

template <class T, int W>
void add_mixing_gradient(const View<T>& m, const LayerMemory<T, Dual<Vec<T, W>>>& w,
                         Vec<T, W>* sums) {
  for_each_l(m.l_max, [&](auto l_constant) {
    constexpr int l = decltype(l_constant)::value;
    for (int k = 0; k < m.channels; ++k) {
      const Dual<Vec<T, W>>* g = w.gmixed + static_cast<std::ptrdiff_t>(k) * m.lm + l * l;
      const Dual<Vec<T, W>>* x = w.x + l * l;
      for (int q = 0; q < m.projections; ++q, x += m.lm, ++sums) {
        Vec<T, W> s = *sums;
        for (int i = 0; i < 2 * l + 1; ++i) s += last(g[i], x[i]);
        *sums = s;
      }
    }
  });
}

// Duals of the projections and of the invariants, along the velocities.
template <class T, int W>
void push_batch(const View<T>& m, int z, int count, const Row<T>* rows, const T* const* velocity,
                T* projection, Arena& arena, const LayerMemory<T, Dual<Vec<T, W>>>& w) {
  const ElementView<T>& e = m.element[z];
  T* tangent = take_projections<T, W>(m, arena);
  with_pieces<T, W>(m, [&](auto pieces) {
    constexpr int P = decltype(pieces)::value;
    for (int c = 0; c < count; ++c) {
      Arena again = arena;  // the rows of one centre at a time
      const auto pairs = take_rows(m, rows[c].count, again);
      fill_rows<T, W>(m, z, rows[c], pairs);
      const std::size_t at = static_cast<std::size_t>(c) * projection_size(m);
      project<T, W, P>(m, rows[c], pairs, projection + at);
      project_messages<T, W, P>(m, rows[c], pairs, projection + at);
      push_forward<T, W, P>(m, rows[c], pairs, velocity[c], tangent + at);
      push_messages_forward<T, W, P>(m, rows[c], pairs, velocity[c], tangent + at);
    }
  });
  to_lanes<T, W>(m, projection, count, &w.x->v, 2);
  to_lanes<T, W>(m, tangent, count, &w.x->d, 2);
  if (m.mixing) mix(m, e.mixing, w.x, m.projections, w.mixed, m.channels, m.projections, 1);
  forward_invariants(m, e, w);
}

// What the neighbours' messages are told, along the velocities.
template <class T, int W>
void pull_message_batch(const View<T>& m, int z, int count, const Row<T>* rows,
                        const T* const* velocity, T* projection, Arena& arena,
                        const LayerMemory<T, Dual<Vec<T, W>>>& w) {
  backward_mixing(m, m.element[z], w);
  T* tangent = take_projections<T, W>(m, arena);
  from_lanes<T, W>(m, &w.gx->v, 2, count, projection);
  from_lanes<T, W>(m, &w.gx->d, 2, count, tangent);
  with_pieces<T, W>(m, [&](auto pieces) {
    constexpr int P = decltype(pieces)::value;
    for (int c = 0; c < count; ++c) {
      Arena again = arena;
      const auto pairs = take_rows(m, rows[c].count, again);
      fill_rows<T, W>(m, z, rows[c], pairs);
      const std::size_t at = static_cast<std::size_t>(c) * projection_size(m);
      pull_message_tangents<T, W, P>(m, rows[c], pairs, velocity[c], projection + at, tangent + at);
    }
  });
}

template <class T, int W>
void differentiate_batch(const View<T>& m, int z, int count, const Row<T>* rows,
                         const T* const* velocity, const T* energy_weight, T* sums, void* scratch,
                         std::size_t bytes) {
  using S = Dual<Vec<T, W>>;
  Arena arena(scratch, bytes);
  const ElementView<T>& e = m.element[z];
  T* projection = take_projections<T, W>(m, arena);
  const auto w = layer_memory<T, S>(m, arena);
  S seed{};
  for (int c = 0; c < count; ++c) {
    seed.v[c] = 1;
    seed.d[c] = energy_weight[c];
  }
  push_batch<T, W>(m, z, count, rows, velocity, projection, arena, w);
  (void)readout<T, S, W>(m, e, w, seed);
  auto* lane_sums = reinterpret_cast<Vec<T, W>*>(sums);
  add_readout_gradient<T, W>(m, e, w, seed, lane_sums);
  if (!m.mixing) return;
  backward_invariants(m, e, w);
  add_mixing_gradient<T, W>(m, w, lane_sums);
  if (m.messages > 0) {
    pull_message_batch<T, W>(m, z, count, rows, velocity, projection, arena, w);
  }
}

template <class T, int W>
void push_messages_batch(const View<T>& m, int z, int count, const Row<T>* rows,
                         const T* const* velocity, T* const* value, T* const* tangent,
                         void* scratch, std::size_t bytes) {
  using S = Dual<Vec<T, W>>;
  Arena arena(scratch, bytes);
  T* projection = take_projections<T, W>(m, arena);
  const auto w = layer_memory<T, S>(m, arena);
  push_batch<T, W>(m, z, count, rows, velocity, projection, arena, w);
  hidden_values<T, S, W>(m, m.element[z], w);
  for (int c = 0; c < count; ++c) {
    for (int h = 0; h < m.hidden; ++h) {
      value[c][h] = w.hidden[h].v[c];
      tangent[c][h] = w.hidden[h].d[c];
    }
  }
}

template <class T, int W>
void differentiate_messages_batch(const View<T>& m, int z, int count, const Row<T>* rows,
                                  const T* const* velocity, const T* const* adjoint,
                                  const T* const* tangent, T* sums, void* scratch,
                                  std::size_t bytes) {
  using S = Dual<Vec<T, W>>;
  Arena arena(scratch, bytes);
  const ElementView<T>& e = m.element[z];
  T* projection = take_projections<T, W>(m, arena);
  const auto w = layer_memory<T, S>(m, arena);
  push_batch<T, W>(m, z, count, rows, velocity, projection, arena, w);
  hidden_values<T, S, W>(m, e, w);
  for (int h = 0; h < m.hidden; ++h) {
    S seed{};
    for (int c = 0; c < count; ++c) {
      seed.v[c] = adjoint[c][h];
      seed.d[c] = tangent[c][h];
    }
    w.delta[h] = w.delta[h] * seed;
  }
  hidden_adjoints(m, e, w, S{});
  auto* lane_sums = reinterpret_cast<Vec<T, W>*>(sums);
  add_hidden_gradient<T, W>(m, e, w, lane_sums);
  if (!m.mixing) return;
  backward_invariants(m, e, w);
  add_mixing_gradient<T, W>(m, w, lane_sums);
}

template <class T, int W>
constexpr KernelTable<T> kernel_table(const char* name) {
  return {name,
          W,
          &kernel_bytes<T, W>,
          &evaluate_batch<T, W>,
          &training_bytes<T, W>,
          &differentiate_batch<T, W>,
          &messages_batch<T, W>,
          &push_messages_batch<T, W>,
          &pull_messages_batch<T, W>,
          &differentiate_messages_batch<T, W>};
}

}  // namespace
}  // namespace vitrion::mlp
