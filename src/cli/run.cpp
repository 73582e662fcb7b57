// vitrion run, resume, stage: the main job.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/data_files.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "cli/cli.hpp"
#include "report/run_report.hpp"
#include "workflow/estimate.hpp"
#include "workflow/manifest.hpp"
#include "workflow/scheduler.hpp"
#include "workflow/stage_run.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct RunOptions {
  std::string recipe;
  std::string folder;
  int jobs = 0;
};

int work(const RunDirectory& run, int jobs) {
  const std::string go_on = fmt::format("go on with `vitrion resume {}`", run.root().string());
  std::string problem;
  fs::path report;
  try {
    write_manifest(run);  // what this run is, also for one that never ends
    run_stages(run, {jobs});
  } catch (const Interrupted&) {
    log_error("interrupted; " + go_on);
    return 1;
  } catch (const WorkError& e) {
    problem = e.what();
  }
  try {
    write_manifest(run);
    report = write_run_report(run);
  } catch (const WorkError& e) {
    if (problem.empty()) problem = e.what();
  }
  if (!problem.empty()) {
    std::error_code error;
    const auto space = fs::space(run.root(), error);
    if (!error && space.available < 1000000) problem += " (the disk is full: free some space)";
    log_error(fmt::format("{}; what is complete is kept: {}", problem, go_on));
    return 1;
  }
  log_info(summary_lines(run));
  fmt::print("{}\n", fs::absolute(report).lexically_normal().string());
  return 0;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  auto* verb =
      app.add_subcommand("run", "carry out a recipe, from building the glass to the report");
  verb->add_option("recipe", options->recipe, "the recipe (YAML); write one with `vitrion init`")
      ->required();
  verb->add_option("-o,--output", options->folder,
                   "folder of the run (default: the recipe's name)");
  verb->add_option("-j,--jobs", options->jobs, "stages at once (default: as many as cores)")
      ->check(CLI::Range(1, 4096));
  verb->footer(
      "Examples:\n  vitrion run recipes/li3ps4-glass.yaml -o glass\n  vitrion resume glass        "
      "# after Ctrl-C, a crash, a reboot");
  verb->callback([options, &action] {
    action = [options] {
      const Recipe recipe = load_recipe(options->recipe);
      const RecipeEstimate plan = estimate(recipe);
      const fs::path folder =
          options->folder.empty() ? fs::path(options->recipe).stem() : fs::path(options->folder);
      const RunDirectory run = RunDirectory::create(folder, options->recipe, recipe);
      log_info(describe(recipe, plan));
      return work(run, options->jobs);
    };
  });
}

void add_resume(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  auto* verb = app.add_subcommand("resume", "go on with a run that was stopped, killed or failed");
  verb->add_option("folder", options->folder, "folder of the run")->required();
  verb->add_option("-j,--jobs", options->jobs, "stages at once (default: as many as cores)")
      ->check(CLI::Range(1, 4096));
  verb->callback([options, &action] {
    action = [options] { return work(RunDirectory::open(options->folder), options->jobs); };
  });
}

void add_stage(CLI::App& app, Action& action) {
  struct StageOptions {
    std::string folder;
    std::string id;
  };
  auto options = std::make_shared<StageOptions>();
  auto* verb = app.add_subcommand("stage", "one stage of a run, started by `vitrion run`");
  verb->group("");
  verb->add_option("folder", options->folder)->required();
  verb->add_option("id", options->id)->required();
  verb->callback([options, &action] {
    action = [options] {
      set_threads(1);  // the scheduler fills the cores with stages
      constexpr int progress_pipe = 3;
      // A full or closed pipe only costs the progress bar a tick.
      const auto tell = [](const std::string& line) {
        [[maybe_unused]] const auto n = ::write(progress_pipe, line.data(), line.size());
      };
      try {
        run_stage(RunDirectory::open(options->folder), options->id,
                  [&](double done, double total, const std::string& note) {
                    tell(fmt::format("{:.0f} {:.0f} {}\n", done, total, note));
                  });
      } catch (const Interrupted&) {
        throw;
      } catch (const std::exception& e) {
        tell(fmt::format("! {}\n", e.what()));
        throw;
      }
      return 0;
    };
  });
}

}  // namespace vitrion::cli
