// Engines that own the time loop (LAMMPS now, VASP later).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/stream.hpp"
#include "engine/protocol.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {

struct ThermoRecord {
  std::int64_t step = 0;
  double time_ps = 0;
  int segment = 0;
  double temperature_K = 0;
  double pressure_GPa = 0;
  double density_g_cm3 = 0;
  double volume_A3 = 0;
  double potential_eV = 0;
  double kinetic_eV = 0;
  double grade = 0;  ///< largest extrapolation grade since the last record; 0: not watched
};

/// Told about a run while it goes on. Calls come in order, on the calling thread.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void thermo(const ThermoRecord&) {}
  virtual void progress(std::int64_t /*steps_done*/, std::int64_t /*steps_total*/,
                        const std::string& /*segment_label*/) {}
  /// What was told so far must be on disk when this returns; a checkpoint is committed after it.
  virtual void flush() {}
};

/// Where an interrupted run can go on. Frames and records beyond these counts are told again.
struct Checkpoint {
  std::int64_t step = 0;
  std::size_t frames = 0;   ///< frames given to the sink up to here
  std::size_t records = 0;  ///< thermo records given to the observer up to here
};

/// Watching how far a learned potential extrapolates, by the largest grade of all atoms.
struct ExtrapolationWatch {
  long every_steps = 0;  ///< 0: not at all
  double warn = 0;       ///< frames above it go to extrapolating/STEP.extxyz in the folder; 0: none
  double stop = 0;       ///< a run above it ends with WorkError; 0: never
};

struct EngineJob {
  Frame start;  ///< ignored where the folder holds a checkpoint
  Protocol protocol;
  const Potential* potential = nullptr;
  std::filesystem::path folder;  ///< for checkpoints and the engine's log; exists
  int ranks = 1;                 ///< 1: started plainly; more: under mpirun
  ExtrapolationWatch watch;      ///< of a learned potential that has grades
};

/// The unbroken run and the resumed one agree bit for bit on the same machine with the same number
/// of ranks: at every checkpoint the engine also restarts itself from that checkpoint.
class DynamicsEngine {
 public:
  virtual ~DynamicsEngine() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
  /// The last committed checkpoint in a folder.
  [[nodiscard]] virtual std::optional<Checkpoint> checkpoint(
      const std::filesystem::path& folder) const = 0;
  /// Runs to the end; returns the last frame with velocities. Frames go to `sink` (not closed).
  /// WorkError with the engine's own reason where it dies; Interrupted after Ctrl-C, with a
  /// checkpoint committed.
  virtual Frame run(const EngineJob& job, FrameSink& sink, EngineObserver& observer) = 0;
};

}  // namespace vitrion
