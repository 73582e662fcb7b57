// What a recipe says of the method monte-carlo; the method itself is in build/monte_carlo.hpp.
#pragma once

#include <optional>
#include <string>

#include "base/schema.hpp"

namespace vitrion {

struct MonteCarloSettings {
  std::string potential = "auto";  ///< a classical one
  double hot_K = 3000;
  double temperature_K = 600;
  long sweeps = 60;       ///< moves for each ion while cooling
  long equilibrate = 20;  ///< and at the wanted temperature
  long trials = 16;       ///< places tried for each insertion
  long copies = 1;        ///< of parallel tempering, from the wanted temperature to hot
  std::optional<double> pressure_GPa;  ///< unset: fixed volume

  Schema schema();
};

}  // namespace vitrion
