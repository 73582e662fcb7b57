// Units that are chains of links with free torsions: polysulfides S{n}, thiophosphates PS3{n}.
//
// A chain is data (data/units/NAME_chain.yaml): backbone atoms of the start, of one link and of the
// end, each with its bond to the atom before, the angle at it, and atoms at its sides. Bond lengths
// and angles are fixed; about every bond along the backbone the chain turns, with an energy
// Σ k_n cos(nφ), φ = 0 being cis. A chain of a given length is a Unit whose atoms are listed in the
// order in which it grows, so that a torsion moves all atoms from its first one on. O(links).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "build/unit.hpp"

namespace vitrion {

/// Atoms at the side of a backbone atom: one or two, away from its neighbours along the chain.
struct ChainSides {
  std::string atom;
  long number = 0;
  double bond_A = 2;
  double angle_deg = 120;  ///< between the two

  Schema schema();
};

struct ChainAtom {
  std::string atom;
  std::optional<double> charge_e;  ///< unset: the usual one of the element
  double bond_A = 2;               ///< to the backbone atom before
  double angle_deg = 109.47;       ///< at this atom, between its neighbours along the backbone
  std::vector<double> torsion_eV;  ///< of the bond to the atom before: k_1, k_2 …
  ChainSides sides;

  Schema schema();
};

struct Chain {
  std::string name;  ///< "S{n}"
  std::string source;
  std::vector<ChainAtom> start, link, end;
  long in_ends = 0;  ///< links that start and end hold already
  Location where;

  Schema schema();
};

Chain read_chain(const Node& map);
/// "S{6}" is six links of "S{n}"; nullopt where a name is not of that form.
struct ChainName {
  std::string chain;  ///< "S{n}"
  long links = 0;
};
std::optional<ChainName> parse_chain_name(const std::string& name);
/// The chain of that length, torsions at their lowest energy. InputError where it is too short.
Unit grow_chain(const Chain& chain, long links);

/// Angle in rad, 0 where a and d are cis about b–c; positive where d is turned clockwise, seen from
/// b.
double dihedral(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d);
/// Turns atoms [from, to) about the axis b–c by an angle.
void turn_about(std::vector<Vec3>& at, std::size_t from, std::size_t to, const Vec3& b,
                const Vec3& c, double angle);

}  // namespace vitrion
