// The bins of the joint density of an angle (0 … π) and a distance (as a share of the longest).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace vitrion::joint_bins {

inline constexpr std::size_t theta = 36;
inline constexpr std::size_t r = 40;

inline std::size_t of(double angle_rad, double share) {
  const auto i = std::min(theta - 1, static_cast<std::size_t>(angle_rad / std::numbers::pi *
                                                              static_cast<double>(theta)));
  const auto k = std::min(r - 1, static_cast<std::size_t>(share * static_cast<double>(r)));
  return i * r + k;
}

}  // namespace vitrion::joint_bins
