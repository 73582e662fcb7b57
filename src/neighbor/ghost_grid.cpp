#include "neighbor/ghost_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitrion {
namespace {

// A missing cell gets a box around the atoms; it is open in all directions.
Cell defined_cell(const Structure& s) {
  if (s.cell.is_defined()) return s.cell;
  Vec3 low = s.position.front();
  Vec3 high = low;
  for (const Vec3& r : s.position) {
    low = low.cwiseMin(r);
    high = high.cwiseMax(r);
  }
  const Vec3 width = (high - low).cwiseMax(1e-3) * 1.001;
  return Cell(width.asDiagonal().toDenseMatrix(), low, {false, false, false});
}

// Bins of about r/divisions along a and b, so that a run holds some sixteen atoms or more, and
// finer ones along c, where bins of a run lie side by side and cost nothing.
void choose_bins(GhostGrid& grid, const Structure& s, const Cell& cell, double cutoff) {
  const auto n = static_cast<double>(s.size());
  const double density = n / cell.volume();
  const double divisions =
      std::clamp(std::floor(std::sqrt(2 * density * cutoff * cutoff * cutoff / 16)), 1.0, 3.0);
  const double most = std::cbrt(n) + 1;
  const Vec3 heights = cell.heights();
  for (std::size_t k = 0; k < 3; ++k) {
    const double h = heights[static_cast<Eigen::Index>(k)];
    const double fineness = k == 2 ? 4.0 : divisions;
    const double limit = k == 2 ? 4 * most : most;
    // A hair wider than the cut-off asks, so that rounding never loses a pair.
    const double r = cutoff * (1 + 1e-9);
    grid.count[k] = static_cast<int>(std::clamp(std::floor(fineness * h / r), 1.0, limit));
    grid.reach[k] = static_cast<int>(std::ceil(r / (h / grid.count[k])));
    // Nothing lies beyond an open face; a flat molecule would have millions of empty bins there.
    if (!cell.periodic()[k]) grid.reach[k] = std::min(grid.reach[k], grid.count[k] - 1);
  }
}

struct Home {
  Vec3 position;
  Int3 bin;
};

std::vector<Home> fold(const GhostGrid& grid, const Structure& s, const Cell& cell) {
  std::vector<Home> out(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    out[i].position = cell.wrap(s.position[i]);
    const Vec3 f = cell.to_fractional(out[i].position);
    for (std::size_t k = 0; k < 3; ++k) {
      // Clamping what lies outside an open face only brings bins nearer: no pair is lost.
      const double b = std::floor(f[static_cast<Eigen::Index>(k)] * grid.count[k]);
      out[i].bin[k] = static_cast<int>(std::clamp(b, 0.0, grid.count[k] - 1.0));
    }
  }
  return out;
}

// Calls body(bin index, displacement in cells) for the atom itself and each of its ghosts.
template <class Body>
void each_image(const GhostGrid& grid, const Int3& home, const std::array<bool, 3>& periodic,
                const Body& body) {
  Int3 first{};
  Int3 last{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (!periodic[k]) continue;
    // −reach ≤ home + n·count < count + reach
    first[k] = -((home[k] + grid.reach[k]) / grid.count[k]);
    last[k] = (grid.count[k] + grid.reach[k] - 1 - home[k]) / grid.count[k];
  }
  for (int a = first[0]; a <= last[0]; ++a) {
    for (int b = first[1]; b <= last[1]; ++b) {
      for (int c = first[2]; c <= last[2]; ++c) {
        body(grid.bin(home[0] + a * grid.count[0], home[1] + b * grid.count[1],
                      home[2] + c * grid.count[2]),
             Int3{a, b, c});
      }
    }
  }
}

}  // namespace

GhostGrid make_ghost_grid(const Structure& s, double cutoff) {
  GhostGrid grid;
  if (s.size() == 0) {
    grid.start.assign(2, 0);
    return grid;
  }
  const Cell cell = defined_cell(s);
  choose_bins(grid, s, cell, cutoff);
  const std::vector<Home> home = fold(grid, s, cell);
  const std::size_t bins =
      grid.bin(grid.count[0] + grid.reach[0] - 1, grid.count[1] + grid.reach[1] - 1,
               grid.count[2] + grid.reach[2] - 1) +
      1;
  grid.start.assign(bins + 1, 0);
  for (const Home& h : home) {
    each_image(grid, h.bin, cell.periodic(),
               [&](std::size_t b, const Int3&) { ++grid.start[b + 1]; });
  }
  for (std::size_t b = 0; b < bins; ++b) grid.start[b + 1] += grid.start[b];
  const std::size_t entries = grid.start.back();
  grid.x.resize(entries);
  grid.y.resize(entries);
  grid.z.resize(entries);
  grid.atom.resize(entries);
  std::vector<std::uint32_t> next(grid.start.begin(), grid.start.end() - 1);
  for (std::size_t i = 0; i < home.size(); ++i) {
    each_image(grid, home[i].bin, cell.periodic(), [&](std::size_t b, const Int3& n) {
      const Vec3 r = home[i].position + cell.vectors() * Vec3(n[0], n[1], n[2]);
      const std::uint32_t at = next[b]++;
      grid.x[at] = r.x();
      grid.y[at] = r.y();
      grid.z[at] = r.z();
      grid.atom[at] = static_cast<std::uint32_t>(i);
    });
  }
  return grid;
}

}  // namespace vitrion
