// Stages that build the model, and stages that measure a trajectory.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "analysis/driver.hpp"
#include "analysis/write.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "io/formats.hpp"
#include "potential/catalogue.hpp"
#include "workflow/stage_run.hpp"

namespace vitrion {

void run_build_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const Frame frame = build_system(recipe.system, static_cast<std::uint64_t>(recipe.seed),
                                   static_cast<std::uint64_t>(stage.replica));
  load_potential(potential_of(recipe))->require_species(frame.structure);
  write_frame(run.stage_folder(stage.id) / "final.extxyz", frame);
}

void run_analysis_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const ProtocolStep& step = recipe.protocol[stage.step];
  std::vector<std::unique_ptr<Analysis>> wanted;
  for (const auto& request : analyses_for(recipe, step)) {
    wanted.push_back(analyses().make(request.name));
    wanted.back()->parameters().read(request.parameters);
  }
  const auto skip =
      static_cast<std::int64_t>(std::llround(step.equilibrate_ps / step.frame_every_ps));
  StridedSource source(open_source(run.stage_folder(stage.after.front()) / "trajectory.nc"), skip,
                       INT64_MAX, 1);
  DriverOptions options;
  options.series.temperature_K = stage.temperature_K;
  const DriverReport report = run_analyses(source, wanted, options);
  for (const auto& analysis : wanted) {
    Result result = analysis->result();
    for (const auto& warning : report.warnings) result.warnings.push_back(warning);
    result.settings.emplace_back("state", stage.state);
    result.settings.emplace_back("temperature", fmt::format("{:g} K", stage.temperature_K));
    result.settings.emplace_back("frames", std::to_string(report.frames));
    write_result(run.stage_folder(stage.id), result);
  }
}

void run_stage(const RunDirectory& run, const std::string& id, const StageProgress& progress) {
  const Recipe recipe = run.recipe();
  const auto stages = plan_stages(recipe, timestep_of(recipe));
  const Stage* found = nullptr;
  for (const auto& stage : stages) {
    if (stage.id == id) found = &stage;
  }
  if (found == nullptr)
    throw InputError(fmt::format("{}: has no stage \"{}\"", run.root().string(), id));
  // A predecessor killed a moment ago may still be on its way out.
  const FolderLock lock(run.stage_folder(id), id, 30);
  const auto start = std::chrono::steady_clock::now();
  StageStatus status = run.status(id);
  const std::string inputs = stage_inputs(run, recipe, *found);
  if (status.inputs != inputs) {
    // Whatever lies here was made from something else.
    for (const auto& entry : std::filesystem::directory_iterator(run.stage_folder(id))) {
      const std::string name = entry.path().filename().string();
      if (name != ".lock" && name != "log.txt") std::filesystem::remove_all(entry.path());
    }
    status = {};
  }
  const double wall_before = status.wall_s;
  const auto wall = [&] {
    return wall_before +
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  status = {"running", inputs, "", wall_before, ""};
  run.set_status(id, status);
  const auto stopped_as = [&](const std::string& state, const std::string& why) {
    status.state = state;
    status.error = why;
    status.wall_s = wall();
    run.set_status(id, status);
  };
  try {
    switch (found->kind) {
      case Stage::Kind::build: run_build_stage(run, recipe, *found); break;
      case Stage::Kind::engine: run_engine_stage(run, recipe, *found, progress); break;
      case Stage::Kind::crystal: run_crystal_stage(run, recipe, *found, progress); break;
      case Stage::Kind::vibrations: run_vibrations_stage(run, recipe, *found, progress); break;
      case Stage::Kind::analyse:
        if (recipe.protocol[found->step].is_aside()) {
          run_aside_stage(run, recipe, *found);
        } else {
          run_analysis_stage(run, recipe, *found);
        }
        break;
      case Stage::Kind::densities: run_densities_stage(run, recipe, *found); break;
      case Stage::Kind::stability: run_stability_stage(run, recipe, *found); break;
      case Stage::Kind::collect: run_collect_stage(run, recipe); break;
    }
    status.outputs = stage_outputs(run, *found);
    stopped_as("done", "");
  } catch (const Interrupted&) {
    stopped_as("stopped", "");
    throw;
  } catch (const std::exception& e) {
    try {
      stopped_as("failed", e.what());
    } catch (const Error&) {
      // A full disk keeps even the status from being written; the first reason is what counts.
    }
    throw;
  }
}

}  // namespace vitrion
