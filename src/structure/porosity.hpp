// Effective porosity of a mobile ion: the share of the cell that its trajectories have filled up to
// a time (Xu & Xia, Fig. 5d).
//
// The cell is divided into voxels along its vectors; a voxel is filled when an ion of `radius` has
// touched its centre (with radius 0: when an ion's centre has been in it). Ions are taken relative
// to the mean position of all other atoms, so that a drift of the whole fills nothing. The value
// depends on voxel, radius and time between frames: compare runs with the same ones. Its error is
// the scatter among parts of the cell, as of a volume cut out of more of the same glass. Memory: a
// number for each voxel.
#pragma once

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/distance_field.hpp"
#include "structure/pairs.hpp"

namespace vitrion {

class PorosityAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "porosity"; }
  [[nodiscard]] std::string summary() const override {
    return "effective porosity: the share of the cell that an ion's trajectories fill with time";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairTable table;
    std::size_t species = 0;
    Grid3 grid;
    double radius_A = 0;
    Vec3 heights_A = Vec3::Zero();  // of the cell
    Vec3 start = Vec3::Zero();      // mean position of the other atoms in the first frame
  };
  static constexpr double part_edge_A = 5;
  [[nodiscard]] Vec3 mean_of_others(const std::vector<Vec3>& position) const;
  [[nodiscard]] Estimate spatial() const;

  std::string species_;
  double voxel_A_ = 0.5;
  double radius_A_ = 0;
  std::shared_ptr<const Setup> setup_;
  std::vector<std::int32_t> filled_;  // frame by which each voxel was first filled; −1: not yet
  std::vector<double> time_ps_;
};

}  // namespace vitrion
