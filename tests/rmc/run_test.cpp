#include "rmc/run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/formats.hpp"
#include "rmc/models.hpp"

namespace vitrion::rmc {
namespace fs = std::filesystem;
namespace {

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) /
        fmt::format("rmc_run_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    make_directory(folder_);
    Frame frame;
    frame.structure = test::gas(test::skew(13), {{"Li", 40}, {"S", 60}}, 1.9);
    write_frame(folder_ / "start.extxyz", frame);
    std::string data;
    for (int k = 0; k < 100; ++k) {
      const double q = 0.6 + 0.1 * k;
      data += fmt::format("{} {}\n", q, 1 + 0.3 * std::exp(-0.3 * q) * std::sin(2.2 * q));
    }
    write_file_atomically(folder_ / "data.dat", data);
  }
  fs::path recipe(const std::string& more, const std::string& name = "recipe.yaml") {
    write_file_atomically(folder_ / name,
                          "start: {file: start.extxyz}\n"
                          "data: [{file: data.dat, probe: xray, accept_density: true}]\n"
                          "minimum_distance: 1.8 A\n" +
                              more);
    return folder_ / name;
  }
  fs::path folder_;
};

TEST_F(RunTest, WritesFitsPartialsAndConstraints) {
  const auto file = recipe(
      "coordination: [{centre: Li, neighbor: S, distance: [0 A, 3 A], mean: 9, weight: 1e-9}]\n"
      "annealing: {from: 1e-4, to: 1e-6, share: 0.5}\n"
      "run: {moves: 40, block: 2, chains: 2, samples: 4}\n");
  const RmcRun run = run_rmc(load_rmc_recipe(file), folder_ / "out");
  EXPECT_EQ(run.done, run.blocks);
  ASSERT_EQ(counting_chains(run).size(), 2U);
  EXPECT_GE(run.samples[0].size(), 4U);
  const Result result = rmc_result(run);
  const Table* fit = result.find_table("fit_data");
  ASSERT_NE(fit, nullptr);
  const auto& r = *result.find_scalar("r_chi_data");
  EXPECT_GT(r.value, 0);
  EXPECT_LT(r.value, run.history[0].front().r_chi[0]);
  ASSERT_NE(result.find_table("partials"), nullptr);
  EXPECT_NE(result.find_table("partials")->find("Li-S"), nullptr);
  ASSERT_NE(result.find_table("constraints"), nullptr);
  // Nine S around each Li cannot be had for so little weight: the report says so, with a number.
  EXPECT_THAT(result.warnings, testing::Contains(testing::HasSubstr("is not met")));
  EXPECT_EQ(result.find_table("history")->columns[0].data.size(), run.blocks);
}

TEST_F(RunTest, TheSameRecipeGivesTheSameCheckpointAndIsReadBack) {
  const std::string keys = "annealing: {from: 1e-4, to: 1e-6}\n";
  const std::string length = "run: {moves: 24, block: 2, chains: 2, exchange: true, ladder: 3}\n";
  const RmcRecipe whole = load_rmc_recipe(recipe(keys + length));
  const RmcRun one = run_rmc(whole, folder_ / "one");
  const RmcRun two = run_rmc(whole, folder_ / "two");
  std::string text = read_text_file(folder_ / "one" / "checkpoint.json");
  EXPECT_EQ(text, read_text_file(folder_ / "two" / "checkpoint.json"));
  // Nothing is left to do from a finished checkpoint, and the models are those of the end.
  const RmcRun again = run_rmc(whole, folder_ / "one");
  EXPECT_EQ(again.chains[0]->counts().sites(), one.chains[0]->counts().sites());
  EXPECT_EQ(again.chains[1]->cost(), one.chains[1]->cost());
}

TEST_F(RunTest, RefusesACheckpointOfAnotherRecipe) {
  run_rmc(load_rmc_recipe(recipe("run: {moves: 4, block: 2, chains: 1}\n")), folder_ / "out");
  const RmcRecipe other =
      load_rmc_recipe(recipe("run: {moves: 5, block: 2, chains: 1}\n", "b.yaml"));
  EXPECT_THROW(run_rmc(other, folder_ / "out"), InputError);
}

TEST_F(RunTest, RefusesMissingFilesAndUnknownKeysAtOnce) {
  EXPECT_THROW(load_rmc_recipe(folder_ / "none.yaml"), InputError);
  EXPECT_THROW(load_rmc_recipe(recipe("tempreature: 3\n")), InputError);
  write_file_atomically(folder_ / "c.yaml", "data: [{file: absent.dat}]\n");
  EXPECT_THROW(load_rmc_recipe(folder_ / "c.yaml"), InputError);
  write_file_atomically(folder_ / "d.yaml", "start: {file: start.extxyz}\n");
  EXPECT_THROW(load_rmc_recipe(folder_ / "d.yaml"), InputError);
}

TEST_F(RunTest, ResolvedRecipeReadsBack) {
  RmcRecipe r = load_rmc_recipe(recipe("units: [{former: Li, anion: S, shares: {Q2: 0.5}}]\n"));
  const Node written = resolved_recipe(r);
  RmcRecipe back;
  back.schema().read(parse_yaml(write_yaml(written), "resolved"));
  EXPECT_EQ(write_yaml(resolved_recipe(back)), write_yaml(written));
  EXPECT_DOUBLE_EQ(back.units[0].shares.at("Q2"), 0.5);
}

TEST_F(RunTest, ExampleRecipeReads) {
  RmcRecipe example;
  example.schema().read(parse_yaml(commented_rmc_recipe(), "example"));
  EXPECT_EQ(example.data.size(), 2U);
}

}  // namespace
}  // namespace vitrion::rmc
