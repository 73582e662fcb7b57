// The time loop: chunks between checkpoints, each run by an instance restored from a state file.
//
// An unbroken run goes through exactly the same files as one that was killed and resumed, so both
// give the same bits: nothing of an instance outlives a checkpoint but what is in its file.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/rng.hpp"
#include "engine/lammps/worker/failure.hpp"
#include "engine/lammps/worker/link.hpp"
#include "engine/protocol_json.hpp"

namespace vitrion::worker {
namespace {

using std::chrono::steady_clock;

long interval_steps(double every_ps, double timestep_ps) {
  return every_ps > 0 ? std::max(1L, std::lround(every_ps / timestep_ps)) : 0;
}

// Where the run stands, between chunks.
struct Place {
  std::size_t segment = 0;
  long step = 0;
  std::string state;
};

class ProtocolRun {
 public:
  ProtocolRun(Link& link, const Setup& setup, const nlohmann::json& job)
      : link_(link), setup_(setup), protocol_(protocol_from_json(job.at("protocol"))) {
    watch_every_ = job.at("watch").at("every_steps");
    warn_grade_ = job.at("watch").at("warn");
    stop_grade_ = job.at("watch").at("stop");
    const double dt = protocol_.timestep_ps;
    frame_every_ = interval_steps(protocol_.frame_every_ps, dt);
    thermo_every_ = interval_steps(protocol_.thermo_every_ps, dt);
    checkpoint_every_ = interval_steps(protocol_.checkpoint_every_ps, dt);
    for (const auto& s : protocol_.segments) {
      begins_.push_back(begins_.empty() ? 0 : ends_.back());
      ends_.push_back(begins_.back() + segment_steps(s, dt));
    }
  }

  void begin(const wire::PackedFrame& start) {
    Instance lammps(link_.ranks());
    lammps.build(setup_, start);
    keep(lammps);
  }
  void resume(Place place) { place_ = std::move(place); }

  void go_on() {
    while (place_.segment < protocol_.segments.size()) {
      Instance lammps(link_.ranks());
      restore(lammps);
      const Segment& s = protocol_.segments[place_.segment];
      tell_progress(place_.step, true);
      if (s.kind == Segment::Kind::minimise) {
        minimise(lammps, s, protocol_.timestep_ps, place_.step);
        ++place_.segment;
      } else {
        run_chunk(lammps, s);
      }
      keep(lammps);
    }
    finish();
  }

 private:
  void restore(Instance& lammps) {
    grade_ = 0;  // a resumed run knows nothing of the steps before
    lammps.restore(setup_, place_.state);
    lammps.command(fmt::format("timestep {}", protocol_.timestep_ps));
  }

  // Writes the state and waits until the program counts it.
  void keep(Instance& lammps) {
    place_.state = fmt::format("state-{}-{}.lammps", place_.step, place_.segment);
    lammps.command("write_restart " + unfinished_name(place_.state).string());
    const nlohmann::json told{
        {"state", place_.state}, {"step", place_.step}, {"segment", place_.segment}};
    link_.send(wire::Kind::checkpoint, told.dump());
    if (link_.receive().kind != wire::Kind::committed) throw Disconnected();
  }

  void run_chunk(Instance& lammps, const Segment& s) {
    const long begin = begins_[place_.segment];
    const long end = ends_[place_.segment];
    const long stop = std::min(end, (place_.step / checkpoint_every_ + 1) * checkpoint_every_);
    set_motion(lammps, s);
    const std::string ramp = fmt::format("start {} stop {}", begin, end);
    lammps.command(fmt::format("run 0 {} pre yes post no", ramp));
    if (place_.step == 0) {
      watch(lammps);
      tell(lammps);
    }
    lammps.log(false);  // or each piece would leave its lines there
    while (place_.step < stop) {
      const long next = next_stop(stop, lammps.atoms());
      lammps.command(fmt::format("run {} {} pre no post no", next - place_.step, ramp));
      place_.step = next;
      watch(lammps);
      tell(lammps);
      tell_progress(next, false);
    }
    if (place_.step == end) ++place_.segment;
  }

  // The next step at which something is told, or at which to look up from long work.
  [[nodiscard]] long next_stop(long stop, std::size_t atoms) const {
    const long pulse = std::clamp(500000L / static_cast<long>(atoms + 1), 1L, 500L);
    long next = std::min(stop, place_.step + pulse);
    for (const long every : {frame_every_, thermo_every_, watch_every_}) {
      if (every > 0) next = std::min(next, (place_.step / every + 1) * every);
    }
    return next;
  }

  void set_motion(Instance& lammps, const Segment& s) const {
    // The fixes of a segment have their own names: their memory in a state file is theirs alone.
    const std::string id = std::to_string(place_.segment);
    const std::string ramp = fmt::format("{} {}", s.start_K, s.end_K);
    const bool nose_hoover = s.thermostat == Thermostat::nose_hoover;
    if (s.ensemble == Ensemble::nve) {
      lammps.command(fmt::format("fix motion{} all nve", id));
      return;
    }
    const std::string heat = fmt::format("temp {} {}", ramp, s.thermostat_time_ps);
    if (s.ensemble == Ensemble::nvt) {
      lammps.command(fmt::format("fix motion{} all {}", id, nose_hoover ? "nvt " + heat : "nve"));
    } else {
      lammps.command(fmt::format("fix motion{} all {} {}", id, nose_hoover ? "npt " + heat : "nph",
                                 pressure(s)));
    }
    if (s.thermostat == Thermostat::langevin) {
      // A new seed for each chunk: the fix keeps no memory of its random numbers.
      const auto seed =
          derive_seed(protocol_.seed, "langevin", static_cast<std::uint64_t>(place_.step));
      lammps.command(fmt::format("fix heat{} all langevin {} {} {} zero yes", id, ramp,
                                 s.thermostat_time_ps, seed % 900000000U + 1));
    } else if (s.thermostat == Thermostat::rescale) {
      lammps.command(fmt::format("fix heat{} all temp/rescale {} {} 0 1", id,
                                 interval_steps(s.thermostat_time_ps, protocol_.timestep_ps),
                                 ramp));
    }
    lammps.command(fmt::format("fix drift{} all momentum 1000 linear 1 1 1", id));
  }

  static std::string pressure(const Segment& s) {
    const double bar = 1e4 * s.pressure_GPa;
    const char* coupling = s.coupling == CellCoupling::isotropic     ? "iso"
                           : s.coupling == CellCoupling::anisotropic ? "aniso"
                                                                     : "tri";
    // A flipped cell would break the path of the cell's vectors in the frames.
    return fmt::format("{} {} {} {} fixedpoint 0 0 0{}", coupling, bar, bar, s.barostat_time_ps,
                       s.coupling == CellCoupling::triclinic ? " flip no" : "");
  }

  // Keeps and tells how far the potential extrapolates, and ends the run where it is too far.
  void watch(Instance& lammps) {
    const auto worst = watch_every_ > 0 ? lammps.extrapolation() : std::nullopt;
    if (!worst) return;
    grade_ = std::max(grade_, worst->grade);
    const bool ends = stop_grade_ > 0 && worst->grade > stop_grade_;
    if (ends || (warn_grade_ > 0 && worst->grade > warn_grade_)) {
      link_.send(wire::Kind::extrapolating, wire::pack(packed(lammps, false)));
    }
    if (!ends) return;
    throw WorkError(
        fmt::format("the potential extrapolates: atom {} ({}) has grade {:.3g} at step {}, and {} "
                    "is the limit; label the frames in \"extrapolating\" and train again",
                    worst->atom, worst->element, worst->grade, place_.step, stop_grade_));
  }

  void tell(Instance& lammps) {
    const bool frame = frame_every_ > 0 && place_.step % frame_every_ == 0;
    const bool record = place_.step % thermo_every_ == 0;
    if (record) {
      wire::PackedThermo t;
      t.step = place_.step;
      t.segment = static_cast<std::int64_t>(place_.segment);
      t.temperature_K = lammps.thermo("temp");
      t.pressure_GPa = 1e-4 * lammps.thermo("press");
      t.density_g_cm3 = lammps.thermo("density");
      t.volume_A3 = lammps.thermo("vol");
      t.potential_eV = lammps.thermo("pe");
      t.kinetic_eV = lammps.thermo("ke");
      t.grade = grade_;
      grade_ = 0;
      link_.send(wire::Kind::thermo, wire::pack(t));
    }
    if (frame)
      link_.send(wire::Kind::frame, wire::pack(packed(lammps, protocol_.frame_velocities)));
  }

  wire::PackedFrame packed(Instance& lammps, bool velocities) const {
    wire::PackedFrame f;
    f.step = place_.step;
    f.energy_eV = lammps.thermo("pe");
    f.temperature_K = lammps.thermo("temp");
    f.cell = lammps.cell();
    f.x = lammps.gather("x");
    f.image = lammps.gather_images();
    if (velocities) f.v = lammps.gather("v");
    return f;
  }

  void tell_progress(long step, bool always) {
    const auto now = steady_clock::now();
    if (!always && now - told_ < std::chrono::milliseconds(200)) return;
    told_ = now;
    link_.send(wire::Kind::progress,
               wire::pack(wire::PackedProgress{step, static_cast<std::int64_t>(place_.segment)}));
  }

  // The last frame also comes from a state file, so that asking again gives the same.
  void finish() {
    Instance lammps(link_.ranks());
    restore(lammps);
    lammps.command("run 0 post no");
    link_.send(wire::Kind::done, wire::pack(packed(lammps, true)));
  }

  Link& link_;
  const Setup& setup_;
  Protocol protocol_;
  Place place_;
  long frame_every_ = 0;
  long thermo_every_ = 1;
  long checkpoint_every_ = 1;
  long watch_every_ = 0;
  double warn_grade_ = 0, stop_grade_ = 0;
  double grade_ = 0;  // largest since the last record
  std::vector<long> begins_, ends_;
  steady_clock::time_point told_{};
};

}  // namespace

void run_protocol(Link& link, const Setup& setup, const nlohmann::json& job) {
  ProtocolRun run(link, setup, job);
  if (job.contains("resume")) {
    const auto& r = job.at("resume");
    run.resume({r.at("segment"), r.at("step"), r.at("state")});
  } else {
    run.begin(wire::unpack_frame(link.receive().payload));
  }
  run.go_on();
}

}  // namespace vitrion::worker
