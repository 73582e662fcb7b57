// Rotation of units (PS4 and the like): how far, how fast, by which turns, over which barrier.
//
//   C_l(t)        ⟨P_l(u(t0)·u(t0+t))⟩ of bond directions u, l = 1, 2
//   rotational MSD ⟨|φ(t0+t) − φ(t0)|²⟩, φ: the sum of the turns between mean orientations of
//                 successive windows, so a full turn is not lost (Kämmerer, Kob & Schilling, Phys.
//                 Rev. E 56, 5450 (1997), DOI 10.1103/PhysRevE.56.5450); windows, because turns do
//                 not commute and the sum over librations wanders by itself. D_rot = slope/6
//   turns         from one rest orientation to another (turns.hpp): rate Γ, angles, sorts (C3, C2);
//                 D_turns = Γ⟨θ²⟩/6
//   H(θ, φ)       −k_B T ln ρ per solid angle, in the unit's frame (its first rest orientation) and
//                 the cell's (Eq. 21); barrier: lowest saddle between basins (sphere_grid.hpp)
//   libration     band centre of the spectrum of the unit's angular velocity, and the root mean
//                 square angle at rest; barrier from the rate, k_B T ln(ν/Γ)
// Memory: 12 bytes × corners × (points + 4 windows); the run is not held. O(units) a frame.
#pragma once

#include "analysis/analysis.hpp"
#include "coupling/orientation_map.hpp"
#include "coupling/turns.hpp"
#include "coupling/unit_tracker.hpp"
#include "dynamics/block_correlator.hpp"
#include "dynamics/time_origins.hpp"

namespace vitrion {

class RotationAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "rotation"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, false, false, true}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Snapshot {
    double time_ps;
    Cell cell;
    std::vector<Vec3> position;
  };
  /// What a frame holds until the units' first rest orientations are known.
  struct Orientations {
    std::vector<Quaternion> q;
    std::vector<Vec3> direction;
  };
  void take(const Snapshot& now);
  void start(double dt_ps);
  void feed(Orientations now);
  void map(const Orientations& now);
  void settle();
  void close_window(const std::vector<Quaternion>& now);
  void close_stretch();

  void add_turns(Result& out, const std::vector<Turn>& turns) const;
  void add_decay(Result& out) const;
  void add_diffusion(Result& out) const;
  void add_surface(Result& out, const OrientationMap& map, const std::string& frame) const;
  void add_libration(Result& out) const;

  UnitChoice choice_;
  double window_ps_ = 1;
  double least_angle_deg_ = 60;
  double max_time_ps_ = 20;
  long points_ = 40;
  double map_cell_deg_ = 5;
  std::optional<double> temperature_K_;

  std::optional<double> temperature_here_K_;  // resolved by prepare
  std::vector<Snapshot> kept_;                // of a fork
  UnitTracker tracker_;                       // of the whole, as all below

  std::size_t frames_ = 0;
  double first_time_ps_ = 0;
  double dt_ps_ = 0;
  std::size_t window_ = 2;
  std::optional<Orientations> very_first_;
  TurnFinder finder_;
  TimeOrigins<std::vector<float>> directions_;
  TimeOrigins<std::vector<float>> paths_;  // φ at the end of each window
  BlockCorrelator spectrum_;
  std::vector<Quaternion> previous_;

  std::vector<Orientations> waiting_;
  std::vector<Quaternion> rest_;  // first rest orientation of each unit
  OrientationMap unit_map_, cell_map_;

  std::vector<Eigen::Vector4d> window_sum_;
  std::size_t in_window_ = 0;
  std::size_t windows_ = 0;
  std::vector<Quaternion> window_mean_;
  std::vector<float> path_;
  BlockSums blocks_;  // libration square, its count, turns, units × time
  std::size_t blocked_turns_ = 0;
  std::size_t blocked_moments_ = 0;
};

}  // namespace vitrion
