// A rotation uniform over all rotations: Shoemake, Graphics Gems III (1992), p. 124.
#pragma once

#include <Eigen/Geometry>
#include <cmath>

#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion {

inline Eigen::Quaterniond random_turn(RandomStream& random) {
  const double u = random.uniform();
  const double a = 2 * constants::pi * random.uniform();
  const double b = 2 * constants::pi * random.uniform();
  return {std::sqrt(u) * std::cos(b), std::sqrt(1 - u) * std::sin(a),
          std::sqrt(1 - u) * std::cos(a), std::sqrt(u) * std::sin(b)};
}

}  // namespace vitrion
