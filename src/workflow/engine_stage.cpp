// Stages that move atoms: one engine run each, resumed from its last checkpoint.
#include <fmt/format.h>

#include <cmath>

#include "base/files.hpp"
#include "base/rng.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "io/formats.hpp"
#include "numeric/statistics.hpp"
#include "workflow/stage_run.hpp"
#include "workflow/thermo_log.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

using Kind = ProtocolStep::Kind;

Protocol protocol_of(const Recipe& recipe, const Stage& stage, const Frame& start) {
  const ProtocolStep& step = recipe.protocol[stage.step];
  Protocol protocol;
  protocol.segments = segments_of(step, recipe.engine, stage.temperature_K);
  protocol.timestep_ps = timestep_of(recipe);
  protocol.seed = derive_seed(static_cast<std::uint64_t>(recipe.seed), "engine." + stage.id,
                              static_cast<std::uint64_t>(stage.replica));
  protocol.thermo_every_ps = recipe.engine.thermo_every_ps;
  protocol.frame_every_ps = step.kind == Kind::minimise ? 0 : step.frame_every_ps;
  protocol.checkpoint_every_ps = recipe.engine.checkpoint_every_ps;
  if (step.kind == Kind::heat) {
    protocol.initial_temperature_K = step.from_K;
  } else if (step.kind == Kind::production) {
    protocol.initial_temperature_K = stage.temperature_K;
  } else if (step.kind != Kind::minimise && start.velocities.empty()) {
    protocol.initial_temperature_K = protocol.segments.front().start_K;
  }
  check_protocol(protocol);
  return protocol;
}

fs::path start_file(const RunDirectory& run, const Stage& stage) {
  return run.stage_folder(stage.after.front()) / "final.extxyz";
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
  const double scale = std::cbrt(mean_and_error(volume).value / frame.structure.cell.volume());
  const Cell& old = frame.structure.cell;
  for (auto& r : frame.structure.position) r = old.origin() + scale * (r - old.origin());
  frame.structure.cell = Cell(old.vectors() * scale, old.origin(), old.periodic());
}

void write_snapshots(const fs::path& folder, const ProtocolStep& step) {
  const auto skip =
      static_cast<std::int64_t>(std::llround(step.equilibrate_ps / step.frame_every_ps));
  const auto frames = static_cast<std::int64_t>(std::floor(step.time_ps / step.frame_every_ps));
  const std::int64_t stride = std::max<std::int64_t>(1, frames / step.snapshots);
  StridedSource source(open_source(folder / "trajectory.nc"), skip + stride, INT64_MAX, stride);
  Frame frame;
  for (long i = 1; i <= step.snapshots && source.next(frame); ++i) {
    write_frame(folder / fmt::format("snapshot-{}.extxyz", i), frame);
  }
}

}  // namespace

void run_engine_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage,
                      const StageProgress& progress) {
  const fs::path folder = run.stage_folder(stage.id);
  const ProtocolStep& step = recipe.protocol[stage.step];
  const auto potential = load_potential(potential_of(recipe));
  const auto engine = make_lammps_engine();
  const auto checkpoint = usable_checkpoint(*engine, folder);
  if (!checkpoint) empty_folder(folder);

  EngineJob job;
  job.start = read_first_frame(start_file(run, stage));
  job.protocol = protocol_of(recipe, stage, job.start);
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
  if (step.kind == Kind::density) {
    scale_to_mean_volume(last, read_thermo(folder / "thermo.csv"), step.equilibrate_ps);
  }
  if (step.kind == Kind::glass) write_snapshots(folder, step);
  write_frame(folder / "final.extxyz", last);
}

}  // namespace vitrion
