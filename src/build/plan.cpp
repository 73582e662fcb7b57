#include "build/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/density.hpp"
#include "build/packing.hpp"
#include "build/stoichiometry.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

constexpr double tolerated_disagreement =
    0.01;  // of atomic fractions, between units and composition

std::map<std::string, double> as_numbers(const std::map<std::string, Rational>& amounts) {
  std::map<std::string, double> out;
  for (const auto& [symbol, n] : amounts) out[symbol] = n.value();
  return out;
}

std::map<std::string, long> given_units(const SystemSettings& settings,
                                        const UnitLibrary& library) {
  std::map<std::string, long> out;
  UnitAmounts amounts;
  for (const auto& [name, number] : settings.units) {
    const Unit unit = library.get(name);
    if (!(number >= 0) || number != std::floor(number) || number > 1e8) {
      throw InputError(fmt::format("units.{} is {}: give a whole number of them", name, number));
    }
    if (number > 0) {
      out[unit.name] += static_cast<long>(number);
      amounts[unit.name] += Rational(static_cast<long>(number));
    }
  }
  if (out.empty())
    throw InputError("units lists nothing to place: give at least one, or a composition");
  const Rational charge = net_charge(amounts, library);
  if (!charge.is_zero()) {
    std::vector<std::string> present;
    for (const auto& [name, n] : out) present.push_back(name);
    throw InputError(fmt::format("the units have a net charge of {:+.6g} e: {}", charge.value(),
                                 balancing_advice(charge, present, library)));
  }
  return out;
}

// Single cations first, then polyatomic ions (largest first), then single anions.
void order_units(std::vector<std::pair<Unit, long>>& units) {
  std::vector<std::string> symbols;
  for (const auto& [unit, n] : units)
    symbols.insert(symbols.end(), unit.elements.begin(), unit.elements.end());
  symbols = order_by_electropositivity(symbols);
  const auto key = [&](const Unit& unit) {
    const int group = unit.size() > 1 ? 1 : unit.charge_e > 0 ? 0 : 2;
    const auto rank = std::find(symbols.begin(), symbols.end(), unit.elements[0]) - symbols.begin();
    return std::tuple(group, -static_cast<long>(unit.size()), rank, unit.name);
  };
  std::sort(units.begin(), units.end(),
            [&](const auto& a, const auto& b) { return key(a.first) < key(b.first); });
}

Cell make_cell(const SystemSettings& settings, double volume) {
  const auto& ratio = settings.cell_ratio;
  const auto& angles = settings.cell_angles_deg;
  if (ratio.size() != 3)
    throw InputError(
        fmt::format("cell_ratio has {} numbers: give three, as in [1, 1, 1]", ratio.size()));
  if (angles.size() != 3)
    throw InputError(fmt::format(
        "cell_angles has {} angles: give three, as in [90 deg, 90 deg, 90 deg]", angles.size()));
  for (const double r : ratio) {
    if (!(r > 0) || !std::isfinite(r))
      throw InputError("cell_ratio has a number that is not more than 0: give three positive ones");
  }
  const Vec3 a(angles[0], angles[1], angles[2]);
  const Vec3 shape(ratio[0], ratio[1], ratio[2]);
  const double scale = std::cbrt(volume / Cell::from_parameters(shape, a).volume());
  return Cell::from_parameters(shape * scale, a);
}

}  // namespace

PreparedSystem prepare_system(const SystemSettings& settings) {
  const UnitLibrary library = UnitLibrary::standard();
  if (settings.composition.empty() && settings.units.empty()) {
    throw InputError(
        "the system has no composition: give one, for example composition: \"0.75Li2S-0.25P2S5\"");
  }
  if (settings.atoms < 1)
    throw InputError(fmt::format("atoms is {}: ask for at least one", settings.atoms));
  std::map<std::string, long> counts;
  std::map<std::string, double> asked;
  if (!settings.composition.empty()) {
    const Composition composition = parse_composition(settings.composition);
    asked = as_numbers(composition.elements);
    if (settings.units.empty())
      counts = whole_units(units_of_composition(composition, library), settings.atoms, library);
  }
  if (!settings.units.empty()) counts = given_units(settings, library);

  PreparedSystem out;
  SystemPlan& plan = out.plan;
  for (const auto& [name, n] : counts) out.units.emplace_back(library.get(name), n);
  order_units(out.units);
  for (const auto& [unit, n] : out.units) {
    plan.units.push_back({unit.name, n, static_cast<double>(unit.charge_e)});
    plan.net_charge_e += static_cast<double>(unit.charge_e) * static_cast<double>(n);
    plan.atoms += n * static_cast<long>(unit.size());
    for (const auto& [symbol, k] : unit.counts()) plan.atoms_by_element[symbol] += k * n;
  }
  plan.formula = reduced_formula(plan.atoms_by_element);
  plan.cell_formula = full_formula(plan.atoms_by_element);
  if (!asked.empty())
    plan.achieved_composition_error = composition_error(asked, plan.atoms_by_element);
  if (!settings.units.empty() && plan.achieved_composition_error > tolerated_disagreement) {
    throw InputError(fmt::format(
        "the units make {}, which is not the composition \"{}\": leave one of the two out",
        plan.formula, settings.composition));
  }

  std::map<std::string, double> atoms;
  double mass = 0;
  for (const auto& [symbol, n] : plan.atoms_by_element) {
    atoms[symbol] = static_cast<double>(n);
    mass += static_cast<double>(n) * element::mass_amu(element::require(symbol));
  }
  if (settings.density_g_cm3) {
    if (!(*settings.density_g_cm3 > 0) || !std::isfinite(*settings.density_g_cm3)) {
      throw InputError(
          fmt::format("the density is {} g/cm3: it must be more than 0", *settings.density_g_cm3));
    }
    plan.density_g_cm3 = *settings.density_g_cm3;
    plan.density_source = "given";
  } else {
    const DensityGuess guess = guess_density(atoms);
    plan.density_g_cm3 = guess.g_cm3;
    plan.density_source = guess.source;
  }
  plan.volume_A3 = mass / plan.density_g_cm3 * constants::amu_A3_in_g_cm3;
  out.cell = make_cell(settings, plan.volume_A3);
  const MinimumDistances distances = minimum_distances(settings, plan.atoms_by_element);
  check_packing(out, distances);
  return out;
}

SystemPlan plan_system(const SystemSettings& settings) { return prepare_system(settings).plan; }

Schema SystemSettings::schema() {
  Schema s("system");
  s.custom(
      "composition", "text",
      "components with amounts (\"0.75Li2S-0.25P2S5\", \"70Li2S-20P2S5-10LiI\"), a formula "
      "(\"Li3PS4\"), or ions "
      "(\"7 Li + PS4 + P2S7\")",
      [this](const Node& node) {
        if (!node.is_scalar()) {
          throw InputError(node.where,
                           fmt::format("composition should be text, not {}", kind_name(node)));
        }
        Location first = node.where;
        if (node.quoted) ++first.column;
        (void)parse_composition(node.scalar, first);  // complains here, where the place is known
        composition = node.scalar;
      },
      [this] { return Node::make_scalar(composition, true); });
  s.integer("atoms", atoms,
            "wanted number of atoms; the nearest whole number of neutral formulas is taken",
            Bounds{1, 1e7, false});
  s.optional_quantity(
      "density", density_g_cm3, Dimension::density,
      "of the model; auto takes the literature's value or an estimate, and says which", positive);
  s.quantity_map("units", units, Dimension::none,
                 "exact numbers of ions instead of `atoms`, such as {Li: 96, PS4: 32}; empty "
                 "chooses them by stoichiometry",
                 not_negative);
  s.quantities("cell_ratio", cell_ratio, Dimension::none,
               "edges a : b : c of the cell, scaled to the density", positive);
  s.quantities("cell_angles", cell_angles_deg, Dimension::angle,
               "angles alpha, beta, gamma of the cell", positive);
  s.quantity("minimum_distance", minimum_distance_A, Dimension::length,
             "at least so much between atoms of different ions, also across faces; pairs that "
             "would bond keep more",
             positive);
  s.quantity_map("minimum_distances", minimum_distances_A, Dimension::length,
                 "exceptions by pair of elements, such as {Li-Li: 2.5 A}", positive);
  return s;
}

}  // namespace vitrion
