// The whole work of `vitrion rmc`: chains side by side, annealing, exchange, forces in between,
// checkpoints, samples.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "rmc/recipe.hpp"

namespace vitrion::rmc {

/// What one chain was like at the end of a block.
struct HistoryRow {
  double moves_per_atom = 0;
  double temperature = 0;
  double cost = 0;
  double penalty = 0;
  double acceptance = 0;  ///< of all moves tried
  double step_A = 0;
  double density_A3 = 0;
  double energy_eV_atom = 0;  ///< NaN without forces
  std::vector<double> r_chi;
};

struct RmcRun {
  RmcRecipe recipe;
  std::unique_ptr<ChainSetup> setup;  ///< the chains refer to it
  std::vector<std::string> notes;
  std::vector<std::unique_ptr<Chain>> chains;
  std::vector<std::vector<HistoryRow>> history;    ///< [chain][block]
  std::vector<std::vector<ConstraintValue>> best;  ///< [constraint][value]: nearest of any block
  std::vector<std::vector<std::filesystem::path>> samples;  ///< [chain], in order
  /// With forces: [chain][sample], of the samples as they stand.
  std::vector<std::vector<double>> sample_energy_eV_atom;
  std::vector<long> rank;  ///< [chain]: its place on the ladder of T_χ
  std::uint64_t relaxations = 0, relaxations_kept = 0;  ///< of all chains, with forces
  std::uint64_t blocks = 0;
  std::uint64_t done = 0;
  double seconds = 0;                  ///< of this process
  double moves_per_s = 0;              ///< of all chains together, in this process
  double largest_drift = 0;            ///< of R_χ² between exact recomputations
  double largest_energy_drift_eV = 0;  ///< of the energy, the same
};

/// Runs a recipe in a folder, or goes on from the checkpoint there. Writes checkpoint.json and
/// samples as it goes; throws Interrupted after a checkpoint.
RmcRun run_rmc(const RmcRecipe& recipe, const std::filesystem::path& folder);

/// Chains whose samples count: all, or with exchange the coldest.
std::vector<std::size_t> counting_chains(const RmcRun& run);

/// The result "rmc": fits, partials, constraints, history, how far it has converged.
Result rmc_result(const RmcRun& run);

}  // namespace vitrion::rmc
