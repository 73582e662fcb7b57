// Block sums of counters whose names are met on the way: indices of Voronoi cells, formulas of
// units, sizes of rings.
//
// As BlockSums (numeric/statistics.hpp), with a map in the place of the vector; a name that a
// block does not have counts as 0 there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

class LabelSums {
 public:
  using Counts = std::map<std::string, double>;

  explicit LabelSums(std::size_t max_blocks = 32) : max_blocks_(max_blocks) {}

  /// The sums over one stretch of `weight` frames.
  void append(const Counts& sums, double weight);
  void merge(const LabelSums& later);

  [[nodiscard]] Counts total() const;
  [[nodiscard]] double total_weight() const;
  /// The sums of these names, in this order, for the jackknife.
  [[nodiscard]] BlockSums of(const std::vector<std::string>& names) const;

 private:
  struct Block {
    Counts sums;
    double weight = 0;
    std::size_t stretches = 0;
  };
  static void add(Block& block, const Counts& sums, double weight);

  std::size_t max_blocks_;
  std::size_t per_block_ = 1;
  std::vector<Block> blocks_;
};

}  // namespace vitrion
