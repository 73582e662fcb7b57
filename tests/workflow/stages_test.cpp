#include "workflow/stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"

namespace vitrion {
namespace {

Recipe recipe() {
  return parse_recipe(
      "version: 1\n"
      "system: {composition: 0.75Li2S-0.25P2S5, atoms: 64, density: 1.8 g/cm3}\n"
      "protocol:\n"
      "  - minimise\n"
      "  - melt: {at: 1200 K, time: 3 ps}\n"
      "  - glass: {at: 300 K, time: 1 ps}\n"
      "  - production: {at: [500 K, 600 K], time: 3 ps}\n"
      "replicas: 2\n",
      "r.yaml");
}

TEST(Stages, AreInAnOrderInWhichTheyCanRun) {
  const auto stages = plan_stages(recipe(), 0.0015);
  std::set<std::string> before;
  for (const auto& stage : stages) {
    for (const auto& id : stage.after)
      EXPECT_TRUE(before.contains(id)) << stage.id << " needs " << id;
    EXPECT_TRUE(before.insert(stage.id).second) << stage.id;
    EXPECT_GT(stage.work, 0) << stage.id;
  }
  EXPECT_EQ(stages.back().kind, Stage::Kind::collect);
  EXPECT_TRUE(before.contains("r1-01-build"));
  EXPECT_TRUE(before.contains("r2-03-melt"));
}

TEST(Stages, ProductionBranchesOffTheGlass) {
  std::string glass;
  int production = 0;
  for (const auto& stage : plan_stages(recipe(), 0.0015)) {
    if (stage.replica != 1) continue;
    if (stage.id.find("-glass") != std::string::npos && stage.kind == Stage::Kind::engine)
      glass = stage.id;
    if (stage.kind == Stage::Kind::engine && stage.id.find("production") != std::string::npos) {
      ++production;
      EXPECT_THAT(stage.after, ::testing::ElementsAre(glass));
      EXPECT_DOUBLE_EQ(stage.work, 2000);
    }
  }
  EXPECT_EQ(production, 2);
}

const char* const by_methods =
    "version: 1\n"
    "system: {composition: 0.75Li2S-0.25P2S5, atoms: 64, density: 1.8 g/cm3}\n"
    "potential: lps-q07\n"
    "protocol:\n"
    "  - density: {at: 300 K, time: 10 ps, equilibrate: 2 ps}\n"
    "  - relaxed_density: {snapshots: 3}\n"
    "  - equation_of_state: {at: 300 K, volumes: 5}\n"
    "  - glass: {at: 300 K, time: 1 ps, density_from: relaxed}\n"
    "stability: {crystals: [auto]}\n"
    "replicas: 2\n";

TEST(Stages, DensityMethodsStandBesideTheRoad) {
  const auto stages = plan_stages(parse_recipe(by_methods, "r.yaml"), 0.0015);
  const auto find = [&](const std::string& id) {
    for (const auto& stage : stages) {
      if (stage.id == id) return stage;
    }
    ADD_FAILURE() << "no stage " << id;
    return Stage{};
  };
  // Every run starts from the density run; the glass waits for the method it names.
  EXPECT_THAT(find("r1-06-relaxed_density-3").after, ::testing::ElementsAre("r1-02-density"));
  EXPECT_THAT(find("r1-08-equation_of_state-1").after, ::testing::ElementsAre("r1-02-density"));
  EXPECT_EQ(find("r1-08-equation_of_state-1").member, 1);
  EXPECT_EQ(find("r1-07-analyse-relaxed-0K").after.size(), 3U);
  EXPECT_EQ(find("r1-13-analyse-equation-of-state-300K").after.size(), 5U);
  EXPECT_THAT(find("r1-14-glass").after,
              ::testing::ElementsAre("r1-02-density", "r1-07-analyse-relaxed-0K"));
  EXPECT_EQ(find("density-methods").after.size(), 6U);
  // The charges of lps-q07 cancel in Li3PS4 alone.
  std::vector<std::string> crystals;
  for (const auto& stage : stages) {
    if (stage.kind == Stage::Kind::crystal) crystals.push_back(stage.crystal);
  }
  EXPECT_THAT(crystals,
              ::testing::UnorderedElementsAre("alpha-Li3PS4", "beta-Li3PS4", "gamma-Li3PS4"));
  EXPECT_EQ(find("stability").after.size(), 2 * 3 + 3U);
}

TEST(Stages, ACrystalThatCannotServeIsNamed) {
  Recipe r = parse_recipe(by_methods, "r.yaml");
  for (const auto& [crystal, why] :
       {std::pair{"Li2S", "do not cancel"}, {"SiS2", "holds Si"}, {"gamma", "no crystal"}}) {
    r.stability.crystals = {crystal};
    try {
      plan_stages(r, 0.0015);
      ADD_FAILURE() << crystal;
    } catch (const InputError& e) {
      EXPECT_THAT(e.what(), ::testing::HasSubstr(why));
    }
  }
}

TEST(Stages, EachStateIsMeasuredByWhatMakesSenseThere) {
  const Recipe r = recipe();
  const auto names = [&](std::size_t step) {
    std::vector<std::string> out;
    for (const auto& request : analyses_for(r, r.protocol[step])) out.push_back(request.name);
    return out;
  };
  EXPECT_THAT(names(1), ::testing::IsEmpty());
  EXPECT_THAT(names(2), ::testing::ElementsAre("rdf", "angles", "coordination", "speciation"));
  EXPECT_THAT(names(3), ::testing::ElementsAre("rdf", "angles", "coordination", "speciation", "msd",
                                               "conductivity"));
}

}  // namespace
}  // namespace vitrion
