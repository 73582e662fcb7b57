// What a recipe will do, before it does it: atoms, steps, time and disk.
#pragma once

#include <string>
#include <vector>

#include "workflow/recipe.hpp"

namespace vitrion {

struct StageEstimate {
  std::string step;  ///< "cool"
  std::string what;  ///< "1200 K to 300 K by 700 K, 450 K; 40 ps"
  double steps = 0;  ///< of one replica
  double bytes = 0;
};

struct RecipeEstimate {
  SystemPlan system;
  std::string potential;
  std::vector<std::string> limits;
  double timestep_ps = 0;
  std::vector<StageEstimate> steps;
  double total_steps = 0;  ///< over all replicas
  double bytes = 0;        ///< over all replicas
  int jobs = 1;            ///< stages at once on this machine
  double seconds = 0;      ///< wall-clock, rough
};

/// Throws InputError where the recipe cannot be carried out (no such potential, a missing element
/// …).
RecipeEstimate estimate(const Recipe& recipe);
/// The same for people, several lines.
std::string describe(const Recipe& recipe, const RecipeEstimate& estimate);

}  // namespace vitrion
