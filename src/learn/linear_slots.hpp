// Where each atom's rows stand in the design of a frame.
#pragma once

#include <cstdint>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// Atoms of one element side by side, near ones near, in groups of sixteen that hold one element.
struct Slots {
  std::vector<std::uint32_t> of;        ///< atom → slot
  std::vector<std::uint32_t> in_order;  ///< atoms, element by element
  std::size_t groups = 0;
};

/// `element` of each atom. O(N log N).
Slots make_slots(const Structure& s, const std::vector<int>& element);

}  // namespace vitrion
