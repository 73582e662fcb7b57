// The energy of a model, kept up to date move by move: what makes reverse Monte Carlo hybrid.
//
// Moves are accepted with min(1, exp(−ΔC/T_χ)) · min(1, exp(−ΔE/k_BT)), each factor by a random
// number of its own (the factorised rule; Michel, Kapfer & Krauth, DOI 10.1063/1.4863991; with the
// dearer factor last it is the delayed acceptance of Christen & Fox, DOI
// 10.1198/106186005X76983). It samples exp(−C/T_χ − E/k_BT) whichever is asked first, so that a
// costly one is asked only of moves that have passed the other. Hybrid RMC: Opletal et al., DOI
// 10.1080/089270204000002584.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "core/structure.hpp"
#include "potential/classical_form.hpp"
#include "potential/mlp/model.hpp"
#include "rmc/near_atoms.hpp"

namespace vitrion::rmc {

/// The section `energy:`.
struct EnergySettings {
  std::string potential;  ///< of the catalogue or a file; empty: no energy
  double temperature_K = 300;
  std::optional<double> start_temperature_K;  ///< falls to temperature_K while T_χ falls
  double pressure_GPa = 0;                    ///< for moves of the volume

  Schema schema();
};

class MoveEnergy {
 public:
  virtual ~MoveEnergy() = default;

  /// From scratch. InputError where the cell is too small for the cut-off.
  virtual void reset(const Cell& cell, std::span<const Site> sites) = 0;
  /// What the moves change, eV; not finite where atoms coincide. Ended by accept() or reject().
  virtual double propose(std::span<const AtomMove> moves) = 0;
  virtual void accept() = 0;
  virtual void reject() = 0;
  [[nodiscard]] virtual double total_eV() const = 0;
  /// Its cut-off: half the smallest height of a cell must be more.
  [[nodiscard]] virtual double reach_A() const = 0;
  /// Whether a move costs more than the curves do.
  [[nodiscard]] virtual bool costly() const = 0;
  [[nodiscard]] virtual std::unique_ptr<MoveEnergy> clone() const = 0;
};

/// All terms of a classical potential, Coulomb's by Ewald's sum. O(neighbours + wave vectors) a
/// moved atom.
std::unique_ptr<MoveEnergy> make_classical_energy(const ClassicalForm& form,
                                                  const Structure& structure);
/// A learned potential: only centres within its cut-off of a moved atom are evaluated again.
std::unique_ptr<MoveEnergy> make_learned_energy(const mlp::Model& model,
                                                const Structure& structure);
/// By name or file, as load_potential; `text` takes a sentence about it.
std::unique_ptr<MoveEnergy> make_move_energy(const std::string& potential,
                                             const Structure& structure, std::string& text);

}  // namespace vitrion::rmc
