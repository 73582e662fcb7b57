// The glass against crystals: energy and enthalpy per atom above the lowest mixture of crystals of
// the same composition, all by one potential.
//
//   minimise Σ_j x_j E_j  with  Σ_j x_j c_j = c_glass,  x_j ≥ 0
// x_j are shares of the atoms, c_j the atomic fractions of phase j. The lowest mixture is a corner
// of the feasible set, which has no more phases than there are elements: all such sets are tried
// (Ong et al., Chem. Mater. 20, 1798 (2008), DOI 10.1021/cm702327g, for the use of it).
// O(phases choose elements).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "core/frame.hpp"
#include "numeric/statistics.hpp"
#include "workflow/recipe.hpp"
#include "workflow/vibrations.hpp"

namespace vitrion {

using Fractions = std::map<std::string, double>;  ///< by element; they add up to 1

/// Energies in eV/atom.
struct PhaseEnergies {
  std::string name;
  Fractions fractions;
  std::string formula;
  long atoms = 0;
  Estimate at_rest;
  Estimate at_temperature;
  double published_g_cm3 = 0;
  double rest_g_cm3 = 0;
  double pressure_left_GPa = 0;  ///< of the crystal at rest
  Estimate density_g_cm3;        ///< at the temperature
  std::optional<VibrationEstimates> vibrations;
};

/// The glass of one replica.
struct GlassEnergies {
  std::optional<Estimate> at_rest;
  Estimate at_temperature;
  Estimate pressure_GPa;
  double volume_A3_atom = 0;
  std::optional<VibrationEstimates> vibrations;
};

struct Mixture {
  std::vector<double> shares;  ///< of the atoms, by phase
  Estimate energy;
};

/// The mixture of lowest energy that has the composition; nothing where there is none.
std::optional<Mixture> lowest_mixture(const Fractions& composition,
                                      const std::vector<Fractions>& phases,
                                      const std::vector<Estimate>& energies);

/// Σ x_j value_j of a mixture.
Estimate of_mixture(const std::vector<double>& shares, const std::vector<Estimate>& values);

/// Atomic fractions of a structure.
Fractions fractions_of(const Structure& structure);

Result stability_result(const Fractions& composition, double temperature_K,
                        const std::vector<GlassEnergies>& glass,
                        const std::vector<PhaseEnergies>& crystals);

/// A supercell of a crystal for a recipe's stability.
SystemSettings crystal_settings(const Recipe& recipe, const std::string& crystal);
/// Of its cell and sites.
std::string fingerprint_crystal(const std::string& crystal);

}  // namespace vitrion
