// `system: {method: grains}`: a polycrystal in a periodic cell, with or without glass between its
// grains.
//
// Seeds stand at random (each the farthest from the others of ten candidates), and each grain fills
// what is nearer to its seed than to any other or any image: a Voronoi polyhedron, less half of the
// boundary's thickness where there is glass. Crystals start from a random origin at an orientation
// uniform over SO(3). They are laid down by pieces (PS4, Li …), polyhedra never cut; where pieces
// of two grains, or of a grain and its own image, come closer than atoms of different units may,
// one of them is left out, and then what is too many of a kind, nearest to the faces first, so that
// the grains together are whole formula units. O(N) with linked cells; O(grains) for each piece.
#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "build/packing.hpp"
#include "build/plan.hpp"

namespace vitrion {

struct Grain {
  struct Face {
    Vec3 normal;    ///< towards the other seed
    double half_A;  ///< from the seed to the face
  };
  Vec3 seed = Vec3::Zero();
  Eigen::Quaterniond turn = Eigen::Quaterniond::Identity();
  Vec3 origin = Vec3::Zero();  ///< of the crystal, at the seed: a fraction of its cell
  std::vector<Face> faces;     ///< nearest first
  double reach_A = 0;          ///< from the seed to the farthest corner, or more
  long atoms = 0;

  /// How far a place, relative to the seed, is inside the polyhedron; negative outside.
  [[nodiscard]] double depth_A(const Vec3& from_seed) const;
};

/// Seeds and polyhedra, with random orientations.
std::vector<Grain> voronoi_grains(const Cell& cell, long number, RandomStream& random);

struct Polycrystal {
  std::vector<Grain> grains;
  Structure atoms;                      ///< of the grains, wrapped
  std::vector<std::uint32_t> grain_of;  ///< of each atom
  std::vector<double> depth_A;          ///< of the atom's piece, behind the nearest face
  long formulas = 0;                    ///< whole formula units
  long left_out = 0;                    ///< atoms that were too close, or too many
  double formula_A3 = 0;                ///< volume of one in the crystal
  double crystal_g_cm3 = 0;
};

/// The grains alone. InputError where one holds no atoms.
Polycrystal grow_polycrystal(const SystemSettings& settings, RandomStream& random);

SystemPlan plan_grains(const SystemSettings& settings);
BuiltSystem build_grains(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica);

}  // namespace vitrion
