#include "build/system.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "build/packing.hpp"
#include "build/plan.hpp"
#include "build/separation.hpp"

namespace vitrion {
namespace {

// From distances that keep units apart down to those the recipe demands, until there is room.
Structure pack(const SystemSettings& settings, const PreparedSystem& system, std::uint64_t seed,
               std::uint64_t replica) {
  const MinimumDistances least = minimum_distances(settings, system.plan.atoms_by_element);
  for (const double share : {1.0, 0.92, 0.84}) {
    if (settings.separation == "plain") break;
    const MinimumDistances wanted = separated(least, settings, system, share);
    if (wanted == least) break;
    RandomStream random(seed, "build.packing", replica);
    try {
      check_packing(system, wanted);
      return pack_units(system, wanted, random);
    } catch (const Error& e) {
      log_detail(e.what());
    }
  }
  RandomStream random(seed, "build.packing", replica);
  return pack_units(system, least, random);
}

}  // namespace

Frame build_system(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica) {
  const PreparedSystem system = prepare_system(settings);
  Frame frame;
  frame.structure = pack(settings, system, seed, replica);
  frame.wrapping = Wrapping::wrapped;
  return frame;
}

}  // namespace vitrion
