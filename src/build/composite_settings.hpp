// What a recipe says of the method composite: layers of crystal and glass, stacked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/schema.hpp"

namespace vitrion {

/// One layer; either a crystal or a composition.
struct LayerSettings {
  std::string crystal;       ///< a file, or a name in data/crystals
  std::string normal = "c";  ///< the crystal's axis across the layers
  std::string composition;   ///< of a glass
  std::optional<double> density_g_cm3;
  double thickness_A = 20;
  std::string label;  ///< "glass"; empty: crystal or glass

  Schema schema();
};

struct CompositeSettings {
  std::vector<LayerSettings> layers;
  double lateral_A = 20;  ///< edges of the layers, wanted
  double gap_A = 1.0;     ///< added at each interface
  bool labels = false;    ///< species as "Li@glass", so that analyses go by layer

  Schema schema();
};

}  // namespace vitrion
