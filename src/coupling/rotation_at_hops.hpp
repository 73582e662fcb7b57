// Do units rotate more while an ion hops beside them? Of all rotation, small or large, not of turns
// alone.
//
//   Σ s_u(k) / Σ ⟨s_u⟩ over pairs of a hop and a unit near it; s_u(k) is the square of the angle
// between the mean orientations of unit u in the windows before and after boundary k, the one
// nearest to the hop, and ⟨s_u⟩ its mean over the run. 1 where there is no tie. Chance: the steps
// of each unit shifted around the run by a number of windows of its own. It sees what turns miss:
// units that rotate by small steps (a glass near its melt), and tilts that cradle a hop.
// O(pairs) a surrogate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "numeric/statistics.hpp"

namespace vitrion {

struct HopBesideUnit {
  std::uint32_t unit = 0;
  std::uint32_t step = 0;  ///< index of the boundary between windows
};

struct RotationAtHops {
  Estimate ratio;  ///< error: spread of chance
  double p_value = 1;
  double pairs = 0;
};

/// steps[k][u] in any unit.
RotationAtHops rotation_at_hops(const std::vector<std::vector<float>>& steps,
                                std::span<const HopBesideUnit> pairs, int surrogates,
                                std::uint64_t seed);

}  // namespace vitrion
