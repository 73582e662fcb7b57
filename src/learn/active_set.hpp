// Active sets by MaxVol: the atoms whose features span all others, and the extrapolation grade.
//
// A square submatrix of large volume: every row of the data is a combination of its rows with
// coefficients of at most 1 (Goreinov et al., Matrix Methods: Theory, Algorithms and Applications
// (2010), DOI 10.1142/9789812836021_0015; for potentials Podryabinkin & Shapeev,
// DOI 10.1016/j.commatsci.2017.08.031). Rows stream by: one whose largest coefficient exceeds the
// tolerance takes the place of the row it outgrows (rank-one update, O(m²)); passes are repeated
// until none does. Directions that the data do not span keep a small artificial row.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace vitrion {

class ActiveSet {
 public:
  ActiveSet() = default;
  /// Starts from `floor` times the unit rows: `features` scaled to order 1, a direction along which
  /// the data vary by less than `floor` counts as not spanned.
  explicit ActiveSet(std::size_t features, double floor = 1e-3);

  /// max |φ M|: at most 1 within what the set spans.
  [[nodiscard]] double grade(std::span<const float> row) const;
  /// Takes the row in where its grade exceeds `tolerance`; returns whether it did. `label` names
  /// it.
  bool offer(std::span<const float> row, std::uint64_t label, double tolerance = 1.01);
  /// Computes the inverse afresh, against rounding.
  void refresh();

  [[nodiscard]] std::size_t features() const { return static_cast<std::size_t>(rows_.rows()); }
  /// Rows that are of the data, not artificial.
  [[nodiscard]] std::size_t filled() const;
  [[nodiscard]] const std::vector<std::uint64_t>& labels() const { return labels_; }
  /// M = A⁻¹ for the rows A.
  [[nodiscard]] const Eigen::MatrixXd& inverse() const { return inverse_; }
  [[nodiscard]] const Eigen::MatrixXd& rows() const { return rows_; }

  static constexpr std::uint64_t artificial = ~std::uint64_t{0};

 private:
  Eigen::MatrixXd rows_, inverse_;
  std::vector<std::uint64_t> labels_;
  int updates_ = 0;
};

}  // namespace vitrion
