// Velocities from the Maxwell–Boltzmann distribution, without net momentum.
#pragma once

#include <cstdint>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// Å/ps; the kinetic energy is that of exactly `temperature_K` with 3N−3 degrees of freedom.
/// The same for any number of ranks or threads. O(N).
std::vector<Vec3> maxwell_boltzmann(const Structure& structure, double temperature_K,
                                    std::uint64_t seed);

/// ½ Σ m v² in eV.
double kinetic_energy_eV(const Structure& structure, const std::vector<Vec3>& velocities);

}  // namespace vitrion
