// Ewald's sum as a matrix: the energy of charges q on given sites is ½ qᵀ M q.
//
//   M_ij = k_e [ Σ_n erfc(α|r_ij + n|)/|r_ij + n| + (4π/V) Σ_{G≠0} e^{−G²/4α²}/G² cos G·r_ij
//          − δ_ij 2α/√π − π/(α² V) ]
// (n = 0 left out for i = j). With it, exchanging two occupants costs O(1), their potentials O(N).
// P. P. Ewald, Ann. Phys. 369, 253 (1921), DOI 10.1002/andp.19213690304. O(N² K), as a product of
// matrices over the K wave vectors.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "core/cell.hpp"

namespace vitrion {

/// In eV/e²; good to about 1e-6 of a nearest-neighbour's energy. Sites that fall together are apart
/// by definition: at most one of them is ever occupied.
Eigen::MatrixXd ewald_matrix(const Cell& cell, const std::vector<Vec3>& position);

}  // namespace vitrion
