#include "build/supercell.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace vitrion {
namespace {

// 0 for a cube of the volume: the spread of the edges and their angles, in one number.
double misshape(const Mat3& h) {
  const double edge = std::cbrt(std::abs(h.determinant()));
  return (h.transpose() * h / (edge * edge) - Mat3::Identity()).squaredNorm();
}

IntMatrix blocky(const Cell& cell, double cells, const Vec3& weights) {
  const Vec3 edges = cell.lengths();
  const double edge = std::cbrt(cells * cell.volume());
  IntMatrix best = IntMatrix::Identity();
  double best_cost = 1e300;
  Eigen::Vector3i middle;
  for (int k = 0; k < 3; ++k)
    middle[k] =
        static_cast<int>(std::lround(edge * weights[k] / std::cbrt(weights.prod()) / edges[k]));
  for (int a = middle[0] - 2; a <= middle[0] + 2; ++a) {
    for (int b = middle[1] - 2; b <= middle[1] + 2; ++b) {
      for (int c = middle[2] - 2; c <= middle[2] + 2; ++c) {
        if (a < 1 || b < 1 || c < 1) continue;
        const Vec3 n(a, b, c);
        Vec3 shape = n.cwiseProduct(edges).cwiseQuotient(weights);
        shape /= std::cbrt(shape.prod());
        const double size = std::log(n.prod() / cells);
        const double cost = (shape - Vec3::Ones()).squaredNorm() + 4 * size * size;
        if (cost < best_cost - 1e-12) {
          best_cost = cost;
          best = IntMatrix(Eigen::Vector3i(a, b, c).asDiagonal());
        }
      }
    }
  }
  return best;
}

IntMatrix near_cubic(const Cell& cell, double cells) {
  const Mat3 ideal = cell.inverse() * std::cbrt(cells * cell.volume());
  IntMatrix middle;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) middle(i, j) = static_cast<int>(std::lround(ideal(i, j)));
  }
  IntMatrix best = middle;
  double best_cost = 1e300;
  int step[9];
  for (int code = 0; code < 19683; ++code) {  // 3⁹
    for (int k = 0, rest = code; k < 9; ++k, rest /= 3) step[k] = rest % 3 - 1;
    IntMatrix m = middle;
    for (int k = 0; k < 9; ++k) m(k / 3, k % 3) += step[k];
    const double det = m.cast<double>().determinant();
    if (det < 0.5) continue;
    const double size = std::log(det / cells);
    const double cost = misshape(cell.vectors() * m.cast<double>()) + 4 * size * size;
    if (cost < best_cost - 1e-12) {
      best_cost = cost;
      best = m;
    }
  }
  if (best_cost > 1e299)
    throw InputError("no supercell of this size was found: ask for more atoms");
  return best;
}

}  // namespace

IntMatrix supercell_matrix(const Cell& cell, double cells, const std::string& shape,
                           const Vec3& weights) {
  return shape == "cubic" ? near_cubic(cell, cells) : blocky(cell, cells, weights);
}

Crystal supercell(const Crystal& crystal, const IntMatrix& given) {
  IntMatrix m = given;
  double det = m.cast<double>().determinant();
  if (det < -0.5) {
    m.col(0) *= -1;
    det = -det;
  }
  if (det < 0.5) throw InputError("the supercell has no volume: give three independent vectors");
  Crystal out;
  out.name = crystal.name;
  out.cell = Cell(crystal.cell.vectors() * m.cast<double>());
  const Mat3 inverse = m.cast<double>().inverse();
  // Lattice points n with 0 ≤ M⁻¹n < 1 lie within the box around the corners of the new cell.
  Eigen::Vector3i low = Eigen::Vector3i::Zero();
  Eigen::Vector3i high = Eigen::Vector3i::Zero();
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) (m(i, j) < 0 ? low : high)[i] += m(i, j);
  }
  std::vector<Vec3> points;
  for (int a = low[0]; a <= high[0]; ++a) {
    for (int b = low[1]; b <= high[1]; ++b) {
      for (int c = low[2]; c <= high[2]; ++c) {
        const Vec3 f = inverse * Vec3(a, b, c);
        if ((f.array() > -1e-9).all() && (f.array() < 1 - 1e-9).all()) points.emplace_back(a, b, c);
      }
    }
  }
  for (const auto& site : crystal.sites) {
    for (const Vec3& point : points) {
      CrystalSite copy = site;
      copy.fraction = inverse * (site.fraction + point);
      for (int k = 0; k < 3; ++k) copy.fraction[k] -= std::floor(copy.fraction[k] + 1e-12);
      out.sites.push_back(std::move(copy));
    }
  }
  return out;
}

}  // namespace vitrion
