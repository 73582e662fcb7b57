// Partial occupancies made whole: how many of each element go to each group of alike sites, and
// which sites they take.
//
// Numbers are the nearest whole ones that leave the cell neutral where the crystal is. Places are
// drawn at random, or those of lowest electrostatic energy of formal charges: several random
// starts, each annealed by exchanging occupants within groups (O(N) an accepted exchange on
// ewald.hpp's matrix). Two sites closer than `too_close_A` are never both taken.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "build/crystal.hpp"

namespace vitrion {

/// Alike sites and what they will hold.
struct SiteGroup {
  std::vector<std::size_t> sites;
  std::map<std::string, double> exact;  ///< occupancy × sites, by element
  std::map<std::string, long> counts;   ///< whole numbers of them
};

/// InputError where no whole numbers are neutral although the occupancies are.
std::vector<SiteGroup> count_occupants(const Crystal& crystal);
std::map<std::string, long> contents(const std::vector<SiteGroup>& groups);

struct DisorderOptions {
  bool ewald = true;
  long candidates = 20;
  double too_close_A = 1.5;
};

struct ResolvedCrystal {
  Structure structure;
  std::vector<double> energies_eV;  ///< of the candidates that differ, lowest first; may be empty
};

/// WorkError where sites that are too close to each other cannot be avoided.
ResolvedCrystal resolve_disorder(const Crystal& crystal, const std::vector<SiteGroup>& groups,
                                 const DisorderOptions& options, RandomStream& random);

}  // namespace vitrion
