#include "coupling/rotation_at_hops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion {

RotationAtHops rotation_at_hops(const std::vector<std::vector<float>>& steps,
                                std::span<const HopBesideUnit> pairs, int surrogates,
                                std::uint64_t seed) {
  RotationAtHops out;
  out.ratio = {not_known, not_known};
  out.pairs = static_cast<double>(pairs.size());
  if (steps.size() < 4 || pairs.empty()) return out;
  const std::size_t units = steps.front().size();
  std::vector<double> mean(units, 0.0);
  for (const auto& row : steps) {
    for (std::size_t u = 0; u < units; ++u) {
      mean[u] += static_cast<double>(row[u]) / static_cast<double>(steps.size());
    }
  }
  double expected = 0;
  for (const auto& pair : pairs) expected += mean[pair.unit];
  if (!(expected > 0)) return out;
  const auto ratio = [&](std::span<const std::size_t> shift) {
    double sum = 0;
    for (const auto& pair : pairs) {
      const std::size_t k = (pair.step + (shift.empty() ? 0 : shift[pair.unit])) % steps.size();
      sum += static_cast<double>(steps[k][pair.unit]);
    }
    return sum / expected;
  };
  const double found = ratio({});
  RandomStream random(seed, "steps shifted in time");
  std::vector<double> chance;
  std::vector<std::size_t> shift(units);
  double high = 1;
  double low = 1;
  for (int s = 0; s < surrogates; ++s) {
    for (auto& x : shift) x = random.below(steps.size());
    chance.push_back(ratio(shift));
    high += chance.back() >= found ? 1 : 0;
    low += chance.back() <= found ? 1 : 0;
  }
  const auto n = static_cast<double>(chance.size());
  out.ratio = {found, mean_and_error(chance).error * std::sqrt(n)};
  out.p_value = std::min(1.0, 2 * std::min(high, low) / (n + 1));
  return out;
}

}  // namespace vitrion
