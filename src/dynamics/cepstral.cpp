#include "dynamics/cepstral.hpp"

#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "numeric/fft.hpp"

namespace vitrion {
namespace {

constexpr double axes = 3;
// ψ(3) and ψ′(3).
const double digamma_3 = 1.5 - 0.5772156649015329;
const double trigamma_3 = constants::pi * constants::pi / 6 - 1.25;

// Mean over the axes of |Σ_t x exp(−2πikt/n)|²·Δt/n, k = 0 … n/2.
std::vector<double> periodogram(std::span<const Vec3> series, double dt_ps) {
  const std::size_t n = fast_length_up_to(series.size());
  RealFft fft(n);
  std::vector<double> out(fft.bins(), 0.0);
  for (int axis = 0; axis < 3; ++axis) {
    for (std::size_t t = 0; t < n; ++t) fft.real()[t] = series[t][axis];
    fft.forward();
    for (std::size_t k = 0; k < out.size(); ++k) {
      out[k] += std::norm(fft.spectrum()[k]) * dt_ps / (axes * static_cast<double>(n));
    }
  }
  return out;
}

}  // namespace

CepstralEstimate zero_frequency_power(std::span<const Vec3> series, double dt_ps,
                                      double highest_THz) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  CepstralEstimate out{none, none, 0, 0};
  if (series.size() < 64) return out;
  const auto power = periodogram(series, dt_ps);
  const double spacing = 1 / (static_cast<double>(fast_length_up_to(series.size())) * dt_ps);
  std::size_t half = power.size() - 1;
  if (highest_THz > 0) {
    half = std::min(half, static_cast<std::size_t>(std::lround(highest_THz / spacing)));
  }
  half = fast_length_up_to(half);
  if (half < 32) return out;
  // ν = 0 itself holds the mean alone (one degree of freedom, or none): its neighbour stands in.
  const std::size_t n = 2 * half;
  RealFft fft(n);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t at = std::clamp<std::size_t>(std::min(k, n - k), 1, power.size() - 2);
    if (!(power[at] > 0)) return out;
    fft.real()[k] = std::log(power[at]);
  }
  fft.forward();
  std::vector<double> c(half + 1);
  for (std::size_t i = 0; i <= half; ++i) {
    c[i] = fft.spectrum()[i].real() / static_cast<double>(n);
  }
  // Akaike: −2 ln L + 2P with Var C_n = ψ′/N; the best P by summing from the far end.
  double tail = 0;
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t p = half; p >= 1; --p) {
    const double criterion = tail + 2 * static_cast<double>(p);
    if (criterion <= best) {
      best = criterion;
      out.coefficients = p;
    }
    tail += c[p - 1] * c[p - 1] * static_cast<double>(n) / trigamma_3;
  }
  // It is the best for ln S at all frequencies. At ν = 0 what was cut off adds up with one sign, to
  // half the error, which then does not hold the truth; twice as many keep it well below.
  out.coefficients = std::min(half, 2 * out.coefficients);
  double log_power = c[0] - digamma_3 + std::log(axes);
  for (std::size_t i = 1; i < out.coefficients; ++i) log_power += 2 * c[i];
  out.modes = half;
  out.value = std::exp(log_power);
  out.error = out.value * std::sqrt(trigamma_3 * (4 * static_cast<double>(out.coefficients) - 2) /
                                    static_cast<double>(n));
  return out;
}

}  // namespace vitrion
