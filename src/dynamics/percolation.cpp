#include "dynamics/percolation.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

namespace vitrion {
namespace {

using Shift = std::array<std::int32_t, 3>;

Shift plus(const Shift& a, const Shift& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Shift minus(const Shift& a, const Shift& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

// Up to three independent vectors of whole cells.
struct Basis {
  std::vector<Shift> vectors;

  void add(const Shift& v) {
    if (vectors.size() < 3 && independent(v)) vectors.push_back(v);
  }
  [[nodiscard]] bool independent(const Shift& v) const {
    const auto cross = [](const Shift& a, const Shift& b) {
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

// Regions, with where each voxel lies relative to its region's first.
class Regions {
 public:
  explicit Regions(std::size_t n) : parent_(n), shift_(n, Shift{0, 0, 0}), count_(n, 1) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }

  // Joins a with b, which is reached by crossing `over`; how many directions the region now wraps.
  std::size_t join(std::uint32_t a, std::uint32_t b, const Shift& over) {
    auto [ra, sa] = find(a);
    auto [rb, sb] = find(b);
    const Shift between = minus(plus(sa, over), sb);  // of rb's voxels relative to ra's
    if (ra == rb) {
      if (between == Shift{0, 0, 0}) return 0;
      auto& basis = wrapped_[ra];
      basis.add(between);
      return basis.vectors.size();
    }
    const bool swap = count_[ra] < count_[rb];
    const auto keep = swap ? rb : ra, gone = swap ? ra : rb;
    parent_[gone] = keep;
    shift_[gone] = swap ? minus(Shift{0, 0, 0}, between) : between;
    count_[keep] += count_[gone];
    const auto other = wrapped_.find(gone);
    if (other == wrapped_.end()) return 0;
    const Basis old = std::move(other->second);
    wrapped_.erase(other);
    auto& basis = wrapped_[keep];
    for (const auto& v : old.vectors) basis.add(v);
    return basis.vectors.size();
  }

 private:
  std::pair<std::uint32_t, Shift> find(std::uint32_t i) {
    std::uint32_t root = i;
    Shift total{0, 0, 0};
    for (; parent_[root] != root; root = parent_[root]) total = plus(total, shift_[root]);
    const Shift out = total;
    while (parent_[i] != root && i != root) {  // shorten the way for the next
      const std::uint32_t next = parent_[i];
      const Shift step = shift_[i];
      parent_[i] = root;
      shift_[i] = total;
      total = minus(total, step);
      i = next;
    }
    return {root, out};
  }
  std::vector<std::uint32_t> parent_;
  std::vector<Shift> shift_;
  std::vector<std::uint32_t> count_;
  std::map<std::uint32_t, Basis> wrapped_;
};

}  // namespace

Percolation percolate(std::span<const double> values, const std::array<int, 3>& size) {
  Percolation out;
  out.level.fill(std::numeric_limits<double>::quiet_NaN());
  out.share = out.level;
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (values[i] > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return values[a] > values[b]; });
  Regions regions(values.size());
  std::vector<bool> there(values.size(), false);
  const auto [nx, ny, nz] = size;
  std::size_t directions = 0;
  for (std::size_t k = 0; k < order.size() && directions < 3; ++k) {
    const std::uint32_t i = order[k];
    there[i] = true;
    const std::array<int, 3> at{static_cast<int>(i) / (ny * nz), static_cast<int>(i) / nz % ny,
                                static_cast<int>(i) % nz};
    std::size_t found = 0;
    for (int axis = 0; axis < 3; ++axis) {
      for (const int step : {-1, 1}) {
        auto next = at;
        Shift over{0, 0, 0};
        const auto a = static_cast<std::size_t>(axis);
        next[a] += step;
        if (next[a] < 0 || next[a] >= size[a]) {
          next[a] -= step * size[a];
          over[a] = step;
        }
        const auto j = static_cast<std::uint32_t>((next[0] * ny + next[1]) * nz + next[2]);
        if (there[j]) found = std::max(found, regions.join(i, j, over));
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
