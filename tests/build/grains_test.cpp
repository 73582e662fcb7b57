#include "build/grains.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/crystal.hpp"
#include "build/system.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

SystemSettings polycrystal(const std::string& keys, const std::string& grains) {
  SystemSettings s;
  s.schema().read(parse_yaml("method: grains\n" + keys + "\ngrains: {" + grains + "}", "test"));
  return s;
}

// Places of a seed's neighbourhood belong to the seed that is nearest, as counted by brute force.
TEST(Grains, PolyhedraAreVoronois) {
  for (const Cell& cell : {Cell::orthorhombic(20, 30, 25),
                           Cell::from_parameters(Vec3(24, 22, 26), Vec3(70, 80, 65))}) {
    RandomStream random(3, "grains");
    for (const long number : {1L, 5L}) {
      const auto grains = voronoi_grains(cell, number, random);
      ASSERT_EQ(grains.size(), static_cast<std::size_t>(number));
      for (int k = 0; k < 2000; ++k) {
        const double x = random.uniform();
        const double y = random.uniform();
        const Vec3 r = cell.to_cartesian({x, y, random.uniform()});
        std::size_t nearest = 0;
        for (std::size_t g = 1; g < grains.size(); ++g) {
          if (cell.minimum_image(r - grains[g].seed).norm() <
              cell.minimum_image(r - grains[nearest].seed).norm())
            nearest = g;
        }
        for (std::size_t g = 0; g < grains.size(); ++g) {
          const Vec3 d = cell.minimum_image(r - grains[g].seed);
          EXPECT_EQ(grains[g].depth_A(d) > 0, g == nearest);
          if (g == nearest) {
            EXPECT_LT(d.norm(), grains[g].reach_A);
          }
        }
      }
    }
  }
}

// The orientation that carries the crystal's sites onto a grain's atoms, from the atoms and the
// nearest site of each (Kabsch); `worst` is the farthest of them from its site.
Mat3 fitted_turn(const Polycrystal& made, std::size_t g, const Crystal& crystal, double& worst) {
  const Grain& grain = made.grains[g];
  Mat3 sum = Mat3::Zero();
  worst = 0;
  for (std::size_t i = 0; i < made.atoms.size(); ++i) {
    if (made.grain_of[i] != g || made.depth_A[i] < 3) continue;
    const Vec3 r = made.atoms.cell.minimum_image(made.atoms.position[i] - grain.seed);
    const Vec3 f = crystal.cell.inverse() * (grain.turn.conjugate() * r) + grain.origin;
    double nearest = 1e300;
    Vec3 site = Vec3::Zero();
    for (const auto& s : crystal.sites) {
      if (s.occupancy.begin()->first != made.atoms.species_of(i).name) continue;
      Vec3 d = f - s.fraction;
      for (int k = 0; k < 3; ++k) d[k] -= std::round(d[k]);
      const double away = (crystal.cell.vectors() * d).norm();
      if (away >= nearest) continue;
      nearest = away;
      site = crystal.cell.vectors() * (f - d - grain.origin);
    }
    worst = std::max(worst, nearest);
    sum += r * site.transpose();
  }
  const Eigen::JacobiSVD<Mat3> svd(sum, Eigen::ComputeFullU | Eigen::ComputeFullV);
  return svd.matrixU() * svd.matrixV().transpose();
}

TEST(Grains, EachIsTheCrystalTurned) {
  const SystemSettings s =
      polycrystal("cell_lengths: [44 A, 44 A, 44 A]", "crystal: gamma-Li3PS4, number: 4");
  RandomStream random(7, "grains");
  const Polycrystal made = grow_polycrystal(s, random);
  const Crystal crystal = load_crystal("gamma-Li3PS4");
  ASSERT_EQ(made.grains.size(), 4U);
  std::set<std::uint32_t> present(made.grain_of.begin(), made.grain_of.end());
  EXPECT_EQ(present.size(), 4U);
  for (std::size_t g = 0; g < 4; ++g) {
    double worst = 0;
    const Mat3 turn = fitted_turn(made, g, crystal, worst);
    EXPECT_LT(worst, 1e-6);
    EXPECT_NEAR((turn - made.grains[g].turn.toRotationMatrix()).norm(), 0, 1e-6);
    for (std::size_t h = 0; h < g; ++h)
      EXPECT_GT(made.grains[g].turn.angularDistance(made.grains[h].turn), 0.01);
  }
  // Whole formula units, and all counts agree.
  std::map<std::string, long> elements;
  for (std::size_t i = 0; i < made.atoms.size(); ++i) ++elements[made.atoms.species_of(i).name];
  EXPECT_EQ(elements.at("Li"), 3 * made.formulas);
  EXPECT_EQ(elements.at("P"), made.formulas);
  EXPECT_EQ(elements.at("S"), 4 * made.formulas);
}

// For uniform rotations the angle θ has the density (1 − cos θ)/π: mean π/2 + 2/π.
TEST(Grains, OrientationsAreUniform) {
  RandomStream random(1, "grains");
  const auto grains = voronoi_grains(Cell::cubic(100), 60, random);
  double mean = 0;
  Vec3 axis = Vec3::Zero();
  for (const Grain& grain : grains) {
    mean += grain.turn.angularDistance(Eigen::Quaterniond::Identity()) / 60;
    axis += grain.turn * Vec3::UnitZ() / 60;
  }
  // Standard deviation of the angle 0.647, of a component of a unit vector 0.577.
  EXPECT_NEAR(mean, constants::pi / 2 + 2 / constants::pi, 4 * 0.647 / std::sqrt(60.0));
  EXPECT_LT(axis.cwiseAbs().maxCoeff(), 4 * 0.577 / std::sqrt(60.0));
}

void expect_apart_and_whole(const Structure& s) {
  const NeighborList near = build_neighbor_list(s, 2.3);
  for (std::size_t i = 0; i < s.size(); ++i) {
    int sulfur = 0;
    for (const Neighbor& b : near.of(i)) {
      EXPECT_GT(b.distance, 1.95);
      sulfur += s.species_of(b.atom).atomic_number == 16 ? 1 : 0;
    }
    if (s.species_of(i).atomic_number == 15) {
      EXPECT_EQ(sulfur, 4);
    }
  }
}

// What the faces cost goes with their area: the missing share times the edge is about the same.
TEST(Grains, ContactsAreRemovedAndLargeGrainsAreAsDenseAsTheCrystal) {
  std::vector<double> missing_A;
  double share = 0;
  for (const double edge : {26.0, 52.0, 104.0}) {
    const SystemSettings s = polycrystal(fmt::format("cell_lengths: [{0} A, {0} A, {0} A]", edge),
                                         "crystal: gamma-Li3PS4, number: 2");
    const BuiltSystem built = build_model(s, 5, 1);
    const Structure& made = built.frame.structure;
    expect_apart_and_whole(made);
    share = made.density_g_cm3() / 1.935;
    missing_A.push_back((1 - share) * edge);
    EXPECT_THAT(built.notes[0], HasSubstr("2 grains of gamma-Li3PS4"));
  }
  EXPECT_GT(share, 0.9);
  EXPECT_LT(share, 1);
  EXPECT_NEAR(missing_A[1] / missing_A[2], 1, 0.15);
}

TEST(Grains, SeedsReproduceAndDiffer) {
  const SystemSettings s = polycrystal("atoms: 1500", "crystal: Li2S, number: 3");
  const Structure a = build_model(s, 1, 1).frame.structure;
  EXPECT_EQ(a.position, build_model(s, 1, 1).frame.structure.position);
  EXPECT_NE(a.position, build_model(s, 1, 2).frame.structure.position);
  EXPECT_EQ(plan_system(s).formula, "Li2S");
  EXPECT_EQ(plan_system(s).net_charge_e, 0);
}

// One grain meets its own images; a block of partly filled sites keeps its formula.
TEST(Grains, OneGrainAndPartlyFilledSites) {
  const SystemSettings s =
      polycrystal("cell_lengths: [30 A, 30 A, 30 A]", "crystal: beta-Li3PS4, number: 1");
  RandomStream random(2, "grains");
  const Polycrystal made = grow_polycrystal(s, random);
  ASSERT_EQ(made.grains.size(), 1U);
  EXPECT_GT(made.left_out, 0);
  EXPECT_EQ(static_cast<long>(made.atoms.size()), 8 * made.formulas);
  expect_apart_and_whole(made.atoms);
}

TEST(Grains, GlassFillsTheBoundary) {
  const SystemSettings s = polycrystal(
      "cell_lengths: [34 A, 34 A, 34 A]",
      "crystal: gamma-Li3PS4, number: 2, labels: grain, boundary: {thickness: 8 A, composition: "
      "0.7Li2S-0.3P2S5, density: 1.7 g/cm3}");
  const BuiltSystem built = build_model(s, 1, 1);
  const Structure& made = built.frame.structure;
  std::map<std::string, long> labels;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto& species = made.species_of(i);
    ASSERT_GT(species.atomic_number, 0);
    ++labels[species.name.substr(species.name.find('@') + 1)];
  }
  EXPECT_EQ(labels.size(), 3U);
  EXPECT_GT(labels["grain1"], 50);
  EXPECT_GT(labels["grain2"], 50);
  EXPECT_GT(labels["boundary"], 200);
  expect_apart_and_whole(made);
  // Neutral, and close to the density of its two parts.
  double charge = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const int z = made.species_of(i).atomic_number;
    charge += z == 3 ? 1 : z == 15 ? 5 : -2;
  }
  EXPECT_EQ(charge, 0);
  EXPECT_GT(made.density_g_cm3(), 1.68);
  EXPECT_LT(made.density_g_cm3(), 1.94);
  ASSERT_EQ(built.notes.size(), 2U);
  EXPECT_THAT(built.notes[1], HasSubstr("0.7Li2S-0.3P2S5"));
}

TEST(Grains, WithoutGlassTheFacesAreLabelled) {
  const SystemSettings s = polycrystal(
      "atoms: 2000", "crystal: Li2S, number: 2, labels: region, boundary: {thickness: 6 A}");
  const Structure made = build_model(s, 1, 1).frame.structure;
  std::set<std::string> names;
  for (std::size_t i = 0; i < made.size(); ++i) names.insert(made.species_of(i).name);
  EXPECT_EQ(names, (std::set<std::string>{"Li@grain", "S@grain", "Li@boundary", "S@boundary"}));
}

TEST(Grains, WhatCannotBeIsExplained) {
  const auto message = [](const std::string& keys, const std::string& grains) {
    try {
      (void)plan_system(polycrystal(keys, grains));
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message("atoms: 500", "number: 3"), HasSubstr("no crystal is named"));
  EXPECT_THAT(message("atoms: 500", "crystal: Li22S"), HasSubstr("did you mean"));
  EXPECT_THAT(message("atoms: 100", "crystal: gamma-Li3PS4, number: 60"),
              HasSubstr("fewer grains"));
  EXPECT_THAT(message("atoms: 500\ndensity: 1.9 g/cm3", "crystal: Li2S"),
              HasSubstr("leave density out"));
}

}  // namespace
}  // namespace vitrion
