#include "structure/bonds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

// Effective ionic radii for six neighbours (N for four), in Å: Shannon 1976.
const std::map<std::string, double>& ionic_radii() {
  static const std::map<std::string, double> table{
      {"Li", 0.76},  {"Na", 1.02},  {"K", 1.38},   {"Rb", 1.52}, {"Cs", 1.67}, {"Ag", 1.15},
      {"Cu", 0.77},  {"Mg", 0.72},  {"Ca", 1.00},  {"Sr", 1.18}, {"Ba", 1.35}, {"Zn", 0.74},
      {"Cd", 0.95},  {"Al", 0.535}, {"Ga", 0.62},  {"In", 0.80}, {"Y", 0.90},  {"La", 1.032},
      {"Sc", 0.745}, {"Zr", 0.72},  {"Ti", 0.605}, {"Nb", 0.64}, {"Ta", 0.64}, {"O", 1.40},
      {"S", 1.84},   {"Se", 1.98},  {"Te", 2.21},  {"F", 1.33},  {"Cl", 1.81}, {"Br", 1.96},
      {"I", 2.20},   {"N", 1.46}};
  return table;
}

bool is_one_of(const std::string& symbol, std::initializer_list<const char*> list) {
  return std::find(list.begin(), list.end(), symbol) != list.end();
}

double covalent(int z1, int z2) {
  return element::covalent_radius_A(z1) + element::covalent_radius_A(z2);
}

// Two decimals: what is shown is what is used.
double rounded(double x) { return std::round(100 * x) / 100; }

}  // namespace

Role role_of(int z) {
  const std::string symbol = element::symbol(z);
  if (is_one_of(symbol, {"P", "Si", "Ge", "B", "Sn", "As", "Sb"})) return Role::former;
  if (is_one_of(symbol, {"O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N"})) return Role::anion;
  if (ionic_radii().contains(symbol)) return Role::cation;
  return Role::other;
}

std::optional<double> ionic_radius_A(int z) {
  const auto found = ionic_radii().find(element::symbol(z));
  if (found == ionic_radii().end()) return std::nullopt;
  return found->second;
}

std::optional<double> default_bond_cutoff_A(int z1, int z2) {
  if (z1 <= 0 || z2 <= 0) return std::nullopt;
  const Role a = std::min(role_of(z1), role_of(z2));
  const Role b = std::max(role_of(z1), role_of(z2));
  if (a == Role::former && b == Role::former) return rounded(1.215 * covalent(z1, z2));
  if (a == Role::former && b == Role::anion) return rounded(1.25 * covalent(z1, z2));
  if (a == Role::anion && b == Role::anion) return rounded(1.167 * covalent(z1, z2));
  if (a == Role::anion && b == Role::cation) {
    const auto& radii = ionic_radii();
    return rounded(1.23 * (radii.at(element::symbol(z1)) + radii.at(element::symbol(z2))));
  }
  if (b == Role::other && a != Role::cation) return rounded(1.25 * covalent(z1, z2));
  return std::nullopt;
}

std::pair<std::size_t, std::size_t> parse_pair(const PairTable& table, const std::string& pair,
                                               const std::string& who) {
  const auto names = split(pair, '-');
  if (names.size() != 2) {
    throw InputError(fmt::format("{}: \"{}\" is not a pair: write it like P-S", who, pair));
  }
  try {
    return {table.group(names[0]), table.group(names[1])};
  } catch (const InputError& e) {
    throw InputError(fmt::format("{}: pair \"{}\": {}", who, pair, e.what()));
  }
}

void BondCutoffs::set(std::size_t a, std::size_t b, double cutoff) {
  cutoff_[a * groups_ + b] = cutoff;
  cutoff_[b * groups_ + a] = cutoff;
}

BondCutoffs::BondCutoffs(const PairTable& table, const std::map<std::string, double>& given,
                         const std::string& who)
    : groups_(table.groups()), cutoff_(groups_ * groups_, 0.0) {
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = a; b < groups_; ++b) {
      set(a, b, default_bond_cutoff_A(table.atomic_number(a), table.atomic_number(b)).value_or(0));
    }
  }
  // Bonds of an anion with its own kind do not make a structure: a metal or a lone element does.
  const bool ionic_or_covalent = [&] {
    for (std::size_t a = 0; a < groups_; ++a) {
      for (std::size_t b = a + 1; b < groups_; ++b) {
        if (bonded(a, b)) return true;
      }
    }
    return false;
  }();
  if (!ionic_or_covalent) {
    for (std::size_t a = 0; a < groups_; ++a) {
      for (std::size_t b = a; b < groups_; ++b) {
        const int z1 = table.atomic_number(a);
        const int z2 = table.atomic_number(b);
        if (!bonded(a, b) && z1 > 0 && z2 > 0) set(a, b, rounded(1.25 * covalent(z1, z2)));
      }
    }
  }
  for (const auto& [pair, cutoff] : given) {
    const auto [a, b] = parse_pair(table, pair, who);
    set(a, b, cutoff);
  }
  if (!(largest_A() > 0)) {
    throw InputError(
        fmt::format("{}: no bond cut-off is known for these species: give them, for "
                    "example --set {}.cutoffs={}:3.0A",
                    who, who, table.pair_name(0, groups_ - 1)));
  }
}

double BondCutoffs::largest_A() const {
  return cutoff_.empty() ? 0.0 : *std::max_element(cutoff_.begin(), cutoff_.end());
}

std::string BondCutoffs::text(const PairTable& table) const {
  std::vector<std::string> pieces;
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = a; b < groups_; ++b) {
      if (bonded(a, b)) pieces.push_back(fmt::format("{} {} A", table.pair_name(a, b), of(a, b)));
    }
  }
  return join(pieces, ", ");
}

}  // namespace vitrion
