#include "structure/units.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/element.hpp"

namespace vitrion {
namespace {

constexpr int largest_named = 12;

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }
  std::uint32_t root(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::uint32_t i, std::uint32_t j) {
    i = root(i);
    j = root(j);
    if (i != j) parent_[std::max(i, j)] = std::min(i, j);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

// Bonded neighbours of an atom within the network.
struct Bonds {
  const PairTable& table;
  const NeighborList& neighbors;
  const BondCutoffs& cutoffs;
  std::span<const Part> part;
  double largest;

  [[nodiscard]] Part part_of(std::size_t atom) const { return part[table.group_of()[atom]]; }

  template <class Body>
  void each(std::size_t i, const Body& body) const {
    const std::size_t a = table.group_of()[i];
    for (const Neighbor& n : neighbors.of(i)) {
      if (n.distance > largest) break;
      const std::size_t b = table.group_of()[n.atom];
      if (part[b] != Part::none && n.distance <= cutoffs.of(a, b)) body(n);
    }
  }
};

// Other formers with which former i shares two anions or more; an image is a former of its own.
int shared_edges(const Bonds& bonds, std::size_t i) {
  struct Other {
    std::uint32_t atom;
    Vec3 at;
    int shared;
  };
  std::vector<Other> others;
  bonds.each(i, [&](const Neighbor& anion) {
    if (bonds.part_of(anion.atom) != Part::anion) return;
    bonds.each(anion.atom, [&](const Neighbor& former) {
      if (bonds.part_of(former.atom) != Part::former) return;
      const Vec3 at = anion.vector + former.vector;
      if (former.atom == i && at.norm() < 0.1) return;
      for (Other& other : others) {
        if (other.atom == former.atom && (other.at - at).norm() < 0.1) {
          ++other.shared;
          return;
        }
      }
      others.push_back({former.atom, at, 1});
    });
  });
  return static_cast<int>(
      std::count_if(others.begin(), others.end(), [](const Other& o) { return o.shared > 1; }));
}

void add_site(Unit& unit, const Bonds& bonds, const Network& network, std::size_t i) {
  const Site& site = network.sites[i];
  const std::size_t group = bonds.table.group_of()[i];
  const Part part = bonds.part[group];
  ++unit.counts[group];
  ++(part == Part::former ? unit.formers : unit.anions);
  if (part == Part::anion && site.formers > 1) ++unit.bridges;
  if (part == Part::former && site.bridges > 1) unit.edges += shared_edges(bonds, i);
  const int like = part == Part::former ? site.formers : site.anions;
  if (like == 0) return;
  (part == Part::former ? unit.former_bonds : unit.anion_bonds) += like;
  std::string& name = part == Part::former ? unit.former_bond : unit.anion_bond;
  bonds.each(i, [&](const Neighbor& n) {
    if (bonds.part_of(n.atom) != part) return;
    std::string a = split_label(bonds.table.name(group)).first;
    std::string b = split_label(bonds.table.name(bonds.table.group_of()[n.atom])).first;
    if (b < a) std::swap(a, b);
    const std::string pair = a + "-" + b;
    if (name.empty() || pair < name) name = pair;
  });
}

}  // namespace

Network find_network(const PairTable& table, const NeighborList& neighbors,
                     const BondCutoffs& cutoffs, std::span<const Part> part) {
  const std::size_t n = neighbors.atoms();
  const Bonds bonds{table, neighbors, cutoffs, part, cutoffs.largest_A()};
  Network network;
  network.sites.resize(n);
  DisjointSets sets(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (bonds.part_of(i) == Part::none) continue;
    bonds.each(i, [&](const Neighbor& other) {
      ++(bonds.part_of(other.atom) == Part::former ? network.sites[i].formers
                                                   : network.sites[i].anions);
      sets.join(static_cast<std::uint32_t>(i), other.atom);
    });
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (bonds.part_of(i) != Part::former) continue;
    bonds.each(i, [&](const Neighbor& other) {
      if (bonds.part_of(other.atom) == Part::anion && network.sites[other.atom].formers > 1) {
        ++network.sites[i].bridges;
      }
    });
  }
  auto& unit_of = network.unit_of;
  unit_of.assign(n, -1);
  for (std::size_t i = 0; i < n; ++i) {
    if (bonds.part_of(i) == Part::none) continue;
    // The root is the lowest atom of its set, so it is met first.
    const std::uint32_t root = sets.root(static_cast<std::uint32_t>(i));
    if (unit_of[root] < 0) {
      unit_of[root] = static_cast<std::int64_t>(network.units.size());
      network.units.emplace_back().counts.assign(table.groups(), 0);
    }
    unit_of[i] = unit_of[root];
    add_site(network.units[static_cast<std::size_t>(unit_of[i])], bonds, network, i);
  }
  for (Unit& unit : network.units) {  // each was met from both its ends
    unit.edges /= 2;
    unit.former_bonds /= 2;
    unit.anion_bonds /= 2;
  }
  return network;
}

namespace {

bool is_edge_dimer(const Unit& u) {
  return u.formers == 2 && u.anions == 6 && u.bridges == 2 && u.edges == 1 && u.former_bonds == 0 &&
         u.anion_bonds == 0;
}

bool is_corner_ring(const Unit& u) {
  return u.formers >= 3 && u.anions == 3 * u.formers && u.bridges == u.formers && u.edges == 0 &&
         u.former_bonds == 0 && u.anion_bonds == 0;
}

// P2S6, held together by a bond between the formers alone.
bool is_bonded_dimer(const Unit& u) {
  return u.formers == 2 && u.anions == 6 && u.bridges == 0 && u.former_bonds == 1 &&
         u.anion_bonds == 0;
}

// PS3, PS4, P2S7, P3S10 …
bool is_plain(const Unit& u) {
  if (u.former_bonds > 0 || u.anion_bonds > 0 || u.edges > 0) return false;
  if (u.formers == 1) return u.anions == 3 || u.anions == 4;
  return u.anions == 3 * u.formers + 1 && u.bridges == u.formers - 1;
}

}  // namespace

double unit_charge(const Unit& u, const PairTable& table) {
  double charge = 2.0 * (u.anion_bonds - u.former_bonds);
  for (std::size_t g = 0; g < table.groups(); ++g) {
    if (u.counts[g] == 0) continue;
    charge += u.counts[g] * element::formal_charge(table.atomic_number(g))
                                .value_or(std::numeric_limits<double>::quiet_NaN());
  }
  return charge;
}

bool is_usual(const Unit& u) {
  if (u.formers == 0) return true;
  if (u.formers > largest_named) return true;
  return is_plain(u) || is_bonded_dimer(u) || is_edge_dimer(u) || is_corner_ring(u);
}

namespace {

// What the formula does not say.
std::string special(const Unit& u) {
  if (u.formers == 0 || is_plain(u) || is_bonded_dimer(u)) return "";
  if (is_corner_ring(u)) return "_ring";
  std::string out;
  // PS3-S-PS2 has the formula of P2S6 4-, which is held by a P-P bond.
  if (u.formers == 2 && u.anions == 6 && u.bridges > 0 && u.edges == 0) out += "_corner";
  if (u.edges > 0) out += "_edge";
  if (u.former_bonds > 0) out += "_" + u.former_bond;
  if (u.anion_bonds > 0) out += "_" + u.anion_bond;
  return out;
}

}  // namespace

std::string unit_name(const Unit& u, const PairTable& table, std::span<const Part> part) {
  std::string labels;
  std::vector<std::pair<std::string, int>> elements;
  for (const Part wanted : {Part::former, Part::anion}) {
    for (std::size_t g = 0; g < table.groups(); ++g) {
      if (part[g] != wanted || u.counts[g] == 0) continue;
      const auto [symbol, label] = split_label(table.name(g));
      if (!label.empty() && labels.find(label) == std::string::npos) {
        labels += (labels.empty() ? "@" : "+") + label;
      }
      const auto known =
          std::find_if(elements.begin(), elements.end(),
                       [&, &name = symbol](const auto& e) { return e.first == name; });
      if (known == elements.end()) {
        elements.emplace_back(symbol, u.counts[g]);
      } else {
        known->second += u.counts[g];
      }
    }
  }
  std::string formula;
  for (const auto& [symbol, count] : elements) {
    formula += symbol + (count > 1 ? std::to_string(count) : "");
  }
  return (u.formers > largest_named ? "network" : formula + special(u)) + labels;
}

std::pair<std::string, std::string> split_label(const std::string& species) {
  const auto at = species.find('@');
  if (at == std::string::npos) return {species, ""};
  return {species.substr(0, at), species.substr(at + 1)};
}

}  // namespace vitrion
