// Partial histograms of pair distances, kept up to date move by move.
//
// Counts are whole numbers and positions are too (sites.hpp): old and new distances go through the
// same arithmetic, so incremental counts equal a recount exactly. One move of one atom costs one
// straight, vectorised pass over the atoms in reach: with a range near half the cell that is all of
// them, else the linked cells of a grid within the range.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

/// How the numbers of pairs of one atom with each group change; rows of bins, one for each group.
struct PairChange {
  std::size_t stride = 0;  ///< bins in a row; those at the end lie beyond the range
  std::vector<std::int32_t> added, removed;
};

class PairCounts {
 public:
  /// `group` of each atom; bins of `width_A` over [0, width × bins), which must not reach beyond
  /// half the smallest height of the cell. Throws InputError where it does.
  PairCounts(const Cell& cell, std::vector<std::uint16_t> group, std::size_t groups, double width_A,
             std::size_t bins);

  [[nodiscard]] std::size_t bins() const { return bins_; }
  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] double width_A() const { return width_; }

  /// Takes positions and counts all pairs anew. O(N × atoms in reach).
  void reset(const Cell& cell, std::span<const Site> sites);
  /// All pairs again, without changing anything: for checks.
  [[nodiscard]] std::vector<std::int64_t> recount();

  /// Adds to `change` what moving `atom` from its site to another does; all others stay.
  void add_move(std::size_t atom, const Site& to, PairChange& change);
  /// An empty change.
  void clear(PairChange& change) const;
  /// Takes a move over: the site at once, the counts by `commit`.
  void place(std::size_t atom, const Site& to);
  void commit(std::size_t group, const PairChange& change);
  /// added − removed within the range, [group × bins + bin].
  void difference(const PairChange& change, std::vector<float>& out) const;

  [[nodiscard]] const Site& site(std::size_t atom) const { return sites_[atom]; }
  [[nodiscard]] const std::vector<Site>& sites() const { return sites_; }
  /// Unordered pairs of groups (a, b), a ≤ b: [pair × bins + bin] with pairs a-a, a-b … b-b.
  [[nodiscard]] const std::vector<std::int64_t>& counts() const { return counts_; }
  [[nodiscard]] std::size_t pair(std::size_t a, std::size_t b) const;

 private:
  struct Run {
    std::size_t first, count;
  };
  /// Row of slots without an atom, which nobody reads.
  [[nodiscard]] std::int32_t empty_base() const {
    return static_cast<std::int32_t>(groups_ * stride_);
  }
  void set_cell(const Cell& cell);
  void fill_slots();
  void put(std::size_t atom, std::size_t box);
  void take(std::size_t atom);
  /// Boxes that can hold atoms within range of either site.
  void runs_around(const Site& from, const Site& to);
  void sweep(const Site& from, const Site& to, PairChange& change);
  void add_counts(std::size_t group, const std::vector<std::int32_t>& more, int sign,
                  std::vector<std::int64_t>& counts) const;

  double width_;
  std::size_t bins_;
  std::size_t groups_;
  std::size_t stride_ = 0;
  std::vector<std::uint16_t> group_;
  std::vector<Site> sites_;
  float metric_[6] = {};  // upper triangle of the cell, in bins for a step

  // Slots: the atoms of a box lie in one run of these arrays.
  Int3 boxes_{1, 1, 1};
  Int3 reach_{0, 0, 0};
  std::size_t capacity_ = 0;  // slots of a box
  std::vector<std::int32_t> x_, y_, z_, base_;
  std::vector<std::uint32_t> atom_at_;
  std::vector<std::uint32_t> slot_of_;
  std::vector<std::uint32_t> filled_;  // atoms in each box
  std::vector<Run> runs_;
  std::vector<std::uint32_t> boxes_in_reach_;
  std::vector<std::uint8_t> marked_;
  std::vector<std::int32_t> old_, new_;
  std::vector<std::int64_t> counts_;
};

}  // namespace vitrion::rmc
