#include "learn/evidence.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

struct Rows {
  Eigen::MatrixXd a;
  Eigen::VectorXd truth, y;
  NormalSystem system;
};

// Coefficients of variance 1/alpha, noise of variance 1/beta.
Rows sample(Eigen::Index rows, Eigen::Index columns, double alpha, double beta,
            std::uint64_t seed) {
  RandomStream random(seed, "evidence");
  Rows s;
  s.a.resize(rows, columns);
  for (Eigen::Index k = 0; k < columns; ++k) {
    // Columns of very different size, as the invariants of an expansion have.
    const double size =
        std::pow(10.0, -3.0 * static_cast<double>(k) / static_cast<double>(columns));
    for (Eigen::Index i = 0; i < rows; ++i) s.a(i, k) = size * random.normal();
  }
  s.truth.resize(columns);
  for (auto& c : s.truth) c = random.normal() / std::sqrt(alpha);
  s.y = s.a * s.truth;
  for (auto& v : s.y) v += random.normal() / std::sqrt(beta);
  s.system = {s.a.transpose() * s.a, s.a.transpose() * s.y, s.y.squaredNorm(),
              static_cast<double>(rows)};
  return s;
}

TEST(Evidence, MeanIsTheRidgeSolutionByQr) {
  const auto s = sample(60, 12, 1, 100, 1);
  const Evidence evidence(s.system);
  for (const double kappa : {1e-4, 0.1, 30.0}) {
    Eigen::MatrixXd stacked(72, 12);
    stacked << s.a, std::sqrt(kappa) * Eigen::MatrixXd::Identity(12, 12);
    Eigen::VectorXd right(72);
    right << s.y, Eigen::VectorXd::Zero(12);
    const Eigen::VectorXd wanted = stacked.colPivHouseholderQr().solve(right);
    EXPECT_LT((evidence.at(kappa).mean - wanted).norm(), 1e-9 * wanted.norm());
    const double residual = (s.y - s.a * wanted).squaredNorm();
    EXPECT_NEAR(evidence.at(kappa).point.residual, residual, 1e-8 * residual);
  }
}

TEST(Evidence, IsTheDensityOfTheData) {
  // y ~ N(0, 1/β + A Aᵀ/α): the same number by the N × N covariance.
  const auto s = sample(25, 7, 2, 50, 2);
  const Evidence evidence(s.system);
  for (const double kappa : {0.01, 1.0}) {
    const auto p = evidence.at(kappa).point;
    const Eigen::MatrixXd covariance =
        Eigen::MatrixXd::Identity(25, 25) / p.beta + s.a * s.a.transpose() / p.alpha;
    const double wanted = -0.5 * (s.y.dot(covariance.ldlt().solve(s.y)) +
                                  std::log(covariance.determinant()) + 25 * std::log(2 * M_PI));
    EXPECT_NEAR(p.log_evidence, wanted, 1e-8 * std::abs(wanted));
    const Eigen::MatrixXd hat =
        (s.system.gram + kappa * Eigen::MatrixXd::Identity(7, 7)).inverse() * s.system.gram;
    EXPECT_NEAR(evidence.effective_parameters(kappa), hat.trace(), 1e-3);
  }
}

TEST(Evidence, FindsTheNoiseAndThePriorThatMadeTheData) {
  // Errors of β are about √(2/N), of α √(2/γ): three of them.
  const auto s = sample(2000, 150, 4, 400, 3);
  const auto best = Evidence(s.system).maximise().point;
  EXPECT_NEAR(best.beta / 400, 1, 3 * std::sqrt(2.0 / 2000));
  EXPECT_NEAR(best.alpha / 4, 1, 3 * std::sqrt(2.0 / best.effective_parameters));
  // MacKay's conditions at the maximum.
  const Evidence evidence(s.system);
  const Eigen::VectorXd c = evidence.at(best.kappa).mean;
  EXPECT_NEAR(best.effective_parameters / (best.alpha * c.squaredNorm()), 1, 0.03);
  EXPECT_NEAR((2000 - best.effective_parameters) / (best.beta * best.residual), 1, 0.01);
}

TEST(Evidence, PosteriorFactorsAreTheInverse) {
  const auto s = sample(80, 9, 1, 10, 4);
  const double kappa = 0.3, beta = 7;
  const Eigen::MatrixXd wanted =
      (s.system.gram + kappa * Eigen::MatrixXd::Identity(9, 9)).inverse() / beta;
  const Posterior posterior(s.system.gram, kappa, beta);
  for (Eigen::Index first = 0; first < 9; first += 3) {
    const Eigen::MatrixXd f = posterior.factor(first, 3);
    const Eigen::MatrixXd block = wanted.block(first, first, 3, 3);
    EXPECT_LT((f * f.transpose() - block).norm(), 1e-10 * block.norm());
  }
  const Eigen::MatrixXd whole = posterior.factor(0, 9);
  EXPECT_LT((whole * whole.transpose() - wanted).norm(), 1e-10 * wanted.norm());
  const Eigen::VectorXd probe = Eigen::VectorXd::LinSpaced(9, -1, 2);
  EXPECT_NEAR(posterior.deviation(probe), std::sqrt(probe.dot(wanted * probe)), 1e-9);
  const Eigen::MatrixXd most = reduce_rank(whole, 6);
  ASSERT_EQ(most.cols(), 6);
  const Eigen::VectorXd values =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(wanted).eigenvalues();
  EXPECT_NEAR((most * most.transpose() - wanted).norm(), values.head(3).norm(), 1e-9);
}

// Predictions of a Bayesian model: (truth − mean)/σ is standard normal.
TEST(Evidence, DeviationsCoverTheTruth) {
  double sum = 0, count = 0;
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const auto s = sample(200, 20, 1, 25, seed);
    const Evidence evidence(s.system);
    const Eigen::VectorXd c = evidence.at(1.0 / 25).mean;
    const Posterior posterior(s.system.gram, 1.0 / 25, 25);
    RandomStream random(seed, "probe");
    for (int probe = 0; probe < 5; ++probe) {
      Eigen::VectorXd x(20);
      for (auto& v : x) v = random.normal();
      const double z = x.dot(s.truth - c) / posterior.deviation(x);
      sum += z * z;
      ++count;
    }
  }
  // 30 systems of 20 unknowns; the probes of one system are nearly independent.
  EXPECT_NEAR(sum / count, 1, 4 * std::sqrt(2.0 / count));
}

TEST(Evidence, RefusesWhatIsNotFinite) {
  auto s = sample(20, 3, 1, 1, 5).system;
  s.rhs[1] = std::nan("");
  EXPECT_THROW(Evidence{s}, WorkError);
}

TEST(Evidence, OneColumn) {
  const auto s = sample(50, 1, 1, 100, 6);
  const Evidence evidence(s.system);
  EXPECT_NEAR(evidence.at(0.5).mean[0], s.system.rhs[0] / (s.system.gram(0, 0) + 0.5), 1e-12);
  EXPECT_TRUE(std::isfinite(evidence.maximise().point.log_evidence));
}

TEST(Cholesky, IsThatOfEigenAcrossPanels) {
  for (const Eigen::Index n : {1, 95, 97, 250}) {
    RandomStream random(8, "cholesky");
    Eigen::MatrixXd x(n + 5, n);
    for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = random.normal();
    const Eigen::MatrixXd a = x.transpose() * x;
    const linear::Cholesky root(a, 0.5);
    ASSERT_TRUE(root.ok());
    const Eigen::MatrixXd shifted = a + 0.5 * Eigen::MatrixXd::Identity(n, n);
    const Eigen::LLT<Eigen::MatrixXd> reference(shifted);
    const Eigen::MatrixXd wanted = reference.matrixL();
    const Eigen::MatrixXd got = root.lower().triangularView<Eigen::Lower>();
    EXPECT_LT((got - wanted).norm(), 1e-12 * wanted.norm());
    EXPECT_NEAR(root.log_determinant(), 2 * wanted.diagonal().array().log().sum(), 1e-9);
    const Eigen::VectorXd b = Eigen::VectorXd::LinSpaced(n, 0, 1);
    EXPECT_LT((shifted * root.solve(b) - b).norm(), 1e-10 * (1 + b.norm()));
    EXPECT_FALSE(linear::Cholesky(-a, 0).ok());
  }
}

}  // namespace
}  // namespace vitrion
