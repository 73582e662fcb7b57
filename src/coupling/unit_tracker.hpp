// Units of a former and its ligands (PS4, PS3, SiS4, BH4 …), followed through a trajectory.
//
// Each ligand sits at a labelled corner of the unit's shape. A bond that grows beyond `hold` times
// its cut-off frees its corner, and the nearest unbonded ligand within the cut-off takes it, so the
// orientation goes on through an exchange of bonds. The shape is the regular tetrahedron where four
// ligands are near one, else that of the first frame. In P2S7 and P2S6 each former has a unit of
// its own (with the other former as a ligand in P2S6); these count as linked.
// O(units) a frame, 2 µs each.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "core/frame.hpp"
#include "coupling/rotor.hpp"

namespace vitrion {

/// What is a unit; bound to the parameters of the analyses.
struct UnitChoice {
  std::vector<std::string> centres;         ///< empty: P, Si, Ge, B, Sn, As, Sb
  std::vector<std::string> ligands;         ///< empty: S, Se, O, Te
  std::map<std::string, double> cutoffs_A;  ///< over the defaults of structure/bonds.hpp
  std::string which = "all";                ///< all, free, or linked units
  void describe(Schema& schema);
};

inline constexpr std::uint32_t no_atom = ~std::uint32_t{0};

struct RotorUnit {
  std::uint32_t centre = 0;
  std::vector<std::uint32_t> ligands;  ///< by corner; no_atom where the corner is free
  std::size_t kind = 0;                ///< index into kinds()
  bool linked = false;                 ///< shares a ligand with, or is bonded to, another centre
  Quaternion now = Quaternion::Identity();
};

/// Units alike: "PS4", its shape (unit vectors) and the shape's rotations.
struct RotorKind {
  std::string name;
  std::vector<Vec3> shape;
  std::vector<Quaternion> symmetry;
  std::size_t count = 0;
};

class UnitTracker {
 public:
  UnitTracker() = default;
  /// Throws InputError where there is no unit.
  UnitTracker(const Structure& first, const UnitChoice& choice, const std::string& who);

  /// Frames in order of time; positions as in the frame, folded or not.
  void next(const Cell& cell, const std::vector<Vec3>& position);

  [[nodiscard]] const std::vector<RotorUnit>& units() const { return units_; }
  [[nodiscard]] const std::vector<RotorKind>& kinds() const { return kinds_; }
  [[nodiscard]] std::size_t corners() const { return corners_; }
  /// The first corner of a unit within directions().
  [[nodiscard]] std::size_t first_corner(std::size_t unit) const { return first_[unit]; }
  /// Unit vectors from the centre to each ligand of each unit (of the shape, where it is free).
  [[nodiscard]] const std::vector<Vec3>& directions() const { return directions_; }
  /// Vectors to ligands in Å, zero where the corner is free.
  [[nodiscard]] const std::vector<Vec3>& bonds() const { return bonds_; }
  [[nodiscard]] std::int64_t exchanges() const { return exchanges_; }
  /// Units in words: "32 PS4 (32 free, 0 linked)".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const std::string& cutoff_text() const { return cutoff_text_; }

 private:
  void add_kind(RotorUnit& unit, const std::string& name, const std::vector<Vec3>& bonds);
  void follow(std::size_t unit, const Cell& cell, const std::vector<Vec3>& position);
  void mend(std::size_t unit, const Cell& cell, const std::vector<Vec3>& position);

  std::vector<RotorUnit> units_;
  std::vector<RotorKind> kinds_;
  std::vector<std::size_t> first_;
  std::vector<std::uint32_t> candidates_;  // ligand atoms
  std::vector<double> cutoff_;             // by group of centre × group of ligand
  std::vector<std::uint16_t> group_of_;
  std::size_t groups_ = 0;
  std::vector<Vec3> directions_, bonds_;
  std::vector<std::uint8_t> broken_;
  std::size_t corners_ = 0;
  std::int64_t exchanges_ = 0;
  std::string cutoff_text_;
};

}  // namespace vitrion
