#include "engine/velocities.hpp"

#include <cmath>

#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion {

double kinetic_energy_eV(const Structure& structure, const std::vector<Vec3>& velocities) {
  double twice = 0;
  for (std::size_t i = 0; i < velocities.size(); ++i) {
    twice += structure.species_of(i).mass_amu * velocities[i].squaredNorm();
  }
  return 0.5 * twice * constants::amu_A2_ps2_in_eV;
}

std::vector<Vec3> maxwell_boltzmann(const Structure& structure, double temperature_K,
                                    std::uint64_t seed) {
  const std::size_t atoms = structure.size();
  std::vector<Vec3> v(atoms, Vec3::Zero());
  if (atoms < 2) return v;  // one atom without momentum stands still
  RandomStream random(seed, "velocities");
  Vec3 momentum = Vec3::Zero();
  for (std::size_t i = 0; i < atoms; ++i) {
    const double mass = structure.species_of(i).mass_amu;
    const double width =
        std::sqrt(constants::boltzmann_eV_K * temperature_K / (mass * constants::amu_A2_ps2_in_eV));
    for (int k = 0; k < 3; ++k) v[i][k] = width * random.normal();
    momentum += mass * v[i];
  }
  const Vec3 drift = momentum / structure.mass_amu();
  for (auto& x : v) x -= drift;
  const double wanted =
      0.5 * static_cast<double>(3 * atoms - 3) * constants::boltzmann_eV_K * temperature_K;
  const double scale = std::sqrt(wanted / kinetic_energy_eV(structure, v));
  for (auto& x : v) x *= scale;
  return v;
}

}  // namespace vitrion
