// Rigid units as FIRE moves them: centres, orientations, regions, and the pairs that may touch.
//
// Pairs are listed within the distance they keep plus a skin, each once, by linked cells with
// ghosts (neighbor/ghost_grid.hpp), and listed anew when an atom has gone half the skin. A pair is
// 8 bytes, and units of one kind start in the order of space, so that large cells stay in cache.
#pragma once

#include <Eigen/Geometry>
#include <array>
#include <cstdint>
#include <vector>

#include "build/packing.hpp"
#include "build/region.hpp"
#include "neighbor/ghost_grid.hpp"

namespace vitrion {

class RigidBodies {
 public:
  RigidBodies(const PreparedSystem& system, const MinimumDistances& distances);

  /// Every unit to a uniform random place of its region and a uniform orientation, at rest.
  void scatter(RandomStream& random);
  /// One unit of each pair that is still too close goes to a new random place, as none of them will
  /// come out of where it is caught (a ring, a cage of others); how many were moved.
  std::size_t scatter_caught(RandomStream& random);
  /// E = ½ Σ (s d − r)² over pairs with r < s d, in Å², with the generalised forces on the bodies;
  /// s is a little more than 1, so that the distances are met after finitely many steps. Boundaries
  /// of regions add ½ p² for an atom that is p beyond them.
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
  /// Of the last evaluation: how far any atom is out of its region.
  [[nodiscard]] double out_of_region_A() const { return out_of_region_; }
  [[nodiscard]] std::size_t bodies() const { return bodies_.size(); }
  /// Fixed atoms first, then the units; not wrapped.
  [[nodiscard]] const Structure& structure() const { return structure_; }

  /// Scaled by the roots of masses and moments of inertia; 6 numbers a body.
  using Generalised = Eigen::VectorXd;
  Generalised velocity;
  Generalised force;

 private:
  struct Body {
    std::uint32_t first = 0;
    std::uint32_t size = 0;
    std::uint32_t kind = 0;   // which of the units
    double root_mass = 1;     // of atoms of mass 1
    double root_inertia = 1;  // isotropic mean
    double reach = 0;         // Å from the centre to the farthest atom
    Vec3 centre = Vec3::Zero();
    Eigen::Quaterniond turn = Eigen::Quaterniond::Identity();
  };
  struct Pair {
    std::uint32_t j;
    std::uint16_t shift;     // of the periodic image of j, into shifts_
    std::uint16_t distance;  // into distances_
  };

  void add_bodies(const Unit& unit, std::uint32_t kind, long count);
  void set_distances(const MinimumDistances& distances);
  void scatter(Body& body, RandomStream& random);
  void place_centre(Body& body, RandomStream& random);
  void place_atoms(const Body& body);
  void place_atoms();
  void sort_in_space();
  void find_pairs();
  void list_pairs_of(const GhostGrid& grid, std::size_t entry, const Int3& bin);
  std::uint16_t shift_index(const Vec3& lattice_vector);
  [[nodiscard]] bool pairs_are_stale() const;
  double push_into_regions();
  void sum_forces();

  static constexpr std::uint32_t fixed_body = UINT32_MAX;
  Structure structure_;  // positions are not wrapped
  std::uint32_t fixed_ = 0;
  std::vector<Vec3> local_;
  std::vector<std::uint32_t> body_of_;
  std::vector<Body> bodies_;
  std::vector<std::vector<Region>> regions_;  // by kind of unit
  bool has_regions_ = false;
  std::vector<double> distances_;  // wanted, by kind of atom × kind of atom
  std::vector<double> listed_;     // squares of the distances to list
  double longest_ = 0;
  double skin_ = 1.0;
  std::vector<std::size_t> pairs_start_;
  std::vector<std::uint32_t> pairs_owner_;
  std::vector<Pair> pairs_;
  std::vector<Vec3> shifts_;
  std::vector<std::uint16_t> shift_of_key_;
  std::vector<Vec3> listed_at_;
  std::vector<Vec3> atom_force_;
  Closest closest_;
  double out_of_region_ = 0;
};

}  // namespace vitrion
