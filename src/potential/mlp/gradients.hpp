// Gradients of a model's numbers, summed over the lanes as products of matrices: a number is read
// and written once a batch, where sums lane by lane would go through memory W times as long.
//
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/layers.hpp"

namespace vitrion::mlp {
namespace {

// n numbers of each of `depth · W` terms, as blocks [n / W][depth · W][W] that are read in order.
template <class T>
struct Columns {
  T *value, *tangent;
  int n, depth;
};

template <int W>
constexpr std::size_t columns_size(int n, int depth) {
  return static_cast<std::size_t>((n + W - 1) / W * W) * static_cast<std::size_t>(depth * W);
}

// read(i, k): number k of part i, a dual whose lanes are the terms.
template <class T, int W, class Read>
void fill_columns(const Columns<T>& to, Read&& read) {
  using V = Vec<T, W>;
  const std::ptrdiff_t block_size = static_cast<std::ptrdiff_t>(to.depth) * W * W;
  for (int k0 = 0; k0 < to.n; k0 += W) {
    for (int i = 0; i < to.depth; ++i) {
      V value[W], tangent[W];
      for (int k = 0; k < W; ++k) {
        const Dual<V> x = k0 + k < to.n ? read(i, k0 + k) : Dual<V>{};
        value[k] = x.v;
        tangent[k] = x.d;
      }
      transpose<T, W>(value);
      transpose<T, W>(tangent);
      const std::ptrdiff_t at = k0 / W * block_size + static_cast<std::ptrdiff_t>(i) * W * W;
      for (int c = 0; c < W; ++c) {
        store<T, W>(to.value + at + c * W, value[c]);
        store<T, W>(to.tangent + at + c * W, tangent[c]);
      }
    }
  }
}

// sums[r · stride + k] += last part of Σ_terms left[r] · column[k], rows r of `depth` duals each
// whose lanes are the terms, `by_row` apart.
template <class T, int W>
void add_products(const Dual<Vec<T, W>>* left, std::ptrdiff_t by_row, int rows,
                  const Columns<T>& columns, T* sums, std::ptrdiff_t stride) {
  using V = Vec<T, W>;
  constexpr int block = 8;
  for (int r0 = 0; r0 < rows; r0 += block) {
    const int here = rows - r0 < block ? rows - r0 : block;
    const Dual<V>* row[block];
    for (int b = 0; b < block; ++b) row[b] = left + (r0 + (b < here ? b : 0)) * by_row;
    const T *value = columns.value, *tangent = columns.tangent;
    for (int k0 = 0; k0 < columns.n; k0 += W) {
      V total[block] = {};
      for (int i = 0; i < columns.depth; ++i) {
        for (int c = 0; c < W; ++c, value += W, tangent += W) {
          const V v = load<T, W>(value), d = load<T, W>(tangent);
          for (int b = 0; b < block; ++b) {
            total[b] += reinterpret_cast<const T*>(&row[b][i].v)[c] * d;
            total[b] += reinterpret_cast<const T*>(&row[b][i].d)[c] * v;
          }
        }
      }
      for (int b = 0; b < here; ++b) {
        T* to = sums + (r0 + b) * stride + k0;
        if (columns.n - k0 >= W) {
          store<T, W>(to, load<T, W>(to) + total[b]);
        } else {
          for (int k = 0; k < columns.n - k0; ++k) to[k] += total[b][k];
        }
      }
    }
  }
}

}  // namespace
}  // namespace vitrion::mlp
