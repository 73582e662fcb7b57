// Crystals to build from: CIF files (io/cif.hpp), whatever holds atoms in a cell (POSCAR, extxyz
// …), and those in data/crystals by name; their symmetry.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/structure.hpp"
#include "io/cif.hpp"

namespace vitrion {

/// A file, or the name of one in data/crystals ("gamma-Li3PS4"). InputError with the file and what
/// is missing, or with the nearest name.
Crystal load_crystal(const std::string& name_or_file);
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
