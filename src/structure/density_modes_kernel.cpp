#include "structure/density_modes_kernel.hpp"

#include <algorithm>
#include <cstdlib>

// Versions for several instruction sets are compiled; the best is chosen at the first call.
#if defined(__x86_64__) && defined(__GNUC__)
#define VITRION_ISA_VERSIONS
#endif

namespace vitrion {
namespace {

constexpr int extra_columns = 3;  // the last tile may look beyond the highest m

// W doubles, read from any address.
template <int W>
struct Wide {
  typedef double type __attribute__((vector_size(W * sizeof(double)), aligned(8), may_alias));
};

// Row factors u of a line, for all atoms of the block.
[[gnu::always_inline]] inline void make_row(const ModeTables& t, const ModeLine& line, double* re,
                                            double* im) {
  const double* c1 = t.cosine(0, line.h);
  const double* s1 = t.sine(0, line.h);
  const double* c2 = t.cosine(1, std::abs(line.k));
  const double* s2 = t.sine(1, std::abs(line.k));
  const double* c3 = t.cosine(2, std::abs(line.l0));
  const double* s3 = t.sine(2, std::abs(line.l0));
  const double sign2 = line.k < 0 ? -1 : 1;
  const double sign3 = line.l0 < 0 ? -1 : 1;
  const std::size_t n = t.size();
  for (std::size_t j = 0; j < n; ++j) {
    const double x = c1[j] * c2[j] - sign2 * s1[j] * s2[j];
    const double y = sign2 * c1[j] * s2[j] + s1[j] * c2[j];
    re[j] = x * c3[j] - sign3 * y * s3[j];
    im[j] = sign3 * x * s3[j] + y * c3[j];
  }
}

// sums[2i + part][2m + part]: part 0 real or cosine, 1 imaginary or sine.
template <int W, int Lines, int Columns>
[[gnu::always_inline]] inline void tile(const double* rows, const double* columns, std::size_t n,
                                        double (&sums)[2 * Lines][2 * Columns]) {
  using Vector = typename Wide<W>::type;
  Vector acc[2 * Lines][2 * Columns] = {};
  for (std::size_t j = 0; j < n; j += W) {
    Vector row[2 * Lines];
#pragma GCC unroll 8
    for (int r = 0; r < 2 * Lines; ++r) {
      row[r] = *reinterpret_cast<const Vector*>(rows + static_cast<std::size_t>(r) * n + j);
    }
#pragma GCC unroll 8
    for (int c = 0; c < 2 * Columns; ++c) {
      const Vector column =
          *reinterpret_cast<const Vector*>(columns + static_cast<std::size_t>(c) * n + j);
#pragma GCC unroll 8
      for (int r = 0; r < 2 * Lines; ++r) acc[r][c] += row[r] * column;
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < 2 * Lines; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < 2 * Columns; ++c) {
      double sum = 0;
#pragma GCC unroll 8
      for (int w = 0; w < W; ++w) sum += acc[r][c][w];
      sums[r][c] = sum;
    }
  }
}

template <int W, int Lines, int Columns>
[[gnu::always_inline]] inline void accumulate(const ModeJob& job) {
  static_assert(Columns <= extra_columns);
  const std::size_t n = job.tables.size();
  alignas(64) double rows[2 * Lines * mode_block_atoms];
  std::complex<double>* modes = job.modes;
  for (std::size_t first = 0; first < job.lines.size(); first += Lines) {
    const int here = static_cast<int>(std::min<std::size_t>(Lines, job.lines.size() - first));
    int reach = 0;
    for (int i = 0; i < Lines; ++i) {
      // A missing last line repeats the one before; its sums are not used.
      const ModeLine& line = job.lines[first + static_cast<std::size_t>(std::min(i, here - 1))];
      double* row = rows + 2 * static_cast<std::size_t>(i) * n;
      make_row(job.tables, line, row, row + n);
      reach = std::max(reach, line.reach);
    }
    for (int m0 = 0; m0 <= reach; m0 += Columns) {
      double sums[2 * Lines][2 * Columns];
      tile<W, Lines, Columns>(rows, job.tables.cosine(2, m0), n, sums);
      std::complex<double>* start = modes;
      for (int i = 0; i < here; ++i) {
        const int own = job.lines[first + static_cast<std::size_t>(i)].reach;
        for (int c = 0; c < Columns && m0 + c <= own; ++c) {
          const double rc = sums[2 * i][2 * c];
          const double rs = sums[2 * i][2 * c + 1];
          const double ic = sums[2 * i + 1][2 * c];
          const double is = sums[2 * i + 1][2 * c + 1];
          const int m = m0 + c;
          start[static_cast<std::size_t>(own + m) * job.stride] +=
              std::complex<double>(rc - is, rs + ic);
          if (m == 0) continue;
          start[static_cast<std::size_t>(own - m) * job.stride] +=
              std::complex<double>(rc + is, ic - rs);
        }
        start += static_cast<std::size_t>(2 * own + 1) * job.stride;
      }
    }
    for (int i = 0; i < here; ++i) {
      const int own = job.lines[first + static_cast<std::size_t>(i)].reach;
      modes += static_cast<std::size_t>(2 * own + 1) * job.stride;
    }
  }
}

#ifdef VITRION_ISA_VERSIONS
__attribute__((target("avx512f,avx512dq,avx512vl,fma"))) void accumulate_avx512(
    const ModeJob& job) {
  accumulate<8, 2, 3>(job);
}
__attribute__((target("avx2,fma"))) void accumulate_avx2(const ModeJob& job) {
  accumulate<4, 1, 3>(job);
}
#endif
void accumulate_plain(const ModeJob& job) { accumulate<2, 1, 3>(job); }

}  // namespace

ModeTables::ModeTables(const Int3& highest) : highest_(highest) {}

void ModeTables::fill(const ModeAtoms::Block& block) {
  size_ = block.size;
  for (std::size_t d = 0; d < 3; ++d) {
    const std::size_t powers = static_cast<std::size_t>(highest_[d]) + 1 + extra_columns;
    values_[d].resize(2 * powers * size_);
    const double* c1 = block.cosine[d].data();
    const double* s1 = block.sine[d].data();
    double* values = values_[d].data();
    for (std::size_t j = 0; j < size_; ++j) {
      // The zeros of padding stay zeros.
      values[j] = c1[j] * c1[j] + s1[j] * s1[j] > 0 ? 1 : 0;
      values[size_ + j] = 0;
    }
    for (std::size_t p = 1; p < powers; ++p) {
      const double* before = values + 2 * (p - 1) * size_;
      double* now = values + 2 * p * size_;
      for (std::size_t j = 0; j < size_; ++j) {
        now[j] = before[j] * c1[j] - before[size_ + j] * s1[j];
        now[size_ + j] = before[j] * s1[j] + before[size_ + j] * c1[j];
      }
    }
  }
}

std::vector<ModeVersion> mode_versions() {
  std::vector<ModeVersion> out;
#ifdef VITRION_ISA_VERSIONS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    out.push_back({"avx512", accumulate_avx512});
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    out.push_back({"avx2", accumulate_avx2});
  }
#endif
  out.push_back({"plain", accumulate_plain});
  return out;
}

void accumulate_modes(const ModeJob& job) {
  static const ModeVersion best = mode_versions().front();
  best.run(job);
}

}  // namespace vitrion
