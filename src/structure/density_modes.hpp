// Density modes ρ_α(q) = Σ_{j in α} exp(i q·r_j) at the reciprocal vectors of a cell: the fast part
// of S(q) by direct summation.
//
// q = 2π (h a* + k b* + l c*): the exponential is a product of one factor for each axis, so the
// modes of all lines (h, k) are one product of matrices, [lines × atoms] × [atoms × l]. The factors
// come from powers of exp(2πi s), the product runs over blocks of atoms in double precision, in a
// version for the processor at hand. O(N_q N) a frame, two multiply–adds a vector and atom.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "structure/pairs.hpp"

namespace vitrion {

/// Reciprocal vectors (h, k, l0 + m) with |m| ≤ reach; those longer than `q_max` do not count.
struct ModeLine {
  int h = 0;
  int k = 0;
  int l0 = 0;
  int reach = 0;
  double q_max_A = 0;
};

/// How many vectors to take: all up to `q_full`, and beyond as many in each shell as there. Lines
/// of vectors drop out at radii drawn at random for each frame, so that each vector of a shell is
/// kept with one probability, (q_full/q)².
struct ModeThinning {
  double q_full_A = std::numeric_limits<double>::infinity();
  std::uint64_t frame = 0;
};

/// One of each pair (q, −q) within a sphere, in lines along the axis with the most vectors.
struct ModeLattice {
  Mat3 reciprocal = Mat3::Zero();  ///< columns, with 2π, in the order of `axis`
  Int3 axis{0, 1, 2};              ///< which axes of the cell h, k and l belong to
  Int3 highest{0, 0, 0};           ///< of |h|, |k| and |l|
  std::vector<ModeLine> lines;

  /// Whether vector m of the line counts; its length then stands in `q_A`.
  [[nodiscard]] bool counts(const ModeLine& line, int m, double& q_A) const;
};

ModeLattice make_mode_lattice(const Cell& cell, double q_max_A, const ModeThinning& thinning = {});

/// Phases of the atoms, in blocks of one group each; made once for a frame.
struct ModeAtoms {
  struct Block {
    std::size_t group = 0;
    std::size_t size = 0;  // padded to full vectors
    std::array<std::vector<double>, 3> cosine;
    std::array<std::vector<double>, 3> sine;
  };
  std::size_t groups = 0;
  std::vector<Block> blocks;
};

ModeAtoms make_mode_atoms(const Structure& structure, const PairTable& table,
                          const ModeLattice& lattice);

/// Modes of some lines: vector m of line i is at [(offset_i + m + reach) × groups + group], where
/// offset_i sums 2 reach + 1 over the lines before it.
void density_modes(const ModeAtoms& atoms, const ModeLattice& lattice,
                   std::span<const ModeLine> lines, std::vector<std::complex<double>>& modes);

/// Equal bins of abs(q) from 0.
struct ModeShells {
  double width_A = 0.02;
  std::size_t bins = 0;
};

/// For each bin: vectors, Σ abs(q), and Σ Re ρ_α(q) ρ_β*(q) of each pair of the table. Slices of
/// lines run on all threads and are added in order.
std::vector<double> sum_shells(const Structure& structure, const PairTable& table,
                               const ModeLattice& lattice, const ModeShells& shells);

}  // namespace vitrion
