// Derivatives of energies, and of their derivatives along a direction, by a model's numbers: duals
// through the code that evaluates it.
//
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/batches.hpp"
#include "potential/mlp/gradients.hpp"

namespace vitrion::mlp {
namespace {

// Those of the invariants or of the projections, whichever is more.
template <int W, class T>
std::size_t column_numbers(const View<T>& m) {
  const std::size_t invariants = columns_size<W>(m.features, 1);
  const std::size_t projections = columns_size<W>(m.projections, 2 * m.l_max + 1);
  return invariants > projections ? invariants : projections;
}

template <class T, int W>
std::size_t training_bytes(const View<T>& m, int most_neighbors) {
  return pair_bytes(m) * static_cast<std::size_t>(most_neighbors + 1) +
         layer_bytes<T, Dual<Vec<T, W>>>(m) + 3 * sizeof(T) * W * projection_size(m) +
         2 * sizeof(T) * column_numbers<W>(m) + 64 * 16 + 256;
}

// Adds to the gradients of the hidden layer; `sums` is laid out as the parameters are. The
// invariants are left in the columns that come back.
template <class T, int W>
Columns<T> add_hidden_gradient(const View<T>& m, const ElementView<T>& e,
                               const LayerMemory<T, Dual<Vec<T, W>>>& w, T* sums, Arena& arena) {
  const std::size_t size = columns_size<W>(m.features, 1);
  const Columns<T> invariants{arena.take<T>(size), arena.take<T>(size), m.features, 1};
  fill_columns<T, W>(invariants, [&](int, int f) { return w.b[f]; });
  add_products<T, W>(w.delta, 1, m.hidden, invariants, sums + (e.weight - e.mixing), m.features);
  for (int h = 0; h < m.hidden; ++h) {
    sums[e.bias - e.mixing + h] += sum<T, W>(last(w.delta[h]));
  }
  return invariants;
}
template <class T, int W>
void add_readout_gradient(const View<T>& m, const ElementView<T>& e,
                          const LayerMemory<T, Dual<Vec<T, W>>>& w, const Dual<Vec<T, W>>& seed,
                          T* sums, Arena arena) {
  const auto invariants = add_hidden_gradient<T, W>(m, e, w, sums, arena);
  add_products<T, W>(&seed, 0, 1, invariants, sums + (e.linear - e.mixing), 0);
  for (int h = 0; h < m.hidden; ++h) {
    sums[e.output - e.mixing + h] += sum<T, W>(last(w.hidden[h], seed));
  }
}

template <class T, int W>
void add_mixing_gradient(const View<T>& m, const LayerMemory<T, Dual<Vec<T, W>>>& w, T* sums,
                         Arena arena) {
  const std::size_t size = columns_size<W>(m.projections, 2 * m.l_max + 1);
  Columns<T> columns{arena.take<T>(size), arena.take<T>(size), m.projections, 0};
  for (int l = 0; l <= m.l_max; ++l) {
    columns.depth = 2 * l + 1;
    const auto* x = w.x + l * l;
    fill_columns<T, W>(columns, [&](int i, int q) { return x[q * m.lm + i]; });
    add_products<T, W>(w.gmixed + l * l, m.lm, m.channels, columns,
                       sums + static_cast<std::ptrdiff_t>(l) * m.channels * m.projections,
                       m.projections);
  }
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
  add_readout_gradient<T, W>(m, e, w, seed, sums, arena);
  if (!m.mixing) return;
  backward_invariants(m, e, w);
  add_mixing_gradient<T, W>(m, w, sums, arena);
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
  Arena again = arena;
  (void)add_hidden_gradient<T, W>(m, e, w, sums, again);
  if (!m.mixing) return;
  backward_invariants(m, e, w);
  add_mixing_gradient<T, W>(m, w, sums, arena);
}

}  // namespace
}  // namespace vitrion::mlp
