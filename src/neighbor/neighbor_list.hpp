// All neighbours within a cut-off, of every atom, in any cell, also for cut-offs beyond half a
// height of the cell (periodic images are then neighbours of their own).
//
// Linked cells over fractional coordinates; O(N) at fixed density.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

struct Neighbor {
  std::uint32_t atom;  ///< its index
  double distance;     ///< Å
  Vec3 vector;         ///< from the centre to this image of the neighbour, Å
};

/// A full list (i sees j and j sees i); each atom's neighbours are sorted by distance, then index.
class NeighborList {
 public:
  NeighborList() = default;
  NeighborList(std::vector<std::size_t> offset, std::vector<Neighbor> neighbors, double cutoff_A)
      : offset_(std::move(offset)), neighbors_(std::move(neighbors)), cutoff_(cutoff_A) {}

  [[nodiscard]] std::span<const Neighbor> of(std::size_t atom) const {
    return {neighbors_.data() + offset_[atom], offset_[atom + 1] - offset_[atom]};
  }
  [[nodiscard]] std::size_t atoms() const { return offset_.empty() ? 0 : offset_.size() - 1; }
  [[nodiscard]] std::size_t pairs() const { return neighbors_.size(); }
  [[nodiscard]] double cutoff_A() const { return cutoff_; }

 private:
  std::vector<std::size_t> offset_;
  std::vector<Neighbor> neighbors_;
  double cutoff_ = 0;
};

/// Throws InputError for a cut-off that is not positive and finite.
NeighborList build_neighbor_list(const Structure& structure, double cutoff_A);

}  // namespace vitrion
