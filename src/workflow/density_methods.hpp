// The density of a glass by several methods, each with its error, as results.
//
// given (measured, or what the model was packed at) · npt (mean volume at a pressure) · relaxed
// (snapshots at rest with their cells) · equation-of-state (pressure against volume).
#pragma once

#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "core/frame.hpp"
#include "numeric/statistics.hpp"
#include "workflow/equation_of_state.hpp"

namespace vitrion {

/// A snapshot after its relaxation with the cell.
struct RelaxedSnapshot {
  double density_g_cm3 = 0;
  double energy_eV_atom = 0;
  double pressure_GPa = 0;  ///< what is left
};

/// "relaxed_density": density and energy of the glass at rest; the error is the scatter of the
/// snapshots. `pressure_GPa` is the one asked for.
Result relaxed_density_result(const std::vector<RelaxedSnapshot>& snapshots, double pressure_GPa);

/// "equation_of_state". `mass_amu` is that of the cell.
struct EquationOfStateInput {
  std::vector<PressurePoint> points;
  std::vector<double> scales;  ///< of the volumes, shares of that of the step before
  double mass_amu = 0;
  std::size_t atoms = 0;
  std::string form;
  double pressure_GPa = 0;
};
Result equation_of_state_result(const EquationOfStateInput& input);

/// One method's answer over all replicas.
struct DensityByMethod {
  std::string method;              ///< "npt"
  double temperature_K = 0;        ///< NaN where there is none
  std::vector<Estimate> replicas;  ///< g/cm³
  std::string how;
};

/// "density_methods": one table of them, beside the given value, which stands first.
Result density_methods_result(const std::vector<DensityByMethod>& methods);

/// The frame's cell scaled to a density, its atoms moved along.
void scale_to_density(Frame& frame, double density_g_cm3);
/// The same to a share of its volume.
void scale_volume(Frame& frame, double share);

}  // namespace vitrion
