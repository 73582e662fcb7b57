// What a recipe says of the method grains: a polycrystal, with or without glass between its grains.
#pragma once

#include <optional>
#include <string>

#include "base/schema.hpp"

namespace vitrion {

struct BoundarySettings {
  double thickness_A = 5;   ///< of the layer between grains
  std::string composition;  ///< of the glass in it; empty: the grains touch
  std::optional<double> density_g_cm3;

  Schema schema();
};

struct GrainsSettings {
  std::string crystal;  ///< a file, or a name in data/crystals
  long number = 4;
  BoundarySettings boundary;
  std::string labels = "none";  ///< none, region (Li@grain, Li@boundary), grain (Li@grain1 …)

  Schema schema();
};

}  // namespace vitrion
