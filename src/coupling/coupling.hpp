// The paddle-wheel question: does the motion of cations go with the rotation of units?
//
//   temporal     hops (cage_jumps.hpp) and turns (turns.hpp) near each other in space and time,
//                against turns shifted in time: events.hpp. This one gives the verdict, with any
//                rotation, small or large, beside a hop (rotation_at_hops.hpp)
//   spatial      χ of the angle centre–ligand–cation and the distance ligand–cation (Eqs. 22–24:
//                joint_density.hpp), and whether units that turn more see more hops around them
//   vibrational  spectra of the cations' velocity and of the ligands' angular velocity about the
//                unit's centre of mass, ω = r × v/|r|² (Eq. 25), and their overlap
//                ∫ab dν / √(∫a² ∫b²), beside that with the units' translation
//   energetic    k_B T ln(ν/Γ) of hops and of turns; F along the angle of units, beside hops and at
//                all times, and one event as a film (event_film.hpp)
// Velocities are differences of positions, with their response divided out. After Smith & Siegel,
// DOI 10.1038/s41467-020-15245-5, and Zhang et al., J. Am. Chem.
// Soc. 141, 19360 (2019).
// Memory: 12 bytes × (ions + corners + units) × 1.5 × 4 ps, and a row of centres each window.
#pragma once

#include "analysis/analysis.hpp"
#include "coupling/event_film.hpp"
#include "coupling/events.hpp"
#include "coupling/rotation_at_hops.hpp"
#include "coupling/turns.hpp"
#include "coupling/unit_tracker.hpp"
#include "dynamics/block_correlator.hpp"
#include "dynamics/cage_jumps.hpp"
#include "dynamics/displacements.hpp"

namespace vitrion {

class CouplingAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "coupling"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, true, false, true}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Snapshot {
    Cell cell;
    std::vector<Vec3> position;
  };
  /// What all forks share.
  struct Plan {
    std::vector<std::uint32_t> ligands, centres;  // bonded in the first frame, and to whom
    std::vector<double> reach_A;                  // of that bond
    std::vector<std::uint32_t> ions;
    std::vector<double> mass;  // of each atom
    std::vector<std::string> species;
    double r_max_A = 4;
    long every = 5;
  };
  struct Row {                   // of one frame
    std::vector<float> ions;     // unwrapped, drift removed, from where they began
    std::vector<float> centres;  // as above
    std::vector<Quaternion> q;
    std::vector<Vec3> arm;          // each corner from the unit's centre of mass
    std::vector<Vec3> mass_centre;  // from the unit's centre
    Snapshot now;
  };
  void take(const Snapshot& now, const float* moved, double time_ps);
  void start(double dt_ps);
  void feed(Row now);
  [[nodiscard]] std::vector<float> velocities(const Row& now) const;
  void close_window(const std::vector<Quaternion>& q);
  void keep_angles(const std::vector<Quaternion>& q);
  void count_joint(const FrameView& view);

  [[nodiscard]] std::vector<HopEvent> hop_events(const std::vector<Jump>& jumps) const;
  [[nodiscard]] std::vector<TurnEvent> turn_events(const std::vector<Turn>& turns) const;
  [[nodiscard]] Vec3 centre_of(std::size_t unit, double frame) const;
  [[nodiscard]] double observed_ps() const;
  void add_events(Result& out, const EventCoupling& found) const;
  [[nodiscard]] RotationAtHops any_rotation(const std::vector<HopEvent>& hops) const;
  void add_joint(Result& out) const;
  void add_activity(Result& out, const std::vector<HopEvent>& hops,
                    const std::vector<Turn>& turns) const;
  void add_spectra(Result& out) const;
  void add_energies(Result& out, std::size_t hops, std::size_t turns) const;
  void add_strip(Result& out, const std::vector<HopEvent>& hops,
                 const std::vector<Turn>& turns) const;
  [[nodiscard]] FilmChoice film_choice() const;
  void add_film(Result& out) const;
  void add_angles(Result& out) const;
  void add_verdicts(Result& out, EventCoupling found, const RotationAtHops& any) const;

  UnitChoice choice_;
  std::string species_;
  std::string drift_ = "framework";
  double window_ps_ = 1;
  double least_length_A_ = 1.5;
  double least_angle_deg_ = 60;
  EventOptions events_;
  double r_max_A_ = 4;
  long every_ = 5;
  long film_ion_ = 0;
  std::optional<double> film_time_ps_;
  std::optional<double> temperature_K_;

  std::string ion_;  // resolved by prepare
  std::optional<double> temperature_here_K_;
  std::shared_ptr<const Plan> plan_;
  Cell cell_;
  DriftFrame frame_;
  DisplacementStore store_;                 // of a fork: its rows; of the whole: the plan alone
  std::vector<Snapshot> kept_;              // of a fork
  std::vector<std::vector<double>> joint_;  // of a fork: each sampled frame; else stretches

  UnitTracker tracker_;                            // of the whole, as all below
  std::vector<std::size_t> ion_row_, centre_row_;  // places within the store
  std::size_t frames_ = 0;
  double first_time_ps_ = 0;
  double dt_ps_ = 0;
  std::size_t window_ = 2;
  std::optional<Row> previous_;
  CageJumps hops_;
  TurnFinder turns_;
  EventFilm film_;
  std::size_t hops_seen_ = 0;
  BlockCorrelator spectrum_;
  std::vector<std::vector<float>> centres_;  // each window
  std::vector<Eigen::Vector4d> window_sum_;
  std::vector<Quaternion> window_mean_;
  std::vector<std::vector<float>> steps_;  // rad², between the means of successive windows
  std::vector<Quaternion> rest_;
  std::vector<std::vector<float>> angles_;  // of all units, each angle_every_ frames
  std::size_t angle_every_ = 1;
  std::size_t joint_frames_ = 1;  // sampled frames of a stretch of joint_
  std::size_t joint_in_last_ = 0;
  std::size_t fed_ = 0;
};

}  // namespace vitrion
