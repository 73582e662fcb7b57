// The kernel of one instruction set: compiled several times with other flags and lanes.
//
// Included by kernel_*.cpp alone, which define nothing else (see simd.hpp).
#pragma once

#include "potential/mlp/batches.hpp"
#include "potential/mlp/training.hpp"

namespace vitrion::mlp {
namespace {

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
