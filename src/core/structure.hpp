// Atoms in a cell: the species table, each atom's kind, and positions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cell.hpp"

namespace vitrion {

/// One kind of atom. Names are unique in a structure and are mostly element symbols.
struct Species {
  std::string name;
  int atomic_number = 0;  ///< 0 where the file did not say
  double mass_amu = 0;

  static Species of_element(std::string_view symbol);
  bool operator==(const Species&) const = default;
};

struct Structure {
  Cell cell;
  std::vector<Species> species;
  std::vector<std::uint16_t> kind;  ///< atom → index into `species`
  std::vector<Vec3> position;       ///< Å

  [[nodiscard]] std::size_t size() const { return position.size(); }
  [[nodiscard]] const Species& species_of(std::size_t atom) const { return species[kind[atom]]; }
  [[nodiscard]] std::optional<std::size_t> find_species(std::string_view name) const;
  /// Index of the species of that name, added (as the element) where it is new.
  std::uint16_t species_index(std::string_view name);
  void add(std::string_view species_name, const Vec3& r);

  [[nodiscard]] std::vector<std::size_t> counts() const;  ///< atoms of each species
  [[nodiscard]] double mass_amu() const;
  /// g/cm³; 0 without a cell.
  [[nodiscard]] double density_g_cm3() const;
  /// "Li96 P32 S128", in the order of the species.
  [[nodiscard]] std::string formula() const;
};

}  // namespace vitrion
