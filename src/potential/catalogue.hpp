// The catalogue of potentials: classical ones (data/potentials/*.yaml) and learned ones (*.json,
// also packed), each with its provenance and limits.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// LAMMPS commands that define a potential for the species of a structure (types 1…n in order).
struct EngineInput {
  std::string atom_style;  ///< "charge" or "atomic"
  std::vector<std::string>
      commands;  ///< after the box exists: pair_style, pair_coeff, kspace, charges
  std::map<std::string, std::string> files;  ///< small files the commands refer to, by name
};

class Potential {
 public:
  virtual ~Potential() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string summary() const = 0;  ///< one line
  [[nodiscard]] virtual std::vector<std::string> elements() const = 0;
  [[nodiscard]] virtual std::vector<std::string> limits() const = 0;  ///< sentences, for the report
  [[nodiscard]] virtual std::string provenance() const = 0;
  [[nodiscard]] virtual std::vector<std::string> references() const = 0;
  [[nodiscard]] virtual std::string fingerprint() const = 0;  ///< of its definition
  /// A time step in ps that conserves energy with it.
  [[nodiscard]] virtual double suggested_timestep_ps() const = 0;
  /// Charges of its ions in e, by element; empty where it has none.
  [[nodiscard]] virtual std::map<std::string, double> charges() const { return {}; }
  /// Throws InputError, naming the missing elements and a potential that has them, where it lacks
  /// one.
  virtual void require_species(const Structure& structure) const = 0;
  /// Commands for a structure with these species. Calls require_species.
  [[nodiscard]] virtual EngineInput engine_input(const Structure& structure) const = 0;
};

/// By name from the catalogue, or a path to a YAML file of the same form or to a learned model.
/// Throws InputError with the nearest name.
std::unique_ptr<Potential> load_potential(const std::string& name_or_file);
std::vector<std::string> catalogue_names();

/// The same input with long-range Coulomb forces at another relative accuracy, by a full Ewald sum
/// where `ewald` says so (slow, for checks).
EngineInput with_kspace(EngineInput input, double accuracy, bool ewald = false);

/// The same input of a learned potential with its extrapolation grade every so many steps;
/// InputError for any other.
EngineInput with_uncertainty(EngineInput input, long every_steps);

/// The catalogue's choice for a composition (atoms of each element), or InputError that says which
/// elements no potential has. Each potential's data says for which compositions it is made.
std::string choose_potential(const std::map<std::string, double>& atoms_by_element);

}  // namespace vitrion
