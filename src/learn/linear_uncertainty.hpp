// The uncertainty of a linear fit, written into its model: posterior factors, active sets, and
// how they compare with errors on frames that were held out.
//
// Features are φ = B̃ = (B − μ)∘s of the model's readout. An active set takes O(m²) an atom offered.
#pragma once

#include <vector>

#include "learn/linear_fit.hpp"

namespace vitrion {

/// The posterior factors alone.
void write_posterior(mlp::Model& model, const LinearSolution& solution);

/// Posterior factors and active sets.
void write_uncertainty(mlp::Model& model, const LinearDesign& design, const Dataset& data,
                       const std::vector<std::size_t>& train, const LinearSolution& solution,
                       const LinearFitOptions& options, const FitProgress& progress);

/// `noise_eV_atom`: that of the energies' labels under the model, σ_E/√β.
Calibration calibrate(const mlp::Model& model, const LinearDesign& design, const Dataset& data,
                      const std::vector<std::size_t>& held_out, const LinearSolution& solution,
                      double noise_eV_atom);

}  // namespace vitrion
