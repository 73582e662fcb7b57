// Vectors of W numbers by the compiler's own extension, and duals of them.
//
// Everything here is included by files compiled for different processors: all of it is in an
// unnamed namespace, so that no linker can take one file's code for another's.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace vitrion::mlp {
namespace {

template <class T, int W>
struct VectorOf {
  typedef T type __attribute__((vector_size(W * sizeof(T)), aligned(W * sizeof(T))));
  typedef T loose __attribute__((vector_size(W * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T, int W>
using Vec = typename VectorOf<T, W>::type;

template <class T, int W>
inline Vec<T, W> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T, W>::loose*>(p);
}
template <class T, int W>
inline void store(T* p, Vec<T, W> v) {
  *reinterpret_cast<typename VectorOf<T, W>::loose*>(p) = v;
}
template <class T, int W>
inline T sum(const Vec<T, W>& v) {
  if constexpr (W == 1) {
    return v[0];
  } else {
    Vec<T, W / 2> half;
    const T* p = reinterpret_cast<const T*>(&v);
    half = load<T, W / 2>(p) + load<T, W / 2>(p + W / 2);
    return sum<T, W / 2>(half);
  }
}

// Rows of W lanes become columns: in place, by swapping one bit of row and lane at a time.
template <class T, int W, int bit, int... lane>
inline void transpose_bit(Vec<T, W>* rows, std::integer_sequence<int, lane...>) {
  for (int i = 0; i < W; ++i) {
    if ((i & bit) != 0) continue;
    const Vec<T, W> a = rows[i], b = rows[i + bit];
    rows[i] = __builtin_shufflevector(a, b, ((lane & bit) == 0 ? lane : W + lane - bit)...);
    rows[i + bit] = __builtin_shufflevector(a, b, ((lane & bit) == 0 ? lane + bit : W + lane)...);
  }
}
template <class T, int W, int bit = 1>
inline void transpose(Vec<T, W>* rows) {
  if constexpr (bit < W) {
    transpose_bit<T, W, bit>(rows, std::make_integer_sequence<int, W>{});
    transpose<T, W, 2 * bit>(rows);
  }
}

// e^x; single precision by a polynomial of degree 6 on [-ln2/2, ln2/2], relative error 2e-7.
template <class T, int W>
inline Vec<T, W> exponential(Vec<T, W> x) {
  if constexpr (std::is_same_v<T, float>) {
    x = x < -80.0F ? Vec<T, W>{} - 80.0F : x;
    x = x > 80.0F ? Vec<T, W>{} + 80.0F : x;
    const Vec<T, W> shifted = x * 1.44269504F + 12582912.0F;  // rounds to the nearest integer
    const Vec<T, W> n = shifted - 12582912.0F;
    const Vec<T, W> f = x - n * 0.693359375F + n * 2.12194440e-4F;
    Vec<T, W> p = f * 1.9875691500e-4F + 1.3981999507e-3F;
    p = p * f + 8.3334519073e-3F;
    p = p * f + 4.1665795894e-2F;
    p = p * f + 1.6666665459e-1F;
    p = p * f + 5.0000001201e-1F;
    p = p * f * f + f + 1.0F;
    typedef std::int32_t Int __attribute__((vector_size(W * 4)));
    const Int bits = (__builtin_convertvector(n, Int) + 127) << 23;
    Vec<T, W> power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
  } else {
    for (int i = 0; i < W; ++i) x[i] = std::exp(x[i]);
    return x;
  }
}
template <class T, int W>
inline Vec<T, W> square_root(Vec<T, W> x) {
  for (int i = 0; i < W; ++i) x[i] = static_cast<T>(__builtin_sqrt(x[i]));
  return x;
}

// A value and its derivative along one direction.
template <class V>
struct Dual {
  V v, d;
};
template <class V>
inline Dual<V> operator+(const Dual<V>& a, const Dual<V>& b) {
  return {a.v + b.v, a.d + b.d};
}
template <class V>
inline Dual<V> operator-(const Dual<V>& a, const Dual<V>& b) {
  return {a.v - b.v, a.d - b.d};
}
template <class V>
inline Dual<V> operator*(const Dual<V>& a, const Dual<V>& b) {
  return {a.v * b.v, a.v * b.d + a.d * b.v};
}
template <class V>
inline Dual<V>& operator+=(Dual<V>& a, const Dual<V>& b) {
  a.v += b.v;
  a.d += b.d;
  return a;
}
template <class V, class T>
requires std::is_arithmetic_v<T>
inline Dual<V> operator*(T s, const Dual<V>& a) { return {s * a.v, s * a.d}; }
// Adds a constant.
template <class V, class T>
requires std::is_arithmetic_v<T>
inline Dual<V> shifted(const Dual<V>& a, T s) { return {a.v + s, a.d}; }
template <class V, class T>
requires std::is_arithmetic_v<T>
inline V shifted(const V& a, T s) { return a + s; }

// Σ over lanes of the last part of a·b: the product itself, or the derivative of it.
template <class V>
inline V last(const V& a, const V& b) {
  return a * b;
}
template <class V>
inline V last(const Dual<V>& a, const Dual<V>& b) {
  return a.v * b.d + a.d * b.v;
}
template <class V>
inline V last(const V& a) {
  return a;
}
template <class V>
inline V last(const Dual<V>& a) {
  return a.d;
}

// Memory taken piece by piece from one block.
class Arena {
 public:
  Arena(void* memory, std::size_t bytes) : at_(static_cast<char*>(memory)), end_(at_ + bytes) {}
  template <class S>
  S* take(std::size_t n) {
    char* p = at_;
    at_ += (n * sizeof(S) + 63) / 64 * 64;
    if (at_ > end_) __builtin_trap();
    return reinterpret_cast<S*>(p);
  }

 private:
  char* at_;
  char* end_;
};

}  // namespace
}  // namespace vitrion::mlp
