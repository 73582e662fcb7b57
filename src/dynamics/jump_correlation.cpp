#include "dynamics/jump_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitrion {

std::vector<Estimate> correlation_factors(std::span<const SiteJump> jumps, std::size_t ions,
                                          std::size_t longest) {
  std::vector<std::vector<const SiteJump*>> of_ion(ions);
  for (const auto& j : jumps) of_ion[j.ion].push_back(&j);
  BlockSums blocks;
  for (const auto& list : of_ion) {
    std::vector<double> sums(longest + 1, 0.0);
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::size_t k = 0; k <= longest && i + k < list.size(); ++k) {
        sums[k] += list[i]->step.dot(list[i + k]->step);
      }
    }
    blocks.append(sums, 1);
  }
  return blocks.jackknife_all([longest](std::span<const double> x) {
    std::vector<double> f(longest);
    double sum = x[0];
    for (std::size_t k = 1; k <= longest; ++k) {
      sum += 2 * x[k];
      f[k - 1] = sum / x[0];
    }
    return f;
  });
}

Estimate collective_factor(std::span<const SiteJump> jumps, double frames, std::size_t stretches) {
  std::vector<Vec3> sum(stretches, Vec3::Zero());
  std::vector<double> square(stretches, 0.0);
  for (const auto& j : jumps) {
    const auto part = std::min(
        stretches - 1, static_cast<std::size_t>(j.frame / frames * static_cast<double>(stretches)));
    sum[part] += j.step;
    square[part] += j.step.squaredNorm();
  }
  if (jumps.empty()) {
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  }
  BlockSums blocks(stretches);
  for (std::size_t s = 0; s < stretches; ++s) {
    const double sums[] = {sum[s].squaredNorm(), square[s]};
    blocks.append(sums, 1);
  }
  return blocks.jackknife([](std::span<const double> x) { return x[0] / x[1]; });
}

}  // namespace vitrion
