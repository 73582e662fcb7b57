// `system: {method: crystal}`: a supercell of a crystal, with substitutions and vacancies, its
// partial occupancies resolved.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/schema.hpp"
#include "build/disorder.hpp"
#include "build/supercell.hpp"

namespace vitrion {

struct CrystalSettings {
  std::string file;                             ///< a file, or a name in data/crystals
  std::vector<double> supercell;                ///< 3 multiples or 9 entries of M; empty: by atoms
  std::string shape = "blocky";                 ///< blocky or cubic, where M is not given
  std::string occupancy = "ewald";              ///< ewald or random
  long candidates = 20;                         ///< arrangements tried
  double too_close_A = 1.5;                     ///< sites never taken both
  std::map<std::string, double> substitutions;  ///< "P>Si": fraction of P
  std::map<std::string, double> vacancies;      ///< "Li": fraction of Li

  Schema schema();
};

/// The crystal over its supercell for about `atoms` atoms, with all changes, before places are
/// drawn.
struct PreparedCrystal {
  Crystal crystal;
  std::vector<SiteGroup> groups;
  Symmetry symmetry;  ///< of the published cell
  IntMatrix matrix;   ///< of the supercell
};
PreparedCrystal prepare_crystal(const CrystalSettings& settings, long atoms);

}  // namespace vitrion
