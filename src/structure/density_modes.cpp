#include "structure/density_modes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "structure/density_modes_kernel.hpp"

namespace vitrion {
namespace {

constexpr double two_pi = 2 * constants::pi;
constexpr std::size_t modes_in_slice = 16384;

int floor_int(double x) { return static_cast<int>(std::floor(x)); }

std::size_t modes_of(const ModeLine& line) { return static_cast<std::size_t>(2 * line.reach + 1); }

// The part of the line (h, k) within its sphere; reach −1 where there is none.
ModeLine make_line(const Mat3& reciprocal, int h, int k, double q_max) {
  const Vec3 base = reciprocal * Vec3(h, k, 0);
  const Vec3 along = reciprocal.col(2);
  const double step2 = along.squaredNorm();
  const double centre = -base.dot(along) / step2;
  const double room2 = q_max * q_max - base.squaredNorm() + centre * centre * step2;
  ModeLine line{h, k, 0, -1, q_max};
  if (room2 < 0) return line;
  const double half = std::sqrt(room2 / step2);
  // A vector on the sphere counts, whatever the last bit says; `counts` decides.
  const int low = floor_int(centre - half - 1e-9) + 1;
  const int high = floor_int(centre + half + 1e-9);
  if (low > high) return line;
  line.l0 = h == 0 && k == 0 ? 0 : low + (high - low) / 2;
  line.reach = std::max(high - line.l0, line.l0 - low);
  return line;
}

}  // namespace

bool ModeLattice::counts(const ModeLine& line, int m, double& q_A) const {
  const int l = line.l0 + m;
  if (line.h == 0 && line.k == 0 && l <= 0) return false;
  q_A = (reciprocal * Vec3(line.h, line.k, l)).norm();
  return q_A <= line.q_max_A * (1 + 1e-12);
}

ModeLattice make_mode_lattice(const Cell& cell, double q_max, const ModeThinning& thinning) {
  ModeLattice out;
  const Vec3 heights = cell.heights();
  std::sort(out.axis.begin(), out.axis.end(), [&](int a, int b) {
    return heights[a] < heights[b] || (heights[a] == heights[b] && a < b);
  });
  for (int i = 0; i < 3; ++i) {
    const int from = out.axis[static_cast<std::size_t>(i)];
    out.reciprocal.col(i) = two_pi * cell.inverse().row(from).transpose();
    // q·a = 2π h, so that abs(h) ≤ q_max a / 2π.
    out.highest[static_cast<std::size_t>(i)] =
        floor_int(q_max * cell.vector(from).norm() / two_pi * (1 + 1e-12));
  }
  RandomStream random(thinning.frame, "density modes");
  for (int h = 0; h <= out.highest[0]; ++h) {
    for (int k = h == 0 ? 0 : -out.highest[1]; k <= out.highest[1]; ++k) {
      double within = q_max;
      if (thinning.q_full_A < q_max) {
        within = std::min(q_max, thinning.q_full_A / std::sqrt(1 - random.uniform()));
      }
      const ModeLine line = make_line(out.reciprocal, h, k, within);
      if (line.reach >= 0) out.lines.push_back(line);
    }
  }
  return out;
}

ModeAtoms make_mode_atoms(const Structure& s, const PairTable& table, const ModeLattice& lattice) {
  ModeAtoms out;
  out.groups = table.groups();
  std::vector<std::vector<std::size_t>> members(out.groups);
  for (std::size_t i = 0; i < s.size(); ++i) members[table.group_of()[i]].push_back(i);
  for (std::size_t g = 0; g < out.groups; ++g) {
    for (std::size_t first = 0; first < members[g].size(); first += mode_block_atoms) {
      const std::size_t n = std::min(mode_block_atoms, members[g].size() - first);
      ModeAtoms::Block block;
      block.group = g;
      block.size = (n + mode_padding - 1) / mode_padding * mode_padding;
      for (std::size_t d = 0; d < 3; ++d) {
        // Padding is zero, in cosine and sine, and adds nothing.
        block.cosine[d].assign(block.size, 0.0);
        block.sine[d].assign(block.size, 0.0);
      }
      for (std::size_t j = 0; j < n; ++j) {
        const Vec3 at = s.cell.to_fractional(s.position[members[g][first + j]]);
        for (std::size_t d = 0; d < 3; ++d) {
          const double x = at[lattice.axis[d]];
          const double phase = two_pi * (x - std::floor(x));
          block.cosine[d][j] = std::cos(phase);
          block.sine[d][j] = std::sin(phase);
        }
      }
      out.blocks.push_back(std::move(block));
    }
  }
  return out;
}

void density_modes(const ModeAtoms& atoms, const ModeLattice& lattice,
                   std::span<const ModeLine> lines, std::vector<std::complex<double>>& modes) {
  std::size_t count = 0;
  for (const auto& line : lines) count += modes_of(line);
  modes.assign(count * atoms.groups, {0.0, 0.0});
  ModeTables tables(lattice.highest);
  for (const auto& block : atoms.blocks) {
    tables.fill(block);
    accumulate_modes({tables, lines, atoms.groups, modes.data() + block.group});
  }
}

namespace {

struct Slice {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::vector<Slice> slices_of(const std::vector<ModeLine>& lines) {
  std::vector<Slice> out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (out.empty() || count >= modes_in_slice) {
      out.push_back({i, i});
      count = 0;
    }
    out.back().last = i + 1;
    count += modes_of(lines[i]);
  }
  return out;
}

void add_to_shells(const ModeLattice& lattice, std::span<const ModeLine> lines, std::size_t groups,
                   const std::vector<std::complex<double>>& modes, const ModeShells& shells,
                   std::vector<double>& sums) {
  const std::size_t row = 2 + groups * (groups + 1) / 2;
  const std::complex<double>* rho = modes.data();
  for (const auto& line : lines) {
    for (int m = -line.reach; m <= line.reach; ++m, rho += groups) {
      double q = 0;
      if (!lattice.counts(line, m, q)) continue;
      const auto bin = std::min(static_cast<std::size_t>(q / shells.width_A), shells.bins - 1);
      double* sum = &sums[bin * row];
      *sum++ += 1;
      *sum++ += q;
      for (std::size_t a = 0; a < groups; ++a) {
        for (std::size_t b = a; b < groups; ++b) {
          *sum++ += rho[a].real() * rho[b].real() + rho[a].imag() * rho[b].imag();
        }
      }
    }
  }
}

}  // namespace

std::vector<double> sum_shells(const Structure& structure, const PairTable& table,
                               const ModeLattice& lattice, const ModeShells& shells) {
  const ModeAtoms atoms = make_mode_atoms(structure, table, lattice);
  const std::vector<Slice> slices = slices_of(lattice.lines);
  const std::size_t size = shells.bins * (2 + table.pairs());
  std::vector<double> out(size, 0.0);
  // A few slices at a time: the memory of their sums stays small.
  constexpr std::size_t together = 32;
  for (std::size_t begin = 0; begin < slices.size(); begin += together) {
    const std::size_t n = std::min(together, slices.size() - begin);
    std::vector<std::vector<double>> sums(n);
    parallel_for(n, [&](std::size_t i) {
      const Slice slice = slices[begin + i];
      const auto lines = std::span(lattice.lines).subspan(slice.first, slice.last - slice.first);
      std::vector<std::complex<double>> modes;
      density_modes(atoms, lattice, lines, modes);
      sums[i].assign(size, 0.0);
      add_to_shells(lattice, lines, atoms.groups, modes, shells, sums[i]);
    });
    for (const auto& part : sums) {
      for (std::size_t k = 0; k < size; ++k) out[k] += part[k];
    }
  }
  return out;
}

}  // namespace vitrion
