// The LAMMPS worker as a child process, plain or under mpirun.
//
// It has its own process group, so that Ctrl-C on the terminal reaches only this program, and it
// ends by itself when this program is gone.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/lammps/wire.hpp"

namespace vitrion {

class WorkerProcess {
 public:
  /// Starts the worker with `folder` as its working directory and waits until it is there.
  /// WorkError where it cannot be started.
  WorkerProcess(std::filesystem::path folder, int ranks);
  /// Ends it, whatever it does.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void send(wire::Kind kind, const std::string& payload);
  /// The next message. Throws Interrupted after Ctrl-C, WorkError with LAMMPS' own reason where
  /// the worker is gone.
  wire::Message receive();

  /// Version of LAMMPS, as the worker told it.
  [[nodiscard]] const std::string& lammps_version() const { return lammps_version_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  void start(const std::string& socket, int ranks);
  void greet();
  void stop();
  bool has_ended();
  [[noreturn]] void fail();

  std::filesystem::path folder_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  bool parallel_ = false;
  std::unique_ptr<wire::Channel> channel_;
  std::string lammps_version_;
};

/// The worker's program: $VITRION_LAMMPS_WORKER, or beside (or one above) the running program.
std::filesystem::path worker_program();

}  // namespace vitrion
