// From an autocorrelation function to its power spectrum: lag windows and the cosine transform.
//
//   S(ν) = ∫ w(t) C(t) cos(2πνt) dt over all t (Wiener–Khinchin, Blackman & Tukey 1958), on ν = 0 …
//   1/(2Δt); ∫₀^∞ S dν = C(0)/2 exactly, by the trapezoidal sum over the grid, with any window.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace vitrion {

enum class LagWindow { none, hann, blackman };
/// "none", "hann" or "blackman".
LagWindow lag_window(const std::string& name);
/// Weight of a lag that is `share` of the longest, 0 … 1.
double window_weight(LagWindow window, double share);

/// Frequencies in THz of the spectrum of lags 0 … L, Δt apart (padded to half the grid width).
std::vector<double> spectrum_frequencies(std::size_t longest_lag, double dt_ps);
/// S at those frequencies, in units of C times ps; `correlation` holds lags 0 … L. O(L log L).
std::vector<double> power_spectrum(std::span<const double> correlation, double dt_ps,
                                   LagWindow window);

/// ∫ y dx by the trapezoidal rule.
double trapezoid(std::span<const double> x, std::span<const double> y);
/// ∫ x y dx / ∫ y dx.
double band_centre(std::span<const double> x, std::span<const double> y);
/// The cut-off of the Debye spectrum (∝ x²) with the second moment of y: √(5/3 ∫ x² y dx / ∫ y dx).
double debye_frequency(std::span<const double> x, std::span<const double> y);

/// sinc²(πνΔt): what a difference of positions Δt apart leaves of the power of a velocity.
double difference_response(double frequency_THz, double dt_ps);

}  // namespace vitrion
