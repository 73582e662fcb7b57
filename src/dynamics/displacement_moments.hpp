// Second and fourth moments of displacements from a stream that is not kept: multiple τ.
//
//   level 0: lags 1 … 15 from every frame;  level k: lags (8 … 15)·2ᵏ from every 2ᵏ-th frame
// so that lags are eight to the octave, an origin is at most an eighth of its lag from the next,
// and each level holds 16 frames: the order-n algorithm of Frenkel & Smit, as in Dubbeldam et al.,
// Mol. Simul. 35, 1084 (2009), DOI 10.1080/08927020902818039. Nothing is averaged before it is
// squared: the moments are those of the definition. Ions of a range are kept apart in up to 20
// parts, for the jackknife. Memory: 12 bytes × ions × 16 × log₂ T. O(23 N) a frame; the same bits
// for any number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

/// ⟨|Δr|²⟩ and ⟨|Δr|⁴⟩ at some lags.
struct Moments {
  std::vector<double> square;  ///< Å²
  std::vector<double> fourth;  ///< Å⁴
};

class DisplacementMoments {
 public:
  DisplacementMoments() = default;
  /// Ions between one bound and the next are a range: {0, n_A, n_A + n_B …}.
  explicit DisplacementMoments(const std::vector<std::size_t>& bounds);

  /// x, y, z of each ion in turn.
  void append(const float* row);
  /// Takes what waits into the sums; before any of what follows.
  void flush();
  [[nodiscard]] std::size_t frames() const { return frames_; }
  /// Those that were seen, rising.
  [[nodiscard]] std::vector<std::size_t> lags() const;
  /// Over the ranges that make up ions [begin, end).
  [[nodiscard]] Moments moments(std::size_t begin, std::size_t end) const;
  /// f(moments) with its jackknife error over parts of the ions (NaN with fewer than 3).
  [[nodiscard]] std::vector<Estimate> jackknife(
      std::size_t begin, std::size_t end,
      const std::function<std::vector<double>(const Moments&)>& f) const;

 private:
  static constexpr std::size_t kept = 16;
  struct Sums {
    double square = 0, fourth = 0;
  };
  // Ions that are summed together, each level's frames in a ring of [slot][axis][ion].
  struct Part {
    std::size_t begin = 0, end = 0;
    std::vector<std::vector<float>> rings;  // of each level
    std::vector<Sums> sums;                 // [level][0 … 15]
    void add(const float* row, std::size_t frame);
  };
  [[nodiscard]] std::vector<const Part*> within(std::size_t begin, std::size_t end) const;
  [[nodiscard]] double origins(std::size_t level, std::size_t step) const;

  std::size_t width_ = 0;
  std::size_t frames_ = 0;
  std::vector<Part> parts_;
  std::vector<float> waiting_;  // rows, up to a batch
};

}  // namespace vitrion
