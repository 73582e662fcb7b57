// From projections to energy and back, for a vector of centres at once: mixing, products,
// invariants, readout.
//
// S is a vector over centres, or a dual of one: with duals the same code gives the derivative of
// every gradient along a direction, which is what a loss on forces needs (forward over reverse).
// Included by the kernel of each instruction set (see simd.hpp).
#pragma once

#include "potential/mlp/simd.hpp"
#include "potential/mlp/view.hpp"

namespace vitrion::mlp {
namespace {

template <class S>
struct Activated {
  S value, slope;
};

// σ, σ', σ'' of a plain vector.
template <class T, int W>
inline void activation(int kind, const Vec<T, W>& x, Vec<T, W>& f, Vec<T, W>& df, Vec<T, W>& ddf) {
  using V = Vec<T, W>;
  const V one = V{} + T(1);
  if (kind == 0) {  // tanh
    const V e = exponential<T, W>(T(-2) * x);
    f = (one - e) / (one + e);
    df = one - f * f;
    ddf = T(-2) * f * df;
  } else if (kind == 1) {  // silu
    const V s = one / (one + exponential<T, W>(-x));
    f = x * s;
    df = s + f * (one - s);
    ddf = s * (one - s) * (T(2) + x * (one - T(2) * s));
  } else {  // sign(x) (√(|x| + ¼) − ½)
    const V sign = x < T(0) ? -one : one;
    const V root = square_root<T, W>(x * sign + T(0.25));
    f = sign * (root - T(0.5));
    df = T(0.5) / root;
    ddf = T(-0.25) * sign / (root * root * root);
  }
}
template <class T, int W>
inline Activated<Vec<T, W>> activated(int kind, const Vec<T, W>& x) {
  Vec<T, W> f, df, ddf;
  activation<T, W>(kind, x, f, df, ddf);
  return {f, df};
}
template <class T, int W>
inline Activated<Dual<Vec<T, W>>> activated(int kind, const Dual<Vec<T, W>>& x) {
  Vec<T, W> f, df, ddf;
  activation<T, W>(kind, x.v, f, df, ddf);
  return {{f, df * x.d}, {df, ddf * x.d}};
}

template <class T, class S>
struct LayerMemory {
  S* x = nullptr;      // [q][lm]
  S* gx = nullptr;     // its adjoint
  S* mixed = nullptr;  // [k][lm]
  S* gmixed = nullptr;
  S* b = nullptr;  // [features], shifted and scaled
  S* gb = nullptr;
  S* hidden = nullptr;   // [hidden] arguments, then values
  S* delta = nullptr;    // [hidden] dE/d(argument)
  S* product = nullptr;  // [products] of one copy
  S* gproduct = nullptr;
};

template <class T, class S>
std::size_t layer_bytes(const View<T>& m) {
  const auto n =
      static_cast<std::size_t>(2 * m.projections * m.lm + (m.mixing ? 2 * m.channels * m.lm : 0) +
                               2 * m.features + 2 * m.hidden + 2 * m.products);
  return n * sizeof(S) + 10 * 64;
}

template <class T, class S>
LayerMemory<T, S> layer_memory(const View<T>& m, Arena& arena) {
  const auto size = [](int n) { return static_cast<std::size_t>(n); };
  LayerMemory<T, S> out;
  out.x = arena.take<S>(size(m.projections * m.lm));
  out.gx = arena.take<S>(size(m.projections * m.lm));
  out.mixed = m.mixing ? arena.take<S>(size(m.channels * m.lm)) : out.x;
  out.gmixed = m.mixing ? arena.take<S>(size(m.channels * m.lm)) : out.gx;
  out.b = arena.take<S>(size(m.features));
  out.gb = arena.take<S>(size(m.features));
  out.hidden = arena.take<S>(size(m.hidden));
  out.delta = arena.take<S>(size(m.hidden));
  out.product = arena.take<S>(size(m.products));
  out.gproduct = arena.take<S>(size(m.products));
  return out;
}

template <class F>
inline void for_each_l(int l_max, F&& f) {
  f(std::integral_constant<int, 0>{});
  if (l_max > 0) f(std::integral_constant<int, 1>{});
  if (l_max > 1) f(std::integral_constant<int, 2>{});
  if (l_max > 2) f(std::integral_constant<int, 3>{});
  if (l_max > 3) f(std::integral_constant<int, 4>{});
  if (l_max > 4) f(std::integral_constant<int, 5>{});
  if (l_max > 5) f(std::integral_constant<int, 6>{});
}

// to[row][m] = Σ_col w[row, col] from[col][m] for each l; w at (l·rows·cols + row·by_row +
// col·by_col).
template <class T, class S>
void mix(const View<T>& m, const T* w, const S* from, int cols, S* to, int rows, int by_row,
         int by_col) {
  for_each_l(m.l_max, [&](auto l_constant) {
    constexpr int l = decltype(l_constant)::value;
    constexpr int width = 2 * l + 1;
    const T* wl = w + static_cast<std::ptrdiff_t>(l) * rows * cols;
    for (int r = 0; r < rows; ++r) {
      S sums[width] = {};
      const S* in = from + l * l;
      const T* at = wl + static_cast<std::ptrdiff_t>(r) * by_row;
      for (int c = 0; c < cols; ++c, in += m.lm, at += by_col) {
        for (int i = 0; i < width; ++i) sums[i] += *at * in[i];
      }
      S* out = to + static_cast<std::ptrdiff_t>(r) * m.lm + l * l;
      for (int i = 0; i < width; ++i) out[i] = sums[i];
    }
  });
}

template <class T, class S>
inline void make_products(const View<T>& m, const S* input, S* product) {
  for (int i = 0; i < m.products; ++i) {
    const int a = m.product_a[i], b = m.product_b[i];
    const S& va = a < m.inputs ? input[a] : product[a - m.inputs];
    const S& vb = b < m.inputs ? input[b] : product[b - m.inputs];
    product[i] = va * vb;
  }
}

template <class T, class S>
void forward_invariants(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w) {
  for (int copy = 0; copy < m.copies; ++copy) {
    const S* input = w.mixed + static_cast<std::ptrdiff_t>(copy) * m.inputs;
    make_products(m, input, w.product);
    for (int f = 0; f < m.block_features; ++f) {
      S s{};
      for (int t = m.first[f]; t < m.first[f + 1]; ++t) {
        const int n = m.node[t];
        s += m.coefficient[t] * (n < m.inputs ? input[n] : w.product[n - m.inputs]);
      }
      const int at = copy * m.block_features + f;
      w.b[at] = e.scale[at] * shifted(s, -e.shift[at]);
    }
  }
}

// From the adjoint of the invariants to that of the mixed channels.
template <class T, class S>
void backward_invariants(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w) {
  for (int copy = 0; copy < m.copies; ++copy) {
    const S* input = w.mixed + static_cast<std::ptrdiff_t>(copy) * m.inputs;
    S* ginput = w.gmixed + static_cast<std::ptrdiff_t>(copy) * m.inputs;
    if (m.copies > 1) make_products(m, input, w.product);
    for (int i = 0; i < m.inputs; ++i) ginput[i] = S{};
    for (int i = 0; i < m.products; ++i) w.gproduct[i] = S{};
    for (int f = 0; f < m.block_features; ++f) {
      const int at = copy * m.block_features + f;
      const S g = e.scale[at] * w.gb[at];
      for (int t = m.first[f]; t < m.first[f + 1]; ++t) {
        const int n = m.node[t];
        (n < m.inputs ? ginput[n] : w.gproduct[n - m.inputs]) += m.coefficient[t] * g;
      }
    }
    for (int i = m.products - 1; i >= 0; --i) {
      const S g = w.gproduct[i];
      const int a = m.product_a[i], b = m.product_b[i];
      const S va = a < m.inputs ? input[a] : w.product[a - m.inputs];
      const S vb = b < m.inputs ? input[b] : w.product[b - m.inputs];
      (a < m.inputs ? ginput[a] : w.gproduct[a - m.inputs]) += g * vb;
      (b < m.inputs ? ginput[b] : w.gproduct[b - m.inputs]) += g * va;
    }
  }
}

// From the adjoint of the mixed channels to that of the projections.
template <class T, class S>
void backward_mixing(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w) {
  if (m.mixing) {
    mix(m, e.mixing, w.gmixed, m.channels, w.gx, m.projections, 1, m.projections);
  }
}

// Values of the hidden units; their slopes are left in `delta`.
template <class T, class S, int W>
void hidden_values(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w) {
  constexpr int block = 4;
  for (int h0 = 0; h0 < m.hidden; h0 += block) {
    S sums[block] = {};
    const int n = m.hidden - h0 < block ? m.hidden - h0 : block;
    const T* row[block];
    for (int i = 0; i < block; ++i) {
      row[i] = e.weight + static_cast<std::ptrdiff_t>(h0 + (i < n ? i : 0)) * m.features;
    }
    for (int f = 0; f < m.features; ++f) {
      for (int i = 0; i < block; ++i) sums[i] += row[i][f] * w.b[f];
    }
    for (int i = 0; i < n; ++i) {
      const auto a = activated<T, W>(m.activation, shifted(sums[i], e.bias[h0 + i]));
      w.hidden[h0 + i] = a.value;
      w.delta[h0 + i] = a.slope;
    }
  }
}

// Adjoints of the invariants from those of the hidden arguments (`delta`), and of the linear term.
template <class T, class S>
void hidden_adjoints(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w,
                     const S& linear) {
  constexpr int block = 4;
  for (int f0 = 0; f0 < m.features; f0 += block) {
    const int n = m.features - f0 < block ? m.features - f0 : block;
    S sums[block];
    for (int i = 0; i < block; ++i) sums[i] = e.linear[f0 + (i < n ? i : 0)] * linear;
    if (n == block) {
      const T* at = e.weight + f0;
      for (int h = 0; h < m.hidden; ++h, at += m.features) {
        for (int i = 0; i < block; ++i) sums[i] += at[i] * w.delta[h];
      }
    } else {
      for (int h = 0; h < m.hidden; ++h) {
        const T* at = e.weight + f0 + static_cast<std::ptrdiff_t>(h) * m.features;
        for (int i = 0; i < n; ++i) sums[i] += at[i] * w.delta[h];
      }
    }
    for (int i = 0; i < n; ++i) w.gb[f0 + i] = sums[i];
  }
}

// E of the readout; leaves the adjoints of the invariants for an adjoint `seed` of E.
template <class T, class S, int W>
S readout(const View<T>& m, const ElementView<T>& e, const LayerMemory<T, S>& w, const S& seed) {
  S energy{};
  for (int f = 0; f < m.features; ++f) energy += e.linear[f] * w.b[f];
  hidden_values<T, S, W>(m, e, w);
  for (int h = 0; h < m.hidden; ++h) {
    energy += e.output[h] * w.hidden[h];
    w.delta[h] = (e.output[h] * w.delta[h]) * seed;
  }
  hidden_adjoints(m, e, w, seed);
  return energy;
}

}  // namespace
}  // namespace vitrion::mlp
