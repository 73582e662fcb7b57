#include "structure/network_roles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

bool is_network_anion(int z) {
  const std::string symbol = element::symbol(z);
  return symbol == "S" || symbol == "Se" || symbol == "O" || symbol == "Te";
}

std::vector<Part> choose_parts(const PairTable& table, const NetworkChoice& choice,
                               const std::string& who) {
  std::vector<Part> part(table.groups(), Part::none);
  std::vector<std::string> present;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    present.push_back(table.name(g));
    const int z = table.atomic_number(g);
    if (choice.formers.empty() && role_of(z) == Role::former) part[g] = Part::former;
    if (choice.anions.empty() && is_network_anion(z)) part[g] = Part::anion;
  }
  for (const auto& name : choice.formers) part[table.group(name)] = Part::former;
  for (const auto& name : choice.anions) part[table.group(name)] = Part::anion;
  const auto has = [&](Part p) { return std::find(part.begin(), part.end(), p) != part.end(); };
  if (!has(Part::former) || !has(Part::anion)) {
    throw InputError(
        fmt::format("{} needs {}, and the atoms are {}: name them with --set {}.{}", who,
                    has(Part::former) ? "anions of a network (S, Se, O or Te)"
                                      : "network formers (P, Si, Ge, B, Sn, As or Sb)",
                    join(present, ", "), who, has(Part::former) ? "anions=NAME" : "formers=NAME"));
  }
  return part;
}

}  // namespace

void add_network_parameters(Schema& schema, std::map<std::string, double>& cutoffs_A,
                            std::vector<std::string>& formers, std::vector<std::string>& anions) {
  schema
      .quantity_map("cutoffs", cutoffs_A, Dimension::length,
                    "bond cut-offs by pair, over the defaults (0 A: no bond), like P-S: 2.6 A",
                    not_negative)
      .texts("formers", formers, "network formers; empty: P, Si, Ge, B, Sn, As, Sb")
      .texts("anions", anions, "anions of the network; empty: S, Se, O, Te");
}

NetworkRoles choose_network(const PairTable& table, const NetworkChoice& choice,
                            const std::string& who) {
  NetworkRoles out;
  out.part = choose_parts(table, choice, who);
  // Only bonds within the network matter; the others are removed, for speed and for the record.
  std::map<std::string, double> given = choice.cutoffs_A;
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      const bool inside = out.part[a] != Part::none && out.part[b] != Part::none;
      if (!inside) given[table.pair_name(a, b)] = 0;
    }
  }
  out.bonds = BondCutoffs(table, given, who);
  for (std::size_t a = 0; a < table.groups(); ++a) {
    if (out.part[a] != Part::former) continue;
    bool bonded = false;
    for (std::size_t b = 0; b < table.groups(); ++b) {
      bonded = bonded || (out.part[b] == Part::anion && out.bonds.bonded(a, b));
    }
    if (bonded) continue;
    throw InputError(
        fmt::format("{}: no bond cut-off is known for {} with any anion: give one, for example "
                    "--set {}.cutoffs={}-S:2.6A",
                    who, table.name(a), who, table.name(a)));
  }
  return out;
}

}  // namespace vitrion
