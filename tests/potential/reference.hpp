// An independent, slow evaluation of a classical potential, straight from its definition: sums over
// all images for pairs and triplets, and a full Ewald sum in double precision.
#pragma once

#include <array>
#include <vector>

#include "core/structure.hpp"
#include "potential/classical_form.hpp"

namespace vitrion::testing {

struct ReferenceResult {
  double energy_eV = 0;
  std::vector<Vec3> forces;
  Mat3 stress_eV_A3 = Mat3::Zero();  ///< positive under tension
};

ReferenceResult reference_forces(const ClassicalForm& form, const Structure& structure);

}  // namespace vitrion::testing
