// Rotations of a rigid group of points: the best fit to a shape, and the shape's own symmetry.
//
// The quaternion q that minimises Σ|p_k − q·s_k|² is the eigenvector of the largest eigenvalue of a
// 4×4 matrix: Horn, J. Opt. Soc. Am. A 4, 629 (1987), DOI 10.1364/JOSAA.4.000629. Points keep their
// labels, so a turn onto an equal orientation (C3 of a tetrahedron) is seen as the turn it is; the
// symmetry only tells what sort of turn it was. O(points) and a 4×4 eigenproblem, about 2 µs.
#pragma once

#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

using Quaternion = Eigen::Quaterniond;

/// Both sets about the same origin, at least two of them not along one line.
Quaternion best_rotation(std::span<const Vec3> shape, std::span<const Vec3> points);

/// As best_rotation; where the points leave turns open (one point, or all on one line), the
/// smallest turn from `before` that fits.
Quaternion follow_rotation(std::span<const Vec3> shape, std::span<const Vec3> points,
                           const Quaternion& before);

/// Axis times angle, the angle at most π.
Vec3 rotation_vector(const Quaternion& q);
/// The angle between two orientations, 0 … π.
double angle_between(const Quaternion& a, const Quaternion& b);

/// Adds a rotation to a sum of their components, with the sign that makes it like the others.
void add_alike(Eigen::Vector4d& sum, const Quaternion& q);
/// The mean of rotations that differ little, from such a sum.
Quaternion mean_rotation(const Eigen::Vector4d& sum);

/// Directions to the corners of a regular tetrahedron, along (1,1,1) and its like.
const std::vector<Vec3>& tetrahedron();

/// Rotations that take the shape (unit vectors, at most 6) onto itself with other labels, within
/// `tolerance` (root mean square distance); the identity first. O(n!).
std::vector<Quaternion> proper_symmetry(std::span<const Vec3> shape, double tolerance);

}  // namespace vitrion
