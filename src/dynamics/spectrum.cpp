#include "dynamics/spectrum.hpp"

#include <cmath>

#include "base/constants.hpp"
#include "numeric/fft.hpp"

namespace vitrion {

LagWindow lag_window(const std::string& name) {
  if (name == "hann") return LagWindow::hann;
  return name == "blackman" ? LagWindow::blackman : LagWindow::none;
}

double window_weight(LagWindow window, double share) {
  const double phase = constants::pi * share;
  switch (window) {
    case LagWindow::hann: return 0.5 + 0.5 * std::cos(phase);
    case LagWindow::blackman: return 0.42 + 0.5 * std::cos(phase) + 0.08 * std::cos(2 * phase);
    case LagWindow::none: break;
  }
  return 1;
}

namespace {

// Twice the length that holds the lags of both signs: a smoother curve, no more information.
std::size_t padded_length(std::size_t longest_lag) {
  return fast_length_from(2 * longest_lag + 1) * 2;
}

}  // namespace

std::vector<double> spectrum_frequencies(std::size_t longest_lag, double dt_ps) {
  const std::size_t n = padded_length(longest_lag);
  std::vector<double> out(n / 2 + 1);
  for (std::size_t k = 0; k < out.size(); ++k) {
    out[k] = static_cast<double>(k) / (static_cast<double>(n) * dt_ps);
  }
  return out;
}

std::vector<double> power_spectrum(std::span<const double> correlation, double dt_ps,
                                   LagWindow window) {
  const std::size_t longest = correlation.size() - 1;
  RealFft fft(padded_length(longest));
  const auto real = fft.real();
  std::fill(real.begin(), real.end(), 0.0);
  for (std::size_t m = 0; m <= longest; ++m) {
    const double share =
        longest > 0 ? static_cast<double>(m) / static_cast<double>(longest + 1) : 0.0;
    const double x = window_weight(window, share) * correlation[m];
    real[m] = x;
    if (m > 0) real[real.size() - m] = x;
  }
  fft.forward();
  std::vector<double> out(fft.bins());
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = dt_ps * fft.spectrum()[k].real();
  return out;
}

double trapezoid(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (std::size_t i = 1; i < x.size(); ++i) sum += 0.5 * (x[i] - x[i - 1]) * (y[i] + y[i - 1]);
  return sum;
}

double band_centre(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    sum += 0.5 * (x[i] - x[i - 1]) * (x[i] * y[i] + x[i - 1] * y[i - 1]);
  }
  return sum / trapezoid(x, y);
}

double debye_frequency(std::span<const double> x, std::span<const double> y) {
  std::vector<double> square(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) square[i] = x[i] * x[i] * y[i];
  return std::sqrt(std::max(0.0, 5.0 / 3.0 * trapezoid(x, square) / trapezoid(x, y)));
}

double difference_response(double frequency_THz, double dt_ps) {
  const double x = constants::pi * frequency_THz * dt_ps;
  return x > 1e-8 ? std::pow(std::sin(x) / x, 2) : 1.0;
}

}  // namespace vitrion
