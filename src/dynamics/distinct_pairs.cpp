#include "dynamics/distinct_pairs.hpp"

#include <algorithm>
#include <cmath>

#include "neighbor/distance_loops.hpp"
#include "neighbor/ghost_grid.hpp"

namespace vitrion {
namespace {

constexpr std::size_t batch = 4096;

struct Collector {
  const GhostGrid& grid;
  std::vector<std::uint32_t>& counts;
  double r_max2;
  double per_width;
  std::size_t computed = 0;
  std::size_t held = 0;
  double scratch[batch];
  double distance2[batch + 1];  // one more: the branch-free loop writes before it decides
  std::int32_t bin[batch];

  void add_run(const double* from, std::uint32_t self, std::size_t first, std::size_t last) {
    computed += last - first;
    while (first < last) {
      const std::size_t n = std::min(last - first, batch);
      if (held + n > batch) flush();
      squared_distances(&grid.x[first], &grid.y[first], &grid.z[first], n, from, scratch);
      const std::uint32_t* atom = &grid.atom[first];
      std::size_t h = held;
      for (std::size_t k = 0; k < n; ++k) {
        distance2[h] = scratch[k];
        h += static_cast<std::size_t>(scratch[k] < r_max2) &
             static_cast<std::size_t>(atom[k] != self);
      }
      held = h;
      first += n;
    }
  }

  void flush() {
    bins_of_squares(distance2, held, per_width, bin);
    const auto top = static_cast<std::int32_t>(counts.size()) - 1;
    for (std::size_t k = 0; k < held; ++k)
      ++counts[static_cast<std::size_t>(std::min(bin[k], top))];
    held = 0;
  }
};

}  // namespace

std::size_t count_distances(const Cell& cell, std::span<const Vec3> from, std::span<const Vec3> to,
                            bool same, double r_max_A, std::span<double> counts) {
  if (from.empty() || to.empty()) return 0;
  Structure later;
  later.cell = cell;
  later.position.assign(to.begin(), to.end());
  const GhostGrid grid = make_ghost_grid(later, r_max_A);
  std::vector<std::uint32_t> local(counts.size(), 0);
  Collector collector{
      grid, local, r_max_A * r_max_A, static_cast<double>(counts.size()) / r_max_A, 0, 0, {},
      {},   {}};
  constexpr std::uint32_t nobody = 0xffffffffU;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Vec3 r = cell.wrap(from[i]);
    const Vec3 f = cell.to_fractional(r);
    Int3 b{};
    for (std::size_t k = 0; k < 3; ++k) {
      const double at = std::floor(f[static_cast<Eigen::Index>(k)] * grid.count[k]);
      b[k] = static_cast<int>(std::clamp(at, 0.0, grid.count[k] - 1.0));
    }
    const auto self = same ? static_cast<std::uint32_t>(i) : nobody;
    for (int dx = -grid.reach[0]; dx <= grid.reach[0]; ++dx) {
      for (int dy = -grid.reach[1]; dy <= grid.reach[1]; ++dy) {
        const auto [first, last] = grid.run(b[0] + dx, b[1] + dy, b[2]);
        collector.add_run(r.data(), self, first, last);
      }
    }
  }
  collector.flush();
  for (std::size_t k = 0; k < counts.size(); ++k) counts[k] += local[k];
  return collector.computed;
}

}  // namespace vitrion
