// `system: {method: network}`: a continuous random network of a composition, annealed by bond
// transposition, with its modifier ions in the room that is left.
//
// The composition settles the bonding: a former of coordination z gives z bonds, an anion bridges
// two formers or ends one; with n_X anions and B bonds, B − n_X bridge and 2 n_X − B do not.
// Formers start as a random packing and are linked to the nearest that have bonds left, loose ends
// by transposing a link: no atom ever lacks or exceeds its number.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "build/network.hpp"

namespace vitrion {

struct NetworkSettings {
  std::string form = "auto";  ///< a file, or a name in data/networks
  double hot_eV = 0.5;        ///< kT at which transposition begins
  double cold_eV = 0.05;      ///< and ends
  long sweeps = 200;          ///< proposals a link, over the whole schedule

  Schema schema();
};

/// Bridging, terminal and direct links of a composition.
struct NetworkCounts {
  long formers = 0;
  long anions = 0;
  long bonds = 0;     ///< that formers give
  long bridging = 0;  ///< anions between two formers
  long terminal = 0;  ///< anions at one
};
/// InputError where these atoms make no network: too few anions (formers would need bonds to each
/// other) or too many (some would be isolated ions).
NetworkCounts count_links(const std::map<std::string, long>& atoms, const NetworkForm& form);

/// Formers and anions linked at random and relaxed.
Network random_network(const std::map<std::string, long>& atoms, const Cell& cell,
                       const NetworkForm& form, RandomStream& random);

/// Rings of formers, by size, as a count per former: shortest closed paths through each pair of
/// links of a former (L. Guttman, J. Non-Cryst. Solids 116, 145 (1990),
/// DOI 10.1016/0022-3093(90)90686-G), each ring once. O(N · reach).
std::map<int, double> ring_statistics(const Network& network, int largest = 12);

/// Sentences on energy, bonds, angles and rings.
std::vector<std::string> describe_network(const Network& network);

}  // namespace vitrion
