// An analysis is a mergeable accumulator.
//
//   prepare(first frame) → needs() → { fork() → consume(frame)… → merge } → result()
//
// The driver reads once, builds one neighbour list at the largest cut-off, unwraps once, and feeds
// every analysis. Frames are split into fixed chunks; each chunk goes to a fork, and forks are
// merged in chunk order: the same bits for any number of threads.
//
// To add one: an .hpp and .cpp in structure/ or dynamics/, a test, a line in registry.cpp, a line
// in CMakeLists.txt.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "base/schema.hpp"
#include "core/frame.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {

/// What an analysis wants from the driver. Valid after prepare().
struct Needs {
  double cutoff_A = 0;      ///< 0: no neighbours
  bool unwrapped = false;   ///< continuous positions (the driver unwraps)
  bool velocities = false;  ///< refuse input without
  bool time = false;        ///< needs the time between frames, evenly spaced
};

/// One frame as an analysis sees it.
struct FrameView {
  const Frame& frame;
  std::int64_t index;                  ///< 0-based, over all frames consumed
  double time_ps;                      ///< NaN where the time is not known
  const NeighborList* neighbors;       ///< at least to the analysis' cut-off; nullptr if not asked
  const std::vector<Vec3>* unwrapped;  ///< Å; nullptr if not asked
};

/// What is known of the whole series before the first frame.
struct SeriesInfo {
  std::optional<double> dt_ps;          ///< time between frames, where given
  std::optional<double> temperature_K;  ///< of the ensemble, where given
};

/// What an analysis is about, which says at which states of a run it makes sense.
enum class Subject {
  thermodynamics,  ///< of the NPT run: density
  structure,       ///< of the glass, and of production
  transport,       ///< of production
};

class Analysis {
 public:
  virtual ~Analysis() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  /// One line for `vitrion list analyses`.
  [[nodiscard]] virtual std::string summary() const = 0;
  [[nodiscard]] virtual Subject subject() const { return Subject::structure; }
  /// Parameters bound to this object, for `--set`, recipes and help.
  virtual Schema parameters() { return Schema(name()); }

  /// Sees the first frame before anything is consumed; throws InputError where it cannot serve.
  virtual void prepare(const Frame& first, const SeriesInfo& series) = 0;
  [[nodiscard]] virtual Needs needs() const { return {}; }
  /// An empty accumulator with the same parameters and preparation.
  [[nodiscard]] virtual std::unique_ptr<Analysis> fork() const = 0;
  virtual void consume(const FrameView& view) = 0;
  /// Takes over what `later` (a fork, of the frames right after ours) has accumulated.
  virtual void merge(Analysis& later) = 0;
  /// What was found; needs at least one frame.
  [[nodiscard]] virtual Result result() const = 0;
};

}  // namespace vitrion
