#include "numeric/fit.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "base/rng.hpp"

namespace vitrion {
namespace {

TEST(Fit, StraightLineByTheTextbookSums) {
  const std::vector<double> x = {0, 1, 2, 4};
  const Eigen::Vector4d y(1.0, 2.9, 5.2, 8.8);
  const Eigen::Vector4d e(0.1, 0.2, 0.1, 0.4);
  double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int i = 0; i < 4; ++i) {
    const double w = 1 / (e[i] * e[i]);
    const double xi = x[static_cast<std::size_t>(i)];
    s += w, sx += w * xi, sy += w * y[i], sxx += w * xi * xi, sxy += w * xi * y[i];
  }
  const double delta = s * sxx - sx * sx;
  const LinearFit fit = weighted_least_squares(polynomial_design(x, 1), y, e);
  EXPECT_NEAR(fit.parameters[0], (sxx * sy - sx * sxy) / delta, 1e-12);
  EXPECT_NEAR(fit.parameters[1], (s * sxy - sx * sy) / delta, 1e-12);
  EXPECT_NEAR(fit.covariance(1, 1), s / delta, 1e-12);
  EXPECT_NEAR(fit.covariance(0, 1), -sx / delta, 1e-12);
  EXPECT_TRUE((fit.weights * y).isApprox(fit.parameters, 1e-12));
  EXPECT_EQ(fit.degrees_of_freedom, 2);
}

TEST(Fit, CorrelatedErrorsAreCovered) {
  // Noise that is a walk: its covariance is min(i, j); the slope's error must be the scatter.
  constexpr int n = 12;
  Eigen::MatrixXd c(n, n);
  std::vector<double> x(n);
  for (int i = 0; i < n; ++i) {
    x[static_cast<std::size_t>(i)] = i + 1;
    for (int j = 0; j < n; ++j) c(i, j) = 1 + std::min(i, j);
  }
  double square = 0;
  double error = 0;
  double chi = 0;
  constexpr int trials = 2000;
  RandomStream random(9, "gls");
  for (int t = 0; t < trials; ++t) {
    Eigen::VectorXd y(n);
    double walk = 0;
    for (int i = 0; i < n; ++i) y[i] = 3 - 2 * (i + 1) + (walk += random.normal());
    const LinearFit fit = generalised_least_squares(polynomial_design(x, 1), y, c);
    square += std::pow(fit.parameters[1] + 2, 2) / trials;
    error = fit.covariance(1, 1);
    chi += fit.chi_squared / trials;
  }
  EXPECT_NEAR(square / error, 1, 0.12);
  EXPECT_NEAR(chi, n - 2, 0.5);
}

TEST(Fit, RefusesWhatCannotBeFitted) {
  const std::vector<double> x = {1, 1};
  const Eigen::Vector2d y(1, 2);
  EXPECT_THROW(weighted_least_squares(polynomial_design(x, 1), y, Eigen::Vector2d(0, 1)),
               std::invalid_argument);
  EXPECT_THROW(weighted_least_squares(polynomial_design(x, 2), y, Eigen::Vector2d(1, 1)),
               std::invalid_argument);
  EXPECT_THROW(generalised_least_squares(polynomial_design(x, 1), y, -Eigen::Matrix2d::Identity()),
               std::invalid_argument);
}

}  // namespace
}  // namespace vitrion
