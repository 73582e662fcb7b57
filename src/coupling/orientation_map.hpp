// The density of ligand directions of many units, its free energy surface and barrier, with errors.
//
// Counts are kept for groups of units and for stretches of time; the error of the barrier is the
// larger of the jackknife over each. A unit's directions may be turned by every rotation of its
// shape, which makes alike corners alike and saddles twelve times better known for a tetrahedron.
// O(1) a direction; memory: cells × (groups + 32) numbers.
#pragma once

#include "analysis/result.hpp"
#include "coupling/sphere_grid.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

struct Barrier {
  double value_kT = 0;
  double error_kT = 0;
  bool bound = false;  ///< nothing was seen at the saddle: a lower bound
  double counts_at_saddle = 0;
  Vec3 from = Vec3::Zero(), saddle = Vec3::Zero(), to = Vec3::Zero();
  std::vector<Basin> basins;
};

class OrientationMap {
 public:
  OrientationMap() = default;
  OrientationMap(double cell_deg, std::size_t units);

  void add(std::size_t unit, const Vec3& direction) {
    counts_[group_of(unit) * grid_.cells() + grid_.cell_of(direction)] += 1;
  }
  /// Ends a stretch of time, for the errors.
  void close_stretch();

  [[nodiscard]] const SphereGrid& grid() const { return grid_; }
  [[nodiscard]] std::vector<double> totals() const;
  [[nodiscard]] Barrier barrier(double least_depth_kT) const;
  /// H over φ and cos θ, a plane of equal area (Lambert's), times `unit_of_kT` in `unit`.
  [[nodiscard]] Grid surface(const std::string& name, double kT, const std::string& unit) const;

 private:
  static constexpr std::size_t most_groups = 16;
  [[nodiscard]] std::size_t group_of(std::size_t unit) const { return unit * groups_ / units_; }

  SphereGrid grid_;
  std::size_t units_ = 1;
  std::size_t groups_ = 1;
  std::vector<double> counts_;  // by group, since the beginning
  std::vector<double> so_far_;  // totals at the end of the last stretch
  BlockSums stretches_{16};
};

}  // namespace vitrion
