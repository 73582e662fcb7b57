#include "workflow/run_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

class RunDirectoryTest : public ::testing::Test {
 protected:
  RunDirectoryTest() {
    fs::create_directories(folder_);
    write_file_atomically(
        folder_ / "r.yaml",
        "version: 1\nsystem: {composition: 0.75Li2S-0.25P2S5, atoms: 64, density: 1.8 g/cm3}\n"
        "protocol: [{melt: {at: 1000 K, time: 1 ps}}, {glass: {at: 300 K, time: 1 ps}}]\n");
  }
  ~RunDirectoryTest() override { fs::remove_all(folder_); }

  RunDirectory create() {
    return RunDirectory::create(folder_ / "run", folder_ / "r.yaml",
                                load_recipe(folder_ / "r.yaml"));
  }

  fs::path folder_ = fs::temp_directory_path() / ("vitrion-run-" + std::to_string(::getpid()));
};

TEST_F(RunDirectoryTest, IsMadeOnceAndOpened) {
  create();
  EXPECT_THROW(create(), InputError);
  EXPECT_EQ(RunDirectory::open(folder_ / "run").recipe().system.atoms, 64);
  EXPECT_THROW(RunDirectory::open(folder_), InputError);
}

TEST_F(RunDirectoryTest, StatusSurvivesAndABrokenOneMeansNotDone) {
  const RunDirectory run = create();
  EXPECT_EQ(run.status("x").state, "waiting");
  run.set_status("x", {"done", "in", "out", 1.5, ""});
  EXPECT_EQ(run.status("x").state, "done");
  EXPECT_EQ(run.status("x").outputs, "out");
  write_file_atomically(run.stage_folder("x") / "status.json", "{\"state\": \"do");
  EXPECT_EQ(run.status("x").state, "waiting");
}

TEST_F(RunDirectoryTest, InputsOfAStageChangeWithWhatItDependsOn) {
  const RunDirectory run = create();
  Recipe recipe = run.recipe();
  const auto stages = plan_stages(recipe, 0.0015);
  const Stage& melt = stages[1];
  const std::string before = stage_inputs(run, recipe, melt);
  EXPECT_EQ(stage_inputs(run, recipe, melt), before);
  run.set_status(stages[0].id, {"done", "", "another model", 0, ""});
  EXPECT_NE(stage_inputs(run, recipe, melt), before);
  const std::string again = stage_inputs(run, recipe, melt);
  recipe.protocol[0].at_K = 1100;
  EXPECT_NE(stage_inputs(run, recipe, melt), again);
}

TEST_F(RunDirectoryTest, OneProcessAtATime) {
  const RunDirectory run = create();
  const FolderLock lock(run.root(), "test", 0);
  EXPECT_THROW(FolderLock(run.root(), "test", 0), WorkError);
}

}  // namespace
}  // namespace vitrion
