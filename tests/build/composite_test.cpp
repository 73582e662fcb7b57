#include "build/composite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "build/system.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

SystemSettings composite(const std::string& layers) {
  SystemSettings s;
  s.schema().read(
      parse_yaml("method: composite\ncomposite: {lateral: 15 A, layers: " + layers + "}", "test"));
  return s;
}

// Phosphorus atoms and how many sulfur atoms each has within 2.3 Å.
void expect_whole(const Structure& s) {
  const NeighborList near = build_neighbor_list(s, 2.3);
  int phosphorus = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s.species_of(i).atomic_number != 15) continue;
    ++phosphorus;
    int sulfur = 0;
    for (const Neighbor& b : near.of(i)) sulfur += s.species_of(b.atom).atomic_number == 16 ? 1 : 0;
    EXPECT_EQ(sulfur, 4) << s.position[i].transpose();
  }
  EXPECT_GT(phosphorus, 10);
}

TEST(Composite, GlassBetweenCrystals) {
  SystemSettings s = composite(
      "[{crystal: gamma-Li3PS4, thickness: 18 A}, {composition: 0.75Li2S-0.25P2S5, thickness: 20 "
      "A, density: 1.8 g/cm3}]");
  const SystemPlan plan = plan_system(s);
  ASSERT_EQ(plan.notes.size(), 2U);
  EXPECT_THAT(plan.notes[0], HasSubstr("crystal (gamma-Li3PS4)"));
  EXPECT_EQ(plan.formula, "Li3PS4");
  EXPECT_EQ(plan.net_charge_e, 0);
  const Frame f = build_system(s, 1, 1);
  EXPECT_EQ(f.structure.formula(), plan.cell_formula);
  expect_whole(f.structure);
  const NeighborList near = build_neighbor_list(f.structure, 1.9);
  EXPECT_EQ(near.pairs(), 0U);
  // 2 × 2 × 3 cells of 16 atoms: 48 Å² × 4 base, and glass of 1.8 g/cm³ on it.
  EXPECT_NEAR(f.structure.cell.volume() / f.structure.cell.heights()[2], 4 * 7.708 * 6.535, 1e-6);
  EXPECT_THAT(plan.notes[0], HasSubstr("192 atoms"));
}

TEST(Composite, LabelsAndLayersInAnyOrder) {
  SystemSettings s = composite(
      "[{composition: 0.75Li2S-0.25P2S5, thickness: 14 A, density: 1.6 g/cm3}, {crystal: Li2S, "
      "thickness: 10 A, label: anode}, {crystal: beta-Li3PS4, normal: b, thickness: 8 A}]");
  s.composite.labels = true;
  s.composite.lateral_A = 12;
  const Frame f = build_system(s, 1, 1);
  long anode = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    const auto& species = f.structure.species_of(i);
    EXPECT_THAT(species.name, HasSubstr("@"));
    EXPECT_GT(species.atomic_number, 0);
    if (species.name.ends_with("@anode")) ++anode;
  }
  EXPECT_EQ(anode % 12, 0);
  EXPECT_GT(anode, 0);
}

TEST(Composite, WhatCannotBeIsExplained) {
  const auto message = [](const std::string& layers) {
    try {
      plan_system(composite(layers));
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message("[]"), HasSubstr("two layers"));
  EXPECT_THAT(message("[{thickness: 4 A}, {crystal: Li2S}]"), HasSubstr("give one"));
  EXPECT_THAT(message("[{crystal: Li22S}, {crystal: Li2S}]"), HasSubstr("Li22S"));
}

}  // namespace
}  // namespace vitrion
