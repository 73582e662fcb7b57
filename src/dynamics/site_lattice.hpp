// The sites of a crystal's mobile ions, and which of them each ion belongs to.
//
// Sites are given, or are the maxima of the ions' density on a grid, smoothed by a Gaussian, each
// moved once to the mean of the ions nearest to it. An ion belongs to the last site whose core it
// entered: a sphere of `core`, at most 0.45 of the way to the next site. So an ion that crosses the
// face between two Voronoi cells and turns back has not jumped, nor has one that only passes by.
// O(1) an ion in its core, else O(sites within 6 Å).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/cell.hpp"
#include "dynamics/jump_correlation.hpp"

namespace vitrion {

class SiteLattice {
 public:
  SiteLattice() = default;
  /// Positions as fractions of the cell. Throws InputError where two are the same.
  SiteLattice(const Cell& cell, std::vector<Vec3> fractions, double core_A);

  [[nodiscard]] std::size_t size() const { return place_.size(); }
  [[nodiscard]] const Cell& cell() const { return cell_; }
  [[nodiscard]] const Vec3& place(std::size_t site) const { return place_[site]; }  ///< Å
  [[nodiscard]] double core_A(std::size_t site) const { return core_[site]; }
  [[nodiscard]] Vec3 step(std::size_t from, std::size_t to) const {
    return cell_.minimum_image(place_[to] - place_[from]);
  }
  /// The site nearest to r; the search begins around `guess`.
  [[nodiscard]] std::uint32_t nearest(const Vec3& r, std::uint32_t guess, double& distance_A) const;
  [[nodiscard]] std::uint32_t nearest(const Vec3& r, double& distance_A) const;

 private:
  Cell cell_;
  std::vector<Vec3> place_;
  std::vector<double> core_;
  std::vector<std::vector<std::uint32_t>> around_;
};

/// Follows ions from site to site; frames in order of time.
class SiteTracker {
 public:
  SiteTracker(const SiteLattice& lattice, std::size_t ions);
  /// x, y, z of each ion as fractions of the cell, folded or not.
  void next(const std::vector<float>& fractions);

  [[nodiscard]] const std::vector<SiteJump>& jumps() const { return jumps_; }
  /// Frames that ions belonged to each site, and those of at least one, and of two or more.
  [[nodiscard]] const std::vector<double>& frames_of() const { return frames_of_; }
  [[nodiscard]] const std::vector<double>& occupied() const { return occupied_; }
  [[nodiscard]] double doubly() const { return doubly_; }
  /// Share of ions and frames within the core of their site.
  [[nodiscard]] double in_core() const { return in_core_; }
  [[nodiscard]] std::size_t frames() const { return frames_; }
  /// Length of each stay that began and ended within the run, in frames, and its site.
  [[nodiscard]] const std::vector<std::pair<std::uint32_t, double>>& stays() const {
    return stays_;
  }

 private:
  const SiteLattice* lattice_;
  std::vector<std::uint32_t> site_, near_;
  std::vector<bool> settled_;    // has been in a core; the frames before count for that site
  std::vector<double> waited_;   // frames before that
  std::vector<double> arrived_;  // −1: before the first jump
  std::vector<SiteJump> jumps_;
  std::vector<double> frames_of_, occupied_;
  std::vector<std::uint16_t> now_;
  std::vector<std::pair<std::uint32_t, double>> stays_;
  double doubly_ = 0;
  double in_core_ = 0;
  std::size_t frames_ = 0;
};

/// Maxima of the density of ions, at least `separation` apart and with a density of `least` of the
/// highest; fractions of the cell, the densest first.
std::vector<Vec3> density_maxima(const Cell& cell, const std::vector<std::vector<float>>& rows,
                                 double smoothing_A, double separation_A, double least);

}  // namespace vitrion
