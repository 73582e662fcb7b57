// A linear learned potential as a file of LAMMPS' pair_style pace (ML-PACE; form in pace.hpp).
//
// Where no pair is closer than its core_outer_A, energies and forces are those of the model to
// rounding: T_n(x) of a model is (−1)^n T_n of PACE's argument, so that each radial function is
// (−1)^n (g_0 − 2 g_n), and a product of real harmonics is a sum of products of complex ones with
// real coefficients. Inside the core both repel, but differ: PACE fades an atom out of its
// neighbours' expansion and has the core of its own form, which is given the size of ZBL at
// core_inner_A and half-way to core_outer_A.
// O(invariants · terms · 2^order), times Z^order with mixing.
#pragma once

#include <filesystem>
#include <string>

#include "potential/mlp/model.hpp"
#include "potential/mlp/pace.hpp"

namespace vitrion::mlp {

/// InputError, with what to train instead, for what PACE cannot express: hidden units, and radial
/// functions other than of exponential scaling with the cosine envelope.
PacePotential pace_of(const Model& model);

/// The text of a .yace file; `comment` may have many lines.
std::string pace_text(const PacePotential& potential, const std::string& comment = {});

/// InputError unless the name ends in .yace: LAMMPS takes .yaml for a basis of another form.
void write_pace(const std::filesystem::path& file, const PacePotential& potential,
                const std::string& comment = {});

}  // namespace vitrion::mlp
