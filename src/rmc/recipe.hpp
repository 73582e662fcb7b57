// The recipe of `vitrion rmc`: start, data, constraints, moves, annealing, chains.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/system.hpp"
#include "rmc/chain.hpp"

namespace vitrion::rmc {

struct RmcRecipe {
  long version = 1;
  std::string title = "reverse Monte Carlo";
  // start
  std::string start_file;
  SystemSettings system;
  std::optional<double> density_g_cm3;
  // pairs
  std::optional<double> range_A;
  double bin_A = 0.05;
  std::vector<DataSettings> data;
  double minimum_distance_A = 1.5;
  std::map<std::string, double> minimum_distances_A;
  std::vector<CoordinationSettings> coordination;
  std::vector<BondSettings> bonds;
  std::vector<AngleSettings> angles;
  std::vector<ValenceSettings> valences;
  std::vector<UnitSettings> units;
  std::map<std::string, double> keep_bonds;
  MoveSettings moves;
  EnergySettings energy;
  // annealing and length
  double temperature_start = 1e-5;
  double temperature_end = 1e-7;
  double anneal = 0.7;          ///< share of the run in which T_χ falls
  double moves_per_atom = 500;  ///< tried, of each chain
  double block_per_atom = 5;
  long chains = 2;
  bool exchange = false;
  double ladder = 3;  ///< ratio of T_χ of neighbouring chains, with exchange
  long samples = 10;  ///< configurations kept of each chain after the annealing
  // alternation with forces
  std::string potential;
  long relax_every = 2;
  long relax_steps = 6;
  double relax_largest_A = 0.05;
  double energy_weight = 0;  ///< 1/eV an atom
  std::vector<std::string> analyse;
  long seed = 1;

  Schema schema();
  /// Of the text that was read, for telling whether a checkpoint belongs to it.
  std::string fingerprint;
};

/// InputError with the place of what is wrong. Paths come back absolute.
RmcRecipe load_rmc_recipe(const std::filesystem::path& file);
std::string commented_rmc_recipe();
/// With every default; reads back to the same recipe.
Node resolved_recipe(RmcRecipe& recipe);

/// The starting model of one chain: the file's last frame, or a packing of its own.
Structure starting_structure(const RmcRecipe& recipe, long chain);
/// All that chains share; InputError for data that contradict the model. `notes` takes sentences.
ChainSetup make_setup(const RmcRecipe& recipe, const Structure& start,
                      std::vector<std::string>& notes);

}  // namespace vitrion::rmc
