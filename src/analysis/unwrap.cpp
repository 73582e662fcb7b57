#include "analysis/unwrap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace vitrion {

void Unwrapper::start(const Frame& frame) {
  path_ = frame.structure.position;
  if (!frame.images.empty() && frame.wrapping != Wrapping::unwrapped) {
    for (std::size_t i = 0; i < path_.size(); ++i) {
      const auto& n = frame.images[i];
      path_[i] += frame.structure.cell.vectors() * Vec3(n[0], n[1], n[2]);
    }
  }
}

const std::vector<Vec3>& Unwrapper::next(const Frame& frame) {
  const auto& now = frame.structure.position;
  const Cell& cell = frame.structure.cell;
  const bool with_images = !frame.images.empty() && frame.wrapping != Wrapping::unwrapped;
  if (frames_++ == 0) {
    start(frame);
  } else if (now.size() != previous_.size()) {
    throw InputError(
        fmt::format("the number of atoms changes from {} to {}: paths cannot be followed",
                    previous_.size(), now.size()));
  } else {
    const double half_height = cell.is_defined() ? 0.5 * cell.heights().minCoeff() : 0.0;
    double largest = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      Vec3 d = now[i] - previous_[i];
      if (with_images && !images_.empty()) {
        // Exact however far apart the frames are.
        const auto& a = images_[i];
        const auto& b = frame.images[i];
        d += cell.vectors() * Vec3(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
      } else if (frame.wrapping != Wrapping::unwrapped && cell.is_defined()) {
        d = cell.minimum_image(d);
        largest = std::max(largest, d.squaredNorm());
        guessed_ = true;
      }
      path_[i] += d;
    }
    if (half_height > 0) largest_jump_ = std::max(largest_jump_, std::sqrt(largest) / half_height);
  }
  previous_ = now;
  if (with_images) {
    images_ = frame.images;
  } else {
    images_.clear();
  }
  return path_;
}

std::vector<std::string> Unwrapper::warnings() const {
  std::vector<std::string> out;
  if (guessed_ && largest_jump_ > 0.7) {
    out.push_back(fmt::format(
        "an atom moves {:.0f} % of half the cell between two frames: paths rebuilt from wrapped "
        "positions are not safe; use closer frames, image flags or unwrapped positions",
        100 * largest_jump_));
  } else if (guessed_) {
    out.push_back(fmt::format(
        "positions are wrapped and carry no image flags: paths were rebuilt by the shortest step "
        "(the longest was {:.0f} % of half the cell)",
        100 * largest_jump_));
  }
  return out;
}

}  // namespace vitrion
