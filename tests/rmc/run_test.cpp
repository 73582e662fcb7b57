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

TEST_F(RunTest, ForcesRelaxInBetweenAndBreakNothing) {
  const auto run_with = [&](int every) {
    const auto file =
        recipe(fmt::format("moves: {{fixed: [S]}}\n"
                           "annealing: {{from: 1e-4, to: 1e-5, share: 0.5}}\n"
                           "keep_bonds: {{Li-S: 2.5 A}}\n"
                           "forces: {{potential: lps-net, every: {}, steps: 4}}\n"
                           "run: {{moves: 16, block: 2, chains: 1, samples: 2}}\n",
                           every));
    return run_rmc(load_rmc_recipe(file), folder_ / std::to_string(every));
  };
  const RmcRun run = run_with(2);
  EXPECT_EQ(run.relaxations, 4U);
  EXPECT_EQ(run.relaxations_kept, 4U);
  EXPECT_EQ(run.chains[0]->near().overlaps(), 0U);
  EXPECT_EQ(run.chains[0]->constraints()[0]->penalty(), 0);
  EXPECT_TRUE(std::isnan(run.history[0][0].energy_eV_atom));  // only where one relaxed
  const Structure start = read_last_frame(folder_ / "start.extxyz").structure;
  const Structure end = run.chains[0]->structure();
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (start.species_of(i).name != "S") continue;
    EXPECT_LT(start.cell.minimum_image(end.position[i] - start.position[i]).norm(), 1e-5);
  }
  const Result result = rmc_result(run);
  ASSERT_NE(result.find_table("energies"), nullptr);
  EXPECT_EQ(result.find_table("energies")->columns[0].data.size(), 4U);
  // The same run without a relaxation lies higher.
  const Result without = rmc_result(run_with(1000));
  ASSERT_NE(result.find_scalar("energy_samples"), nullptr);
  ASSERT_NE(without.find_scalar("energy_samples"), nullptr);
  EXPECT_LT(result.find_scalar("energy_samples")->value,
            without.find_scalar("energy_samples")->value - 0.01);
}

// Monte Carlo by the energy alone: it falls, stays exact, and goes on from a checkpoint.
TEST_F(RunTest, AnEnergyServesWithoutData) {
  Frame frame;
  frame.structure = test::gas(test::skew(20), {{"Ar", 90}}, 3.0);
  write_frame(folder_ / "argon.extxyz", frame);
  const auto with = [&](const std::string& more) {
    write_file_atomically(folder_ / "e.yaml",
                          "start: {file: argon.extxyz}\nminimum_distance: 2 A\n" + more);
    return load_rmc_recipe(folder_ / "e.yaml");
  };
  const RmcRecipe cold = with(
      "energy: {potential: lj-argon, temperature: 20 K, start_temperature: 80 K}\n"
      "run: {moves: 60, block: 2, chains: 2, samples: 3}\n");
  const RmcRun run = run_rmc(cold, folder_ / "out");
  EXPECT_LT(run.history[0].back().energy_eV_atom, run.history[0].front().energy_eV_atom);
  EXPECT_LT(run.largest_energy_drift_eV, 1e-9);
  const RmcRun again = run_rmc(cold, folder_ / "out");
  EXPECT_EQ(again.chains[1]->energy_eV(), run.chains[1]->energy_eV());
  const Result result = rmc_result(run);
  ASSERT_NE(result.find_scalar("energy"), nullptr);
  EXPECT_LT(result.find_scalar("energy")->value, 0);
  ASSERT_NE(result.find_table("partials_q"), nullptr);
  EXPECT_NE(result.find_table("partials_q")->find("Ar-Ar_error"), nullptr);
  EXPECT_THROW(run_rmc(with("energy: {potential: lps-q07}\n"), folder_ / "x"), InputError);
}

TEST_F(RunTest, PartialStructureFactorsAreThoseOfTheSamples) {
  const auto file = recipe("run: {moves: 2, block: 2, chains: 1, samples: 1}\n");
  const RmcRun run = run_rmc(load_rmc_recipe(file), folder_ / "out");
  const Result result = rmc_result(run);
  const Table& table = *result.find_table("partials_q");
  const auto& q = table.find("q")->data;
  const auto& s = table.find("Li-S")->data;
  // 1 + N/(N_a N_b) times the sum of sin(qr)/qr over pairs within the range, less that of a
  // uniform density.
  const Structure model = read_last_frame(run.samples[0].back()).structure;
  const double range = run.setup->width_A * static_cast<double>(run.setup->bins);
  for (const std::size_t at : {0UL, 30UL, 100UL}) {
    double sum = 0;
    for (std::size_t i = 0; i < model.size(); ++i) {
      for (std::size_t j = 0; j < model.size(); ++j) {
        if (model.species_of(i).name != "Li" || model.species_of(j).name != "S") continue;
        const double r = model.cell.minimum_image(model.position[i] - model.position[j]).norm();
        if (r < range) sum += std::sin(q[at] * r) / (q[at] * r);
      }
    }
    const double x = q[at] * range;
    const double uniform =
        4 * M_PI * 100 / model.cell.volume() * (std::sin(x) - x * std::cos(x)) / std::pow(q[at], 3);
    EXPECT_NEAR(s[at], 1 + 100.0 / (40 * 60) * sum - uniform, 0.05) << q[at];
  }
}

TEST_F(RunTest, ResolvedRecipeReadsBack) {
  RmcRecipe r = load_rmc_recipe(recipe("units: [{former: Li, anion: S, shares: {Q2: 0.5}}]\n"));
  const Node written = resolved_recipe(r);
  RmcRecipe back;
  back.schema().read(parse_yaml(write_yaml(written), "resolved"));
  EXPECT_EQ(write_yaml(resolved_recipe(back)), write_yaml(written));
  EXPECT_DOUBLE_EQ(back.units[0].shares.at("Q2"), 0.5);
}

// They name files of the user's own; the recipes themselves read.
TEST_F(RunTest, ShippedRecipesRead) {
  for (const auto& entry : fs::directory_iterator(VITRION_SOURCE_DIR "/recipes/rmc")) {
    RmcRecipe shipped;
    shipped.schema().read(parse_yaml(read_text_file(entry.path()), entry.path().string()));
    EXPECT_FALSE(shipped.title.empty()) << entry.path();
    EXPECT_FALSE(shipped.data.empty()) << entry.path();
  }
}

TEST_F(RunTest, ExampleRecipeReads) {
  RmcRecipe example;
  example.schema().read(parse_yaml(commented_rmc_recipe(), "example"));
  EXPECT_EQ(example.data.size(), 2U);
}

}  // namespace
}  // namespace vitrion::rmc
