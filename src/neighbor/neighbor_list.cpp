#include "neighbor/neighbor_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "neighbor/ghost_grid.hpp"

namespace vitrion {
namespace {

struct Candidate {
  double distance2;
  std::uint32_t entry;  // in the grid
};

// Entries of a run within the cut-off of the entry `self`, itself left out, written from `out` on
// (which has room for the whole run); returns the end. Free of branches, as most entries are not
// neighbours and no processor can guess which are.
Candidate* gather(const GhostGrid& grid, std::pair<std::size_t, std::size_t> run, std::size_t self,
                  double cutoff2, Candidate* out) {
  const double x = grid.x[self];
  const double y = grid.y[self];
  const double z = grid.z[self];
  for (std::size_t k = run.first; k < run.second; ++k) {
    const double dx = grid.x[k] - x;
    const double dy = grid.y[k] - y;
    const double dz = grid.z[k] - z;
    const double d2 = dx * dx + dy * dy + dz * dz;
    *out = {d2, static_cast<std::uint32_t>(k)};
    out += static_cast<int>(d2 <= cutoff2) & static_cast<int>(k != self);
  }
  return out;
}

// The runs around a bin, and how many entries they hold.
std::size_t runs_around(const GhostGrid& grid, int i, int j, int k,
                        std::vector<std::pair<std::size_t, std::size_t>>& runs) {
  std::size_t entries = 0;
  runs.clear();
  for (int dx = -grid.reach[0]; dx <= grid.reach[0]; ++dx) {
    for (int dy = -grid.reach[1]; dy <= grid.reach[1]; ++dy) {
      runs.push_back(grid.run(i + dx, j + dy, k));
      entries += runs.back().second - runs.back().first;
    }
  }
  return entries;
}

// By distance, then index. Short lists, so by insertion.
void sort_candidates(const GhostGrid& grid, Candidate* first, Candidate* last) {
  const auto before = [&](const Candidate& a, const Candidate& b) {
    return a.distance2 != b.distance2 ? a.distance2 < b.distance2
                                      : grid.atom[a.entry] < grid.atom[b.entry];
  };
  if (last - first > 48) {
    std::sort(first, last, before);
    return;
  }
  for (Candidate* at = first; at < last; ++at) {
    const Candidate moving = *at;
    Candidate* to = at;
    for (; to > first && before(moving, to[-1]); --to) *to = to[-1];
    *to = moving;
  }
}

struct Span {
  std::size_t first;
  std::size_t count;
};

}  // namespace

NeighborList build_neighbor_list(const Structure& s, double cutoff) {
  if (!(cutoff > 0) || !std::isfinite(cutoff)) {
    throw InputError(
        fmt::format("a neighbour cut-off of {} Å makes no sense: give a positive one", cutoff));
  }
  if (s.size() == 0) return {{0}, {}, cutoff};
  const GhostGrid grid = make_ghost_grid(s, cutoff);
  // Atoms come in the order of the bins; what each finds is kept and put in order at the end.
  std::vector<Candidate> found;
  std::vector<Candidate> near;
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  std::vector<Span> of_atom(s.size());
  std::vector<std::uint32_t> entry_of(s.size());
  for (int i = 0; i < grid.count[0]; ++i) {
    for (int j = 0; j < grid.count[1]; ++j) {
      for (int k = 0; k < grid.count[2]; ++k) {
        const std::size_t bin = grid.bin(i, j, k);
        if (grid.start[bin] == grid.start[bin + 1]) continue;
        near.resize(runs_around(grid, i, j, k, runs) + 1);
        for (std::uint32_t self = grid.start[bin]; self < grid.start[bin + 1]; ++self) {
          Candidate* end = near.data();
          for (const auto& run : runs) end = gather(grid, run, self, cutoff * cutoff, end);
          sort_candidates(grid, near.data(), end);
          of_atom[grid.atom[self]] = {found.size(), static_cast<std::size_t>(end - near.data())};
          entry_of[grid.atom[self]] = self;
          found.insert(found.end(), near.data(), end);
        }
      }
    }
  }
  std::vector<std::size_t> offset{0};
  offset.reserve(s.size() + 1);
  std::vector<Neighbor> neighbors;
  neighbors.reserve(found.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    const std::uint32_t self = entry_of[i];
    const Vec3 home(grid.x[self], grid.y[self], grid.z[self]);
    for (std::size_t k = of_atom[i].first; k < of_atom[i].first + of_atom[i].count; ++k) {
      const std::uint32_t e = found[k].entry;
      neighbors.push_back({grid.atom[e], std::sqrt(found[k].distance2),
                           Vec3(grid.x[e], grid.y[e], grid.z[e]) - home});
    }
    offset.push_back(neighbors.size());
  }
  return {std::move(offset), std::move(neighbors), cutoff};
}

}  // namespace vitrion
