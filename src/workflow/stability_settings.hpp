// `stability:` of a recipe: which crystals the glass is compared with, and how they are run.
#pragma once

#include <string>
#include <vector>

#include "base/schema.hpp"

namespace vitrion {

struct StabilitySettings {
  std::vector<std::string> crystals;  ///< names or files; "auto": all that serve; empty: none
  long atoms = 200;                   ///< of a crystal's supercell, about
  double time_ps = 5;                 ///< of a crystal at the glass' temperature, averaged
  double equilibrate_ps = 2;          ///< before it
  double vibrations_ps = 6;           ///< of glass and crystals, frames 10 fs apart; 0: left out
  double force_tolerance_eV_A = 0.005;
  long max_iterations = 5000;

  Schema schema();
  [[nodiscard]] bool is_asked() const { return !crystals.empty(); }
};

}  // namespace vitrion
