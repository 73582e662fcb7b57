// When bonds exist along a run: intervals of frames for each pair of atoms, gathered frame by frame
// and joined across the pieces of a run that were read apart.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrion {

using BondKey = std::uint64_t;  ///< lower atom · 2³² + higher atom

struct BondInterval {
  BondKey bond;
  std::int64_t first;  ///< frame
  std::int64_t last;   ///< frame, included
};

class BondIntervals {
 public:
  /// Sorted, unique bonds of the next frame.
  void add(std::int64_t frame, const std::vector<BondKey>& bonds);
  /// Intervals of the frames right after ours.
  void merge(const BondIntervals& later);

  [[nodiscard]] std::int64_t first_frame() const { return first_; }
  [[nodiscard]] std::int64_t last_frame() const { return last_; }
  /// All, by bond, then time; gaps of up to `tolerance` frames are bridged.
  [[nodiscard]] std::vector<BondInterval> all(std::int64_t tolerance) const;

 private:
  std::int64_t first_ = 0;
  std::int64_t last_ = -1;
  std::vector<BondInterval> open_;  // reach the last frame; by bond
  std::vector<BondInterval> closed_;
};

/// Sums of max(0, …) shapes over lags: what correlation functions of intervals are made of.
class LagSums {
 public:
  explicit LagSums(std::size_t lags) : second_(lags + 1, 0.0) {}

  /// For each lag t, how many origins t₀ lie in [a, b] with t₀ + t in [c, d].
  void add_pairs(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d);
  /// For each lag t, how many origins have an interval of n frames unbroken up to t₀ + t.
  void add_unbroken(std::int64_t frames);

  [[nodiscard]] std::vector<double> values() const;

 private:
  void ramp(std::int64_t from, double slope);

  double value_ = 0;  // at lag 0, of ramps that began before
  double slope_ = 0;
  std::vector<double> second_;
};

}  // namespace vitrion
