// What an engine shall do, as data: the same melt and quench runs on every force.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrion {

enum class Ensemble { nve, nvt, npt };
enum class Thermostat { nose_hoover, langevin, rescale };
/// How the cell may change under NPT: all edges together, each edge alone, or shape as well.
enum class CellCoupling { isotropic, anisotropic, triclinic };

/// One stretch of a protocol: a minimisation, or dynamics at a temperature or along a ramp.
struct Segment {
  enum class Kind { minimise, dynamics };
  Kind kind = Kind::dynamics;
  std::string label;  ///< "heat", "melt", "cool 2" …
  Ensemble ensemble = Ensemble::nvt;
  Thermostat thermostat = Thermostat::nose_hoover;
  double start_K = 300;
  double end_K = 300;
  double duration_ps = 0;
  double pressure_GPa = 0;
  CellCoupling coupling = CellCoupling::isotropic;
  double thermostat_time_ps = 0.1;
  double barostat_time_ps = 1.0;
  // Minimisation only.
  double force_tolerance_eV_A = 0.01;
  long max_iterations = 2000;
  bool relax_cell = false;
};

struct Protocol {
  std::vector<Segment> segments;
  double timestep_ps = 0.001;
  /// Velocities at the start from Maxwell–Boltzmann at this temperature (no net momentum); unset:
  /// those of the starting frame, or an error where it has none and dynamics follows.
  std::optional<double> initial_temperature_K;
  std::uint32_t seed = 1;
  double thermo_every_ps = 0.05;
  double frame_every_ps = 0.05;      ///< 0: no frames but the last
  double checkpoint_every_ps = 5.0;  ///< the engine restarts itself from each, see engine.hpp
  bool frame_velocities = false;
};

/// Steps of a segment, at least 1 for dynamics.
long segment_steps(const Segment& segment, double timestep_ps);
/// Of all dynamics segments.
long total_steps(const Protocol& protocol);
/// Throws InputError for times, temperatures or intervals that make no sense.
void check_protocol(const Protocol& protocol);

}  // namespace vitrion
