#include "structure/pair_histogram.hpp"

#include <algorithm>

#include "neighbor/distance_loops.hpp"
#include "neighbor/ghost_grid.hpp"

namespace vitrion {
namespace {

constexpr std::size_t batch = 4096;

// Collects pairs within range and puts them into the histogram in batches.
class Collector {
 public:
  Collector(const GhostGrid& grid, const PairTable& table, double r_max, std::size_t bins,
            std::vector<std::uint32_t>& counts)
      : grid_(grid),
        counts_(counts),
        r_max2_(r_max * r_max),
        per_width_(static_cast<double>(bins) / r_max),
        groups_(table.groups()),
        last_(static_cast<std::int32_t>(bins) - 1) {
    for (std::size_t a = 0; a < groups_; ++a) {
      for (std::size_t b = 0; b < groups_; ++b) {
        base_.push_back(static_cast<std::uint32_t>(table.pair(a, b) * bins));
      }
    }
    group_.reserve(grid.atom.size());
    for (const auto atom : grid.atom) group_.push_back(table.group_of()[atom]);
  }

  void add_run(std::size_t self, std::size_t first, std::size_t last) {
    const double from[] = {grid_.x[self], grid_.y[self], grid_.z[self]};
    const std::uint32_t* base = base_.data() + group_[self] * groups_;
    while (first < last) {
      const std::size_t n = std::min(last - first, batch);
      if (held_ + n > batch) flush();
      squared_distances(&grid_.x[first], &grid_.y[first], &grid_.z[first], n, from, scratch_);
      const std::uint16_t* group = &group_[first];
      std::size_t held = held_;
      for (std::size_t k = 0; k < n; ++k) {
        distance2_[held] = scratch_[k];
        where_[held] = base[group[k]];
        held += scratch_[k] < r_max2_ ? 1 : 0;
      }
      held_ = held;
      first += n;
    }
  }

  void flush() {
    bins_of_squares(distance2_, held_, per_width_, bin_);
    for (std::size_t k = 0; k < held_; ++k) {
      ++counts_[where_[k] + static_cast<std::uint32_t>(std::min(bin_[k], last_))];
    }
    held_ = 0;
  }

 private:
  const GhostGrid& grid_;
  std::vector<std::uint32_t>& counts_;
  double r_max2_;
  double per_width_;
  std::size_t groups_;
  std::int32_t last_;
  std::vector<std::uint32_t> base_;   // of each ordered pair of groups in the histogram
  std::vector<std::uint16_t> group_;  // of each entry of the grid
  std::size_t held_ = 0;
  double scratch_[batch];
  double distance2_[batch + 1];  // one more: the branch-free loop writes before it decides
  std::uint32_t where_[batch + 1];
  std::int32_t bin_[batch];
};

}  // namespace

const std::vector<std::uint32_t>& PairHistogram::count(const Structure& s, const PairTable& table) {
  counts_.assign(table.pairs() * bins_, 0);
  const GhostGrid grid = make_ghost_grid(s, r_max_);
  Collector collector(grid, table, r_max_, bins_, counts_);
  for (int i = 0; i < grid.count[0]; ++i) {
    for (int j = 0; j < grid.count[1]; ++j) {
      for (int k = 0; k < grid.count[2]; ++k) {
        const std::size_t bin = grid.bin(i, j, k);
        for (std::size_t self = grid.start[bin]; self < grid.start[bin + 1]; ++self) {
          // The forward half: what follows in the own row, then rows with (dx, dy) > (0, 0).
          collector.add_run(self, self + 1, grid.run(i, j, k).second);
          for (int dx = 0; dx <= grid.reach[0]; ++dx) {
            for (int dy = dx == 0 ? 1 : -grid.reach[1]; dy <= grid.reach[1]; ++dy) {
              const auto [first, last] = grid.run(i + dx, j + dy, k);
              collector.add_run(self, first, last);
            }
          }
        }
      }
    }
  }
  collector.flush();
  return counts_;
}

}  // namespace vitrion
