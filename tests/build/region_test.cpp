#include "build/region.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "build/packing.hpp"
#include "build/system.hpp"
#include "io/formats.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

RegionSettings region(const std::string& text) {
  RegionSettings out;
  out.schema().read(parse_yaml(text, "test"));
  return out;
}

// Wherever an atom stands, the push leads to where there is none, by the shortest way.
TEST(Region, PushesLeadBack) {
  const Cell cell = Cell::from_parameters({18, 20, 25}, {80, 95, 105});
  for (const char* text : {"{shape: slab, axis: c, from: 4 A, to: 11 A}",
                           "{shape: slab, axis: a, from: 4 A, to: 11 A, side: outside}",
                           "{shape: box, from: [1 A, 2 A, 3 A], to: [10 A, 12 A, 13 A]}",
                           "{shape: sphere, radius: 6 A, centre: [0.1, 0.2, 0.9]}",
                           "{shape: sphere, radius: 6 A, centre: [0.1, 0.2, 0.9], side: outside}",
                           "{shape: cylinder, axis: b, radius: 5 A}",
                           "{shape: cylinder, axis: b, radius: 5 A, side: outside}"}) {
    const Region r(region(text), cell);
    RandomStream random(1, "test");
    int out = 0;
    for (int n = 0; n < 500; ++n) {
      Vec3 at =
          cell.to_cartesian({random.uniform(-1, 2), random.uniform(-1, 2), random.uniform(-1, 2)});
      if (r.push(at).depth_A > 0) ++out;
      for (int step = 0; step < 100 && r.push(at).depth_A > 0; ++step) {
        const auto p = r.push(at);
        EXPECT_NEAR(p.direction.norm(), 1, 1e-12);
        // Moving back by less than the depth shortens it by as much.
        const double left = r.push(at + 0.5 * p.depth_A * p.direction).depth_A;
        // (At the corner of a box another face may take over.)
        if (std::string(text).find("box") == std::string::npos) {
          EXPECT_LE(left, 0.5 * p.depth_A + 1e-9) << text;
        }
        at += (p.depth_A + 1e-9) * p.direction;
      }
      EXPECT_EQ(r.push(at).depth_A, 0) << text;
    }
    EXPECT_GT(out, 50) << text;
    EXPECT_LT(out, 499) << text;
  }
}

TEST(Region, RefusesWhatIsNoPartOfTheCell) {
  const Cell cell = Cell::cubic(20);
  EXPECT_THROW(Region(region("{from: 4 A, to: 30 A}"), cell), InputError);
  EXPECT_THROW(Region(region("{from: 9 A, to: 4 A}"), cell), InputError);
  EXPECT_THROW(Region(region("{shape: box, from: 1 A, to: 4 A}"), cell), InputError);
}

TEST(Packing, UnitsStayInTheirRegions) {
  SystemSettings s;
  s.units = {{"Li", 60}, {"PS4", 20}};
  s.cell_lengths_A = {20, 20, 30};
  s.regions = {region("{units: [PS4], from: 3 A, to: 15 A}"),
               region("{units: [Li], side: outside, from: 5 A, to: 14 A}")};
  const Frame f = build_system(s, 1, 0);
  EXPECT_NEAR(f.structure.cell.volume(), 12000, 1e-6);
  for (std::size_t i = 0; i < f.size(); ++i) {
    const double z = f.structure.position[i].z();
    if (f.structure.species_of(i).name == "Li") {
      EXPECT_TRUE(z <= 5 + 1e-6 || z >= 14 - 1e-6) << z;
    } else {
      EXPECT_TRUE(z >= 3 - 1e-6 && z <= 15 + 1e-6) << z;
    }
  }
  s.regions = {region("{units: [PS44], from: 3 A, to: 15 A}")};
  try {
    plan_system(s);
    FAIL() << "a region for no unit was accepted";
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("did you mean \"PS4\"?"));
  }
}

TEST(Packing, WallsAreNotCrossed) {
  SystemSettings s;
  s.composition = "Li3PS4";
  s.atoms = 200;
  s.density_g_cm3 = 1.5;
  s.walls = {"b"};
  const Frame f = build_system(s, 1, 0);
  const double height = f.structure.cell.heights()[1];
  for (const Vec3& r : f.structure.position) {
    EXPECT_GE(r.y(), 1 - 1e-6);
    EXPECT_LE(r.y(), height - 1 + 1e-6);
  }
}

TEST(Packing, FixedAtomsStayAndAreKeptClear) {
  Frame slab;
  slab.structure.cell = Cell::from_parameters({16, 16, 30}, {90, 90, 110});
  for (int x = 0; x < 5; ++x) {
    for (int y = 0; y < 5; ++y) {
      slab.structure.add((x + y) % 2 == 0 ? "Li" : "S",
                         slab.structure.cell.to_cartesian({x / 5.0, y / 5.0, 0.02}));
    }
  }
  const auto file = std::filesystem::path(::testing::TempDir()) / "slab.extxyz";
  write_frame(file, slab);
  SystemSettings s;
  s.fixed = file.string();
  s.units = {{"Li", 48}, {"PS4", 16}};
  const SystemPlan plan = plan_system(s);
  EXPECT_EQ(plan.atoms, 25 + 48 + 80);
  const Frame f = build_system(s, 1, 0);
  ASSERT_EQ(f.size(), 153U);
  for (std::size_t i = 0; i < 25; ++i)
    EXPECT_LT((f.structure.position[i] - slab.structure.position[i]).norm(), 1e-6);
  const NeighborList list = build_neighbor_list(f.structure, 2.0);
  for (std::size_t i = 0; i < 25; ++i) EXPECT_TRUE(list.of(i).empty());
  s.density_g_cm3 = 1.9;
  EXPECT_THROW(plan_system(s), InputError);
}

TEST(Packing, LengthsAndDensityGiveTheNumberOfAtoms) {
  SystemSettings s;
  s.composition = "Li3PS4";
  s.cell_lengths_A = {20, 20, 40};
  s.density_g_cm3 = 1.8;
  const SystemPlan plan = plan_system(s);
  // 16000 Å³ × 1.8 g/cm³ in units of 180.05 amu (8 atoms).
  EXPECT_NEAR(static_cast<double>(plan.atoms), 16000 * 1.8 / 1.66053907 / 180.05 * 8, 8);
  EXPECT_EQ(plan.density_g_cm3, 1.8);
}

TEST(Packing, PlainSeparationKeepsJustTheMinimum) {
  SystemSettings s;
  s.composition = "Li3PS4";
  s.atoms = 800;
  s.density_g_cm3 = 1.8;
  const auto closest = [&] {
    const Frame f = build_system(s, 3, 0);
    double best = 1e300;
    const NeighborList list = build_neighbor_list(f.structure, 4.0);
    for (std::size_t i = 0; i < f.size(); ++i) {
      if (f.structure.species_of(i).name != "P") continue;
      std::size_t n = 0;
      for (const Neighbor& b : list.of(i)) {
        if (f.structure.species_of(b.atom).name == "S" && ++n > 4)
          best = std::min(best, b.distance);
      }
    }
    return best;
  };
  EXPECT_GT(closest(), 3.0);
  s.separation = "plain";
  EXPECT_GE(closest(), 2.0);
  EXPECT_LT(closest(), 2.6);
}

TEST(Packing, FailureHandsOverTheBest) {
  SystemSettings s;
  s.composition = "LiI";
  s.atoms = 216;
  s.density_g_cm3 = 4.0;
  s.minimum_distance_A = 3.35;
  try {
    build_system(s, 1, 0);
    FAIL() << "an impossible packing was built";
  } catch (const PackingFailure& e) {
    EXPECT_EQ(e.best().size(), 216U);
    EXPECT_EQ(e.best().formula(), "Li108 I108");
  }
}

}  // namespace
}  // namespace vitrion
