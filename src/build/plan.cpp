#include "build/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "build/density.hpp"
#include "build/packing.hpp"
#include "build/stoichiometry.hpp"
#include "core/element.hpp"
#include "io/formats.hpp"

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
  const auto& ratio =
      settings.cell_lengths_A.empty() ? settings.cell_ratio : settings.cell_lengths_A;
  const auto& angles = settings.cell_angles_deg;
  if (ratio.size() != 3)
    throw InputError(fmt::format("{} has {} numbers: give three, as in [1, 1, 1]",
                                 settings.cell_lengths_A.empty() ? "cell_ratio" : "cell_lengths",
                                 ratio.size()));
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

// The volume that the lengths ask for, where they are given.
std::optional<double> given_volume(const SystemSettings& settings) {
  if (settings.cell_lengths_A.empty()) return std::nullopt;
  return make_cell(settings, 1).is_defined() && settings.cell_lengths_A.size() == 3
             ? std::optional(Cell::from_parameters(
                                 Vec3(settings.cell_lengths_A[0], settings.cell_lengths_A[1],
                                      settings.cell_lengths_A[2]),
                                 Vec3(settings.cell_angles_deg[0], settings.cell_angles_deg[1],
                                      settings.cell_angles_deg[2]))
                                 .volume())
             : std::nullopt;
}

double mass_of(const std::map<std::string, double>& atoms) {
  double mass = 0;
  for (const auto& [symbol, n] : atoms) mass += n * element::mass_amu(element::require(symbol));
  return mass;
}

// How many atoms fill the given lengths at the given density, where both are given.
long wanted_atoms(const SystemSettings& settings, const std::map<std::string, double>& asked) {
  const auto volume = given_volume(settings);
  if (!volume || !settings.density_g_cm3) return settings.atoms;
  double n = 0;
  for (const auto& [symbol, k] : asked) n += k;
  const double mass = mass_of(asked) / n * constants::amu_A3_in_g_cm3;
  return std::max(1L, std::lround(*settings.density_g_cm3 * *volume / mass));
}

void add_walls(const SystemSettings& settings, PreparedSystem& system) {
  for (const auto& axis : settings.walls) {
    if (axis != "a" && axis != "b" && axis != "c") {
      throw InputError(fmt::format("walls names \"{}\": choose from a, b, c", axis));
    }
    // Atoms on the two sides of a wall are images of each other's neighbours.
    RegionSettings wall;
    wall.axis = axis;
    const double half = 0.5 * settings.minimum_distance_A;
    wall.from_A = {half};
    wall.to_A = {system.cell.heights()[axis[0] - 'a'] - half};
    system.regions.emplace_back(wall, system.cell);
  }
}

void require_unit(const std::string& name, const PreparedSystem& system) {
  std::vector<std::string> known;
  for (const auto& [unit, n] : system.units) known.push_back(unit.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw InputError(fmt::format("a region names the unit \"{}\"{}: the system has {}", name,
                               did_you_mean(name, known), join(known, ", ")));
}

// The atoms that stand already count in the formula and the density.
void add_fixed(const SystemSettings& settings, PreparedSystem& out) {
  if (settings.density_g_cm3 || !settings.cell_lengths_A.empty()) {
    throw InputError(
        "the cell is that of the fixed atoms: leave density and cell_lengths out, and say by "
        "`atoms` or `units` how much is packed");
  }
  out.fixed = read_first_frame(settings.fixed).structure;
  if (!out.fixed.cell.is_defined() || !out.fixed.cell.fully_periodic()) {
    throw InputError(fmt::format("{}: fixed atoms need a periodic cell: give a file that has one",
                                 settings.fixed));
  }
  for (std::size_t i = 0; i < out.fixed.size(); ++i)
    ++out.plan.atoms_by_element[element::symbol(element::require(out.fixed.species_of(i).name))];
  out.plan.atoms += static_cast<long>(out.fixed.size());
  out.plan.cell_formula = full_formula(out.plan.atoms_by_element);
  out.plan.formula = reduced_formula(out.plan.atoms_by_element);
}

}  // namespace

void set_density(const SystemSettings& settings, PreparedSystem& out) {
  SystemPlan& plan = out.plan;
  std::map<std::string, double> atoms;
  for (const auto& [symbol, n] : plan.atoms_by_element) atoms[symbol] = static_cast<double>(n);
  const double mass = mass_of(atoms) * constants::amu_A3_in_g_cm3;
  const auto volume =
      out.fixed.size() > 0 ? std::optional(out.fixed.cell.volume()) : given_volume(settings);
  if (settings.density_g_cm3) {
    if (!(*settings.density_g_cm3 > 0) || !std::isfinite(*settings.density_g_cm3)) {
      throw InputError(
          fmt::format("the density is {} g/cm3: it must be more than 0", *settings.density_g_cm3));
    }
    plan.density_g_cm3 = *settings.density_g_cm3;
    plan.density_source = settings.given_density();
  } else if (volume) {
    plan.density_g_cm3 = mass / *volume;
    plan.density_source =
        out.fixed.size() > 0 ? "from the cell of the fixed atoms" : "from cell_lengths";
  } else {
    const DensityGuess guess = guess_density(atoms);
    plan.density_g_cm3 = guess.g_cm3;
    plan.density_source = guess.source;
  }
  plan.volume_A3 = mass / plan.density_g_cm3;
  out.cell = out.fixed.size() > 0 ? out.fixed.cell : make_cell(settings, plan.volume_A3);
}

std::map<std::string, long> whole_atoms(const SystemSettings& settings) {
  if (settings.composition.empty()) {
    throw InputError(
        "the system has no composition: give one, for example composition: \"0.5Li2S-0.5SiS2\"");
  }
  const Composition composition = parse_composition(settings.composition);
  // The smallest whole formula, as often as the wanted number asks for.
  std::int64_t multiple = 1;
  for (const auto& [symbol, n] : composition.elements)
    multiple = std::lcm(multiple, n.denominator());
  std::map<std::string, long> out;
  long smallest = 0;
  long divisor = 0;
  for (const auto& [symbol, n] : composition.elements) {
    out[symbol] = (n * Rational(multiple)).numerator();
    divisor = std::gcd(divisor, out[symbol]);
  }
  for (auto& [symbol, n] : out) smallest += n /= divisor;
  const long times = std::max(
      1L, std::lround(static_cast<double>(settings.atoms) / static_cast<double>(smallest)));
  for (auto& [symbol, n] : out) n *= times;
  return out;
}

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
      counts = whole_units(units_of_composition(composition, library),
                           wanted_atoms(settings, asked), library);
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

  const bool chains = std::any_of(out.units.begin(), out.units.end(),
                                  [](const auto& u) { return !u.first.torsions.empty(); });
  if (chains && settings.method == "packing")
    plan.notes.push_back(
        "chains are packed as rigid ions, all alike: with method: monte-carlo each grows by its "
        "torsions");
  if (!settings.fixed.empty()) add_fixed(settings, out);
  set_density(settings, out);
  for (const RegionSettings& region : settings.regions) {
    for (const auto& name : region.units) require_unit(name, out);
    out.regions.emplace_back(region, out.cell);
  }
  add_walls(settings, out);
  const MinimumDistances distances = minimum_distances(settings, plan.atoms_by_element);
  check_packing(out, distances);
  return out;
}

SystemPlan plan_of_structure(const std::map<std::string, long>& atoms, double volume_A3) {
  SystemPlan plan;
  plan.atoms_by_element = atoms;
  std::map<std::string, double> numbers;
  for (const auto& [symbol, n] : atoms) {
    plan.atoms += n;
    numbers[symbol] = static_cast<double>(n);
    plan.net_charge_e +=
        static_cast<double>(n) * element::formal_charge(element::require(symbol)).value_or(0);
  }
  plan.formula = reduced_formula(atoms);
  plan.cell_formula = full_formula(atoms);
  plan.volume_A3 = volume_A3;
  plan.density_g_cm3 = mass_of(numbers) * constants::amu_A3_in_g_cm3 / volume_A3;
  return plan;
}

}  // namespace vitrion
