// How far a set of ligands is from an ideal shape: the continuous symmetry measure
//
//   S = 100 min |x_i − s R p_π(i)|² / Σ |x_i|²   over scale s, rotation R and permutation π
//
// (Zabrodsky, Peleg & Avnir, DOI 10.1021/ja00046a033; Pinsky & Avnir, DOI 10.1021/ic9804925). The
// centre counts as a point, and both sets are centred on their centroids. S is 0 for the ideal
// shape and at most 100. For up to four ligands all permutations are tried; for more, a start for
// every way to lay two ligands on two vertices (up to the symmetry of the shape), each refined by
// turns of best assignment (Kuhn, DOI 10.1002/nav.3800020109) and best rotation. O(n⁵) at worst.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

class IdealShape {
 public:
  IdealShape() = default;
  /// Vertices as seen from the centre.
  explicit IdealShape(std::vector<Vec3> vertices);

  [[nodiscard]] std::size_t size() const { return vertices_.size(); }
  [[nodiscard]] const std::vector<Vec3>& vertices() const { return vertices_; }

  /// S of ligands as seen from their centre, as many as there are vertices. Where `enough` is
  /// given, the search ends at a fit at least as good.
  [[nodiscard]] double measure(std::span<const Vec3> ligands, double enough = 1e-9) const;

 private:
  friend class ShapeFit;
  void find_starts();

  std::vector<Vec3> vertices_;
  std::vector<Vec3> centred_;  // and the centre, last
  double norm2_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> starts_;  // pairs of vertices, by symmetry
};

/// Assigns rows to columns of an n × n table of gains (row-major) so that their sum is largest;
/// out[row] = column. O(n³).
void best_assignment(std::span<const double> gain, std::size_t n, std::span<std::size_t> out);

}  // namespace vitrion
