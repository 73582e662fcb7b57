#include "coupling/rotor.hpp"

#include <gtest/gtest.h>

#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;

TEST(Rotor, FindsAnyRotation) {
  RandomStream random(1, "rotor");
  const std::vector<Vec3> planar{{1, 0, 0}, {-0.5, 0.8, 0}, {-0.5, -0.8, 0}};
  for (const auto& shape : {tetrahedron(), planar}) {
    for (int i = 0; i < 200; ++i) {
      const Quaternion q = any_orientation(random);
      std::vector<Vec3> points;
      for (const auto& s : shape) points.push_back(q * s);
      EXPECT_NEAR(angle_between(best_rotation(shape, points), q), 0, 1e-6);
    }
  }
}

TEST(Rotor, FitIsTheLeastSquares) {
  RandomStream random(2, "rotor");
  std::vector<Vec3> points;
  for (const auto& s : tetrahedron()) points.push_back(s + 0.3 * gauss(random));
  const Quaternion best = best_rotation(tetrahedron(), points);
  const auto square = [&](const Quaternion& q) {
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += (points[k] - q * tetrahedron()[k]).squaredNorm();
    return sum;
  };
  for (int i = 0; i < 200; ++i) {
    EXPECT_LE(square(best), square(turn_by(0.2 * gauss(random)) * best) + 1e-12);
    EXPECT_LE(square(best), square(any_orientation(random)) + 1e-12);
  }
}

TEST(Rotor, OneBondTurnsByTheSmallestTurn) {
  const std::vector<Vec3> shape{{0, 0, 1}};
  const Quaternion before = turn_by({0.1, 0.2, 0.3});
  const Vec3 to = turn_by({0.3, 0, 0}) * (before * shape[0]);
  const Quaternion after = follow_rotation(shape, std::vector<Vec3>{to}, before);
  EXPECT_NEAR((after * shape[0] - to).norm(), 0, 1e-12);
  EXPECT_NEAR(angle_between(before, after), std::acos(to.dot(before * shape[0])), 1e-7);
}

TEST(Rotor, VectorAndAngleAgree) {
  const Vec3 v(0.3, -1.2, 0.7);
  EXPECT_NEAR((rotation_vector(turn_by(v)) - v).norm(), 0, 1e-12);
  Quaternion q = turn_by(v);
  q.coeffs() *= -1;
  EXPECT_NEAR((rotation_vector(q) - v).norm(), 0, 1e-12);
  EXPECT_NEAR(angle_between(q, Quaternion::Identity()), v.norm(), 1e-12);
}

TEST(Rotor, TetrahedronHasTwelveRotations) {
  const auto group = proper_symmetry(tetrahedron(), 0.01);
  ASSERT_EQ(group.size(), 12U);
  int threefold = 0;
  int twofold = 0;
  for (const auto& g : group) {
    const double angle = angle_between(g, Quaternion::Identity()) / degree;
    threefold += std::abs(angle - 120) < 1e-6 ? 1 : 0;
    twofold += std::abs(angle - 180) < 1e-6 ? 1 : 0;
  }
  EXPECT_EQ(threefold, 8);
  EXPECT_EQ(twofold, 3);
  EXPECT_EQ(proper_symmetry(std::vector<Vec3>{{0, 0, 1}}, 0.01).size(), 1U);
}

}  // namespace
}  // namespace vitrion
