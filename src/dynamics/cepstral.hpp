// The zero-frequency power of a noisy stationary series, with its error: cepstral analysis.
//
// Ercole, Marcolongo & Baroni, Sci. Rep. 7, 15835 (2017), DOI 10.1038/s41598-017-15843-2. The
// logarithm of the periodogram of ℓ equivalent components is ln S(ν) + ln(χ²_2ℓ/2ℓ): noise of known
// mean ψ(ℓ) − ln ℓ and variance ψ′(ℓ), alike and independent at all frequencies. Its Fourier
// coefficients C_n are few where S is smooth; P of them are kept, twice as
// many as Akaike's criterion says (the errors then cover: tests/dynamics/coverage_test.cpp):
//   ln S(0) = C₀ + 2 Σ_{n<P} C_n − ψ(ℓ) + ln ℓ,   variance ψ′(ℓ)(4P − 2)/N.
// No cut-off time is to be chosen, unlike for the running integral. O(N log N).
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

struct CepstralEstimate {
  double value = 0;  ///< S(0) = ∫⟨x(0)x(t)⟩dt over all t, mean of the three axes
  double error = 0;
  std::size_t coefficients = 0;  ///< P
  std::size_t modes = 0;         ///< N/2: frequencies used
};

/// `series` at steps Δt; frequencies up to `highest_THz` are used (all, where that is 0): S should
/// be featureless below, and 0 should not be alone. NaN with fewer than 32 frequencies.
CepstralEstimate zero_frequency_power(std::span<const Vec3> series, double dt_ps,
                                      double highest_THz);

}  // namespace vitrion
