// The building blocks of a glass: rigid ions such as PS4 (3−), with ideal geometry, chains of any
// length, and single ions.
//
// Polyatomic units are data (data/units/NAME.yaml: name, charge, source, atoms), and so are chains
// (build/chain.hpp), of which "S{6}" is one of six links; any element with a usual charge is a unit
// of one atom.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
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
  std::vector<double> charge{};       ///< of each atom, e; empty: the usual ones of the elements

  /// A bond about which a chain turns: all atoms from `first` on move.
  struct Torsion {
    std::uint32_t before = 0;  ///< φ is the dihedral angle before–from–to–first
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t first = 0;
    double angle = 0;                   ///< rad, of `position`
    std::vector<double> energies_eV{};  ///< k_1, k_2 … of Σ k_n cos(nφ)
    [[nodiscard]] double energy_eV(double angle_rad) const {
      double e = 0;
      for (std::size_t n = 0; n < energies_eV.size(); ++n)
        e += energies_eV[n] * std::cos(static_cast<double>(n + 1) * angle_rad);
      return e;
    }
  };
  std::vector<Torsion> torsions{};  ///< in the order of growth; none of a rigid unit
  std::vector<int> parent{};        ///< of a chain: the atom that each is bonded to; −1 the first

  [[nodiscard]] std::size_t size() const { return elements.size(); }
  [[nodiscard]] std::map<std::string, long> counts() const;
};

struct Chain;

class UnitLibrary {
 public:
  /// All units of a folder; InputError with file and line where one is broken.
  explicit UnitLibrary(const std::filesystem::path& folder);
  /// That of the program's own data folder.
  static UnitLibrary standard();

  /// The polyatomic unit of that name, or nullptr.
  [[nodiscard]] const Unit* find(const std::string& name) const;
  /// Whether it is a polyatomic unit, or a chain of a known kind ("S{6}").
  [[nodiscard]] bool has(const std::string& name) const;
  /// A polyatomic unit, a chain, one of a file (.xyz, .yaml), or a single ion; InputError with the
  /// nearest name, or where an element has no usual charge.
  [[nodiscard]] Unit get(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  /// "PS3{n}", "S{n}".
  [[nodiscard]] std::vector<std::string> chain_names() const;

 private:
  std::map<std::string, Unit> units_;
  std::map<std::string, std::shared_ptr<const Chain>> chains_;
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
