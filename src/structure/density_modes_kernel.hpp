// The inner product of density_modes: powers of the atoms' phases, and sums of their products.
//
// For a line (h, k) and its centre l0 each atom has the factor u = e₁ʰ e₂ᵏ e₃^l0. The four sums of
// Re u, Im u with cos(mφ₃), sin(mφ₃) give the modes l0 + m and l0 − m at once.
#pragma once

#include "structure/density_modes.hpp"

namespace vitrion {

inline constexpr std::size_t mode_block_atoms = 512;  ///< tables of a block stay in the cache
inline constexpr std::size_t mode_padding = 8;        ///< the widest vector, in doubles

/// Powers of the phases of one block of atoms: cosines and sines of n φ, n = 0 … highest.
class ModeTables {
 public:
  explicit ModeTables(const Int3& highest);
  void fill(const ModeAtoms::Block& block);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const double* cosine(std::size_t axis, int n) const {
    return values_[axis].data() + 2 * static_cast<std::size_t>(n) * size_;
  }
  [[nodiscard]] const double* sine(std::size_t axis, int n) const {
    return cosine(axis, n) + size_;
  }

 private:
  Int3 highest_;
  std::size_t size_ = 0;
  std::array<std::vector<double>, 3> values_;  // cosines of n φ, then sines, for each n
};

/// Adds one block's part to the modes of lines, modes[(offset + m + reach) × stride].
struct ModeJob {
  const ModeTables& tables;
  std::span<const ModeLine> lines;
  std::size_t stride;
  std::complex<double>* modes;
};

/// The fastest version that this processor can run.
void accumulate_modes(const ModeJob& job);

struct ModeVersion {
  const char* name;
  void (*run)(const ModeJob&);
};
/// All that it can run, the fastest first.
std::vector<ModeVersion> mode_versions();

}  // namespace vitrion
