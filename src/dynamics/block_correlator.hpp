// Autocorrelation of many columns of a stream of rows, without keeping the stream.
//
//   C_g(m) = Σ_{columns of g} Σ_t x(t) x(t+m),  m = 0 … M,  over every origin t of the run.
// Blocks of origins are correlated with themselves and the M rows after them by FFT (chunked
// Wiener–Khinchin), so nothing is lost at their edges: the sums are those of the definition. Each
// block is kept apart (BlockSums), for errors. O(columns · log M) a row; memory 4 bytes × columns ×
// 1.5 M rows, whatever the length of the run. Columns are summed in fixed groups: the same bits for
// any number of threads.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

/// Columns [begin, end) of a row that are summed together.
struct ColumnGroup {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class BlockCorrelator {
 public:
  BlockCorrelator() = default;
  BlockCorrelator(std::vector<ColumnGroup> groups, std::size_t max_lag);

  void append(std::vector<float> row);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t max_lag() const { return max_lag_; }

  /// Of all rows so far. Each block holds C of group 0 at lags 0 … M, of group 1, …, and last the
  /// number of origins at each lag (0 beyond the length of the run).
  [[nodiscard]] BlockSums sums() const;

 private:
  [[nodiscard]] std::vector<double> correlate(std::size_t start, std::size_t origins) const;

  std::vector<ColumnGroup> groups_;
  std::size_t max_lag_ = 0;
  std::size_t block_ = 0;  // origins in a block
  std::size_t rows_ = 0;
  std::deque<std::vector<float>> pending_;
  BlockSums done_;
};

}  // namespace vitrion
