#include "dynamics/percolation.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace vitrion {
namespace {

// Up to three independent vectors of whole cells.
struct Basis {
  std::vector<Int3> vectors;

  void add(const Int3& v) {
    if (vectors.size() < 3 && independent(v)) vectors.push_back(v);
  }
  [[nodiscard]] bool independent(const Int3& v) const {
    const auto cross = [](const Int3& a, const Int3& b) {
      return std::array<std::int64_t, 3>{std::int64_t{a[1]} * b[2] - std::int64_t{a[2]} * b[1],
                                         std::int64_t{a[2]} * b[0] - std::int64_t{a[0]} * b[2],
                                         std::int64_t{a[0]} * b[1] - std::int64_t{a[1]} * b[0]};
    };
    const auto any = [](const auto& x) { return x[0] != 0 || x[1] != 0 || x[2] != 0; };
    if (vectors.empty()) return any(v);
    if (vectors.size() == 1) return any(cross(vectors[0], v));
    const auto c = cross(vectors[0], vectors[1]);
    return c[0] * v[0] + c[1] * v[1] + c[2] * v[2] != 0;
  }
};

// Regions, each with the directions in which it wraps.
class Regions {
 public:
  explicit Regions(std::size_t n) : sets_(n) {}

  // Joins i with j, which is `step` cells on; in how many directions the region now wraps.
  std::size_t join(std::uint32_t i, std::uint32_t j, const Int3& step) {
    const auto keep = sets_.root(i).first, gone = sets_.root(j).first;
    const Int3 around = sets_.join(i, j, step);
    const auto old = wraps_.find(gone);
    if (keep == gone) {
      if (around != Int3{0, 0, 0}) wraps_[keep].add(around);
    } else if (old != wraps_.end()) {
      for (const auto& v : old->second.vectors) wraps_[keep].add(v);
      wraps_.erase(gone);
    }
    const auto now = wraps_.find(keep);
    return now == wraps_.end() ? 0 : now->second.vectors.size();
  }

 private:
  WindingSets sets_;
  std::map<std::uint32_t, Basis> wraps_;  // by root
};

}  // namespace

Percolation percolate(std::span<const double> values, const Grid3& grid) {
  Percolation out;
  out.level.fill(std::numeric_limits<double>::quiet_NaN());
  out.share = out.level;
  const auto order = largest_first(values);
  Regions regions(values.size());
  std::vector<bool> there(values.size(), false);
  std::size_t directions = 0;
  for (std::size_t k = 0; k < order.size() && directions < 3; ++k) {
    const std::uint32_t i = order[k];
    there[i] = true;
    const Int3 at = grid.place_of(i);
    std::size_t found = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (const int step : {-1, 1}) {
        Int3 next = at;
        next[axis] += step;
        const auto j = static_cast<std::uint32_t>(grid.index(next));
        if (there[j]) found = std::max(found, regions.join(i, j, grid.image_of(next)));
      }
    }
    for (; directions < found; ++directions) {
      out.level[directions] = values[i];
      out.share[directions] = static_cast<double>(k + 1) / static_cast<double>(values.size());
    }
  }
  return out;
}

}  // namespace vitrion
