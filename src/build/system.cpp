#include "build/system.hpp"

#include "build/packing.hpp"
#include "build/plan.hpp"

namespace vitrion {

Frame build_system(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica) {
  const PreparedSystem system = prepare_system(settings);
  RandomStream random(seed, "build.packing", replica);
  Frame frame;
  frame.structure =
      pack_units(system, minimum_distances(settings, system.plan.atoms_by_element), random);
  frame.wrapping = Wrapping::wrapped;
  return frame;
}

}  // namespace vitrion
