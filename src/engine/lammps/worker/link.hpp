// The worker's end of the socket, seen from all ranks: rank 0 speaks, the others listen to it.
#pragma once

#include <mpi.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/lammps/wire.hpp"
#include "engine/lammps/worker/instance.hpp"
#include "engine/protocol.hpp"

namespace vitrion::worker {

class Link {
 public:
  /// Rank 0 connects; InputError where it cannot.
  Link(const std::string& socket, MPI_Comm ranks);

  /// From rank 0 to the program; nothing on other ranks. Throws Disconnected.
  void send(wire::Kind kind, const std::string& payload);
  /// A message for all ranks. Throws Disconnected.
  wire::Message receive();

  [[nodiscard]] bool speaks() const { return channel_ != nullptr; }
  [[nodiscard]] MPI_Comm ranks() const { return ranks_; }

 private:
  MPI_Comm ranks_;
  std::unique_ptr<wire::Channel> channel_;
};

/// The modes of the worker.
void run_protocol(Link& link, const Setup& setup, const nlohmann::json& job);
void evaluate_frames(Link& link, const Setup& setup);

/// Minimises in place; velocities, step and cell kind stay. Logs into lammps.log.
void minimise(Instance& lammps, const Segment& segment, double timestep_ps, long step);

}  // namespace vitrion::worker
