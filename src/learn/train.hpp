// The work of `vitrion train`: data → checks → split → model → scores, from one recipe.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "learn/committee.hpp"
#include "learn/data_check.hpp"
#include "learn/linear_fit.hpp"
#include "learn/network_fit.hpp"
#include "learn/network_skeleton.hpp"
#include "learn/split.hpp"

namespace vitrion {

struct TrainingRecipe {
  long version = 1;
  std::string name = "model";
  std::string summary = "a learned potential";
  std::vector<std::string> data;  ///< files or folders, relative to the recipe
  std::vector<std::string> made_for, limits, references;
  bool accept_findings = false;  ///< train in spite of errors in the data
  double timestep_ps = 0.001;
  std::string kind = "network";
  std::string start;  ///< a network to go on from; empty: numbers drawn at random
  SplitOptions split;
  std::map<std::string, double> reference_eV;  ///< empty: fitted

  NetworkSkeletonOptions network;
  NetworkFitOptions fit;
  CommitteeOptions committee;

  LinearSkeletonOptions linear;
  LinearFitOptions linear_fit;

  std::string fingerprint;  ///< of the recipe's text

  Schema schema();
};

/// InputError with the place of what is wrong. Paths of data come back absolute.
TrainingRecipe load_training_recipe(const std::filesystem::path& file);
/// A commented recipe for a new user.
std::string commented_training_recipe();

struct Training {
  mlp::Model model;
  std::vector<mlp::Model> members;  ///< of the committee, where there was one
  std::vector<Result> results;      ///< "training" (curve, settings), "data_check", and scores
};

/// Where the fit of a network stands, in the folder of its recipe; nobody's after its model is
/// kept.
inline constexpr const char* fit_state_name = "fit-state.cbor";

/// InputError where the data have errors that were not accepted; Interrupted after Ctrl-C. The
/// members of a committee are written into `folder` as each is done, and taken from there where the
/// same recipe was stopped before; so is where the fit of a network stands.
Training train(const TrainingRecipe& recipe, const std::filesystem::path& folder);

}  // namespace vitrion
