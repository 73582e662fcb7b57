// An energy for each element, by which total energies lose their arbitrary zero.
//
// Least squares of E_i/N_i = Σ_z (N_iz/N_i) e_z over frames; complete orthogonal decomposition, so
// that sets whose compositions do not span all elements get the solution of least norm (and a
// note): there single references mean nothing, energies of such compositions still do.
// O(frames · elements²).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "learn/dataset.hpp"

namespace vitrion {

/// Atoms of each species, by name.
using Composition = std::map<std::string, std::size_t>;
Composition composition_of(const Structure& structure);

struct ReferenceEnergies {
  std::map<std::string, double> per_atom_eV;  ///< by name of the species
  long rank = 0;                              ///< independent compositions among the frames fitted
  std::size_t frames = 0;                     ///< fitted; 0 where the energies were given
  double residual_eV_per_atom = 0;            ///< root mean square of what is left
  std::vector<std::string> notes;             ///< of degenerate compositions

  /// Σ_atoms e_z. InputError where an element has none.
  [[nodiscard]] double of(const Composition& composition) const;
  [[nodiscard]] double of(const Structure& structure) const {
    return of(composition_of(structure));
  }
};

/// From the energies of some frames (indices into data.samples; all where empty). Frames without
/// an energy are passed over; InputError where none has one.
ReferenceEnergies fit_reference_energies(const Dataset& data,
                                         std::span<const std::size_t> indices = {});

/// The same fit to any energies of compositions; sizes must agree.
ReferenceEnergies fit_reference_energies(std::span<const Composition> compositions,
                                         std::span<const double> energies_eV);

/// As the user says ("Li: -201.5").
ReferenceEnergies given_reference_energies(std::map<std::string, double> per_atom_eV);

}  // namespace vitrion
