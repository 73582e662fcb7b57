// A crystal as published: cell, sites with the elements that share them, space-group operations.
//
// CIF 1.1 (https://www.iucr.org/resources/cif/spec/version1.1); operations from the file, else from
// its space group's symbol or number, by gemmi. Sites that fall on one place are one site with
// several occupants. O(sites × operations). As a format of frames a CIF file is one structure, and
// partly filled sites are refused: what fills them is a choice (`vitrion build`).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/cell.hpp"

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

/// InputError with the file and what is missing.
Crystal read_cif(const std::filesystem::path& file);
/// The same of a text; `file` names it in errors.
Crystal crystal_of_cif(std::string_view text, const std::filesystem::path& file);

}  // namespace vitrion
