// The building blocks of a glass: rigid ions such as PS4 (3−), with ideal geometry, and single
// ions.
//
// Polyatomic units are data (data/units/NAME.yaml: name, charge, source, atoms); any element with a
// usual charge is a unit of one atom.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

struct Unit {
  std::string name;
  int charge_e = 0;
  std::string source;
  std::vector<std::string> elements;  ///< of each atom
  std::vector<Vec3> position;         ///< Å, about the geometric centre

  [[nodiscard]] std::size_t size() const { return elements.size(); }
  [[nodiscard]] std::map<std::string, long> counts() const;
};

class UnitLibrary {
 public:
  /// All units of a folder; InputError with file and line where one is broken.
  explicit UnitLibrary(const std::filesystem::path& folder);
  /// That of the program's own data folder.
  static UnitLibrary standard();

  /// The polyatomic unit of that name, or nullptr.
  [[nodiscard]] const Unit* find(const std::string& name) const;
  /// A polyatomic unit, one of a file (.xyz, .yaml), or a single ion; InputError with the nearest
  /// name, or where an element has no usual charge.
  [[nodiscard]] Unit get(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, Unit> units_;
};

/// The unit in one YAML file.
Unit load_unit(const std::filesystem::path& file);
/// A molecule or ion from any structure file (xyz …), its charge from "charge=-3" in an xyz file's
/// second line, else 0.
Unit load_molecule(const std::filesystem::path& file);
/// Whether a unit's name is that of a file.
bool is_unit_file(const std::string& name);
/// An element as an ion of its usual charge; InputError where there is none.
Unit single_ion(const std::string& symbol);

}  // namespace vitrion
