// How dense a glass is, where the recipe does not say.
//
// Known glasses are interpolated in composition; everything else is estimated from ionic volumes
// that add up. What a value rests on is part of the answer.
#pragma once

#include <map>
#include <string>

namespace vitrion {

struct DensityGuess {
  double g_cm3 = 0;
  std::string source;
};

/// For the given atoms (any scale).
DensityGuess guess_density(const std::map<std::string, double>& atoms);

/// Volume in Å³ that the ions of these atoms take in a glass; additive, good to about a tenth.
double ionic_volume_A3(const std::map<std::string, double>& atoms);

}  // namespace vitrion
