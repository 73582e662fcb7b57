// Which frames train, validate and test: by contiguous blocks of time.
//
// Consecutive frames of a trajectory are nearly copies of one another, so that a random split
// tests on what was trained on. Here each series (the frames of one phase in one file) is cut into
// `blocks` equal stretches of time; in each the first part trains, then come validation and test,
// with `gap` frames left out between parts. Series too short to give a held-out frame (single
// points in files of their own) are joined in their order to one. Phases under `emphasis` are not
// split: few and precious frames all train, several times in each pass, and other data judges them.
// Deterministic; O(frames).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/schema.hpp"
#include "learn/dataset.hpp"

namespace vitrion {

struct SplitOptions {
  std::string how = "blocks";  ///< "blocks", or "random" (flatters; warns)
  double validation = 0.1;     ///< fraction of the frames
  double test = 0.1;           ///< fraction of the frames; 0 where the test set is of its own
  long blocks = 5;             ///< stretches of each series, each with all three parts
  long gap = 0;                ///< frames left out between parts
  long every = 1;              ///< only every so many of the training frames
  long seed = 1;               ///< of the random split
  std::map<std::string, double> emphasis{};  ///< phase: how often each of its frames trains; whole

  /// Bound to this object, for recipes.
  Schema schema();
};

/// Indices into Dataset::samples, each list ascending.
struct Split {
  std::vector<std::size_t> train;  ///< those of an emphasised phase several times
  std::vector<std::size_t> validation;
  std::vector<std::size_t> test;
  std::size_t left_out = 0;           ///< by gaps and by `every`
  std::vector<std::string> warnings;  ///< to be shown and written with the results
  /// The split in words, for the settings of a result.
  std::vector<std::pair<std::string, std::string>> settings;

  /// Frames that train, each counted once.
  [[nodiscard]] std::size_t training_frames() const;
};

/// InputError where fractions make no sense, an emphasised phase is not there or nothing is left to
/// train on.
Split split_dataset(const Dataset& data, const SplitOptions& options = {});

}  // namespace vitrion
