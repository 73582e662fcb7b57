// Free space on a grid: how far each point is from the nearest surface of an atom, how wide the
// pores are, and how wide a sphere can pass through the cell.
//
// Points are spaced along the cell vectors, so that any cell is covered evenly. Pore sizes are
// those of Gelb & Gubbins (DOI 10.1021/la9808418): a point is in a pore of radius r if it lies in a
// free sphere of radius r. Paths through the cell are found by joining points from the widest on,
// with the images each is in, until a set meets an image of itself. Distances are O(points · atoms
// near), pores O(points · points in a pore): a fine grid in a wide pore takes long.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "core/structure.hpp"
#include "numeric/periodic_grid.hpp"

namespace vitrion {

/// Distance of each point to the nearest surface (negative inside an atom), at most `reach`; atoms
/// of radius 0 or less (NaN too) are not there.
std::vector<double> distance_field(const Structure& structure, const Grid3& grid,
                                   std::span<const double> radius_A, double reach_A);

/// The radius of the widest free sphere that each point lies in; 0 inside atoms.
std::vector<double> pore_radii(const Cell& cell, const Grid3& grid,
                               std::span<const double> distance_A);

/// The widest sphere that can go from the cell to an image of it along each vector (other vectors
/// may be needed on the way), and along any; 0 where none can.
struct FreeRadii {
  std::array<double, 3> along{0, 0, 0};
  double any = 0;
};
FreeRadii free_radii(const Grid3& grid, std::span<const double> distance_A);

/// Calls body(index) for every point within `radius` of a place, images included.
void each_grid_point_near(const Cell& cell, const Grid3& grid, const Vec3& at, double radius_A,
                          const std::function<void(std::size_t)>& body);

}  // namespace vitrion
