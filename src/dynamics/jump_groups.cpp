#include "dynamics/jump_groups.hpp"

#include <algorithm>
#include <numeric>

namespace vitrion {
namespace {

class Parts {
 public:
  explicit Parts(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0U); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }
  PartSizes sizes() {
    std::vector<std::size_t> count(parent_.size(), 0);
    for (std::size_t i = 0; i < parent_.size(); ++i) ++count[root(i)];
    PartSizes out;
    for (const std::size_t n : count) {
      if (n > 0) ++out[n];
    }
    return out;
  }

 private:
  std::vector<std::size_t> parent_;
};

template <class Linked>
PartSizes linked_parts(std::span<const Jump> jumps, double frames, const Linked& linked) {
  std::vector<std::size_t> order(jumps.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return jumps[a].frame < jumps[b].frame; });
  Parts parts(jumps.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Jump& a = jumps[order[i]];
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const Jump& b = jumps[order[j]];
      if (b.frame - a.frame > frames) break;
      if (a.ion != b.ion && linked(a, b)) parts.join(order[i], order[j]);
    }
  }
  return parts.sizes();
}

double distance2(const Cell& cell, const Vec3& a, const Vec3& b) {
  return (cell.is_defined() ? cell.minimum_image(b - a) : Vec3(b - a)).squaredNorm();
}

}  // namespace

PartSizes jump_strings(std::span<const Jump> jumps, const Cell& cell, double frames,
                       double radius_A) {
  const double r2 = radius_A * radius_A;
  return linked_parts(jumps, frames, [&](const Jump& a, const Jump& b) {
    return distance2(cell, a.from, b.to) < r2 || distance2(cell, b.from, a.to) < r2;
  });
}

PartSizes jump_groups(std::span<const Jump> jumps, const Cell& cell, double frames,
                      double distance_A) {
  const double r2 = distance_A * distance_A;
  return linked_parts(jumps, frames, [&](const Jump& a, const Jump& b) {
    return distance2(cell, 0.5 * (a.from + a.to), 0.5 * (b.from + b.to)) < r2;
  });
}

double share_together(const PartSizes& sizes) {
  double all = 0;
  double together = 0;
  for (const auto& [size, count] : sizes) {
    const auto jumps = static_cast<double>(size * count);
    all += jumps;
    if (size > 1) together += jumps;
  }
  return together / all;
}

double mean_size_of_jump(const PartSizes& sizes) {
  double all = 0;
  double sum = 0;
  for (const auto& [size, count] : sizes) {
    const auto jumps = static_cast<double>(size * count);
    all += jumps;
    sum += jumps * static_cast<double>(size);
  }
  return sum / all;
}

}  // namespace vitrion
