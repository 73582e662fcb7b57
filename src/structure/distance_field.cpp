#include "structure/distance_field.hpp"

#include <algorithm>
#include <cmath>

namespace vitrion {
namespace {

// Calls body(index, distance) for every point within `radius` of a place, images included.
template <class Body>
void each_point_near(const Cell& cell, const Grid3& grid, const Vec3& at, double radius,
                     const Body& body) {
  const Vec3 s = cell.to_fractional(at);
  const Vec3 heights = cell.heights();
  Int3 low{};
  Int3 high{};
  Mat3 step = cell.vectors();
  for (int k = 0; k < 3; ++k) {
    const auto n = static_cast<double>(grid.count[static_cast<std::size_t>(k)]);
    low[static_cast<std::size_t>(k)] =
        static_cast<int>(std::ceil((s[k] - radius / heights[k]) * n));
    high[static_cast<std::size_t>(k)] =
        static_cast<int>(std::floor((s[k] + radius / heights[k]) * n));
    step.col(k) /= n;
  }
  const Vec3 base = cell.origin() - at;
  const double square = radius * radius;
  for (int i = low[0]; i <= high[0]; ++i) {
    for (int j = low[1]; j <= high[1]; ++j) {
      const Vec3 row = base + i * step.col(0) + j * step.col(1);
      for (int k = low[2]; k <= high[2]; ++k) {
        const double d2 = (row + k * step.col(2)).squaredNorm();
        if (d2 <= square) body(grid.index({i, j, k}), d2);
      }
    }
  }
}

}  // namespace

std::vector<double> distance_field(const Structure& s, const Grid3& grid,
                                   std::span<const double> radius, double reach) {
  std::vector<double> out(grid.size(), reach);
  // Squared distances first, for the atoms of each radius; roots only where they matter.
  std::vector<double> radii(radius.begin(), radius.end());
  std::sort(radii.begin(), radii.end());
  radii.erase(std::unique(radii.begin(), radii.end()), radii.end());
  std::vector<double> square;
  for (const double r : radii) {
    if (!(r > 0)) continue;
    const double far = reach + r;
    square.assign(grid.size(), far * far);
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (radius[i] != r) continue;
      each_point_near(s.cell, grid, s.position[i], far,
                      [&](std::size_t at, double d2) { square[at] = std::min(square[at], d2); });
    }
    for (std::size_t k = 0; k < out.size(); ++k) {
      const double limit = out[k] + r;
      if (limit > 0 && square[k] < limit * limit) out[k] = std::sqrt(square[k]) - r;
    }
  }
  return out;
}

std::vector<double> pore_radii(const Cell& cell, const Grid3& grid,
                               std::span<const double> distance) {
  std::vector<double> out(distance.size(), 0.0);
  for (const std::uint32_t i : largest_first(distance)) {
    const Int3 at = grid.place_of(i);
    Vec3 s;
    for (int k = 0; k < 3; ++k) {
      s[k] = static_cast<double>(at[static_cast<std::size_t>(k)]) /
             static_cast<double>(grid.count[static_cast<std::size_t>(k)]);
    }
    // Points come from the widest sphere down, so the first to reach a point is its pore.
    each_point_near(cell, grid, cell.to_cartesian(s), distance[i], [&](std::size_t to, double) {
      if (out[to] == 0) out[to] = distance[i];
    });
  }
  return out;
}

FreeRadii free_radii(const Grid3& grid, std::span<const double> distance) {
  FreeRadii out;
  WindingSets sets(distance.size());
  std::vector<bool> open(distance.size(), false);
  for (const std::uint32_t i : largest_first(distance)) {
    open[i] = true;
    const Int3 at = grid.place_of(i);
    for (int dx = -1; dx <= 1; ++dx) {
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dz = -1; dz <= 1; ++dz) {
          if (dx == 0 && dy == 0 && dz == 0) continue;
          const Int3 to{at[0] + dx, at[1] + dy, at[2] + dz};
          const std::size_t j = grid.index(to);
          if (!open[j]) continue;
          const Int3 winding = sets.join(i, static_cast<std::uint32_t>(j), grid.image_of(to));
          for (std::size_t k = 0; k < 3; ++k) {
            if (winding[k] == 0) continue;
            out.any = std::max(out.any, distance[i]);
            out.along[k] = std::max(out.along[k], distance[i]);
          }
        }
      }
    }
    if (std::all_of(out.along.begin(), out.along.end(), [](double r) { return r > 0; })) break;
  }
  return out;
}

void each_grid_point_near(const Cell& cell, const Grid3& grid, const Vec3& at, double radius,
                          const std::function<void(std::size_t)>& body) {
  each_point_near(cell, grid, at, radius, [&](std::size_t index, double) { body(index); });
}

}  // namespace vitrion
