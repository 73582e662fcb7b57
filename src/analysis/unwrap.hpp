// Continuous paths from folded positions, right for triclinic cells and for changing cells.
//
// The toroidal-view-preserving scheme: the displacement between consecutive frames is taken in the
// later frame's cell and summed, so that a breathing cell adds nothing to diffusion.
// Bullerjahn et al., J. Chem. Theory Comput. 19, 3406 (2023), DOI 10.1021/acs.jctc.3c00308.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/frame.hpp"

namespace vitrion {

/// Feed frames in time order. O(N) a frame.
class Unwrapper {
 public:
  /// Continuous positions of this frame, in Å.
  const std::vector<Vec3>& next(const Frame& frame);
  /// Warnings so far: positions without images, or jumps too long to be told from a crossing.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  void start(const Frame& frame);

  std::vector<Vec3> path_;
  std::vector<Vec3> previous_;  // as in the file
  std::vector<Int3> images_;    // of the previous frame, where there are any
  double largest_jump_ = 0;     // as a share of half the smallest height
  bool guessed_ = false;        // crossings were inferred from positions alone
  std::int64_t frames_ = 0;
};

}  // namespace vitrion
