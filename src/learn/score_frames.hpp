// Predictions of a potential for labelled frames, scored; with a bar of progress.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "engine/force_provider.hpp"
#include "learn/dataset.hpp"
#include "learn/scores.hpp"

namespace vitrion {

/// `check` sees each structure first. InputError with the frame's place where `check` or the
/// provider refuses it; Interrupted after Ctrl-C. O(atoms).
Scores score_frames(ForceProvider& provider, const Dataset& data,
                    std::span<const std::size_t> which, const ScoreOptions& options,
                    const std::string& title,
                    const std::function<void(const Structure&)>& check = {});

}  // namespace vitrion
