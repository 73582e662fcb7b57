// Rigid units as FIRE moves them: centres, orientations, and the pairs that may touch.
#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <vector>

#include "build/packing.hpp"

namespace vitrion {

class RigidBodies {
 public:
  RigidBodies(const PreparedSystem& system, const MinimumDistances& distances);

  /// Every unit to a uniform random place and orientation, at rest.
  void scatter(RandomStream& random);
  /// One unit of each pair that is still too close goes to a new random place, as none of them will
  /// come out of where it is caught (a ring, a cage of others); how many were moved.
  std::size_t scatter_caught(RandomStream& random);
  /// E = ½ Σ (s d − r)² over pairs with r < s d, in Å², with the generalised forces on the bodies;
  /// s is a little more than 1, so that the distances are met after finitely many steps.
  double evaluate();
  /// Moves and turns every body by dt × its velocity, by at most `most_A` for any atom.
  void advance(double dt, double most_A);

  /// Of the last evaluation: the smallest r/d, and which atoms.
  struct Closest {
    double ratio = 1e300;
    double distance_A = 0;
    std::uint32_t i = 0;
    std::uint32_t j = 0;
  };
  [[nodiscard]] const Closest& closest() const { return closest_; }
  [[nodiscard]] std::size_t bodies() const { return bodies_.size(); }
  [[nodiscard]] const Structure& structure() const { return structure_; }

  /// Scaled by the roots of masses and moments of inertia; 6 numbers a body.
  using Generalised = Eigen::VectorXd;
  Generalised velocity;
  Generalised force;

 private:
  struct Body {
    std::uint32_t first = 0;
    std::uint32_t size = 0;
    double root_mass = 1;     // of atoms of mass 1
    double root_inertia = 1;  // isotropic mean
    double reach = 0;         // Å from the centre to the farthest atom
    Vec3 centre = Vec3::Zero();
    Eigen::Quaterniond turn = Eigen::Quaterniond::Identity();
  };
  struct Pair {
    std::uint32_t i;
    std::uint32_t j;
    double distance;  // d
    Vec3 shift;       // of the periodic image of j
  };

  void scatter(Body& body, RandomStream& random);
  void place_atoms();
  void find_pairs();
  [[nodiscard]] bool pairs_are_stale() const;

  Structure structure_;  // positions are not wrapped
  std::vector<Vec3> local_;
  std::vector<std::uint32_t> body_of_;
  std::vector<Body> bodies_;
  std::vector<std::vector<double>> distance_;  // by kind of atom
  double longest_ = 0;
  std::vector<Pair> pairs_;
  std::vector<Vec3> listed_at_;
  std::vector<Vec3> atom_force_;
  Closest closest_;
};

}  // namespace vitrion
