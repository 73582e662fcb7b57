// Supercells: the whole-number matrix M whose cell h·M comes near a size and a shape, and the
// crystal's sites in it.
//
// "blocky": whole multiples of the cell's own vectors, as equal in length as they can be.
// "cubic": any combination of them; near h⁻¹·L·1 each entry is tried one up and one down, and the
// cell that is nearest to a cube of the wanted size is taken, as in find_optimal_cell_shape of ASE
// (Larsen et al., J. Phys.: Condens. Matter 29, 273002 (2017), DOI 10.1088/1361-648X/aa680e).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "build/crystal.hpp"

namespace vitrion {

using IntMatrix = Eigen::Matrix3i;

/// For about `cells` unit cells; `shape` is blocky or cubic. `weights` stretch the wanted edges
/// (blocky) and are {1, 1, 1} for equal ones.
IntMatrix supercell_matrix(const Cell& cell, double cells, const std::string& shape,
                           const Vec3& weights = Vec3::Ones());

/// The crystal over the cell h·M; InputError where M is singular. Left-handed M are turned round.
Crystal supercell(const Crystal& crystal, const IntMatrix& matrix);

}  // namespace vitrion
