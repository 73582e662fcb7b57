// Which jumps belong together: strings, in which one ion takes the place that another has left, and
// groups of jumps that are near in space and time.
//
// String: |to_j − from_i| < δ within a time τ (the replacement criterion of Donati et al., Phys.
// Rev. Lett. 80, 2338 (1998), DOI 10.1103/PhysRevLett.80.2338). Group: |mid_j − mid_i| < r_c within
// τ. Connected parts by union-find. O(jumps · jumps within τ).
#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "dynamics/cage_jumps.hpp"

namespace vitrion {

/// How many parts there are of each size (in jumps).
using PartSizes = std::map<std::size_t, std::size_t>;

/// `frames` apart at most; jumps of one ion are never linked. Positions may be any image.
PartSizes jump_strings(std::span<const Jump> jumps, const Cell& cell, double frames,
                       double radius_A);
PartSizes jump_groups(std::span<const Jump> jumps, const Cell& cell, double frames,
                      double distance_A);

/// Share of jumps that are in parts of two or more, and the mean size of the part of a jump.
double share_together(const PartSizes& sizes);
double mean_size_of_jump(const PartSizes& sizes);

}  // namespace vitrion
