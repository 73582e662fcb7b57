#include "workflow/recipe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

const std::string good = R"(version: 1
system:
  composition: 0.75Li2S-0.25P2S5
  atoms: 64
  density: 1.8 g/cm3
protocol:
  - minimise
  - heat: {from: 300 K, to: 1200 K, rate: 1 K/fs}
  - melt: {at: 1200 K, time: 5 ps}
  - cool: {to: 300 K, through: [700 K, 450 K], rates: [0.1 K/fs, 0.02 K/fs, 0.05 K/fs], open_cell_below: 600 K}
  - density: {at: 300 K, time: 10 ps, equilibrate: 2 ps}
  - production: {at: [500 K, 600 K], time: 20 ps, equilibrate: 1 ps}
analyse: [density, rdf: {r_max: 8 A}, msd]
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = good;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string failure(const std::string& text) {
  try {
    parse_recipe(text, "r.yaml");
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Recipe, ReadsAndResolvesToTheSame) {
  const Recipe recipe = parse_recipe(good, "r.yaml");
  EXPECT_EQ(recipe.protocol.size(), 6U);
  EXPECT_EQ(recipe.protocol[5].temperatures_K.size(), 2U);
  EXPECT_EQ(recipe.analyses.size(), 3U);
  const std::string resolved = write_recipe(recipe);
  EXPECT_EQ(write_recipe(parse_recipe(resolved, "resolved.yaml")), resolved);
  EXPECT_THAT(resolved, HasSubstr("r_max: 8 A"));
}

// The stages of a run read the resolved recipe, whatever the model is made by.
TEST(Recipe, ModelsOfEveryMethodResolveToTheSame) {
  const std::string rest =
      "\npotential: lps-q07\nprotocol:\n  - hold: {at: 300 K, time: 1 ps}\nanalyse: [rdf]\n";
  const std::string layers =
      "{layers: [{crystal: gamma-Li3PS4, normal: c, thickness: 15 A}, {composition: Li3PS4, "
      "density: 1.8 g/cm3, thickness: 15 A}]}";
  for (const std::string& system :
       {std::string("{method: crystal, atoms: 64, crystal: {file: gamma-Li3PS4}}"),
        "{method: composite, composite: " + layers + "}",
        std::string("{method: monte-carlo, composition: Li3PS4, atoms: 64}")}) {
    const Recipe recipe = parse_recipe("version: 1\nsystem: " + system + rest, "r.yaml");
    const std::string resolved = write_recipe(recipe);
    EXPECT_EQ(write_recipe(parse_recipe(resolved, "resolved.yaml")), resolved) << system;
  }
  EXPECT_THAT(failure("version: 1\nsystem: {composition: \"\"}" + rest), HasSubstr("r.yaml:2:"));
}

TEST(Recipe, DensityMethodsNeedWhatTheyStartFrom) {
  const std::string density = "  - density: {at: 300 K, time: 10 ps, equilibrate: 2 ps}\n";
  const std::string after_density = density + "  - relaxed_density: {snapshots: 4}\n";
  const Recipe recipe = parse_recipe(
      with(density, after_density + "  - equation_of_state: {at: 300 K, spread: 0.1}\n"), "r.yaml");
  EXPECT_EQ(recipe.protocol[6].members(), 7);
  EXPECT_DOUBLE_EQ(recipe.protocol[6].volume_scale(1), 0.9);
  EXPECT_DOUBLE_EQ(recipe.protocol[6].volume_scale(4), 1);
  EXPECT_DOUBLE_EQ(recipe.protocol[6].volume_scale(7), 1.1);
  const std::string resolved = write_recipe(recipe);
  EXPECT_EQ(write_recipe(parse_recipe(resolved, "resolved.yaml")), resolved);

  EXPECT_THAT(failure(with(density, "  - relaxed_density\n" + density)),
              HasSubstr("behind a density, glass or hold step"));
  EXPECT_THAT(failure(with(density, density + "  - relaxed_density: {snapshots: 200}\n")),
              HasSubstr("fewer frames"));
  EXPECT_THAT(failure(with("equilibrate: 1 ps}", "equilibrate: 1 ps, density_from: relaxed}")),
              HasSubstr("no relaxed_density step stands before it"));
  EXPECT_THAT(failure(good + "stability: {crystals: [Li2S]}\n"),
              HasSubstr("put both into the protocol"));
}

TEST(Recipe, ShippedAndGeneratedRecipesAreValid) {
  // Those of potentials and of reverse Monte Carlo have tests in tests/learn and tests/rmc.
  for (const char* folder :
       {VITRION_SOURCE_DIR "/recipes", VITRION_SOURCE_DIR "/recipes/glasses"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.is_directory()) continue;
      EXPECT_NO_THROW(load_recipe(entry.path())) << entry.path();
    }
  }
  for (const char* composition : {"0.75Li2S-0.25P2S5", "0.7Li2S-0.3P2S5", "0.67Na2S-0.33P2S5"}) {
    EXPECT_NO_THROW(parse_recipe(commented_recipe(composition), "init")) << composition;
  }
}

TEST(Recipe, NamesPlaceMistakeAndRemedy) {
  EXPECT_THAT(failure(with("atoms: 64", "atom: 64")),
              ::testing::AllOf(HasSubstr("r.yaml:4:3"), HasSubstr("did you mean \"atoms\"")));
  EXPECT_THAT(failure(with("time: 5 ps", "time: 5")),
              ::testing::AllOf(HasSubstr("r.yaml:9"), HasSubstr("lacks a unit")));
  EXPECT_THAT(failure(with("time: 5 ps", "time: 5 K")), HasSubstr("not a unit of time"));
  EXPECT_THAT(failure(with("- melt", "- metl")), HasSubstr("did you mean \"melt\""));
  EXPECT_THAT(failure(with("rdf:", "rfd:")), HasSubstr("did you mean \"rdf\""));
  EXPECT_THAT(failure(with("r_max: 8 A", "rmax: 8 A")), HasSubstr("did you mean \"r_max\""));
  EXPECT_THAT(failure(with("atoms: 64", "atoms: 0")), HasSubstr("r.yaml"));
  EXPECT_THAT(failure(with("0.75Li2S-0.25P2S5", "0.75Lj2S-0.25P2S5")), HasSubstr("r.yaml:3"));
  EXPECT_THAT(failure(with("0.75Li2S-0.25P2S5", "LiPS4")), HasSubstr("charge"));
  EXPECT_THAT(failure(with("density: 1.8 g/cm3", "density: 30 g/cm3")), HasSubstr("density"));
  EXPECT_THAT(failure(with("version: 1", "version: 2")), HasSubstr("version"));
  EXPECT_THAT(failure(""), HasSubstr("empty"));
  EXPECT_THAT(failure("version: 1\nsystem: {composition: Li3PS4}\n"),
              HasSubstr("lacks \"protocol\""));
}

TEST(Recipe, RefusesProtocolsThatMakeNoSense) {
  EXPECT_THAT(failure(with("through: [700 K, 450 K]", "through: [450 K, 700 K]")),
              HasSubstr("out of order"));
  EXPECT_THAT(failure(with("rates: [0.1 K/fs, 0.02 K/fs, 0.05 K/fs]", "rates: [0.1 K/fs]")),
              HasSubstr("1 rates for 3 stretches"));
  EXPECT_THAT(failure(with("at: [500 K, 600 K]", "at: [500 K, 500 K]")), HasSubstr("twice"));
  EXPECT_THAT(failure(with("to: 1200 K", "to: 200 K")), HasSubstr("not hotter"));
  EXPECT_THAT(failure(with("equilibrate: 2 ps", "equilibrate: 20 ps")),
              HasSubstr("nothing to average"));
  EXPECT_THAT(failure(with("- minimise", "- production: {at: [500 K]}")),
              HasSubstr("must be the last"));
}

TEST(Recipe, ThreeStageCoolingOpensTheCellWhereAsked) {
  const Recipe recipe = parse_recipe(good, "r.yaml");
  const auto segments = segments_of(recipe.protocol[3], recipe.engine, 1200);
  ASSERT_EQ(segments.size(), 4U);
  EXPECT_EQ(segments[0].ensemble, Ensemble::nvt);
  EXPECT_DOUBLE_EQ(segments[0].duration_ps, 5);  // 500 K at 0.1 K/fs
  EXPECT_DOUBLE_EQ(segments[1].end_K, 600);      // fixed volume down to 600 K
  EXPECT_DOUBLE_EQ(segments[1].duration_ps, 5);  // 100 K at 0.02 K/fs
  EXPECT_EQ(segments[2].ensemble, Ensemble::npt);
  EXPECT_DOUBLE_EQ(segments[2].duration_ps, 7.5);
  EXPECT_DOUBLE_EQ(segments[3].end_K, 300);
  EXPECT_DOUBLE_EQ(segments[3].duration_ps, 3);
}

}  // namespace
}  // namespace vitrion
