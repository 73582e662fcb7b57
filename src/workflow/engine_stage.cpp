// Stages that move atoms: one engine run each, resumed from its last checkpoint.
#include <fmt/format.h>

#include <cmath>

#include "analysis/write.hpp"
#include "base/files.hpp"
#include "base/rng.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "io/formats.hpp"
#include "numeric/statistics.hpp"
#include "workflow/density_methods.hpp"
#include "workflow/stability.hpp"
#include "workflow/stage_run.hpp"
#include "workflow/thermo_log.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

using Kind = ProtocolStep::Kind;

Protocol common_protocol(const Recipe& recipe, const Stage& stage) {
  Protocol protocol;
  protocol.timestep_ps = timestep_of(recipe);
  protocol.seed = derive_seed(static_cast<std::uint64_t>(recipe.seed), "engine." + stage.id,
                              static_cast<std::uint64_t>(stage.replica));
  protocol.thermo_every_ps = recipe.engine.thermo_every_ps;
  protocol.checkpoint_every_ps = recipe.engine.checkpoint_every_ps;
  return protocol;
}

Protocol protocol_of(const Recipe& recipe, const Stage& stage, const Frame& start) {
  const ProtocolStep& step = recipe.protocol[stage.step];
  Protocol protocol = common_protocol(recipe, stage);
  protocol.segments = segments_of(step, recipe.engine, stage.temperature_K);
  const bool still = step.kind == Kind::minimise || step.is_aside();
  protocol.frame_every_ps = still ? 0 : step.frame_every_ps;
  if (step.kind == Kind::equation_of_state) {
    protocol.initial_temperature_K = step.at_K;
  } else if (step.kind == Kind::relaxed_density) {
    // Nothing moves.
  } else if (step.kind == Kind::heat) {
    protocol.initial_temperature_K = step.from_K;
  } else if (step.kind == Kind::production) {
    protocol.initial_temperature_K = stage.temperature_K;
  } else if (step.kind != Kind::minimise && start.velocities.empty()) {
    protocol.initial_temperature_K = protocol.segments.front().start_K;
  }
  check_protocol(protocol);
  return protocol;
}

// Snapshots stand in the middles of equal parts of what a step averages; `first` counts in frames.
struct SnapshotFrames {
  std::int64_t first = 0;
  std::int64_t stride = 1;
};
SnapshotFrames snapshot_frames(const ProtocolStep& from, long snapshots) {
  const auto skip =
      static_cast<std::int64_t>(std::llround(from.equilibrate_ps / from.frame_every_ps));
  const auto frames =
      static_cast<std::int64_t>(std::floor(from.averaged_ps() / from.frame_every_ps));
  const std::int64_t stride = std::max<std::int64_t>(1, frames / snapshots);
  return {skip + stride / 2, stride};
}

Frame snapshot_of(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const auto [first, stride] = snapshot_frames(recipe.protocol[*step_before(recipe, stage.step)],
                                               recipe.protocol[stage.step].snapshots);
  const fs::path file = run.stage_folder(stage.after.front()) / "trajectory.nc";
  StridedSource source(open_source(file), first + (stage.member - 1) * stride, INT64_MAX, stride);
  Frame frame;
  if (!source.next(frame))
    throw WorkError(fmt::format("{}: has no frame for snapshot {}", file.string(), stage.member));
  frame.velocities.clear();
  return frame;
}

// The density found by the stage that this one waits for.
double density_found(const RunDirectory& run, const std::string& method, const std::string& id) {
  const fs::path folder = run.stage_folder(id);
  if (method == "npt") return read_first_frame(folder / "final.extxyz").structure.density_g_cm3();
  const Result result = read_result(
      folder / (method == "relaxed" ? "relaxed_density.json" : "equation_of_state.json"));
  return result.find_scalar("density")->value;
}

Frame start_of(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const ProtocolStep& step = recipe.protocol[stage.step];
  if (step.kind == Kind::relaxed_density) return snapshot_of(run, recipe, stage);
  Frame frame = read_first_frame(run.stage_folder(stage.after.front()) / "final.extxyz");
  if (step.kind == Kind::equation_of_state) scale_volume(frame, step.volume_scale(stage.member));
  if (step.density_from == "given") {
    scale_to_density(frame, plan_system(recipe.system).density_g_cm3);
  } else if (!stage.density_stage.empty()) {
    scale_to_density(frame, density_found(run, step.density_from, stage.density_stage));
  }
  return frame;
}

// A kill between the trajectory's last rename and the status leaves a whole trajectory beside a
// checkpoint: take it back as unfinished. A checkpoint without any trajectory is of no use.
std::optional<Checkpoint> usable_checkpoint(const DynamicsEngine& engine, const fs::path& folder) {
  const auto checkpoint = engine.checkpoint(folder);
  if (!checkpoint) return std::nullopt;
  for (const char* name : {"trajectory.nc", "thermo.csv"}) {
    const fs::path file = folder / name;
    if (fs::exists(unfinished_name(file))) continue;
    if (!fs::exists(file)) return std::nullopt;
    fs::rename(file, unfinished_name(file));
  }
  return checkpoint;
}

void empty_folder(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != ".lock" && name != "status.json" && name != "log.txt") fs::remove_all(entry.path());
  }
}

// The cell of mean volume over the averaged part of an NPT run, atoms moved along.
void scale_to_mean_volume(Frame& frame, const std::vector<ThermoRecord>& records, double from_ps) {
  std::vector<double> volume;
  for (const auto& r : records) {
    if (r.time_ps >= from_ps) volume.push_back(r.volume_A3);
  }
  if (volume.empty()) return;
  scale_volume(frame, mean_and_error(volume).value / frame.structure.cell.volume());
}

void write_snapshots(const fs::path& folder, const ProtocolStep& step) {
  const auto [first, stride] = snapshot_frames(step, step.snapshots);
  StridedSource source(open_source(folder / "trajectory.nc"), first, INT64_MAX, stride);
  Frame frame;
  for (long i = 1; i <= step.snapshots && source.next(frame); ++i) {
    write_frame(folder / fmt::format("snapshot-{}.extxyz", i), frame);
  }
}

// Ten frames to look at, or close enough for vibrations of up to 50 THz.
void set_frames(Protocol& protocol, const StabilitySettings& stability) {
  const bool vibrations = stability.vibrations_ps > 0;
  protocol.frame_every_ps =
      vibrations ? std::max(0.01, protocol.timestep_ps) : stability.time_ps / 10;
  protocol.frame_velocities = vibrations;
}

struct Start {
  Frame frame;
  Protocol protocol;
};

// One run of the engine in the stage's folder, from its last checkpoint where it has one.
Frame run_engine(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                 const StageProgress& progress, const Start& start) {
  const fs::path folder = run.stage_folder(stage.id);
  const auto potential = load_potential(potential_of(recipe));
  const auto engine = make_lammps_engine();
  const auto checkpoint = usable_checkpoint(*engine, folder);
  if (!checkpoint) empty_folder(folder);

  EngineJob job;
  job.start = start.frame;
  job.protocol = start.protocol;
  job.potential = potential.get();
  job.folder = folder;
  job.ranks = static_cast<int>(recipe.engine.ranks);
  job.watch = {recipe.engine.watch_every, recipe.engine.watch_warn, recipe.engine.watch_stop};

  WriteOptions options;
  options.format = "nc";
  if (checkpoint) options.resume_after_frames = checkpoint->frames;
  const auto sink = open_sink(folder / "trajectory.nc", options);
  ThermoLog thermo(folder / "thermo.csv", checkpoint ? checkpoint->records : 0,
                   [&](std::int64_t done, std::int64_t total, const ThermoRecord& last,
                       const std::string& label) {
                     progress(static_cast<double>(done), static_cast<double>(total),
                              fmt::format("{} {:.0f} K", label, last.temperature_K));
                   });
  Frame last = engine->run(job, *sink, thermo);
  sink->close();
  thermo.close();
  return last;
}

}  // namespace

void run_engine_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                      const StageProgress& progress) {
  const fs::path folder = run.stage_folder(stage.id);
  const ProtocolStep& step = recipe.protocol[stage.step];
  Start start;
  start.frame = start_of(run, recipe, stage);
  start.protocol = protocol_of(recipe, stage, start.frame);
  Frame last = run_engine(run, recipe, stage, progress, start);
  if (step.kind == Kind::density) {
    scale_to_mean_volume(last, read_thermo(folder / "thermo.csv"), step.equilibrate_ps);
  }
  if (step.kind == Kind::glass) write_snapshots(folder, step);
  write_frame(folder / "final.extxyz", last);
}

void run_vibrations_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                          const StageProgress& progress) {
  Start start;
  start.frame = read_first_frame(run.stage_folder(stage.after.front()) / "final.extxyz");
  start.protocol = common_protocol(recipe, stage);
  start.protocol.segments = {
      vibration_segment(recipe.stability, recipe.engine, stage.temperature_K)};
  if (start.frame.velocities.empty()) start.protocol.initial_temperature_K = stage.temperature_K;
  set_frames(start.protocol, recipe.stability);
  check_protocol(start.protocol);
  const Frame last = run_engine(run, recipe, stage, progress, start);
  write_frame(run.stage_folder(stage.id) / "final.extxyz", last);
}

void run_crystal_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                       const StageProgress& progress) {
  Start start;
  start.frame = build_system(crystal_settings(recipe, stage.crystal),
                             static_cast<std::uint64_t>(recipe.seed), 0);
  // The shape of a rectangular cell is kept so by symmetry; any other may find its own.
  const CellCoupling coupling = start.frame.structure.cell.is_orthorhombic()
                                    ? CellCoupling::anisotropic
                                    : CellCoupling::triclinic;
  start.protocol = common_protocol(recipe, stage);
  start.protocol.segments =
      crystal_segments(recipe.stability, recipe.engine, stage.temperature_K, coupling);
  start.protocol.initial_temperature_K = stage.temperature_K;
  set_frames(start.protocol, recipe.stability);
  check_protocol(start.protocol);
  const Frame last = run_engine(run, recipe, stage, progress, start);
  write_frame(run.stage_folder(stage.id) / "final.extxyz", last);
}

}  // namespace vitrion
