#include <array>
#include <cmath>
#include <complex>
#include <map>
#include <mutex>

#include "potential/mlp/program.hpp"

namespace vitrion::mlp {
namespace {

using Complex = std::complex<double>;

double factorial(int n) {
  double f = 1;
  for (int i = 2; i <= n; ++i) f *= i;
  return f;
}

// Racah's formula, Condon–Shortley phases.
double complex_clebsch_gordan(int l1, int m1, int l2, int m2, int l, int m) {
  if (m1 + m2 != m || l < std::abs(l1 - l2) || l > l1 + l2) return 0;
  const double delta = (2 * l + 1) * factorial(l1 + l2 - l) * factorial(l + l1 - l2) *
                       factorial(l + l2 - l1) / factorial(l1 + l2 + l + 1);
  const double root = factorial(l + m) * factorial(l - m) * factorial(l1 - m1) *
                      factorial(l1 + m1) * factorial(l2 - m2) * factorial(l2 + m2);
  double sum = 0;
  for (int k = 0; k <= l1 + l2 + l; ++k) {
    const std::array<int, 5> rest{l1 + l2 - l - k, l1 - m1 - k, l2 + m2 - k, l - l2 + m1 + k,
                                  l - l1 - m2 + k};
    bool allowed = true;
    double term = factorial(k);
    for (const int n : rest) {
      allowed = allowed && n >= 0;
      if (allowed) term *= factorial(n);
    }
    if (allowed) sum += (k % 2 == 0 ? 1.0 : -1.0) / term;
  }
  return std::sqrt(delta * root) * sum;
}

// Y_real,m = Σ_μ U_mμ Y_μ: at most two terms.
Complex to_real(int m, int mu) {
  const double h = std::sqrt(0.5);
  const double sign = m % 2 == 0 ? 1.0 : -1.0;
  if (m == 0) return mu == 0 ? 1.0 : 0.0;
  if (m > 0) return mu == m ? sign * h : mu == -m ? h : 0.0;
  return mu == m ? Complex(0, h) : mu == -m ? Complex(0, -sign * h) : 0.0;
}

double compute(int l1, int m1, int l2, int m2, int l, int m) {
  Complex sum = 0;
  for (const int mu1 : {-m1, m1}) {
    for (const int mu2 : {-m2, m2}) {
      for (const int mu : {-m, m}) {
        sum += to_real(m, mu) * complex_clebsch_gordan(l1, mu1, l2, mu2, l, mu) *
               std::conj(to_real(m1, mu1)) * std::conj(to_real(m2, mu2));
        if (m == 0) break;
      }
      if (m2 == 0) break;
    }
    if (m1 == 0) break;
  }
  // A coupling of odd parity is purely imaginary: its phase is free.
  return (l1 + l2 + l) % 2 == 0 ? sum.real() : sum.imag();
}

}  // namespace

double real_clebsch_gordan(int l1, int m1, int l2, int m2, int l, int m) {
  static std::mutex guard;
  static std::map<std::array<int, 6>, double> known;
  const std::lock_guard lock(guard);
  const auto [at, isnew] = known.try_emplace({l1, m1, l2, m2, l, m}, 0.0);
  if (isnew) at->second = compute(l1, m1, l2, m2, l, m);
  return at->second;
}

}  // namespace vitrion::mlp
