// Energy between rigid ions: the pair terms of a classical potential, cut off smoothly, and a hard
// core.
//
// Coulomb forces are damped and shifted (Fennell & Gezelter, J. Chem. Phys. 124, 234104 (2006),
// DOI 10.1063/1.2206581; the potential here is shifted in energy and force), other terms are
// shifted to zero at the cut-off. Terms of three bodies are left to the rigid shapes and the cores.
// Tabulated over r²; O(1) a pair.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/packing.hpp"
#include "potential/classical_form.hpp"

namespace vitrion {

/// What the energy tells apart: an element with its usual charge, or with a charge of its own, as a
/// sulfur within a polysulfide has; the potential scales either alike.
struct AtomKind {
  std::string element;
  std::optional<double> charge_e;  ///< unset: the potential's own for the element

  friend bool operator==(const AtomKind&, const AtomKind&) = default;
};
/// The elements of a system as its models list them, then atoms with a charge of their own.
std::vector<AtomKind> atom_kinds(const PreparedSystem& system);
/// Of atom k of a unit.
AtomKind kind_of_atom(const Unit& unit, std::size_t k);

class PairEnergy {
 public:
  /// InputError where the potential lacks an element.
  PairEnergy(const ClassicalForm& form, const std::vector<AtomKind>& kinds,
             const MinimumDistances& cores, double cutoff_A);
  /// For the species of a structure, in their order.
  PairEnergy(const ClassicalForm& form, const std::vector<Species>& species,
             const MinimumDistances& cores, double cutoff_A);

  /// In eV at squared distance r2 (Å²) between kinds of atoms; `overlap` inside the hard core.
  [[nodiscard]] double operator()(std::size_t a, std::size_t b, double r2) const {
    if (r2 >= cutoff2_) return 0;
    const Table& t = tables_[a * kinds_ + b];
    if (r2 < t.core2) return overlap;
    const double x = r2 * per_step_;
    const auto k = static_cast<std::size_t>(x);
    const double w = x - static_cast<double>(k);
    return (1 - w) * t.value[k] + w * t.value[k + 1];
  }
  [[nodiscard]] double cutoff_A() const { return cutoff_; }
  /// The exact pair energy behind the table.
  [[nodiscard]] double exact(std::size_t a, std::size_t b, double r) const;

  static constexpr double overlap = 1e6;

 private:
  struct Table {
    double core2 = 0;
    std::vector<double> value;
  };
  [[nodiscard]] double unshifted(std::size_t a, std::size_t b, double r) const;

  ClassicalForm form_;
  std::vector<std::string> names_;
  std::vector<double> charges_;  // as the potential scales them
  std::size_t kinds_;
  double cutoff_;
  double cutoff2_;
  double per_step_;
  std::vector<Table> tables_;
};

/// The classical potential of that name or file; "auto": the first of the catalogue that has the
/// elements. InputError where it is none.
ClassicalForm classical_form_for(const std::string& name, const std::vector<std::string>& elements);

}  // namespace vitrion
