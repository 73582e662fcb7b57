// What vibrations add to a free energy, from a vibrational density of states.
//
//   x = hν / k_B T
//   S     = k_B ∫ g(ν) [x/(eˣ − 1) − ln(1 − e⁻ˣ)] dν
//   F_vib =     ∫ g(ν) [hν/2 + k_B T ln(1 − e⁻ˣ)] dν
// of independent quantum oscillators (Fultz, Prog. Mater. Sci. 55, 247 (2010), DOI
// 10.1016/j.pmatsci.2009.05.002). g comes from classical dynamics at T and holds its softening;
// ions that diffuse, for which g(0) > 0, are no oscillators, and get what the integral gives them.
#pragma once

#include <filesystem>
#include <span>

#include "numeric/statistics.hpp"

namespace vitrion {

struct Vibrations {
  double entropy_kB_atom = 0;
  double free_energy_eV_atom = 0;
};

/// `dos` in states per THz at the frequencies `nu_THz` (rising from 0), its integral 3 × atoms.
Vibrations harmonic_vibrations(std::span<const double> nu_THz, std::span<const double> dos,
                               double atoms, double temperature_K);

/// As estimates: of a trajectory from `from_ps` on; the error is half the difference of its halves.
struct VibrationEstimates {
  Estimate entropy_kB_atom;
  Estimate free_energy_eV_atom;
};
VibrationEstimates vibrations_of_run(const std::filesystem::path& trajectory, double from_ps,
                                     double temperature_K);

}  // namespace vitrion
