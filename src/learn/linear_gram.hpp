// XᵀX of tall matrices that come in blocks of rows: packed panels, tiles, all threads.
//
// Double precision throughout: the condition of a normal matrix leaves no digits to give away. The
// order of additions is that of the rows, so that the bits do not depend on the number of threads.
// A block of K rows and M columns costs K M²/2 fused multiplications.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "learn/linear_kernel.hpp"

namespace vitrion::linear {

using Doubles = std::vector<double, AlignedAllocator<double>>;

/// Some rows, transposed into panels of 24 columns: data[panel][row][24].
struct RowBlock {
  static constexpr std::size_t panel = 24;
  std::size_t columns = 0;
  std::size_t rows = 0;
  Doubles data;

  void resize(std::size_t row_count, std::size_t column_count);
  [[nodiscard]] std::size_t panels() const { return (columns + panel - 1) / panel; }
  double& operator()(std::size_t row, std::size_t column) {
    return data[(column / panel * rows + row) * panel + column % panel];
  }
};

/// tile[24][24] += xᵀ x for the columns of panels `i` (rows of the tile) and `j`.
void add_tile(const RowBlock& x, std::size_t i, std::size_t j, double* tile);

/// The lower triangle of a symmetric matrix, in tiles.
class Gram {
 public:
  Gram() = default;
  explicit Gram(std::size_t columns);

  [[nodiscard]] std::size_t columns() const { return columns_; }
  /// Adds XᵀX of each block, in their order.
  void add(std::span<const RowBlock* const> blocks);
  void merge(const Gram& other);
  [[nodiscard]] double operator()(std::size_t i, std::size_t j) const;
  /// vᵀ G v.
  [[nodiscard]] double quadratic(std::span<const double> v) const;
  /// The whole symmetric matrix of the first `columns`.
  [[nodiscard]] Eigen::MatrixXd matrix(std::size_t columns) const;

 private:
  std::size_t columns_ = 0;
  Doubles tiles_;
};

}  // namespace vitrion::linear
