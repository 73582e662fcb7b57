// A crystal as published: cell, sites with the elements that share them, space-group operations.
//
// Read are CIF files (operations from the file, else from its space group's symbol or number, by
// gemmi), and whatever holds atoms in a cell (POSCAR, extxyz …). Sites of a CIF file that fall on
// one place are one site with several occupants. O(sites × operations).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

struct CrystalSite {
  Vec3 fraction = Vec3::Zero();
  std::map<std::string, double> occupancy;  ///< by element; the rest of 1 is vacant
  std::string label;                        ///< sites of one orbit have the same

  [[nodiscard]] bool is_partial() const;
};

struct Crystal {
  std::string name;
  Cell cell;
  std::vector<CrystalSite> sites;

  /// Elements in the cell, by occupancies.
  [[nodiscard]] std::map<std::string, double> contents() const;
};

/// A file, or the name of one in data/crystals ("gamma-Li3PS4"). InputError with the file and what
/// is missing, or with the nearest name.
Crystal load_crystal(const std::string& name_or_file);
/// From a CIF file alone.
Crystal read_cif(const std::filesystem::path& file);
/// The names in data/crystals.
std::vector<std::string> crystal_names();

struct Symmetry {
  std::string symbol;  ///< "Pmn2_1"
  int number = 0;
};
/// By spglib (Togo & Tanaka, arXiv:1808.01590), to a tolerance in Å; number 0 where none is found.
/// Occupants of a site count as a kind of their own.
Symmetry symmetry_of(const Crystal& crystal, double tolerance_A = 0.01);
Symmetry symmetry_of(const Structure& structure, double tolerance_A = 0.01);

}  // namespace vitrion
