// Allowed wave vectors of a cell in shells of |q|, and sums of phases over them.
//
// q = 2π H⁻ᵀ (h k l) for whole numbers (one of each ±q). O(vectors in the sphere) to find, and
// O(atoms · vectors) for each sum; the loops over vectors are vectorised.
#pragma once

#include <array>
#include <complex>
#include <span>
#include <vector>

#include "core/cell.hpp"

namespace vitrion {

struct WaveShell {
  double wanted = 0;      ///< 1/Å
  double mean = 0;        ///< |q| of the chosen vectors
  std::size_t begin = 0;  ///< among all vectors
  std::size_t end = 0;
  std::size_t allowed = 0;  ///< how many the cell has in this shell (±q counted once)
};

struct WaveVectors {
  std::vector<WaveShell> shells;  ///< those that hold a vector, in the order asked for
  std::vector<Int3> hkl;
  std::vector<float> qx, qy, qz;  ///< over 2π, 1/Å: q·r in turns

  [[nodiscard]] std::size_t size() const { return hkl.size(); }
};

/// Up to `most` vectors in each shell of this width about each wanted |q|, the same in every run.
WaveVectors find_wave_vectors(const Cell& cell, std::span<const double> wanted, double width,
                              std::size_t most);

/// Σ_j cos(q·d_j) of n displacements (x, y, z in turn), added to `sums` for each vector.
void add_cosines(const WaveVectors& q, const float* displacement, std::size_t n,
                 std::span<double> sums);

/// Σ_j exp(−2πi h·s_j) of fractional coordinates, added to `sums` for each vector.
void add_phases(const WaveVectors& q, std::span<const Vec3> fractional,
                std::span<std::complex<double>> sums);

}  // namespace vitrion
