#include "build/system.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "build/composite.hpp"
#include "build/grains.hpp"
#include "build/monte_carlo.hpp"
#include "build/network_build.hpp"
#include "build/packing.hpp"
#include "build/plan.hpp"
#include "build/separation.hpp"
#include "build/stoichiometry.hpp"

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

SystemPlan plan_crystal(const SystemSettings& settings) {
  const PreparedCrystal made = prepare_crystal(settings.crystal, settings.atoms);
  SystemPlan plan = plan_of_structure(contents(made.groups), made.crystal.cell.volume());
  const double scale = static_cast<double>(plan.atoms);
  std::map<std::string, double> asked;
  for (const auto& [symbol, n] : made.crystal.contents()) asked[symbol] = n;
  plan.achieved_composition_error = composition_error(asked, plan.atoms_by_element);
  plan.density_source = fmt::format("of the crystal {}", made.crystal.name);
  if (settings.density_g_cm3) {
    plan.volume_A3 *= plan.density_g_cm3 / *settings.density_g_cm3;
    plan.density_g_cm3 = *settings.density_g_cm3;
    plan.density_source = settings.given_density();
  }
  const Vec3 edges = made.crystal.cell.lengths();
  plan.notes.push_back(fmt::format(
      "crystal {}, space group {} ({}), supercell of {} cells, {:.2f} × {:.2f} × {:.2f} Å",
      made.crystal.name, made.symmetry.symbol, made.symmetry.number,
      std::lround(made.matrix.cast<double>().determinant()), edges[0], edges[1], edges[2]));
  if (plan.achieved_composition_error * scale < 1e-6) plan.achieved_composition_error = 0;
  return plan;
}

BuiltSystem build_crystal(const SystemSettings& settings, std::uint64_t seed,
                          std::uint64_t replica) {
  const PreparedCrystal made = prepare_crystal(settings.crystal, settings.atoms);
  RandomStream random(seed, "build.crystal", replica);
  const DisorderOptions options{settings.crystal.occupancy == "ewald", settings.crystal.candidates,
                                settings.crystal.too_close_A};
  ResolvedCrystal resolved = resolve_disorder(made.crystal, made.groups, options, random);
  BuiltSystem out;
  out.frame.structure = std::move(resolved.structure);
  if (settings.density_g_cm3) {
    Structure& s = out.frame.structure;
    const double scale = std::cbrt(s.density_g_cm3() / *settings.density_g_cm3);
    s.cell = Cell(s.cell.vectors() * scale, s.cell.origin() * scale);
    for (Vec3& r : s.position) r *= scale;
  }
  const auto& energies = resolved.energies_eV;
  if (!energies.empty()) {
    out.notes.push_back(fmt::format(
        "partial sites: {} arrangements annealed, {} differ in energy; the lowest has {:.3f} eV "
        "(formal charges){}",
        options.candidates, energies.size(), energies[0],
        energies.size() > 1 ? fmt::format(", the next {:.3f} eV more", energies[1] - energies[0])
                            : ""));
  }
  return out;
}

}  // namespace

SystemPlan plan_system(const SystemSettings& settings) {
  if (settings.method == "crystal") return plan_crystal(settings);
  if (settings.method == "composite") return plan_composite(settings);
  if (settings.method == "grains") return plan_grains(settings);
  if (settings.method == "network") return plan_network(settings);
  if (settings.method == "monte-carlo") return plan_monte_carlo(settings);
  return prepare_system(settings).plan;
}

BuiltSystem build_model(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica) {
  BuiltSystem out;
  if (settings.method == "crystal") {
    out = build_crystal(settings, seed, replica);
  } else if (settings.method == "network") {
    out = build_network(settings, seed, replica);
  } else if (settings.method == "composite") {
    out = build_composite(settings, seed, replica);
  } else if (settings.method == "grains") {
    out = build_grains(settings, seed, replica);
  } else if (settings.method == "monte-carlo") {
    out = build_monte_carlo(settings, seed, replica);
  } else {
    out.frame.structure = pack(settings, prepare_system(settings), seed, replica);
  }
  out.frame.wrapping = Wrapping::wrapped;
  return out;
}

Frame build_system(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica) {
  return build_model(settings, seed, replica).frame;
}

}  // namespace vitrion
