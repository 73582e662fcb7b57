#include "numeric/periodic_grid.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrion {
namespace {

int floor_div(int a, int n) { return a >= 0 ? a / n : -((n - 1 - a) / n); }

}  // namespace

Int3 Grid3::image_of(const Int3& at) const {
  return {floor_div(at[0], count[0]), floor_div(at[1], count[1]), floor_div(at[2], count[2])};
}

std::size_t Grid3::index(Int3 at) const {
  const Int3 image = image_of(at);
  for (std::size_t k = 0; k < 3; ++k) at[k] -= count[k] * image[k];
  return (static_cast<std::size_t>(at[0]) * static_cast<std::size_t>(count[1]) +
          static_cast<std::size_t>(at[1])) *
             static_cast<std::size_t>(count[2]) +
         static_cast<std::size_t>(at[2]);
}

Int3 Grid3::place_of(std::size_t index) const {
  const auto nz = static_cast<std::size_t>(count[2]);
  const auto ny = static_cast<std::size_t>(count[1]);
  return {static_cast<int>(index / (nz * ny)), static_cast<int>(index / nz % ny),
          static_cast<int>(index % nz)};
}

Grid3 make_grid(const Cell& cell, double spacing) {
  Grid3 grid;
  for (int k = 0; k < 3; ++k) {
    grid.count[static_cast<std::size_t>(k)] =
        std::max(1, static_cast<int>(std::ceil(cell.vector(k).norm() / spacing)));
  }
  return grid;
}

std::vector<std::uint32_t> largest_first(std::span<const double> values) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (values[i] > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  return order;
}

WindingSets::WindingSets(std::size_t n) : parent_(n), offset_(n, Int3{0, 0, 0}) {
  std::iota(parent_.begin(), parent_.end(), 0U);
}

std::pair<std::uint32_t, Int3> WindingSets::root(std::uint32_t i) {
  std::uint32_t top = i;
  Int3 sum{0, 0, 0};
  for (; parent_[top] != top; top = parent_[top]) {
    for (std::size_t k = 0; k < 3; ++k) sum[k] += offset_[top][k];
  }
  // All on the way are tied to the top for the next time.
  Int3 left = sum;
  while (parent_[i] != top && i != top) {
    const std::uint32_t next = parent_[i];
    const Int3 step = offset_[i];
    parent_[i] = top;
    offset_[i] = left;
    for (std::size_t k = 0; k < 3; ++k) left[k] -= step[k];
    i = next;
  }
  return {top, sum};
}

Int3 WindingSets::join(std::uint32_t i, std::uint32_t j, const Int3& step) {
  const auto [a, of_i] = root(i);
  const auto [b, of_j] = root(j);
  Int3 apart{0, 0, 0};  // of root b from root a
  for (std::size_t k = 0; k < 3; ++k) apart[k] = of_i[k] + step[k] - of_j[k];
  if (a == b) return apart;
  parent_[b] = a;
  offset_[b] = apart;
  return {0, 0, 0};
}

}  // namespace vitrion
