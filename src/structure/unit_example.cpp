#include "structure/unit_example.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

struct Member {
  std::uint32_t atom;
  Vec3 at;
};

}  // namespace

UnitExample example_of(std::int64_t unit, const Network& network, const PairTable& table,
                       const NeighborList& neighbors, const BondCutoffs& bonds) {
  const auto& unit_of = network.unit_of;
  if (std::count(unit_of.begin(), unit_of.end(), unit) >
      static_cast<std::ptrdiff_t>(largest_example)) {
    return {};
  }
  const auto first =
      static_cast<std::uint32_t>(std::find(unit_of.begin(), unit_of.end(), unit) - unit_of.begin());
  std::vector<Member> members{{first, Vec3::Zero()}};
  std::map<std::uint32_t, std::size_t> place{{first, 0}};
  std::set<std::pair<std::size_t, std::size_t>> bonded;
  Vec3 sum = Vec3::Zero();
  for (std::size_t k = 0; k < members.size(); ++k) {
    const Member from = members[k];
    const std::size_t group = table.group_of()[from.atom];
    sum += from.at;
    for (const Neighbor& n : neighbors.of(from.atom)) {
      if (unit_of[n.atom] != unit || n.distance > bonds.of(group, table.group_of()[n.atom])) {
        continue;
      }
      const auto [at, is_new] = place.try_emplace(n.atom, members.size());
      if (is_new) members.push_back({n.atom, from.at + n.vector});
      const bool here = (members[at->second].at - from.at - n.vector).norm() < 0.01;
      if (here) bonded.emplace(std::min(k, at->second), std::max(k, at->second));
    }
  }
  std::vector<std::string> atoms, positions, pairs;
  for (const Member& m : members) {
    const Vec3 r = m.at - sum / static_cast<double>(members.size());
    atoms.push_back(element::symbol(table.atomic_number(table.group_of()[m.atom])));
    positions.push_back(fmt::format("{:.3f} {:.3f} {:.3f}", r.x(), r.y(), r.z()));
  }
  for (const auto& [i, k] : bonded) pairs.push_back(fmt::format("{}-{}", i, k));
  return {join(atoms, " "), join(positions, " "), join(pairs, " ")};
}

Table unit_examples_table() {
  Table table{"unit_examples", {}, {"fraction"}};
  for (const char* name : {"unit", "kind", "fraction", "atoms", "positions", "bonds"}) {
    table.columns.push_back({name, name == std::string("positions") ? "A" : "", {}, {}});
  }
  return table;
}

void add_example(Table& table, const std::string& unit, bool usual, double fraction,
                 const UnitExample& example) {
  if (example.atoms.empty()) return;
  auto& c = table.columns;
  c[0].text.push_back(unit);
  c[1].text.emplace_back(usual ? "usual" : "unusual");
  c[2].data.push_back(fraction);
  c[3].text.push_back(example.atoms);
  c[4].text.push_back(example.positions);
  c[5].text.push_back(example.bonds);
}

}  // namespace vitrion
