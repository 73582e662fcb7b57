// Means with errors: block sums that stay few however long a run is, the jackknife over them, and
// the statistical inefficiency of a correlated series.
//
// Flyvbjerg & Petersen, J. Chem. Phys. 91, 461 (1989), DOI 10.1063/1.457480.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace vitrion {

struct Estimate {
  double value = 0;
  double error = 0;  ///< one standard error; NaN where it cannot be told
};

Estimate mean_and_error(std::span<const double> independent_values);

/// Mean of a correlated series; the error is the plateau of Flyvbjerg–Petersen blocking.
Estimate blocked_mean(std::span<const double> series);

/// Sums of a vector of counters over consecutive, equally long stretches of a run.
///
/// `append` adds the sum over one stretch; when there are more than `max_blocks`, neighbours are
/// joined, so memory stays bounded. The order of appends is all that matters.
class BlockSums {
 public:
  explicit BlockSums(std::size_t max_blocks = 32) : max_blocks_(max_blocks) {}

  /// `weight` is the number of frames in this stretch.
  void append(std::span<const double> sums, double weight);
  void merge(const BlockSums& later);

  [[nodiscard]] std::size_t blocks() const { return blocks_.size(); }
  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  [[nodiscard]] double total_weight() const;
  [[nodiscard]] std::vector<double> total() const;
  /// total / total_weight.
  [[nodiscard]] std::vector<double> mean() const;

  /// f(mean counters) with its jackknife error over the blocks (NaN with fewer than 3).
  [[nodiscard]] Estimate jackknife(const std::function<double(std::span<const double>)>& f) const;
  /// As above for many functions at once.
  [[nodiscard]] std::vector<Estimate> jackknife_all(
      const std::function<std::vector<double>(std::span<const double>)>& f) const;

 private:
  struct Block {
    std::vector<double> sums;
    double weight = 0;
    std::size_t stretches = 0;  // appended stretches in it
  };
  void coarsen();

  std::size_t max_blocks_;
  std::size_t per_block_ = 1;  // stretches that make a full block
  std::vector<Block> blocks_;
};

}  // namespace vitrion
