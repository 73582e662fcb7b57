// Real spherical harmonics and their gradients, by recursion, for any scalar-like type.
//
// Y_lm = N_lm P_l^|m|(z) · {cos, sin}(|m| φ) on the unit vector (x, y, z), in the order l² + l + m
// with m = −l … l (sines for m < 0). No Condon–Shortley sign; normalised so that Y_00 = 1 and
// Σ_m Y_lm² = 2l + 1. O(L²).
#pragma once

#include <array>
#include <cmath>

namespace vitrion::mlp {

inline constexpr int max_l = 6;
inline constexpr int max_lm = (max_l + 1) * (max_l + 1);

constexpr int lm_index(int l, int m) { return l * l + l + m; }
constexpr int lm_count(int l_max) { return (l_max + 1) * (l_max + 1); }

/// N_lm for m ≥ 0.
inline double harmonic_norm(int l, int m) {
  double ratio = 1;  // (l-m)! / (l+m)!
  for (int i = l - m + 1; i <= l + m; ++i) ratio /= i;
  return std::sqrt((2 * l + 1) * ratio * (m > 0 ? 2 : 1));
}

/// N_l|m| at lm_index(l, m).
inline std::array<double, max_lm> harmonic_norms() {
  std::array<double, max_lm> norms{};
  for (int l = 0; l <= max_l; ++l) {
    for (int m = -l; m <= l; ++m) {
      norms[static_cast<std::size_t>(lm_index(l, m))] = harmonic_norm(l, m < 0 ? -m : m);
    }
  }
  return norms;
}

/// Writes Y and its gradient with respect to a displacement r·(x, y, z) of length r = 1/inverse_r,
/// through `put(lm, y, gx, gy, gz)`. (x, y, z) is a unit vector, `norm` that of harmonic_norms().
/// (Code that is compiled for several processors calls no function here that a linker could share.)
template <class S, class Real, class Put>
inline void harmonics(int l_max, S x, S y, S z, S inverse_r, const Real* norm, Put&& put) {
  const auto c = [](double v) { return static_cast<Real>(v); };
  S cosine = S{} + c(1), sine = S{};       // Re, Im (x + iy)^m
  S lower_cosine = S{}, lower_sine = S{};  // of m − 1
  S diagonal = S{} + c(1);                 // d^m P_m / dz^m = (2m − 1)!!
  for (int m = 0; m <= l_max; ++m) {
    // q(l) = d^m P_l/dz^m; its derivative is that of m + 1, which obeys the same recursion.
    S q0 = S{}, q1 = diagonal;  // q(l − 1), q(l) at this m, from l = m
    S d0 = S{}, d1 = S{};       // the same at m + 1
    for (int l = m; l <= l_max; ++l) {
      if (l > m) {
        const S next = (c(2 * l - 1) * z * q1 - c(l + m - 1) * q0) * c(1.0 / (l - m));
        // q^{m+1}_l = q^{m+1}_{l−2} + (2l − 1) q^m_{l−1}
        const S next_d = d0 + c(2 * l - 1) * q1;
        q0 = q1;
        q1 = next;
        d0 = d1;
        d1 = next_d;
      }
      const Real n = norm[l * l + l + m];
      const auto emit = [&](int index, const S& phase, const S& px, const S& py) {
        const S gx = n * q1 * px, gy = n * q1 * py, gz = n * d1 * phase;
        const S along = x * gx + y * gy + z * gz;
        put(index, n * q1 * phase, (gx - x * along) * inverse_r, (gy - y * along) * inverse_r,
            (gz - z * along) * inverse_r);
      };
      emit(l * l + l + m, cosine, c(m) * lower_cosine, -c(m) * lower_sine);
      if (m > 0) emit(l * l + l - m, sine, c(m) * lower_sine, c(m) * lower_cosine);
    }
    lower_cosine = cosine;
    lower_sine = sine;
    const S turned = x * cosine - y * sine;
    sine = x * sine + y * cosine;
    cosine = turned;
    diagonal = diagonal * c(2 * m + 1);
  }
}

}  // namespace vitrion::mlp
