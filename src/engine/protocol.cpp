#include "engine/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace vitrion {
namespace {

void require(bool good, const std::string& where, const std::string& what) {
  if (!good) throw InputError(fmt::format("{}: {}", where, what));
}

bool above_zero(double x) { return std::isfinite(x) && x > 0; }

void check_minimisation(const Segment& s, const std::string& name) {
  require(above_zero(s.force_tolerance_eV_A), name, "the force tolerance must be more than 0");
  require(s.max_iterations > 0, name, "the number of iterations must be more than 0");
}

void check_dynamics(const Segment& s, const Protocol& p, const std::string& name) {
  require(above_zero(s.duration_ps), name, "the duration must be more than 0");
  require(s.duration_ps / p.timestep_ps < 1e15, name, "the duration holds too many steps");
  require(std::isfinite(s.pressure_GPa), name, "the pressure must be finite");
  if (s.ensemble == Ensemble::nve) return;
  require(above_zero(s.start_K) && above_zero(s.end_K), name, "temperatures must be more than 0 K");
  require(s.thermostat_time_ps >= p.timestep_ps, name,
          "the time of the thermostat must not be shorter than the time step");
  if (s.ensemble == Ensemble::npt) {
    require(s.barostat_time_ps >= p.timestep_ps, name,
            "the time of the barostat must not be shorter than the time step");
  }
}

}  // namespace

long segment_steps(const Segment& segment, double timestep_ps) {
  if (segment.kind == Segment::Kind::minimise) return 0;
  return std::max(1L, std::lround(segment.duration_ps / timestep_ps));
}

long total_steps(const Protocol& protocol) {
  long total = 0;
  for (const auto& s : protocol.segments) total += segment_steps(s, protocol.timestep_ps);
  return total;
}

void check_protocol(const Protocol& p) {
  const std::string all = "the protocol";
  require(!p.segments.empty(), all, "there is no segment: add at least one");
  require(above_zero(p.timestep_ps), all, "the time step must be more than 0");
  require(p.timestep_ps <= 0.1, all, "the time step is longer than 100 fs: check its unit");
  require(above_zero(p.thermo_every_ps), all, "the interval of the records must be more than 0");
  require(above_zero(p.checkpoint_every_ps), all,
          "the interval of the checkpoints must be more than 0");
  require(std::isfinite(p.frame_every_ps) && p.frame_every_ps >= 0, all,
          "the interval of the frames must not be negative");
  require(p.frame_every_ps == 0 || p.frame_every_ps >= 0.5 * p.timestep_ps, all,
          "the interval of the frames is shorter than the time step");
  require(!p.initial_temperature_K || above_zero(*p.initial_temperature_K), all,
          "the initial temperature must be more than 0 K");
  for (std::size_t i = 0; i < p.segments.size(); ++i) {
    const Segment& s = p.segments[i];
    const std::string name =
        s.label.empty() ? fmt::format("segment {}", i + 1) : fmt::format("segment \"{}\"", s.label);
    if (s.kind == Segment::Kind::minimise) {
      check_minimisation(s, name);
    } else {
      check_dynamics(s, p, name);
    }
  }
}

}  // namespace vitrion
