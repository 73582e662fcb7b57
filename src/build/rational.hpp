// Exact fractions, for stoichiometry: 0.7 Li2S is 7/10 of two lithium and not 1.3999999.
#pragma once

#include <cstdint>
#include <numeric>

#include "base/error.hpp"

namespace vitrion {

class Rational {
 public:
  Rational() = default;
  Rational(std::int64_t whole) : n_(whole) {}  // NOLINT: numbers convert
  Rational(std::int64_t n, std::int64_t d) : n_(n), d_(d) { reduce(); }

  [[nodiscard]] std::int64_t numerator() const { return n_; }
  [[nodiscard]] std::int64_t denominator() const { return d_; }
  [[nodiscard]] double value() const { return static_cast<double>(n_) / static_cast<double>(d_); }
  [[nodiscard]] bool is_zero() const { return n_ == 0; }

  friend Rational operator+(const Rational& a, const Rational& b) {
    // Over the least common denominator, so that sums of decimals stay small.
    const std::int64_t g = std::gcd(a.d_, b.d_);
    return {add(times(a.n_, b.d_ / g), times(b.n_, a.d_ / g)), times(a.d_, b.d_ / g)};
  }
  friend Rational operator-(const Rational& a) { return {-a.n_, a.d_}; }
  friend Rational operator-(const Rational& a, const Rational& b) { return a + (-b); }
  friend Rational operator*(const Rational& a, const Rational& b) {
    const std::int64_t g = std::gcd(a.n_, b.d_);
    const std::int64_t h = std::gcd(b.n_, a.d_);
    return {times(a.n_ / g, b.n_ / h), times(a.d_ / h, b.d_ / g)};
  }
  friend Rational operator/(const Rational& a, const Rational& b) {
    if (b.n_ == 0) throw InputError("a number of the composition is divided by nothing");
    return a * Rational(b.d_, b.n_);
  }
  Rational& operator+=(const Rational& b) { return *this = *this + b; }
  Rational& operator-=(const Rational& b) { return *this = *this - b; }

  friend bool operator==(const Rational& a, const Rational& b) {
    return a.n_ == b.n_ && a.d_ == b.d_;
  }
  friend bool operator<(const Rational& a, const Rational& b) { return (a - b).n_ < 0; }
  friend bool operator>(const Rational& a, const Rational& b) { return b < a; }

 private:
  [[noreturn]] static void too_large() {
    throw InputError("the numbers of the composition have too many digits: round them to four");
  }
  static std::int64_t times(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a, b, &out)) too_large();
    return out;
  }
  static std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out)) too_large();
    return out;
  }
  void reduce() {
    if (d_ < 0) {
      n_ = -n_;
      d_ = -d_;
    }
    const std::int64_t g = std::gcd(n_, d_);
    if (g > 1) {
      n_ /= g;
      d_ /= g;
    }
    if (n_ == 0) d_ = 1;
  }

  std::int64_t n_ = 0;
  std::int64_t d_ = 1;
};

}  // namespace vitrion
