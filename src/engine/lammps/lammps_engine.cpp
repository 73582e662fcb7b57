#include "engine/lammps/lammps_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "engine/lammps/checkpoint.hpp"
#include "engine/lammps/worker_process.hpp"
#include "engine/protocol_json.hpp"
#include "engine/velocities.hpp"
#include "io/formats.hpp"
#include "potential/classical.hpp"

namespace vitrion {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// A net charge per atom above this is a mistake, not rounding: the neutralising background that
// LAMMPS would add makes energies and pressures meaningless.
constexpr double neutral_e = 1e-3;

void check_neutral(const Structure& structure, const Potential& potential) {
  const auto charges = potential.charges();
  if (charges.empty()) return;
  const auto elements = species_elements(structure);
  const auto counts = structure.counts();
  double total = 0;
  for (std::size_t s = 0; s < elements.size(); ++s) {
    const auto q = charges.find(elements[s]);
    if (q != charges.end()) total += q->second * static_cast<double>(counts[s]);
  }
  if (std::abs(total) < neutral_e * static_cast<double>(structure.size())) return;
  throw InputError(
      fmt::format("the charges of {} do not cancel in {} (they add up to {:+.3f} e): choose a "
                  "potential made for this composition",
                  potential.name(), structure.formula(), total));
}

bool begins_with_dynamics_needing_velocities(const EngineJob& job) {
  return !job.protocol.initial_temperature_K && job.start.velocities.empty() &&
         std::any_of(job.protocol.segments.begin(), job.protocol.segments.end(),
                     [](const Segment& s) { return s.kind == Segment::Kind::dynamics; });
}

bool changes_shape(const Protocol& protocol) {
  return std::any_of(protocol.segments.begin(), protocol.segments.end(), [](const Segment& s) {
    const bool moves_cell =
        s.kind == Segment::Kind::minimise ? s.relax_cell : s.ensemble == Ensemble::npt;
    return moves_cell && s.coupling == CellCoupling::triclinic;
  });
}

void check_watch(const ExtrapolationWatch& watch) {
  if (watch.every_steps < 0 || watch.warn < 0 || watch.stop < 0) {
    throw InputError("the watch over extrapolation has a negative number");
  }
  if (watch.stop > 0 && watch.warn > watch.stop) {
    throw InputError("the grade at which to stop must not be below the one at which to warn");
  }
}

json input_json(const EngineInput& input) {
  return {{"atom_style", input.atom_style}, {"commands", input.commands}, {"files", input.files}};
}

// One run: the worker, and what has been told to the sink and the observer.
class Run {
 public:
  Run(const EngineJob& job, FrameSink& sink, EngineObserver& observer)
      : job_(job), sink_(sink), observer_(observer) {}

  Frame operator()() {
    prepare();
    WorkerProcess worker(job_.folder, job_.ranks);
    worker.send(wire::Kind::job, description_.dump());
    if (!stored_) worker.send(wire::Kind::frame, wire::pack(start_));
    for (;;) {
      const wire::Message message = worker.receive();
      if (message.kind == wire::Kind::done) return frame(message, true);
      handle(message, worker);
    }
  }

 private:
  void prepare() {
    check_protocol(job_.protocol);
    if (job_.potential == nullptr) throw InputError("the job has no potential");
    check_watch(job_.watch);
    if (job_.ranks < 1) throw InputError("the number of ranks must be at least 1");
    // The ranks do not enter: a run may go on with others, then without agreeing bit for bit.
    const std::string fingerprint_now =
        fingerprint(protocol_to_json(job_.protocol).dump() + job_.potential->fingerprint());
    stored_ = read_checkpoint(job_.folder);
    if (stored_) {
      StoredRun run = read_run(job_.folder);
      if (run.fingerprint != fingerprint_now) {
        throw InputError(
            fmt::format("{}: holds a checkpoint of another protocol or potential: remove the "
                        "folder, or go on with the recipe it began with",
                        job_.folder.string()));
      }
      map_ = std::move(run.map);
      counts_ = stored_->counts;
    } else {
      prepare_start();
      write_run(job_.folder, {fingerprint_now, map_});
    }
    describe();
  }

  void prepare_start() {
    map_ = FrameMap(job_.start.structure);
    check_neutral(job_.start.structure, *job_.potential);
    if (begins_with_dynamics_needing_velocities(job_)) {
      throw InputError("the start has no velocities: give an initial temperature");
    }
    Frame start = job_.start;
    if (job_.protocol.initial_temperature_K) {
      start.velocities = maxwell_boltzmann(start.structure, *job_.protocol.initial_temperature_K,
                                           job_.protocol.seed);
    }
    start_ = map_.pack(start);
  }

  void describe() {
    Structure species;  // the potential asks only for these
    species.species = map_.species();
    std::vector<double> masses;
    for (const auto& s : map_.species()) masses.push_back(s.mass_amu);
    description_ = {{"mode", "run"},
                    {"protocol", protocol_to_json(job_.protocol)},
                    {"input", input_json(engine_input(species))},
                    {"masses", masses},
                    {"triclinic", changes_shape(job_.protocol)},
                    {"watch",
                     {{"every_steps", job_.watch.every_steps},
                      {"warn", job_.watch.warn},
                      {"stop", job_.watch.stop}}}};
    if (stored_) {
      description_["resume"] = {{"state", stored_->state},
                                {"segment", stored_->segment},
                                {"step", stored_->counts.step},
                                {"frames", stored_->counts.frames},
                                {"records", stored_->counts.records}};
    }
  }

  [[nodiscard]] EngineInput engine_input(const Structure& species) const {
    const EngineInput input = job_.potential->engine_input(species);
    return job_.watch.every_steps > 0 ? with_uncertainty(input, job_.watch.every_steps) : input;
  }

  void handle(const wire::Message& message, WorkerProcess& worker) {
    switch (message.kind) {
      case wire::Kind::frame:
        sink_.write(frame(message, job_.protocol.frame_velocities));
        ++counts_.frames;
        break;
      case wire::Kind::thermo:
        observer_.thermo(record(wire::unpack_thermo(message.payload)));
        ++counts_.records;
        break;
      case wire::Kind::extrapolating: keep_extrapolating(message); break;
      case wire::Kind::progress: tell_progress(wire::unpack_progress(message.payload)); break;
      case wire::Kind::checkpoint: commit(json::parse(message.payload), worker); break;
      default: throw WorkError("the LAMMPS worker sent a message that does not belong here");
    }
  }

  Frame frame(const wire::Message& message, bool velocities) const {
    Frame f = map_.unpack(wire::unpack_frame(message.payload), job_.protocol.timestep_ps);
    if (!velocities) f.velocities.clear();
    return f;
  }

  ThermoRecord record(const wire::PackedThermo& t) const {
    ThermoRecord r;
    r.step = t.step;
    r.time_ps = static_cast<double>(t.step) * job_.protocol.timestep_ps;
    r.segment = static_cast<int>(t.segment);
    r.temperature_K = t.temperature_K;
    r.pressure_GPa = t.pressure_GPa;
    r.density_g_cm3 = t.density_g_cm3;
    r.volume_A3 = t.volume_A3;
    r.potential_eV = t.potential_eV;
    r.kinetic_eV = t.kinetic_eV;
    r.grade = t.grade;
    return r;
  }

  // A file for each, whole or absent: a resumed run writes the same ones again.
  void keep_extrapolating(const wire::Message& message) const {
    Frame f = frame(message, false);
    f.energy_eV.reset();  // the energy of the potential, where labels are to come
    f.temperature_K.reset();
    const fs::path folder = job_.folder / "extrapolating";
    make_directory(folder);
    write_frame(folder / fmt::format("{:010}.extxyz", f.step), f);
  }

  void tell_progress(const wire::PackedProgress& p) {
    const auto i = std::min(static_cast<std::size_t>(p.segment), job_.protocol.segments.size() - 1);
    observer_.progress(p.step, total_steps(job_.protocol), job_.protocol.segments[i].label);
  }

  void commit(const json& told, WorkerProcess& worker) {
    StoredCheckpoint c;
    c.counts = counts_;
    c.counts.step = told.at("step");
    c.segment = told.at("segment");
    c.state = told.at("state");
    sink_.flush();
    observer_.flush();
    commit_checkpoint(job_.folder, c);
    worker.send(wire::Kind::committed, "");
  }

  const EngineJob& job_;
  FrameSink& sink_;
  EngineObserver& observer_;
  std::optional<StoredCheckpoint> stored_;
  FrameMap map_;
  wire::PackedFrame start_;
  Checkpoint counts_;
  json description_;
};

class LammpsEngine : public DynamicsEngine {
 public:
  [[nodiscard]] std::string name() const override { return "LAMMPS"; }
  [[nodiscard]] std::string version() const override {
    if (version_.empty()) {
      std::string folder = (fs::temp_directory_path() / "vitrion-version-XXXXXX").string();
      if (::mkdtemp(folder.data()) == nullptr) return "unknown";
      version_ = WorkerProcess(folder, 1).lammps_version();
      std::error_code error;
      fs::remove_all(folder, error);
    }
    return version_;
  }
  [[nodiscard]] std::optional<Checkpoint> checkpoint(const fs::path& folder) const override {
    const auto stored = read_checkpoint(folder);
    return stored ? std::optional(stored->counts) : std::nullopt;
  }
  Frame run(const EngineJob& job, FrameSink& sink, EngineObserver& observer) override {
    return Run(job, sink, observer)();
  }

 private:
  mutable std::string version_;
};

}  // namespace

std::unique_ptr<DynamicsEngine> make_lammps_engine() { return std::make_unique<LammpsEngine>(); }

}  // namespace vitrion
