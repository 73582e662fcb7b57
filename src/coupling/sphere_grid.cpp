#include "coupling/sphere_grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/constants.hpp"

namespace vitrion {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
using constants::pi;

}  // namespace

SphereGrid::SphereGrid(double cell_deg) {
  const auto rings = static_cast<std::size_t>(std::clamp(std::round(180 / cell_deg), 4.0, 720.0));
  const double width = pi / static_cast<double>(rings);
  std::vector<std::size_t> in_ring;
  for (std::size_t i = 0; i < rings; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * width;
    const auto n =
        static_cast<std::size_t>(std::max(3.0, std::round(2 * pi * std::sin(middle) / width)));
    const double area =
        (std::cos(static_cast<double>(i) * width) - std::cos(static_cast<double>(i + 1) * width)) *
        2 * pi / static_cast<double>(n);
    ring_.push_back(centre_.size());
    in_ring.push_back(n);
    for (std::size_t k = 0; k < n; ++k) {
      const double phi = 2 * pi * (static_cast<double>(k) + 0.5) / static_cast<double>(n);
      solid_angle_.push_back(area);
      centre_.emplace_back(std::sin(middle) * std::cos(phi), std::sin(middle) * std::sin(phi),
                           std::cos(middle));
    }
  }
  ring_.push_back(centre_.size());
  offset_.push_back(0);
  for (std::size_t i = 0; i < rings; ++i) {
    const auto n = static_cast<double>(in_ring[i]);
    for (std::size_t k = 0; k < in_ring[i]; ++k) {
      neighbor_.push_back(static_cast<std::uint32_t>(ring_[i] + (k + 1) % in_ring[i]));
      neighbor_.push_back(static_cast<std::uint32_t>(ring_[i] + (k + in_ring[i] - 1) % in_ring[i]));
      for (const std::size_t j : {i - 1, i + 1}) {  // i − 1 of the first ring is beyond the last
        if (j >= rings) continue;
        const auto m = static_cast<double>(in_ring[j]);
        const double low = static_cast<double>(k) / n * m;
        const double high = static_cast<double>(k + 1) / n * m;
        for (auto l = static_cast<std::size_t>(low + 1e-9); static_cast<double>(l) < high - 1e-9;
             ++l) {
          neighbor_.push_back(static_cast<std::uint32_t>(ring_[j] + l % in_ring[j]));
        }
      }
      if (i == 0 || i + 1 == rings) {  // across the pole
        for (std::size_t l = 0; l < in_ring[i]; ++l) {
          if (l != k) neighbor_.push_back(static_cast<std::uint32_t>(ring_[i] + l));
        }
      }
      offset_.push_back(neighbor_.size());
    }
  }
}

std::size_t SphereGrid::cell_of(const Vec3& r) const {
  const std::size_t rings = ring_.size() - 1;
  const double theta = std::acos(std::clamp(r[2], -1.0, 1.0));
  const auto i =
      std::min(rings - 1, static_cast<std::size_t>(theta / pi * static_cast<double>(rings)));
  double turn = std::atan2(r[1], r[0]) / (2 * pi);
  if (turn < 0) turn += 1;
  const std::size_t n = ring_[i + 1] - ring_[i];
  return ring_[i] + std::min(n - 1, static_cast<std::size_t>(turn * static_cast<double>(n)));
}

std::vector<double> SphereGrid::free_energy(std::span<const double> counts) const {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<double> out(counts.size(), infinite);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double n = std::max(counts[c], 0.5);
    if (all > 0) out[c] = -std::log(n / all * 4 * pi / solid_angle_[c]);
  }
  return out;
}

std::vector<Basin> find_basins(const SphereGrid& grid, std::span<const double> h,
                               double least_depth) {
  std::vector<std::uint32_t> order;
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    if (std::isfinite(h[c])) order.push_back(static_cast<std::uint32_t>(c));
  }
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return std::pair(h[a], a) < std::pair(h[b], b); });
  constexpr std::uint32_t dry = ~std::uint32_t{0};
  std::vector<std::uint32_t> parent(grid.cells(), dry);
  const auto root = [&](std::uint32_t c) {
    while (parent[c] != c) c = parent[c] = parent[parent[c]];
    return c;
  };
  std::vector<Basin> found;
  for (const auto c : order) {
    parent[c] = c;
    for (const auto n : grid.neighbors(c)) {
      if (parent[n] == dry) continue;
      std::uint32_t a = root(c);
      std::uint32_t b = root(n);
      if (a == b) continue;
      // The root of a basin is its lowest cell; the shallower one ends here.
      if (std::pair(h[a], a) > std::pair(h[b], b)) std::swap(a, b);
      parent[b] = a;
      if (h[c] - h[b] >= least_depth) found.push_back({b, h[b], h[c], c, a});
    }
  }
  for (const auto c : order) {
    if (root(c) == c) found.push_back({c, h[c], infinite, c, c});
  }
  std::sort(found.begin(), found.end(), [](const Basin& a, const Basin& b) {
    return std::tuple(-a.depth(), a.minimum, a.cell) < std::tuple(-b.depth(), b.minimum, b.cell);
  });
  return found;
}

double barrier_of(const std::vector<Basin>& basins) {
  if (basins.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return basins[1].depth();
}

}  // namespace vitrion
