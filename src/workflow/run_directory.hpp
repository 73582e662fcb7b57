// The run directory: where each thing of a run lies, and the status of its stages.
//
//   recipe.yaml resolved.yaml manifest.json stages/ID/ results/ report.html
//
// A stage's status is one small file that is replaced atomically; a stage is done when its status
// says so for the same inputs. Everything else in a stage's folder belongs to the stage.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workflow/stages.hpp"

namespace vitrion {

struct StageStatus {
  std::string state = "waiting";  ///< waiting, running, done, failed, stopped
  std::string inputs;             ///< fingerprint of all that the stage depends on
  std::string outputs;            ///< fingerprint of what it made
  double wall_s = 0;              ///< over all tries
  std::string error;
};

class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path root) : root_(std::move(root)) {}

  /// Makes the folder with recipe.yaml and resolved.yaml; InputError where it already holds a run.
  static RunDirectory create(const std::filesystem::path& root,
                             const std::filesystem::path& recipe_file, const Recipe& recipe);
  /// InputError where the folder is not a run.
  static RunDirectory open(const std::filesystem::path& root);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path stage_folder(const std::string& id) const {
    return root_ / "stages" / id;
  }
  [[nodiscard]] std::filesystem::path results() const { return root_ / "results"; }
  [[nodiscard]] Recipe recipe() const;

  [[nodiscard]] StageStatus status(const std::string& id) const;
  void set_status(const std::string& id, const StageStatus& status) const;

 private:
  std::filesystem::path root_;
};

/// Holds an advisory lock on a file for its lifetime; a killed process lets go by itself.
class FolderLock {
 public:
  /// Waits up to `patience_s`; throws WorkError naming `what` where another process holds it.
  FolderLock(const std::filesystem::path& folder, const std::string& what, double patience_s);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

/// What a stage depends on, as one fingerprint: its part of the recipe, the potential, and the
/// outputs of the stages before it.
std::string stage_inputs(const RunDirectory& run, const Recipe& recipe, const Stage& stage);
/// Fingerprint of the files a stage made (logs and checkpoints left out).
std::string stage_outputs(const RunDirectory& run, const Stage& stage);

/// The time step of a recipe: its own, or what its potential suggests.
double timestep_of(const Recipe& recipe);
/// The name of the recipe's potential, with "auto" resolved by the composition.
std::string potential_of(const Recipe& recipe);

}  // namespace vitrion
