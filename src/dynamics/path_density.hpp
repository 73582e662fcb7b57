// Where the mobile ions are: their density on a grid of the cell, and how its paths connect.
//
//   ρ(r)          ions/Å³, on a grid in fractional coordinates of the (changing) cell, each ion
//                 shared between the eight points around it, then smoothed by a Gaussian
//   percolation   the highest density whose region crosses the periodic cell in 1, 2, 3 directions,
//                 and the share of the volume that it takes
//   path barrier  k_B T ln(ρ_max / ρ at the crossing): free energy from the best site to the
//                 highest point of the easiest path through the cell
// Errors: jackknife over blocks of time. Memory: 8 bytes a point and block; O(ions) a frame.
#pragma once

#include <vector>

#include "dynamics/displacements.hpp"
#include "numeric/periodic_grid.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

class PathDensityAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "path_density"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, true, false, false}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  void add(const Vec3& fraction);
  /// ions/Å³ from ions a frame at each point, smoothed.
  [[nodiscard]] std::vector<double> density(std::span<const double> count) const;
  void add_slices(Result& out, const std::vector<double>& density) const;
  void add_percolation(Result& out) const;

  std::string species_;
  double spacing_A_ = 0.4;
  double smoothing_A_ = 0.4;
  long max_points_ = 250000;
  std::string drift_ = "framework";
  std::optional<double> temperature_K_;

  std::string ion_;  // resolved by prepare
  std::optional<double> temperature_here_K_;
  Grid3 grid_;
  std::vector<std::size_t> ions_;
  DriftFrame frame_;
  DisplacementStore store_;  // its plan: the drift
  std::vector<std::string> notes_;

  std::vector<double> now_;  // ions counted at each point in a fork's frames
  BlockSums counts_{16};
  Mat3 cell_sum_ = Mat3::Zero();
  double frames_ = 0;
};

}  // namespace vitrion
