#include "coupling/rotor.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrion {
namespace {

bool on_one_line(std::span<const Vec3> points) {
  for (const auto& p : points) {
    if (p.cross(points[0]).squaredNorm() > 1e-4 * p.squaredNorm() * points[0].squaredNorm()) {
      return false;
    }
  }
  return true;
}

double misfit(std::span<const Vec3> shape, std::span<const Vec3> points, const Quaternion& q) {
  double square = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) square += (points[k] - q * shape[k]).squaredNorm();
  return std::sqrt(square / static_cast<double>(shape.size()));
}

}  // namespace

Quaternion best_rotation(std::span<const Vec3> shape, std::span<const Vec3> points) {
  Mat3 s = Mat3::Zero();
  for (std::size_t k = 0; k < shape.size(); ++k) s += shape[k] * points[k].transpose();
  Eigen::Matrix4d n;
  n << s.trace(), s(1, 2) - s(2, 1), s(2, 0) - s(0, 2), s(0, 1) - s(1, 0),  //
      s(1, 2) - s(2, 1), s(0, 0) - s(1, 1) - s(2, 2), s(0, 1) + s(1, 0), s(2, 0) + s(0, 2),
      s(2, 0) - s(0, 2), s(0, 1) + s(1, 0), s(1, 1) - s(0, 0) - s(2, 2), s(1, 2) + s(2, 1),
      s(0, 1) - s(1, 0), s(2, 0) + s(0, 2), s(1, 2) + s(2, 1), s(2, 2) - s(0, 0) - s(1, 1);
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix4d> solver(n);
  const Eigen::Vector4d v = solver.eigenvectors().col(3);
  return Quaternion(v[0], v[1], v[2], v[3]).normalized();
}

Quaternion follow_rotation(std::span<const Vec3> shape, std::span<const Vec3> points,
                           const Quaternion& before) {
  if (points.empty()) return before;
  if (!on_one_line(points) && !on_one_line(shape)) return best_rotation(shape, points);
  return (Quaternion::FromTwoVectors(before * shape[0], points[0]) * before).normalized();
}

Vec3 rotation_vector(const Quaternion& q) {
  const double sign = q.w() < 0 ? -1.0 : 1.0;
  const Vec3 v = sign * q.vec();
  const double sine = v.norm();
  if (sine < 1e-12) return 2 * v;
  return v * (2 * std::atan2(sine, sign * q.w()) / sine);
}

double angle_between(const Quaternion& a, const Quaternion& b) {
  const double cosine = std::min(1.0, std::abs(a.dot(b)));
  return 2 * std::acos(cosine);
}

void add_alike(Eigen::Vector4d& sum, const Quaternion& q) {
  sum += (sum.dot(q.coeffs()) < 0 ? -1.0 : 1.0) * q.coeffs();
}

Quaternion mean_rotation(const Eigen::Vector4d& sum) {
  Quaternion q;
  q.coeffs() = sum.normalized();
  return q;
}

const std::vector<Vec3>& tetrahedron() {
  static const std::vector<Vec3> corners = [] {
    const double a = 1 / std::sqrt(3.0);
    return std::vector<Vec3>{{a, a, a}, {a, -a, -a}, {-a, a, -a}, {-a, -a, a}};
  }();
  return corners;
}

std::vector<Quaternion> proper_symmetry(std::span<const Vec3> shape, double tolerance) {
  std::vector<Quaternion> out{Quaternion::Identity()};
  if (shape.size() < 2 || shape.size() > 6 || on_one_line(shape)) return out;
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), 0U);
  while (std::next_permutation(order.begin(), order.end())) {
    std::vector<Vec3> moved;
    for (const auto k : order) moved.push_back(shape[k]);
    const Quaternion q = best_rotation(shape, moved);
    if (misfit(shape, moved, q) < tolerance) out.push_back(q);
  }
  return out;
}

}  // namespace vitrion
