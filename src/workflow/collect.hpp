// Results of several states and replicas, put together: means over replicas, Arrhenius over
// temperatures, and the files of a results folder.
//
//   results/states.json            the states in order
//   results/STATE/NAME.json, .csv  each analysis of each state, over all replicas
//   results/NAME.json, .csv        the headline: each analysis at the first state that has it
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace vitrion {

/// What was measured at one state (a temperature, a stage of the protocol).
struct MeasuredState {
  std::string id;  ///< "production-600K"
  std::string title;
  double temperature_K = 0;                   ///< 0 where it is not known
  std::vector<std::vector<Result>> replicas;  ///< the results of each replica
};

struct CollectedState {
  std::string id;
  std::string title;
  double temperature_K = 0;
  std::vector<Result> results;  ///< over all replicas
};

struct Collected {
  std::vector<CollectedState> states;
  std::optional<Result> arrhenius;
};

/// Joins replicas; where asked, fits Arrhenius over the states that have D and a temperature, and
/// over those with counted events (rotation, sites), the latter as a last state of their own.
Collected collect(const std::vector<MeasuredState>& states, bool arrhenius,
                  double report_temperature_K);

/// Writes the layout above; the folder is replaced only by whole files.
void write_collected(const std::filesystem::path& folder, const Collected& collected);
/// Reads it back. InputError where states.json is absent.
Collected read_collected(const std::filesystem::path& folder);

/// Scalars of all states as lines for a terminal: "D_Li  600 K  3.5(2)e-5 cm2/s".
std::string scalar_lines(const Collected& collected);

}  // namespace vitrion
