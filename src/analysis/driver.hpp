// Runs analyses over a stream of frames: one pass, one neighbour list, both cores, fixed chunks.
//
// Reading and unwrapping are serial and in order; neighbour lists and consume() run on all
// threads; merging is serial and in order. Memory: a few chunks of frames, whatever the length.
#pragma once

#include <memory>
#include <vector>

#include "analysis/analysis.hpp"
#include "core/stream.hpp"

namespace vitrion {

struct DriverOptions {
  SeriesInfo series;
  int chunk_frames = 4;  ///< frames in a chunk; part of the definition of the result
  bool show_progress = false;
  bool warn_if_wrapped = true;  ///< say so where unwrapping has to guess
};

struct DriverReport {
  std::int64_t frames = 0;
  std::vector<std::string> warnings;
};

/// Feeds every analysis. Throws InputError where the stream is empty, changes its atoms, or lacks
/// what an analysis needs. After it, `analysis->result()` may be called on each.
DriverReport run_analyses(FrameSource& source, std::vector<std::unique_ptr<Analysis>>& analyses,
                          const DriverOptions& options);

}  // namespace vitrion
