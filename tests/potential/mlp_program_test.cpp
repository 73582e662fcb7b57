// Invariants: unchanged by rotation and inversion, independent, as many as theory says.
#include "potential/mlp/program.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <random>

#include "potential/mlp/harmonics.hpp"

namespace vitrion::mlp {
namespace {

struct Neighborhood {
  std::vector<Eigen::Vector3d> directions;
  std::vector<std::vector<double>> weights;  // [channel][neighbour]
};

Neighborhood random_neighborhood(int neighbors, int channels) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  Neighborhood out;
  for (int j = 0; j < neighbors; ++j) {
    out.directions.push_back(
        Eigen::Vector3d(normal(random), normal(random), normal(random)).normalized());
  }
  out.weights.resize(static_cast<std::size_t>(channels));
  for (auto& w : out.weights) {
    for (int j = 0; j < neighbors; ++j) w.push_back(normal(random));
  }
  return out;
}

std::vector<double> invariants(const Neighborhood& n, const Program& p) {
  const int lm = lm_count(p.l_max);
  const auto norms = harmonic_norms();
  std::vector<double> v(static_cast<std::size_t>(p.nodes()), 0.0);
  for (std::size_t j = 0; j < n.directions.size(); ++j) {
    const auto& u = n.directions[j];
    harmonics(p.l_max, u[0], u[1], u[2], 1.0, norms.data(),
              [&](int i, double y, double, double, double) {
                for (int k = 0; k < p.channels; ++k) {
                  v[static_cast<std::size_t>(k * lm + i)] +=
                      n.weights[static_cast<std::size_t>(k)][j] * y;
                }
              });
  }
  for (std::size_t i = 0; i < p.products.size(); ++i) {
    v[static_cast<std::size_t>(p.inputs) + i] =
        v[static_cast<std::size_t>(p.products[i].a)] * v[static_cast<std::size_t>(p.products[i].b)];
  }
  std::vector<double> b;
  for (int f = 0; f < p.outputs(); ++f) {
    double sum = 0;
    for (int t = p.first[static_cast<std::size_t>(f)]; t < p.first[static_cast<std::size_t>(f) + 1];
         ++t) {
      sum += p.coefficient[static_cast<std::size_t>(t)] *
             v[static_cast<std::size_t>(p.node[static_cast<std::size_t>(t)])];
    }
    b.push_back(sum);
  }
  return b;
}

ProgramSpec two_channels() {
  ProgramSpec spec;
  spec.channels = 2;
  spec.channel_degree = {0, 1};
  spec.orders = {{3, 0}, {8, 4}, {7, 4}, {6, 3}};
  return spec;
}

TEST(MlpProgram, InvariantsDoNotTurnWithTheNeighbourhood) {
  const auto list = enumerate_invariants(two_channels());
  const Program p = compile_program(list, 2, 4);
  auto n = random_neighborhood(9, 2);
  const auto before = invariants(n, p);
  const Eigen::Matrix3d turn =
      Eigen::AngleAxisd(1.1, Eigen::Vector3d(1, -2, 0.5).normalized()).toRotationMatrix();
  for (auto& u : n.directions) u = -(turn * u);
  const auto after = invariants(n, p);
  ASSERT_GT(before.size(), 50U);
  for (std::size_t f = 0; f < before.size(); ++f) {
    EXPECT_NEAR(after[f], before[f], 1e-10 * (1 + std::abs(before[f]))) << to_string(list[f]);
  }
}

TEST(MlpProgram, PowerSpectrumIsTheAdditionTheorem) {
  // B_kk'l = Σ_ij w_i w_j P_l(cos θ_ij) √(2l+1).
  const std::vector<Invariant> list{{{{0, 2}, {1, 2}}, 0}, {{{0, 3}, {0, 3}}, 0}};
  const auto n = random_neighborhood(5, 2);
  const auto b = invariants(n, compile_program(list, 2, 3));
  double two = 0, three = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      const double c = n.directions[i].dot(n.directions[j]);
      two += n.weights[0][i] * n.weights[1][j] * 0.5 * (3 * c * c - 1);
      three += n.weights[0][i] * n.weights[0][j] * 0.5 * (5 * c * c * c - 3 * c);
    }
  }
  EXPECT_NEAR(b[0], two * std::sqrt(5.0), 1e-10);
  EXPECT_NEAR(b[1], three * std::sqrt(7.0), 1e-10);
}

TEST(MlpProgram, CountsOfOneChannelAreThoseOfTheSymmetricGroup) {
  // Invariants of one l = 1 vector: |v|² alone; of one l = 2 tensor: Tr Q², Tr Q³, and (Tr Q²)².
  ProgramSpec spec;
  spec.channels = 1;
  spec.orders = {{0, 0}, {2, 1}, {3, 1}, {4, 1}};
  std::size_t vectors = 0;
  for (const auto& i : enumerate_invariants(spec)) {
    bool all = true;
    for (const auto& f : i.factors) all = all && f.l == 1;
    if (all) ++vectors;
  }
  EXPECT_EQ(vectors, 2U);  // v·v and (v·v)²
  spec.orders = {{0, 0}, {4, 2}, {6, 2}, {8, 2}};
  std::vector<int> of_order(5, 0);
  for (const auto& i : enumerate_invariants(spec)) {
    bool all = true;
    for (const auto& f : i.factors) all = all && f.l == 2;
    if (all) ++of_order[i.factors.size()];
  }
  EXPECT_EQ(of_order[2], 1);
  EXPECT_EQ(of_order[3], 1);
  EXPECT_EQ(of_order[4], 1);
}

TEST(MlpProgram, HarmonicGradientsAreThoseOfDifferences) {
  const Eigen::Vector3d r(0.7, -1.1, 1.9);
  const auto values = [](const Eigen::Vector3d& d) {
    std::vector<double> y(max_lm);
    const Eigen::Vector3d u = d.normalized();
    harmonics(max_l, u[0], u[1], u[2], 1 / d.norm(), harmonic_norms().data(),
              [&](int i, double v, double, double, double) { y[static_cast<std::size_t>(i)] = v; });
    return y;
  };
  const Eigen::Vector3d u = r.normalized();
  std::vector<Eigen::Vector3d> gradient(max_lm);
  harmonics(max_l, u[0], u[1], u[2], 1 / r.norm(), harmonic_norms().data(),
            [&](int i, double, double gx, double gy, double gz) {
              gradient[static_cast<std::size_t>(i)] = {gx, gy, gz};
            });
  const auto here = values(r);
  for (int l = 0; l <= max_l; ++l) {
    double sum = 0;
    for (int m = -l; m <= l; ++m) {
      sum += std::pow(here[static_cast<std::size_t>(lm_index(l, m))], 2);
    }
    EXPECT_NEAR(sum, 2 * l + 1, 1e-12);
  }
  for (int axis = 0; axis < 3; ++axis) {
    const double h = 1e-5;
    const auto up = values(r + h * Eigen::Vector3d::Unit(axis));
    const auto down = values(r - h * Eigen::Vector3d::Unit(axis));
    for (std::size_t i = 0; i < max_lm; ++i) {
      EXPECT_NEAR(gradient[i][axis], (up[i] - down[i]) / (2 * h), 1e-8);
    }
  }
}

}  // namespace
}  // namespace vitrion::mlp
