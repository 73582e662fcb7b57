// Projections of one centre whose neighbours' messages weigh them, and their derivatives.
//
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/projection.hpp"

namespace vitrion::mlp {
namespace {

// The projections of messages, after those of the elements: A[Z N + h N + n] = Σ message_h R_n Y.
template <class T, int W, int Pieces>
void project_messages(const View<T>& m, const Row<T>& row, const PairRows<T>& rows, T* a) {
  using V = Vec<T, W>;
  constexpr int group = Pieces <= 2 ? 8 : 4;
  for (int h = 0; h < m.messages; ++h) {
    for (int n0 = 0; n0 < m.functions; n0 += group) {
      const int n = m.functions - n0 < group ? m.functions - n0 : group;
      V sums[group][Pieces] = {};
      for (int j = 0; j < row.count; ++j) {
        const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
        const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad + n0;
        const T message = row.message[static_cast<std::ptrdiff_t>(j) * m.messages + h];
        V part[Pieces];
        for (int p = 0; p < Pieces; ++p) part[p] = message * load<T, W>(y + p * W);
        for (int k = 0; k < group; ++k) {
          for (int p = 0; p < Pieces; ++p) sums[k][p] += r[k] * part[p];
        }
      }
      for (int k = 0; k < n; ++k) {
        T* to =
            a + static_cast<std::ptrdiff_t>((m.elements + h) * m.functions + n0 + k) * Pieces * W;
        for (int p = 0; p < Pieces; ++p) store<T, W>(to + p * W, sums[k][p]);
      }
    }
  }
}

// Their derivative as neighbours and messages move.
template <class T, int W, int Pieces>
void push_messages_forward(const View<T>& m, const Row<T>& row, const PairRows<T>& rows,
                           const T* velocity, T* a) {
  using V = Vec<T, W>;
  constexpr int group = Pieces <= 2 ? 8 : 4;
  for (int h = 0; h < m.messages; ++h) {
    for (int n0 = 0; n0 < m.functions; n0 += group) {
      const int n = m.functions - n0 < group ? m.functions - n0 : group;
      V sums[group][Pieces] = {};
      for (int j = 0; j < row.count; ++j) {
        const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
        const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad + n0;
        const T* u = rows.direction + 4 * static_cast<std::ptrdiff_t>(j);
        const T* v = velocity + 3 * static_cast<std::ptrdiff_t>(j);
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(j) * m.messages + h;
        const T message = row.message[at], change = row.message_velocity[at];
        const T along = message * (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]);
        V part[Pieces], turn[Pieces];
        for (int p = 0; p < Pieces; ++p) {
          const V here = load<T, W>(y + p * W);
          part[p] = along * here;
          turn[p] = change * here + message * (v[0] * load<T, W>(y + (Pieces + p) * W) +
                                               v[1] * load<T, W>(y + (2 * Pieces + p) * W) +
                                               v[2] * load<T, W>(y + (3 * Pieces + p) * W));
        }
        for (int k = 0; k < group; ++k) {
          for (int p = 0; p < Pieces; ++p) {
            sums[k][p] += r[radial_pad + k] * part[p] + r[k] * turn[p];
          }
        }
      }
      for (int k = 0; k < n; ++k) {
        T* to =
            a + static_cast<std::ptrdiff_t>((m.elements + h) * m.functions + n0 + k) * Pieces * W;
        for (int p = 0; p < Pieces; ++p) store<T, W>(to + p * W, sums[k][p]);
      }
    }
  }
}

// row.message_gradient = the derivative along `velocity` of ∂E/∂message, from the adjoint of the
// projections and its derivative.
template <class T, int W, int Pieces>
void pull_message_tangents(const View<T>& m, const Row<T>& row, const PairRows<T>& rows,
                           const T* velocity, const T* adjoint, const T* adjoint_tangent) {
  using V = Vec<T, W>;
  for (int j = 0; j < row.count; ++j) {
    const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
    const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad;
    const T* u = rows.direction + 4 * static_cast<std::ptrdiff_t>(j);
    const T* v = velocity + 3 * static_cast<std::ptrdiff_t>(j);
    const T along = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    V turn[Pieces];
    for (int p = 0; p < Pieces; ++p) {
      turn[p] = v[0] * load<T, W>(y + (Pieces + p) * W) +
                v[1] * load<T, W>(y + (2 * Pieces + p) * W) +
                v[2] * load<T, W>(y + (3 * Pieces + p) * W);
    }
    for (int h = 0; h < m.messages; ++h) {
      const std::ptrdiff_t block = static_cast<std::ptrdiff_t>((m.elements + h) * m.functions);
      const T* g = adjoint + block * Pieces * W;
      const T* d = adjoint_tangent + block * Pieces * W;
      V value[Pieces] = {}, rest[Pieces] = {};
      for (int n = 0; n < m.functions; ++n) {
        for (int p = 0; p < Pieces; ++p) {
          const V a = load<T, W>(g + (n * Pieces + p) * W);
          value[p] += r[n] * a;
          rest[p] += along * r[radial_pad + n] * a + r[n] * load<T, W>(d + (n * Pieces + p) * W);
        }
      }
      V total{};
      for (int p = 0; p < Pieces; ++p)
        total += rest[p] * load<T, W>(y + p * W) + value[p] * turn[p];
      row.message_gradient[static_cast<std::ptrdiff_t>(j) * m.messages + h] = sum<T, W>(total);
    }
  }
}

}  // namespace
}  // namespace vitrion::mlp
