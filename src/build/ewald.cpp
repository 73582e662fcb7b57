#include "build/ewald.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "core/structure.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double precision = 3.8;  // erfc(3.8) and exp(−3.8²) are under 1e-6

void add_reciprocal(const Cell& cell, const std::vector<Vec3>& position, double alpha,
                    Eigen::MatrixXd& m) {
  const Mat3 reciprocal = 2 * constants::pi * cell.inverse().transpose();
  const double most = 2 * alpha * precision;
  Int3 reach{};
  for (std::size_t k = 0; k < 3; ++k)
    reach[k] = static_cast<int>(
        std::ceil(most * cell.lengths()[static_cast<Eigen::Index>(k)] / (2 * constants::pi)));
  std::vector<Vec3> waves;
  for (int a = 0; a <= reach[0]; ++a) {
    for (int b = -reach[1]; b <= reach[1]; ++b) {
      for (int c = -reach[2]; c <= reach[2]; ++c) {
        // One of each pair ±G.
        if (a == 0 && (b < 0 || (b == 0 && c <= 0))) continue;
        const Vec3 g = reciprocal * Vec3(a, b, c);
        if (g.norm() <= most) waves.push_back(g);
      }
    }
  }
  const auto n = static_cast<Eigen::Index>(position.size());
  constexpr Eigen::Index batch = 512;
  for (std::size_t first = 0; first < waves.size(); first += batch) {
    const auto some =
        std::min<Eigen::Index>(batch, static_cast<Eigen::Index>(waves.size() - first));
    Eigen::MatrixXd part(n, 2 * some);
    for (Eigen::Index k = 0; k < some; ++k) {
      const Vec3& g = waves[first + static_cast<std::size_t>(k)];
      const double g2 = g.squaredNorm();
      const double weight =
          std::sqrt(8 * constants::pi / cell.volume() * std::exp(-g2 / (4 * alpha * alpha)) / g2);
      for (Eigen::Index i = 0; i < n; ++i) {
        const double phase = g.dot(position[static_cast<std::size_t>(i)]);
        part(i, 2 * k) = weight * std::cos(phase);
        part(i, 2 * k + 1) = weight * std::sin(phase);
      }
    }
    m.selfadjointView<Eigen::Lower>().rankUpdate(part);
  }
}

}  // namespace

Eigen::MatrixXd ewald_matrix(const Cell& cell, const std::vector<Vec3>& position) {
  const auto n = static_cast<Eigen::Index>(position.size());
  Structure s;
  s.cell = cell;
  for (const Vec3& r : position) s.add("H", r);
  // Sites have few neighbours: a cut-off that keeps both sums of like cost.
  const double cutoff = std::clamp(0.7 * std::cbrt(cell.volume()), 6.0, 12.0);
  const double alpha = precision / cutoff;
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(n, n);
  add_reciprocal(cell, position, alpha, m);
  m.triangularView<Eigen::StrictlyUpper>() = m.transpose();
  const NeighborList list = build_neighbor_list(s, cutoff);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (const Neighbor& b : list.of(static_cast<std::size_t>(i))) {
      const double r = std::max(b.distance, 1e-3);
      m(i, static_cast<Eigen::Index>(b.atom)) += std::erfc(alpha * r) / r;
    }
  }
  m.array() -= constants::pi / (alpha * alpha * cell.volume());
  m.diagonal().array() -= 2 * alpha / std::sqrt(constants::pi);
  return m * constants::coulomb_eV_A;
}

}  // namespace vitrion
