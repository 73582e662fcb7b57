// The Cholesky decomposition of a large dense matrix, on all threads and the widest vectors.
//
// Right-looking, in panels of 96 columns; the trailing update runs on the tiles of linear_gram.
// n³/6 multiplications. The bits do not depend on the number of threads.
#pragma once

#include <Eigen/Core>

namespace vitrion::linear {

class Cholesky {
 public:
  /// Of the lower triangle of a + shift; ok() is false where it is not positive.
  Cholesky(const Eigen::MatrixXd& a, double shift);

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] double log_determinant() const;
  [[nodiscard]] Eigen::VectorXd solve(const Eigen::VectorXd& b) const;
  /// L⁻¹ b.
  [[nodiscard]] Eigen::VectorXd half_solve(const Eigen::VectorXd& b) const;
  /// L; above the diagonal lies what lay there.
  [[nodiscard]] const Eigen::MatrixXd& lower() const { return l_; }

 private:
  Eigen::MatrixXd l_;
  bool ok_ = true;
};

}  // namespace vitrion::linear
