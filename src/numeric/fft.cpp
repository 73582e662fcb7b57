#include "numeric/fft.hpp"

#include <fftw3.h>

#include <mutex>

namespace vitrion {
namespace {

std::mutex planning;  // FFTW plans on one thread at a time; executing is free

bool is_fast(std::size_t n) {
  for (const std::size_t factor : {2U, 3U, 5U, 7U}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

}  // namespace

struct RealFft::Plans {
  explicit Plans(std::size_t n)
      : length(n), real(fftw_alloc_real(n)), spectrum(fftw_alloc_complex(n / 2 + 1)) {
    const std::lock_guard lock(planning);
    const int size = static_cast<int>(n);
    forward = fftw_plan_dft_r2c_1d(size, real, spectrum, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    backward = fftw_plan_dft_c2r_1d(size, spectrum, real, FFTW_ESTIMATE);
  }
  ~Plans() {
    const std::lock_guard lock(planning);
    fftw_destroy_plan(forward);
    fftw_destroy_plan(backward);
    fftw_free(real);
    fftw_free(spectrum);
  }
  Plans(const Plans&) = delete;
  Plans& operator=(const Plans&) = delete;

  std::size_t length;
  double* real;
  fftw_complex* spectrum;
  fftw_plan forward = nullptr;
  fftw_plan backward = nullptr;
};

RealFft::RealFft(std::size_t length) : plans_(std::make_unique<Plans>(length)) {}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

std::size_t RealFft::length() const { return plans_->length; }
std::span<double> RealFft::real() { return {plans_->real, plans_->length}; }
std::span<std::complex<double>> RealFft::spectrum() {
  // FFTW's complex is two doubles, as std::complex guarantees to be.
  return {reinterpret_cast<std::complex<double>*>(plans_->spectrum), bins()};
}
void RealFft::forward() { fftw_execute(plans_->forward); }
void RealFft::backward() { fftw_execute(plans_->backward); }

std::size_t fast_length_from(std::size_t n) {
  if (n == 0) n = 1;
  while (!is_fast(n)) ++n;
  return n;
}

std::size_t fast_length_up_to(std::size_t n) {
  while (n > 1 && !is_fast(n)) --n;
  return n;
}

}  // namespace vitrion
