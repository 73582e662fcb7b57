#include "build/crystal_model.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

double charge_of(const Crystal& crystal) {
  double out = 0;
  for (const auto& [symbol, n] : crystal.contents())
    out += n * element::formal_charge(element::require(symbol)).value_or(0);
  return out;
}

void require_present(const std::string& symbol, const std::string& key, const Crystal& crystal) {
  std::vector<std::string> known;
  for (const auto& [name, n] : crystal.contents()) known.push_back(name);
  if (crystal.contents().count(symbol) == 0) {
    throw InputError(fmt::format("{} names \"{}\", which {} does not hold: it has {}", key, symbol,
                                 crystal.name, join(known, ", ")));
  }
}

void substitute(Crystal& crystal, const std::string& rule, double share) {
  const auto pair = split(rule, '>');
  if (pair.size() != 2 || !(share >= 0 && share <= 1)) {
    throw InputError(fmt::format(
        "substitutions has \"{}: {}\": write the fraction that is exchanged, as in {{P>Si: 0.25}}",
        rule, share));
  }
  require_present(pair[0], "substitutions", crystal);
  const std::string to = element::symbol(element::require(pair[1]));
  for (auto& site : crystal.sites) {
    const auto at = site.occupancy.find(pair[0]);
    if (at == site.occupancy.end()) continue;
    const double moved = at->second * share;
    at->second -= moved;
    if (at->second < 1e-9) site.occupancy.erase(at);
    if (moved > 0) site.occupancy[to] += moved;
  }
}

void remove(Crystal& crystal, const std::string& symbol, double share) {
  if (!(share >= 0 && share < 1)) {
    throw InputError(
        fmt::format("vacancies.{} is {}: give the fraction that is left out", symbol, share));
  }
  require_present(symbol, "vacancies", crystal);
  for (auto& site : crystal.sites) {
    const auto at = site.occupancy.find(symbol);
    if (at != site.occupancy.end()) at->second *= 1 - share;
  }
}

IntMatrix matrix_of(const CrystalSettings& settings, const Crystal& crystal, long atoms) {
  const auto& given = settings.supercell;
  if (given.empty()) {
    double in_cell = 0;
    for (const auto& [symbol, n] : crystal.contents()) in_cell += n;
    return supercell_matrix(crystal.cell, std::max(1.0, static_cast<double>(atoms) / in_cell),
                            settings.shape);
  }
  if (given.size() != 3 && given.size() != 9) {
    throw InputError(fmt::format(
        "supercell has {} numbers: give three multiples, or the nine entries of a matrix by rows",
        given.size()));
  }
  IntMatrix m = IntMatrix::Zero();
  for (std::size_t k = 0; k < given.size(); ++k) {
    if (given[k] != std::round(given[k]) || std::abs(given[k]) > 1000)
      throw InputError(fmt::format("supercell has {}: give whole numbers", given[k]));
    const auto value = static_cast<int>(given[k]);
    const auto at = static_cast<Eigen::Index>(k);
    if (given.size() == 3) {
      m(at, at) = value;
    } else {
      m(at % 3, at / 3) = value;  // a row says what a new vector is in old ones
    }
  }
  return m;
}

}  // namespace

Schema CrystalSettings::schema() {
  Schema s("crystal");
  s.text("file", file, "CIF, POSCAR or other file, or a name of data/crystals such as Li2S")
      .quantities("supercell", supercell, Dimension::none,
                  "three multiples, or nine whole numbers: each new vector in the old ones; empty: "
                  "near `atoms`")
      .choice("shape", shape, {"blocky", "cubic"},
              "of a supercell that is chosen: multiples of the cell's edges, or any combination "
              "nearest to a cube")
      .choice("occupancy", occupancy, {"ewald", "random"},
              "partial sites: lowest electrostatic energy of formal charges, or at random")
      .integer("candidates", candidates, "arrangements tried for the lowest energy", {1, 1e6})
      .quantity("too_close", too_close_A, Dimension::length, "sites nearer are never both taken",
                positive)
      .quantity_map("substitutions", substitutions, Dimension::none,
                    "fractions exchanged, such as {P>Si: 0.25}", not_negative)
      .quantity_map("vacancies", vacancies, Dimension::none,
                    "fractions left out, such as {Li: 0.05}", not_negative);
  return s;
}

PreparedCrystal prepare_crystal(const CrystalSettings& settings, long atoms) {
  Crystal crystal = load_crystal(settings.file);
  PreparedCrystal out;
  out.symmetry = symmetry_of(crystal);
  const double charge = charge_of(crystal);
  for (const auto& [rule, share] : settings.substitutions) substitute(crystal, rule, share);
  for (const auto& [symbol, share] : settings.vacancies) remove(crystal, symbol, share);
  const double changed = charge_of(crystal) - charge;
  if (std::abs(changed) > 0.01) {
    throw InputError(
        fmt::format("the substitutions and vacancies change the charge of a cell of {} by {:+.3g} "
                    "e: balance them, for example by vacancies of {}",
                    crystal.name, changed, changed > 0 ? "cations" : "anions"));
  }
  out.matrix = matrix_of(settings, crystal, atoms);
  out.crystal = supercell(crystal, out.matrix);
  out.groups = count_occupants(out.crystal);
  return out;
}

}  // namespace vitrion
