// One LAMMPS instance inside the worker: commands, gathered arrays, thermodynamic values.
//
// Every rank makes the same calls in the same order. An instance that threw is dead and is not
// closed: LAMMPS cannot be unwound safely.
#pragma once

#include <mpi.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/lammps/wire.hpp"
#include "engine/lammps/worker/pair_mlp.hpp"

namespace vitrion::worker {

/// How a system is set up, from the job of the program.
struct Setup {
  std::string atom_style;
  std::vector<std::string> commands;
  std::vector<double> masses;
  bool triclinic = false;  ///< the cell must be able to change its shape
};

class Instance {
 public:
  explicit Instance(MPI_Comm ranks);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Makes box and atoms from a frame, then the potential.
  void build(const Setup& setup, const wire::PackedFrame& frame);
  /// Takes box, atoms and the memory of fixes from a state file, then the potential.
  void restore(const Setup& setup, const std::string& state);

  void command(const std::string& text);
  /// Lines of the log go to lammps.log while `on`.
  void log(bool on);

  [[nodiscard]] std::size_t atoms() const { return atoms_; }
  [[nodiscard]] double thermo(const std::string& keyword);
  [[nodiscard]] std::vector<double> gather(const char* name);
  [[nodiscard]] std::vector<std::int32_t> gather_images();
  void scatter(const char* name, std::vector<double>& values);
  [[nodiscard]] std::array<double, 6> cell();
  /// The largest grade of a learned potential, where it was computed at this step.
  [[nodiscard]] std::optional<Extrapolation> extrapolation() const;

 private:
  void finish(const Setup& setup);

  MPI_Comm ranks_;
  void* handle_ = nullptr;
  std::size_t atoms_ = 0;
  int exceptions_ = 0;
  std::ofstream trace_;  // all commands, where VITRION_LAMMPS_TRACE names a file
};

}  // namespace vitrion::worker
