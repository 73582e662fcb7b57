#include "structure/polyhedron_links.hpp"

namespace vitrion {
namespace {

template <class Body>
void each_bonded(std::size_t i, const PairTable& table, const NeighborList& neighbors,
                 const BondCutoffs& bonds, const std::vector<bool>& wanted, const Body& body) {
  const auto& group = table.group_of();
  const double largest = bonds.largest_A();
  for (const Neighbor& n : neighbors.of(i)) {
    if (n.distance > largest) break;
    if (wanted[group[n.atom]] && n.distance <= bonds.of(group[i], group[n.atom])) body(n);
  }
}

}  // namespace

std::vector<PolyhedronLink> polyhedron_links(std::size_t i, const PairTable& table,
                                             const NeighborList& neighbors,
                                             const BondCutoffs& bonds,
                                             const PolyhedronRoles& roles) {
  std::vector<PolyhedronLink> links;
  std::vector<Vec3> at;
  each_bonded(i, table, neighbors, bonds, roles.ligand, [&](const Neighbor& ligand) {
    each_bonded(ligand.atom, table, neighbors, bonds, roles.centre, [&](const Neighbor& centre) {
      const Vec3 there = ligand.vector + centre.vector;
      if (centre.atom == i && there.norm() < 0.1) return;
      for (std::size_t k = 0; k < links.size(); ++k) {
        if (links[k].atom == centre.atom && (at[k] - there).norm() < 0.1) {
          ++links[k].shared;
          return;
        }
      }
      links.push_back({centre.atom, 1});
      at.push_back(there);
    });
  });
  return links;
}

}  // namespace vitrion
