// Near neighbours of every atom, kept up to date move by move: for minimum distances, tested before
// anything else, and for constraints on bonds.
//
// Linked cells at least as wide as the longest distance of interest; O(1) a query.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

struct Near {
  std::uint32_t atom = 0;
  double distance = 0;  ///< Å
  Vec3 vector;          ///< from the centre, Å
};

/// By ordered pair of groups [a × groups + b], Å; symmetric.
struct PairDistances {
  std::size_t groups = 0;
  std::vector<double> value;

  explicit PairDistances(std::size_t n = 0) : groups(n), value(n * n, 0.0) {}
  [[nodiscard]] double of(std::size_t a, std::size_t b) const { return value[a * groups + b]; }
  void set(std::size_t a, std::size_t b, double d) {
    value[a * groups + b] = d;
    value[b * groups + a] = d;
  }
  /// Keeps the larger of what is there and d.
  void widen(std::size_t a, std::size_t b, double d) {
    if (d > of(a, b)) set(a, b, d);
  }
  [[nodiscard]] double largest() const {
    double out = 0;
    for (const double d : value) out = d > out ? d : out;
    return out;
  }
};

/// A new place for an atom.
struct AtomMove {
  std::uint32_t atom = 0;
  Site to;
};

class NearAtoms {
 public:
  /// `shortest`: no pair may come closer; `listed`: neighbours up to here are kept in lists.
  NearAtoms(std::vector<std::uint16_t> group, PairDistances shortest, PairDistances listed);

  /// Throws InputError where a distance is longer than half the smallest height of the cell.
  void reset(const Cell& cell, std::span<const Site> sites);

  /// Applies moves unless they break a minimum distance; false (and nothing changed) where they do.
  /// A distance that was too short before may stay so, if it does not get shorter.
  bool apply(std::span<const AtomMove> moves);
  void undo();  ///< of the last apply() that returned true
  /// Atoms whose lists the last apply() changed, the moved ones first.
  [[nodiscard]] const std::vector<std::uint32_t>& changed() const { return changed_; }
  /// Lists as they were before the last apply(), in the order of changed().
  [[nodiscard]] const std::vector<std::vector<Near>>& before() const { return before_; }

  [[nodiscard]] const std::vector<Near>& of(std::size_t atom) const { return lists_[atom]; }
  [[nodiscard]] std::size_t group(std::size_t atom) const { return group_[atom]; }
  [[nodiscard]] std::size_t atoms() const { return group_.size(); }
  [[nodiscard]] const std::vector<Site>& sites() const { return sites_; }
  [[nodiscard]] const Cell& cell() const { return cell_; }
  /// Pairs closer than allowed.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> overlapping() const;
  [[nodiscard]] std::size_t overlaps() const { return overlapping().size(); }

 private:
  void set_site(std::uint32_t atom, const Site& to);
  /// Lists the neighbours of an atom as if it stood at `at`; false where one is too close.
  bool query(std::uint32_t atom, const Site& at, std::vector<Near>& out) const;
  void keep(std::uint32_t atom);
  template <class Body>
  void each_box(const Site& at, const Body& body) const;

  std::vector<std::uint16_t> group_;
  PairDistances shortest_, listed_;
  Cell cell_;
  Mat3 step_;  // cell vectors in Å a step
  std::vector<Site> sites_;
  Int3 boxes_{1, 1, 1};
  std::vector<std::vector<std::uint32_t>> box_;
  std::vector<std::uint32_t> box_at_;
  std::vector<std::vector<Near>> lists_;
  bool any_listed_ = false;

  std::vector<std::uint32_t> changed_;
  std::size_t changed_count_ = 0;
  std::vector<std::vector<Near>> before_;
  std::vector<std::uint32_t> mark_;  // position in changed_ + 1, or 0
  std::vector<AtomMove> back_;
  mutable std::vector<Near> found_;
};

}  // namespace vitrion::rmc
