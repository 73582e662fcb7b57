#include "learn/active_set.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace vitrion {

ActiveSet::ActiveSet(std::size_t features, double floor) {
  const auto m = static_cast<Eigen::Index>(features);
  rows_ = floor * Eigen::MatrixXd::Identity(m, m);
  inverse_ = Eigen::MatrixXd::Identity(m, m) / floor;
  labels_.assign(features, artificial);
}

std::size_t ActiveSet::filled() const {
  return static_cast<std::size_t>(
      std::count_if(labels_.begin(), labels_.end(), [](auto l) { return l != artificial; }));
}

double ActiveSet::grade(std::span<const float> row) const {
  if (row.size() != features())
    throw std::invalid_argument("ActiveSet: another number of features");
  const Eigen::Map<const Eigen::VectorXf> r(row.data(), static_cast<Eigen::Index>(row.size()));
  return (inverse_.transpose() * r.cast<double>()).cwiseAbs().maxCoeff();
}

bool ActiveSet::offer(std::span<const float> row, std::uint64_t label, double tolerance) {
  if (row.size() != features())
    throw std::invalid_argument("ActiveSet: another number of features");
  const Eigen::Map<const Eigen::VectorXf> r(row.data(), static_cast<Eigen::Index>(row.size()));
  const Eigen::VectorXd x = r.cast<double>();
  const Eigen::VectorXd coefficients = inverse_.transpose() * x;  // x = Σ_i coefficient_i row_i
  Eigen::Index out = 0;
  if (!(coefficients.cwiseAbs().maxCoeff(&out) > tolerance)) return false;
  // A' = A + e_out (x − a_out)ᵀ; Sherman–Morrison with (x − a_out)ᵀ A⁻¹ = coefficients − e_out.
  Eigen::VectorXd change = coefficients;
  change[out] -= 1;
  const Eigen::VectorXd column = inverse_.col(out) / coefficients[out];
  inverse_.noalias() -= column * change.transpose();
  rows_.row(out) = x.transpose();
  labels_[static_cast<std::size_t>(out)] = label;
  if (++updates_ % 200 == 0) refresh();
  return true;
}

void ActiveSet::refresh() { inverse_ = rows_.partialPivLu().inverse(); }

}  // namespace vitrion
