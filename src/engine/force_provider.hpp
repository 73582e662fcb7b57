// Forces apart from motion: whatever gives energy, forces and stress of one frame.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/frame.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {

class ForceProvider {
 public:
  virtual ~ForceProvider() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
  /// Fills energy_eV, forces and stress_eV_A3 (the virial alone, without the kinetic part) from
  /// species, cell and positions. Any periodic cell in any orientation.
  /// InputError where the frame cannot be evaluated, WorkError where the work fails.
  virtual void evaluate(Frame& frame) = 0;
};

struct LammpsProviderOptions {
  std::filesystem::path folder;  ///< for the log of LAMMPS; empty: a temporary one
  int ranks = 1;
  double kspace_accuracy = 0;  ///< 0: that of the potential
  bool ewald = false;          ///< with kspace_accuracy: a full Ewald sum, for checks
};

/// A potential of the catalogue, evaluated by the LAMMPS worker. `potential` must outlive it.
std::unique_ptr<ForceProvider> make_lammps_provider(const Potential& potential,
                                                    const LammpsProviderOptions& options = {});

/// The quickest way: in this process for a learned potential, by LAMMPS for a classical one.
std::unique_ptr<ForceProvider> make_provider(const Potential& potential,
                                             const LammpsProviderOptions& options = {});

}  // namespace vitrion
