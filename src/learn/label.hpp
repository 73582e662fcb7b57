// Labels from first principles: energy, forces and stress of given frames, one after another.
//
// The file of labels is whole after every frame, and a run that was stopped goes on: frames that
// stand in it are not calculated again. Which they are is told by their cell, species and
// positions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/cp2k/settings.hpp"
#include "engine/force_provider.hpp"
#include "io/formats.hpp"

namespace vitrion {

struct LabelRecipe {
  long version = 1;
  std::string program = "cp2k";
  Cp2kSettings cp2k;

  Schema schema();
};

/// InputError with the place of what is wrong. An input of the user's own is read, too.
LabelRecipe load_label_recipe(const std::filesystem::path& file);
/// A commented recipe for a new user.
std::string commented_label_recipe();

/// Frames to be labelled, without the labels they have; a frame without a phase is of the phase of
/// its file's name. InputError where a file is absent or broken.
std::vector<Frame> load_frames(const std::vector<std::filesystem::path>& files,
                               const ReadOptions& options = {});

/// Words that stand with the labels of a structure; see level_of_theory.
using Provenance = std::function<std::map<std::string, std::string>(const Structure&)>;

struct Labelling {
  std::size_t before = 0;             ///< stood in the file already
  std::size_t labelled = 0;           ///< now
  std::vector<std::string> left_out;  ///< a sentence for each frame without labels
};

/// Labels `frames` into `out`, which keeps what it holds. A frame that does not converge, or on
/// which the program dies, is left out with a warning; where it dies on the first frame or on two
/// in succession, that error is thrown. InputError where `out` holds labels of another level.
/// Interrupted after Ctrl-C. O(frames · labels of the file) in writing, small beside the labelling.
Labelling label_frames(const std::vector<Frame>& frames, ForceProvider& provider,
                       const Provenance& provenance, const std::filesystem::path& out);

}  // namespace vitrion
