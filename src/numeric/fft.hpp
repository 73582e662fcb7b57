// Fourier transforms of real series (FFTW 3), and the lengths for which they are fast.
//
// Frigo & Johnson, Proc. IEEE 93, 216 (2005), DOI 10.1109/JPROC.2004.840301. O(n log n).
// Plans are estimated, never measured, so that the same input gives the same bits in every run.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

namespace vitrion {

/// One transform of fixed length with buffers of its own; make one for each thread.
class RealFft {
 public:
  explicit RealFft(std::size_t length);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  [[nodiscard]] std::size_t length() const;
  [[nodiscard]] std::size_t bins() const { return length() / 2 + 1; }
  [[nodiscard]] std::span<double> real();
  [[nodiscard]] std::span<std::complex<double>> spectrum();

  /// spectrum[k] = Σ_n real[n] exp(−2πi kn/length); leaves real() as it is.
  void forward();
  /// real[n] = Σ_k spectrum[k] exp(+2πi kn/length), without 1/length; spoils spectrum().
  void backward();

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

/// The smallest product of 2, 3, 5 and 7 that is not below n.
std::size_t fast_length_from(std::size_t n);
/// The largest product of 2, 3, 5 and 7 that is not above n (n ≥ 1).
std::size_t fast_length_up_to(std::size_t n);

}  // namespace vitrion
