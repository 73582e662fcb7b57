// Which atoms are bonded: one rule of cut-offs for angles, coordination and speciation.
//
// Defaults, by the roles of the two elements, from single-bond covalent radii (those of
// core/element.hpp; Cordero et al. 2008, DOI 10.1039/b801115j) or ionic radii for six neighbours
// (Shannon 1976, DOI 10.1107/S0567739476001551):
//   former–anion   1.25 × covalent   P–S 2.65 Å     (bond 2.0–2.1 Å, next shell from 3.0 Å)
//   former–former  1.215 × covalent  P–P 2.60 Å     (bond 2.2 Å, next shell from 3.0 Å)
//   anion–anion    1.167 × covalent  S–S 2.45 Å     (bond 2.05 Å, next shell from 3.0 Å)
//   cation–anion   1.23 × ionic      Li–S 3.20 Å    (near the first minimum of g(r) in glasses)
//   others         1.25 × covalent, but none between cations, or of cations with formers
// Where nothing is bonded by these (a metal, pure silicon), all pairs take 1.25 × covalent.
// Every cut-off can be given by hand: `--set angles.cutoffs=P-S:2.6A,Li-S:3.2A`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "structure/pairs.hpp"

namespace vitrion {

/// What an element usually is in a glassy ion conductor.
enum class Role {
  former,  ///< P, Si, Ge, B, Sn, As, Sb: bonded covalently to anions
  anion,   ///< chalcogens, halogens, nitrogen
  cation,  ///< mobile or otherwise ionic
  other,
};

Role role_of(int atomic_number);

/// Shannon's radius for six neighbours (four for N), where the element is known as an ion.
std::optional<double> ionic_radius_A(int atomic_number);

/// The default above; nothing where such atoms do not bond, or the element is not known.
std::optional<double> default_bond_cutoff_A(int atomic_number_1, int atomic_number_2);

class BondCutoffs {
 public:
  BondCutoffs() = default;
  /// `given` holds cut-offs by pair ("S-P" as good as "P-S") that overrule the defaults; 0 removes
  /// a bond. Throws InputError for a pair that is not there, or where nothing at all is bonded.
  BondCutoffs(const PairTable& table, const std::map<std::string, double>& given,
              const std::string& who);

  /// Å; 0 where such atoms do not bond. The same for (a, b) and (b, a).
  [[nodiscard]] double of(std::size_t a, std::size_t b) const { return cutoff_[a * groups_ + b]; }
  [[nodiscard]] bool bonded(std::size_t a, std::size_t b) const { return of(a, b) > 0; }
  [[nodiscard]] double largest_A() const;
  /// "Li-S 3.2 A, P-S 2.65 A".
  [[nodiscard]] std::string text(const PairTable& table) const;

 private:
  void set(std::size_t a, std::size_t b, double cutoff);

  std::size_t groups_ = 0;
  std::vector<double> cutoff_;
};

/// The two groups of a pair "A-B"; throws InputError where there are no such species.
std::pair<std::size_t, std::size_t> parse_pair(const PairTable& table, const std::string& pair,
                                               const std::string& who);

}  // namespace vitrion
