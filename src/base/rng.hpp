// Random numbers: named, seeded, counter-based streams (Philox4x32-10).
//
// A stream is fixed by (seed, name, index): the same draws whatever else the program does and
// however many threads it has. Salmon et al., SC'11, DOI 10.1145/2063384.2063405.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vitrion {

/// Satisfies UniformRandomBitGenerator. Copying a stream copies its position.
class RandomStream {
 public:
  using result_type = std::uint64_t;

  RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();

  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform among 0 … n−1, without bias; n > 0.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal (Box–Muller).
  double normal();

 private:
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint64_t, 2> buffer_{};
  int left_ = 0;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

/// One round function of the generator, public for its known-answer test.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key);

/// A seed derived from another by name, for handing to an engine (never 0, fits 31 bits).
std::uint32_t derive_seed(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

}  // namespace vitrion
