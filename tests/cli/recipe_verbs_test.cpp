#include <nlohmann/json.hpp>

#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

using RecipeVerbs = CliTest;

const std::string good =
    "version: 1\n"
    "system: {composition: 0.75Li2S-0.25P2S5, atoms: 64, density: 1.8 g/cm3}\n"
    "protocol:\n"
    "  - minimise\n"
    "  - melt: {at: 1000 K, time: 0.3 ps}\n"
    "  - glass: {at: 300 K, time: 0.3 ps}\n";

TEST_F(RecipeVerbs, InitWritesARecipeThatCheckExplains) {
  ASSERT_EQ(vitrion("init -o glass.yaml").code, 0);
  const Outcome o = vitrion("check glass.yaml");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, ::testing::AllOf(HasSubstr("480 atoms"), HasSubstr("lps-net"),
                                      HasSubstr("limit:"), HasSubstr("steps")));
  const auto json = nlohmann::json::parse(vitrion("check glass.yaml --json").out);
  EXPECT_EQ(json.at("atoms").get<long>(), 480);
  EXPECT_GT(json.at("total_steps").get<double>(), 1e4);
  expect_refused("init -o glass.yaml", "exists already");
}

TEST_F(RecipeVerbs, BadRecipesGetOneSentence) {
  const auto bad = [&](const std::string& from, const std::string& to, const std::string& says) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    write("bad.yaml", text);
    expect_refused("check bad.yaml", says);
    expect_refused("run bad.yaml -o out", says);
  };
  bad("atoms:", "atms:", "bad.yaml:2:42: system has no key \"atms\" (did you mean \"atoms\"");
  bad("0.3 ps", "0.3", "bad.yaml:5:30: \"0.3\" lacks a unit");
  bad("1000 K", "1000 ps", "is not a unit of temperature");
  bad("0.75Li2S-0.25P2S5", "LiPS4", "charge");
  bad("0.75Li2S-0.25P2S5", "0.75Lx2S-0.25P2S5", "Lx");
  bad("atoms: 64", "atoms: 0", "atoms");
  bad("density: 1.8 g/cm3", "density: 40 g/cm3", "density");
  bad("0.75Li2S-0.25P2S5", "0.5Ag2S-0.5GeS2", "potential");
  bad("version: 1\n", "version: 1\npotential: lps-q7\n", "lps-q07");
  expect_refused("check absent.yaml", "absent.yaml: no such file");
  write("empty.yaml", "");
  expect_refused("check empty.yaml", "empty");
}

TEST_F(RecipeVerbs, WrongCallsGetOneSentence) {
  expect_refused("rnu glass.yaml", "did you mean \"run\"");
  expect_refused("run", "recipe is required");
  expect_refused("resume nowhere", "is not the folder of a run");
  expect_refused("report nowhere", "neither a run nor results");
  expect_refused("list potions", "potions");
  EXPECT_EQ(vitrion("--help").code, 0);
  EXPECT_EQ(vitrion("run --help").code, 0);
  EXPECT_THAT(vitrion("--version").out, HasSubstr("vitrion 0."));
}

TEST_F(RecipeVerbs, ListsWhatThereIs) {
  EXPECT_THAT(
      vitrion("list analyses").out,
      ::testing::AllOf(HasSubstr("rdf"), HasSubstr("conductivity"), HasSubstr("arrhenius")));
  EXPECT_THAT(vitrion("list potentials").out,
              ::testing::AllOf(HasSubstr("lps-q07"), HasSubstr("lps-fm"), HasSubstr("limit:")));
  EXPECT_THAT(vitrion("list formats").out,
              ::testing::AllOf(HasSubstr("extxyz"), HasSubstr("xdatcar")));
  for (const char* what : {"analyses", "potentials", "formats"}) {
    EXPECT_TRUE(nlohmann::json::accept(vitrion(std::string("list --json ") + what).out)) << what;
  }
  EXPECT_EQ(vitrion("doctor").code, 0);
}

}  // namespace
}  // namespace vitrion::cli_test
