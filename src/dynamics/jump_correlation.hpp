// How far jumps of ions are from those of random walkers: correlation factors and the Haven ratio.
//
//   f(K) = 1 + 2 Σ_{k=1}^{K} ⟨ℓ_i·ℓ_{i+k}⟩ / ⟨ℓ²⟩   over successive jumps of one ion
//   f_c  = ⟨|Σ_jumps ℓ|²⟩ / ⟨Σ_jumps ℓ²⟩           over stretches of time, of all ions
//   H_R  = f / f_c,   D* = f Γ⟨ℓ²⟩/6
// Bardeen & Herring (1951); Howard & Lidiard, Rep. Prog. Phys. 27, 161 (1964), DOI
// 10.1088/0034-4885/27/1/305. A vacancy in a simple cubic lattice has f = 0.6531, in fcc 0.7815,
// and f_c = 1. Errors: jackknife over groups of ions, and over stretches of time. O(jumps · K).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/vec.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

struct SiteJump {
  std::uint32_t ion = 0;
  std::uint32_t from = 0, to = 0;  ///< sites
  double frame = 0;
  Vec3 step = Vec3::Zero();  ///< Å
};

/// f(1) … f(K), of jumps in order of time.
std::vector<Estimate> correlation_factors(std::span<const SiteJump> jumps, std::size_t ions,
                                          std::size_t longest);

/// f_c over `stretches` equal parts of the run. NaN without jumps.
Estimate collective_factor(std::span<const SiteJump> jumps, double frames, std::size_t stretches);

}  // namespace vitrion
