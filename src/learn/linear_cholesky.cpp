#include "learn/linear_cholesky.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.hpp"
#include "learn/linear_gram.hpp"

namespace vitrion::linear {
namespace {

constexpr Eigen::Index panel_width = 96;
constexpr auto edge = static_cast<Eigen::Index>(RowBlock::panel);

// Rows of the panel under the diagonal: x := x L⁻ᵀ, and a copy in the order of the tiles.
void solve_rows(Eigen::Ref<Eigen::MatrixXd> below, const Eigen::MatrixXd& corner,
                RowBlock& packed) {
  const Eigen::Index rows = below.rows(), width = below.cols();
  packed.resize(static_cast<std::size_t>(width), static_cast<std::size_t>(rows));
  constexpr Eigen::Index chunk = 4 * edge;
  parallel_for(static_cast<std::size_t>((rows + chunk - 1) / chunk), [&](std::size_t i) {
    const Eigen::Index from = static_cast<Eigen::Index>(i) * chunk;
    const Eigen::Index count = std::min(chunk, rows - from);
    Eigen::MatrixXd part = below.middleRows(from, count).transpose();
    corner.triangularView<Eigen::Lower>().solveInPlace(part);
    below.middleRows(from, count) = part.transpose();
    for (Eigen::Index r = 0; r < count; ++r) {
      for (Eigen::Index k = 0; k < width; ++k) {
        packed(static_cast<std::size_t>(k), static_cast<std::size_t>(from + r)) = part(k, r);
      }
    }
  });
}

// rest −= x xᵀ, its lower triangle.
void update(Eigen::Ref<Eigen::MatrixXd> rest, const RowBlock& x) {
  const Eigen::Index n = rest.rows();
  const auto strips = static_cast<std::size_t>((n + edge - 1) / edge);
  parallel_for(strips, [&](std::size_t j) {  // the first strips are the long ones
    alignas(64) std::array<double, static_cast<std::size_t>(edge * edge)> tile;
    const Eigen::Index column = static_cast<Eigen::Index>(j) * edge;
    const Eigen::Index width = std::min(edge, n - column);
    for (std::size_t i = j; i < strips; ++i) {
      const Eigen::Index row = static_cast<Eigen::Index>(i) * edge;
      const Eigen::Index height = std::min(edge, n - row);
      tile.fill(0);
      // Column-major: the tile's rows are columns of the matrix.
      add_tile(x, j, i, tile.data());
      for (Eigen::Index c = 0; c < width; ++c) {
        double* to = &rest(row, column + c);
        const double* from = tile.data() + c * edge;
        for (Eigen::Index r = 0; r < height; ++r) to[r] -= from[r];
      }
    }
  });
}

}  // namespace

Cholesky::Cholesky(const Eigen::MatrixXd& a, double shift) : l_(a) {
  l_.diagonal().array() += shift;
  const Eigen::Index n = l_.rows();
  RowBlock packed;
  for (Eigen::Index k = 0; k < n; k += panel_width) {
    const Eigen::Index width = std::min(panel_width, n - k), rest = n - k - width;
    const Eigen::LLT<Eigen::MatrixXd> corner(l_.block(k, k, width, width));
    if (corner.info() != Eigen::Success) {
      ok_ = false;
      return;
    }
    l_.block(k, k, width, width).triangularView<Eigen::Lower>() = corner.matrixLLT();
    if (rest == 0) break;
    solve_rows(l_.block(k + width, k, rest, width), corner.matrixLLT(), packed);
    update(l_.bottomRightCorner(rest, rest), packed);
  }
}

double Cholesky::log_determinant() const { return 2 * l_.diagonal().array().log().sum(); }

Eigen::VectorXd Cholesky::half_solve(const Eigen::VectorXd& b) const {
  return l_.triangularView<Eigen::Lower>().solve(b);
}

Eigen::VectorXd Cholesky::solve(const Eigen::VectorXd& b) const {
  return l_.triangularView<Eigen::Lower>().transpose().solve(half_solve(b));
}

}  // namespace vitrion::linear
