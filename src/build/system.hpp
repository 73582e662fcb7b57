// `system:` of a recipe: which glass, how many atoms, how dense, and the starting model of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "build/composite_settings.hpp"
#include "build/crystal_model.hpp"
#include "build/grains_settings.hpp"
#include "build/monte_carlo_settings.hpp"
#include "build/network_model.hpp"
#include "build/region.hpp"
#include "core/frame.hpp"

namespace vitrion {

struct SystemSettings {
  std::string method = "packing";       ///< packing, network, monte-carlo, crystal …
  std::string composition;              ///< "0.75Li2S-0.25P2S5", "Li3PS4", "3 Li + PS4"
  long atoms = 500;                     ///< wanted; the nearest whole number of units is taken
  std::optional<double> density_g_cm3;  ///< unset: a measured or interpolated value, where known
  std::optional<double> density_error_g_cm3;  ///< of the given density, one standard error
  std::string density_source;                 ///< where the given density comes from
  std::map<std::string, double> units;  ///< numbers of units ("PS4": 32); empty: from composition
  std::vector<double> cell_ratio{1, 1, 1};  ///< a : b : c
  std::vector<double> cell_angles_deg{90, 90, 90};
  double minimum_distance_A = 2.0;                    ///< between atoms of different units
  std::map<std::string, double> minimum_distances_A;  ///< by pair, "Li-S"
  std::string separation = "auto";     ///< auto: pairs that would bond keep more; plain: as given
  std::vector<double> cell_lengths_A;  ///< empty: from ratio and density
  std::string fixed;                   ///< file of atoms that stand already; its cell is taken
  std::vector<RegionSettings> regions;
  std::vector<std::string> walls;  ///< axes whose faces are walls
  CrystalSettings crystal;
  NetworkSettings network;
  CompositeSettings composite;
  GrainsSettings grains;
  MonteCarloSettings monte_carlo;

  Schema schema();
  /// "given", with the source where there is one.
  [[nodiscard]] std::string given_density() const {
    return density_source.empty() ? "given" : "given: " + density_source;
  }
};

struct UnitCount {
  std::string name;  ///< "PS4"
  long count = 0;
  double charge_e = 0;
};

/// What a recipe's system comes to, before any atom is placed.
struct SystemPlan {
  std::string formula;       ///< reduced, "Li3PS4"
  std::string cell_formula;  ///< "Li96 P32 S128"
  std::map<std::string, long> atoms_by_element;
  std::vector<UnitCount> units;
  long atoms = 0;
  double density_g_cm3 = 0;
  std::string density_source;  ///< "given", "given: SOURCE", or where it comes from
  double volume_A3 = 0;
  double net_charge_e = 0;  ///< of formal charges; 0 or the plan is refused
  double achieved_composition_error =
      0;                           ///< largest deviation of an atomic fraction from the asked one
  std::vector<std::string> notes;  ///< what else is worth knowing, in sentences
};

/// A model, and what is worth knowing of how it was made.
struct BuiltSystem {
  Frame frame;
  std::vector<std::string> notes;
};

/// Throws InputError: unknown element, charge imbalance, no atoms, an impossible density …
SystemPlan plan_system(const SystemSettings& settings);
/// Places the units at random; the same seed and replica give the same model.
Frame build_system(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica);
/// As build_system, with notes.
BuiltSystem build_model(const SystemSettings& settings, std::uint64_t seed, std::uint64_t replica);

}  // namespace vitrion
