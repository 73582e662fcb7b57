// Density projections of one centre and their derivatives, vectorised over the harmonics.
//
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/simd.hpp"
#include "potential/mlp/view.hpp"

namespace vitrion::mlp {
namespace {

// Everything that one neighbour contributes: a row each.
template <class T>
struct PairRows {
  T* harmonic;   // [count][4][pad]: Y, ∂x Y, ∂y Y, ∂z Y
  T* radial;     // [count][2][16]: R, R'
  T* direction;  // [count][4]: unit vector
};

template <class T>
inline std::size_t pair_bytes(const View<T>& m) {
  return sizeof(T) * static_cast<std::size_t>(4 * m.row_pad + 2 * radial_pad + 4);
}

// Rows of every neighbour; without `Slopes` the values alone.
template <class T, int W, bool Slopes = true>
void fill_rows(const View<T>& m, int z, const Row<T>& row, const PairRows<T>& out) {
  using V = Vec<T, W>;
  constexpr int parts = Slopes ? 4 : 1;
  const int pad = m.row_pad;
  V transposed[parts][max_lm + W];
  for (int part = 0; part < parts; ++part) {
    for (int lm = m.lm; lm < pad; ++lm) transposed[part][lm] = V{};
  }
  T distance[W];
  for (int begin = 0; begin < row.count; begin += W) {
    const int n = row.count - begin < W ? row.count - begin : W;
    V x{}, y{}, zz{}, r{}, inverse{};
    for (int i = 0; i < W; ++i) {
      const int j = begin + (i < n ? i : 0);
      const double d2 = row.dx[j] * row.dx[j] + row.dy[j] * row.dy[j] + row.dz[j] * row.dz[j];
      const double d = __builtin_sqrt(d2);
      const double over = 1 / d;
      x[i] = static_cast<T>(row.dx[j] * over);
      y[i] = static_cast<T>(row.dy[j] * over);
      zz[i] = static_cast<T>(row.dz[j] * over);
      r[i] = static_cast<T>(d);
      inverse[i] = static_cast<T>(over);
    }
    store<T, W>(distance, r);
    harmonics(m.l_max, x, y, zz, inverse, m.norms,
              [&](int lm, const V& v, const V& gx, const V& gy, const V& gz) {
                transposed[0][lm] = v;
                if constexpr (Slopes) {
                  transposed[1][lm] = gx;
                  transposed[2][lm] = gy;
                  transposed[3][lm] = gz;
                }
              });
    for (int i = 0; i < n; ++i) {
      T* direction = out.direction + 4 * (begin + i);
      direction[0] = x[i];
      direction[1] = y[i];
      direction[2] = zz[i];
    }
    T* rows = out.harmonic + static_cast<std::ptrdiff_t>(begin) * 4 * pad;
    for (int part = 0; part < parts; ++part) {
      for (int lm = 0; lm < pad; lm += W) {
        V block[W];
        for (int k = 0; k < W; ++k) block[k] = transposed[part][lm + k];
        transpose<T, W>(block);
        for (int i = 0; i < n; ++i) store<T, W>(rows + (4 * i + part) * pad + lm, block[i]);
      }
    }
    // Radial rows: one spline interval holds all functions side by side.
    for (int i = 0; i < n; ++i) {
      const int j = begin + i;
      int other = 0;
      while (row.start[other + 1] <= j) ++other;
      const int pair = z * m.elements + other;
      const T scaled = distance[i] * m.inverse_step[pair];
      const int knot = static_cast<int>(scaled);
      const T t = scaled - static_cast<T>(knot);
      const T* at = m.table[pair] + static_cast<std::ptrdiff_t>(knot) * 2 * radial_pad;
      const T u = 1 - t;
      const T h00 = (1 + 2 * t) * u * u, h10 = t * u * u;
      const T h01 = t * t * (3 - 2 * t), h11 = -t * t * u;
      const T s = m.inverse_step[pair];
      const T d00 = -6 * t * u * s, d10 = u * (1 - 3 * t) * s;
      const T d11 = t * (3 * t - 2) * s;
      T* to = out.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad;
      for (int k = 0; k < radial_pad; k += W < radial_pad ? W : radial_pad) {
        constexpr int step = W < radial_pad ? W : radial_pad;
        const auto v0 = load<T, step>(at + k), s0 = load<T, step>(at + radial_pad + k);
        const auto v1 = load<T, step>(at + 2 * radial_pad + k);
        const auto s1 = load<T, step>(at + 3 * radial_pad + k);
        store<T, step>(to + k, h00 * v0 + h10 * s0 + h01 * v1 + h11 * s1);
        if constexpr (Slopes) {
          store<T, step>(to + radial_pad + k, d00 * (v0 - v1) + d10 * s0 + d11 * s1);
        }
      }
    }
  }
}

// A[q][pad] += R_n Y over the neighbours; A is [Z N][pad].
template <class T, int W, int Pieces>
void project(const View<T>& m, const Row<T>& row, const PairRows<T>& rows, T* a) {
  using V = Vec<T, W>;
  constexpr int group = 6;  // radial functions at a time: their sums stay in registers
  for (int z = 0; z < m.elements; ++z) {
    for (int n0 = 0; n0 < m.functions; n0 += group) {
      const int n = m.functions - n0 < group ? m.functions - n0 : group;
      V sums[group][Pieces] = {};
      for (int j = row.start[z]; j < row.start[z + 1]; ++j) {
        const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
        const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad + n0;
        V part[Pieces];
        for (int p = 0; p < Pieces; ++p) part[p] = load<T, W>(y + p * W);
        for (int k = 0; k < group; ++k) {
          for (int p = 0; p < Pieces; ++p) sums[k][p] += r[k] * part[p];
        }
      }
      for (int k = 0; k < n; ++k) {
        T* to = a + static_cast<std::ptrdiff_t>(z * m.functions + n0 + k) * Pieces * W;
        for (int p = 0; p < Pieces; ++p) store<T, W>(to + p * W, sums[k][p]);
      }
    }
  }
}

// The derivative of the projections along `velocity` [count][3] (of neighbour minus centre).
template <class T, int W, int Pieces>
void push_forward(const View<T>& m, const Row<T>& row, const PairRows<T>& rows, const T* velocity,
                  T* a) {
  using V = Vec<T, W>;
  constexpr int group = 6;
  for (int z = 0; z < m.elements; ++z) {
    for (int n0 = 0; n0 < m.functions; n0 += group) {
      const int n = m.functions - n0 < group ? m.functions - n0 : group;
      V sums[group][Pieces] = {};
      for (int j = row.start[z]; j < row.start[z + 1]; ++j) {
        const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
        const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad + n0;
        const T* u = rows.direction + 4 * static_cast<std::ptrdiff_t>(j);
        const T* v = velocity + 3 * static_cast<std::ptrdiff_t>(j);
        const T along = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
        V part[Pieces], turn[Pieces];
        for (int p = 0; p < Pieces; ++p) {
          part[p] = along * load<T, W>(y + p * W);
          turn[p] = v[0] * load<T, W>(y + (Pieces + p) * W) +
                    v[1] * load<T, W>(y + (2 * Pieces + p) * W) +
                    v[2] * load<T, W>(y + (3 * Pieces + p) * W);
        }
        for (int k = 0; k < group; ++k) {
          for (int p = 0; p < Pieces; ++p) {
            sums[k][p] += r[radial_pad + k] * part[p] + r[k] * turn[p];
          }
        }
      }
      for (int k = 0; k < n; ++k) {
        T* to = a + static_cast<std::ptrdiff_t>(z * m.functions + n0 + k) * Pieces * W;
        for (int p = 0; p < Pieces; ++p) store<T, W>(to + p * W, sums[k][p]);
      }
    }
  }
}

// gradient[j] = Σ (dE/dA) dA/d(neighbour j), from the adjoint of A in the same layout.
template <class T, int W, int Pieces>
void pull_back(const View<T>& m, const Row<T>& row, const PairRows<T>& rows, const T* adjoint) {
  using V = Vec<T, W>;
  for (int z = 0; z < m.elements; ++z) {
    const T* g = adjoint + static_cast<std::ptrdiff_t>(z * m.functions) * Pieces * W;
    for (int j = row.start[z]; j < row.start[z + 1]; ++j) {
      const T* y = rows.harmonic + static_cast<std::ptrdiff_t>(j) * 4 * Pieces * W;
      const T* r = rows.radial + static_cast<std::ptrdiff_t>(j) * 2 * radial_pad;
      const T* u = rows.direction + 4 * static_cast<std::ptrdiff_t>(j);
      V value[Pieces] = {}, slope[Pieces] = {};
      for (int n = 0; n < m.functions; ++n) {
        for (int p = 0; p < Pieces; ++p) {
          const V a = load<T, W>(g + (n * Pieces + p) * W);
          value[p] += r[n] * a;
          slope[p] += r[radial_pad + n] * a;
        }
      }
      for (int h = 0; h < m.messages; ++h) {
        const T* gh =
            adjoint + static_cast<std::ptrdiff_t>((m.elements + h) * m.functions) * Pieces * W;
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(j) * m.messages + h;
        const T message = row.message[at];
        V here[Pieces] = {}, change[Pieces] = {}, total{};
        for (int n = 0; n < m.functions; ++n) {
          for (int p = 0; p < Pieces; ++p) {
            const V a = load<T, W>(gh + (n * Pieces + p) * W);
            here[p] += r[n] * a;
            change[p] += r[radial_pad + n] * a;
          }
        }
        for (int p = 0; p < Pieces; ++p) {
          total += here[p] * load<T, W>(y + p * W);
          value[p] += message * here[p];
          slope[p] += message * change[p];
        }
        row.message_gradient[at] = sum<T, W>(total);
      }
      V along{}, gx{}, gy{}, gz{};
      for (int p = 0; p < Pieces; ++p) {
        along += slope[p] * load<T, W>(y + p * W);
        gx += value[p] * load<T, W>(y + (Pieces + p) * W);
        gy += value[p] * load<T, W>(y + (2 * Pieces + p) * W);
        gz += value[p] * load<T, W>(y + (3 * Pieces + p) * W);
      }
      const T radial = sum<T, W>(along);
      T* to = row.gradient + 3 * static_cast<std::ptrdiff_t>(j);
      to[0] = sum<T, W>(gx) + radial * u[0];
      to[1] = sum<T, W>(gy) + radial * u[1];
      to[2] = sum<T, W>(gz) + radial * u[2];
    }
  }
}

// Calls f with the number of vectors of a row as a constant.
template <class T, int W, class F>
inline void with_pieces(const View<T>& m, F&& f) {
  switch (m.row_pad / W) {
    case 1: return f(std::integral_constant<int, 1>{});
    case 2: return f(std::integral_constant<int, 2>{});
    case 3: return f(std::integral_constant<int, 3>{});
    case 4: return f(std::integral_constant<int, 4>{});
    case 5: return f(std::integral_constant<int, 5>{});
    case 6: return f(std::integral_constant<int, 6>{});
    case 7: return f(std::integral_constant<int, 7>{});
    case 8: return f(std::integral_constant<int, 8>{});
    case 9: return f(std::integral_constant<int, 9>{});
    case 10: return f(std::integral_constant<int, 10>{});
    case 11: return f(std::integral_constant<int, 11>{});
    case 12: return f(std::integral_constant<int, 12>{});
    case 13: return f(std::integral_constant<int, 13>{});
    default: __builtin_trap();
  }
}

}  // namespace
}  // namespace vitrion::mlp
