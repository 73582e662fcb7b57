#include "workflow/stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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
