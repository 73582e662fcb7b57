#include "learn/linear_gram.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/parallel.hpp"

namespace vitrion::linear {
namespace {

constexpr std::size_t edge = RowBlock::panel;
constexpr std::size_t tile_size = edge * edge;
#define VITRION_INLINE inline __attribute__((always_inline))

// c[24][24] += aᵀ b over `rows` rows of 24, by vectors V along b and `Width` columns of a at a
// time.
template <class V, std::size_t Height, std::size_t Vectors>
VITRION_INLINE void tile_of(const double* a, const double* b, std::size_t rows, double* c) {
  constexpr std::size_t lanes_here = sizeof(V) / sizeof(double);
  constexpr std::size_t width = lanes_here * Vectors;
  static_assert(edge % Height == 0 && edge % width == 0);
  for (std::size_t i0 = 0; i0 < edge; i0 += Height) {
    for (std::size_t j0 = 0; j0 < edge; j0 += width) {
      V sum[Height][Vectors]{};
      for (std::size_t k = 0; k < rows; ++k) {
        const double* x = a + k * edge + i0;
        const double* y = b + k * edge + j0;
        V right[Vectors];
        for (std::size_t v = 0; v < Vectors; ++v) {
          right[v] = *reinterpret_cast<const V*>(y + v * lanes_here);
        }
        for (std::size_t i = 0; i < Height; ++i) {
          for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] += x[i] * right[v];
        }
      }
      for (std::size_t i = 0; i < Height; ++i) {
        for (std::size_t v = 0; v < Vectors; ++v) {
          *reinterpret_cast<V*>(c + (i0 + i) * edge + j0 + v * lanes_here) += sum[i][v];
        }
      }
    }
  }
}

using V2 = double __attribute__((vector_size(16)));
using V4 = double __attribute__((vector_size(32)));
using V8 = double __attribute__((vector_size(64)));

void tile_portable(const double* a, const double* b, std::size_t rows, double* c) {
  tile_of<V2, 4, 2>(a, b, rows, c);
}
__attribute__((target("avx2,fma"))) void tile_avx2(const double* a, const double* b,
                                                   std::size_t rows, double* c) {
  tile_of<V4, 4, 3>(a, b, rows, c);
}
__attribute__((target("avx512f"))) void tile_avx512(const double* a, const double* b,
                                                    std::size_t rows, double* c) {
  tile_of<V8, 8, 3>(a, b, rows, c);
}

using TileFunction = void (*)(const double*, const double*, std::size_t, double*);
TileFunction best_tile() {
  if (__builtin_cpu_supports("avx512f") != 0) return tile_avx512;
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) return tile_avx2;
  return tile_portable;
}

std::size_t tile_at(std::size_t i, std::size_t j) { return (i * (i + 1) / 2 + j) * tile_size; }

}  // namespace

void RowBlock::resize(std::size_t row_count, std::size_t column_count) {
  rows = row_count;
  columns = column_count;
  data.assign(panels() * rows * panel, 0);
}

void add_tile(const RowBlock& x, std::size_t i, std::size_t j, double* tile) {
  static const TileFunction best = best_tile();
  best(x.data.data() + i * x.rows * edge, x.data.data() + j * x.rows * edge, x.rows, tile);
}

Gram::Gram(std::size_t columns) : columns_(columns) {
  const std::size_t strips = (columns + edge - 1) / edge;
  tiles_.assign(tile_at(strips, 0), 0);
}

void Gram::add(std::span<const RowBlock* const> blocks) {
  const TileFunction tile = best_tile();
  const std::size_t strips = (columns_ + edge - 1) / edge;
  constexpr std::size_t chunk = 128;  // rows of two panels that stay in the first cache
  for (const RowBlock* b : blocks) {
    if (b->columns != columns_) throw std::invalid_argument("Gram::add: columns differ");
  }
  parallel_for(strips, [&](std::size_t turn) {
    const std::size_t i = strips - 1 - turn;  // the long ones first
    for (const RowBlock* b : blocks) {
      const double* data = b->data.data();
      for (std::size_t k = 0; k < b->rows; k += chunk) {
        const std::size_t rows = std::min(chunk, b->rows - k);
        for (std::size_t j = 0; j <= i; ++j) {
          tile(data + (i * b->rows + k) * edge, data + (j * b->rows + k) * edge, rows,
               tiles_.data() + tile_at(i, j));
        }
      }
    }
  });
}

void Gram::merge(const Gram& other) {
  if (other.columns_ != columns_) throw std::invalid_argument("Gram::merge: columns differ");
  for (std::size_t i = 0; i < tiles_.size(); ++i) tiles_[i] += other.tiles_[i];
}

double Gram::operator()(std::size_t i, std::size_t j) const {
  if (j > i) std::swap(i, j);
  return tiles_[tile_at(i / edge, j / edge) + i % edge * edge + j % edge];
}

double Gram::quadratic(std::span<const double> v) const {
  const std::size_t strips = (columns_ + edge - 1) / edge;
  std::vector<double> x(strips * edge, 0);
  std::copy(v.begin(), v.end(), x.begin());
  double total = 0;
  for (std::size_t i = 0; i < strips; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double* t = tiles_.data() + tile_at(i, j);
      double sum = 0;
      for (std::size_t a = 0; a < edge; ++a) {
        double row = 0;
        for (std::size_t b = 0; b < edge; ++b) row += t[a * edge + b] * x[j * edge + b];
        sum += row * x[i * edge + a];
      }
      total += i == j ? sum : 2 * sum;
    }
  }
  return total;
}

Eigen::MatrixXd Gram::matrix(std::size_t columns) const {
  const auto n = static_cast<Eigen::Index>(columns);
  Eigen::MatrixXd out(n, n);
  for (std::size_t i = 0; i < columns; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      out(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = (*this)(i, j);
    }
  }
  out.triangularView<Eigen::StrictlyLower>() = out.transpose();
  return out;
}

}  // namespace vitrion::linear
