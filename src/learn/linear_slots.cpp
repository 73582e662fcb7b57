#include "learn/linear_slots.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/linear_kernel.hpp"

namespace vitrion {

using linear::lanes;

Slots make_slots(const Structure& s, const std::vector<int>& element) {
  Slots out;
  const std::size_t n = s.size();
  out.of.resize(n);
  std::vector<std::uint64_t> key(n, 0);
  if (n > 160 && s.cell.is_defined()) {
    const Vec3 heights = s.cell.heights();
    for (std::size_t i = 0; i < n; ++i) {
      const Vec3 f = s.cell.to_fractional(s.cell.wrap(s.position[i]));
      for (int k = 0; k < 3; ++k) {
        const double bins = std::max(1.0, std::floor(heights[k] / 5.0));
        const auto bin = static_cast<std::uint64_t>(std::clamp(f[k] * bins, 0.0, bins - 1));
        key[i] = key[i] << 16U | bin;
      }
    }
  }
  out.in_order.resize(n);
  std::iota(out.in_order.begin(), out.in_order.end(), 0U);
  std::stable_sort(out.in_order.begin(), out.in_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return element[a] != element[b] ? element[a] < element[b] : key[a] < key[b];
  });
  std::size_t slot = 0;
  int last = 0;
  for (const std::uint32_t i : out.in_order) {
    if (element[i] != last) slot = (slot + lanes - 1) / lanes * lanes;
    last = element[i];
    out.of[i] = static_cast<std::uint32_t>(slot++);
  }
  out.groups = (slot + lanes - 1) / lanes;
  return out;
}

}  // namespace vitrion
