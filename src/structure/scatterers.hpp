// What the species of a system scatter, as a user describes them: isotopes and ions by name.
#pragma once

#include <map>

#include "base/schema.hpp"
#include "structure/pairs.hpp"
#include "structure/scattering_functions.hpp"
#include "structure/scattering_tables.hpp"

namespace vitrion {

/// Parameters shared by all analyses that weight by scattering.
struct ScattererSettings {
  std::vector<std::string> isotopes;      ///< "7Li"
  std::map<std::string, double> lengths;  ///< fm, by species
  std::vector<std::string> ions;          ///< "Li1+"

  void add_neutron(Schema& schema);
  void add_xray(Schema& schema);
};

/// The species of a PairTable with their weights.
struct Scatterers {
  Eigen::VectorXd c;             ///< concentrations
  Eigen::VectorXd neutron_fm;    ///< empty where a species has no known length
  std::vector<FormFactor> xray;  ///< empty where a species has no known form factor
  std::string neutron_text;      ///< "Li -2.22 (7Li), P 5.13, S 2.847"
  std::string xray_text;         ///< "Li1+, P, S"
  std::vector<std::string> warnings;

  [[nodiscard]] bool has_neutron() const { return neutron_fm.size() > 0; }
  [[nodiscard]] bool has_xray() const { return !xray.empty(); }
  [[nodiscard]] Eigen::VectorXd form_factors(double q_A) const;
};

/// Throws InputError for isotopes, ions or species that are not there.
Scatterers make_scatterers(const PairTable& table, const ScattererSettings& settings);

}  // namespace vitrion
