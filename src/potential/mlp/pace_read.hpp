// Reading and evaluating files of LAMMPS' pair_style pace (.yace), slowly and from the equations
// alone (pace.hpp): what exported potentials are checked with.
//
// Harmonics are polynomials of the unit vector with phases of Condon and Shortley, all derivatives
// come from numbers that carry their gradient; nothing is shared with the evaluator of models.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/structure.hpp"
#include "potential/mlp/pace.hpp"

namespace vitrion::mlp {

/// InputError with the file and the field that is wrong or not known here (ACE.jl's radial
/// functions, the inner cut-off "zbl").
PacePotential read_pace(const std::filesystem::path& file);
PacePotential pace_from_text(const std::string& text);

/// Energy of one centre in eV; gradient[j] becomes its derivative with respect to neighbour j's
/// position in eV/Å. Displacements are neighbour − centre in Å; those beyond the cut-off of their
/// bond count for nothing. O(neighbours · n L² + functions · combinations · order²).
double pace_centre_energy(const PacePotential& potential, int element,
                          std::span<const int> neighbor_element,
                          std::span<const Vec3> displacement_A, std::span<Vec3> gradient);

}  // namespace vitrion::mlp
