// Densities of directions: cells of nearly equal size on the sphere, and the basins and saddles of
// the free energy on it.
//
// Rings of equal width in θ, each cut into as many cells as its circumference holds, so that cells
// are as wide at the poles as at the equator (bins of cos θ and φ are not); each cell's solid angle
// is exact. H = −k_B T ln ρ with ρ per solid angle (Eq. 21 of the review).
// Basins: cells are flooded in order of rising H; where two basins meet is the lowest saddle
// between them, the highest point of the minimax path. O(cells log cells).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

class SphereGrid {
 public:
  SphereGrid() = default;
  explicit SphereGrid(double cell_deg);

  [[nodiscard]] std::size_t cells() const { return solid_angle_.size(); }
  /// Of a unit vector.
  [[nodiscard]] std::size_t cell_of(const Vec3& direction) const;
  [[nodiscard]] double solid_angle(std::size_t cell) const { return solid_angle_[cell]; }
  [[nodiscard]] Vec3 centre(std::size_t cell) const { return centre_[cell]; }
  [[nodiscard]] std::span<const std::uint32_t> neighbors(std::size_t cell) const {
    return {neighbor_.data() + offset_[cell], offset_[cell + 1] - offset_[cell]};
  }
  /// −ln ρ in units of k_B T, ρ = 1 where all directions are alike; cells never seen count as half
  /// an observation, so that a barrier over them is a lower bound.
  [[nodiscard]] std::vector<double> free_energy(std::span<const double> counts) const;

 private:
  std::vector<std::size_t> ring_;  // first cell of each ring, and the end
  std::vector<double> solid_angle_;
  std::vector<Vec3> centre_;
  std::vector<std::size_t> offset_;
  std::vector<std::uint32_t> neighbor_;
};

struct Basin {
  std::size_t cell = 0;  ///< its lowest
  double minimum = 0;    ///< in units of k_B T
  double saddle = 0;     ///< where it first meets a deeper basin; infinite where it never does
  std::size_t saddle_cell = 0;
  std::size_t into = 0;  ///< the lowest cell of that deeper basin
  [[nodiscard]] double depth() const { return saddle - minimum; }
};

/// Basins at least `least_depth` deep, the deepest first; the first has an infinite saddle.
std::vector<Basin> find_basins(const SphereGrid& grid, std::span<const double> free_energy,
                               double least_depth);

/// The barrier: the depth of the second deepest basin, in k_B T; NaN where there is but one.
double barrier_of(const std::vector<Basin>& basins);

}  // namespace vitrion
