// The work of one stage, in the process that was started for it.
#pragma once

#include <functional>
#include <string>

#include "workflow/run_directory.hpp"

namespace vitrion {

/// Told how far a stage is: work done and in all (in the unit of Stage::work), and a few words.
using StageProgress = std::function<void(double done, double total, const std::string& note)>;

/// Runs a stage whose predecessors are done, from its last checkpoint where it has one, and sets
/// its status. Throws what went wrong, after writing it to the status.
void run_stage(const RunDirectory& run, const std::string& id, const StageProgress& progress);

// The kinds of stages, each in its own file.
void run_build_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
void run_engine_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                      const StageProgress& progress);
void run_crystal_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                       const StageProgress& progress);
void run_vibrations_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                          const StageProgress& progress);
/// The runs of a step beside the road, put together.
void run_aside_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
void run_densities_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
void run_stability_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
void run_analysis_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
void run_collect_stage(const RunDirectory& run, const Recipe& recipe);

}  // namespace vitrion
