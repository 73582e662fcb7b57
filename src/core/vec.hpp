// Vectors and matrices of three dimensions (Eigen's, under the names used everywhere).
#pragma once

#include <Eigen/Core>
#include <array>

namespace vitrion {

using Vec3 = Eigen::Vector3d;
using Mat3 = Eigen::Matrix3d;
using Int3 = std::array<int, 3>;

}  // namespace vitrion
