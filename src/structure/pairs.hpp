// The species that are there, in alphabetical order, and their pairs: the names of columns.
//
// Pairs are alphabetical and unordered ("Li-S"); directed ones read "Li>S": S around Li.
#pragma once

#include <string>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// Groups are species with at least one atom, numbered by the alphabet; pairs run A-A, A-B, … B-B.
class PairTable {
 public:
  PairTable() = default;
  explicit PairTable(const Structure& structure);

  [[nodiscard]] std::size_t groups() const { return names_.size(); }
  [[nodiscard]] std::size_t pairs() const { return groups() * (groups() + 1) / 2; }
  [[nodiscard]] const std::string& name(std::size_t group) const { return names_[group]; }
  [[nodiscard]] int atomic_number(std::size_t group) const { return numbers_[group]; }
  /// Atoms in a group.
  [[nodiscard]] double count(std::size_t group) const { return counts_[group]; }
  /// Atom → group.
  [[nodiscard]] const std::vector<std::uint16_t>& group_of() const { return group_of_; }
  /// The same for (a, b) and (b, a).
  [[nodiscard]] std::size_t pair(std::size_t a, std::size_t b) const;
  [[nodiscard]] std::string pair_name(std::size_t a, std::size_t b) const;
  /// Number of a group of that name; throws InputError with the nearest name.
  [[nodiscard]] std::size_t group(const std::string& name) const;

 private:
  std::vector<std::string> names_;
  std::vector<int> numbers_;
  std::vector<double> counts_;
  std::vector<std::uint16_t> group_of_;
};

}  // namespace vitrion
