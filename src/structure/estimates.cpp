#include "structure/estimates.hpp"

#include <fmt/format.h>

#include <cmath>

namespace vitrion {

std::string jackknife_how(const BlockSums& sums) {
  if (sums.blocks() < 3) return "none: fewer than 3 blocks of frames";
  return fmt::format("jackknife over {} blocks", sums.blocks());
}

Scalar jackknife_scalar(std::string key, const Estimate& estimate, std::string unit,
                        const BlockSums& sums) {
  std::string how = jackknife_how(sums);
  if (sums.blocks() >= 3 && !std::isfinite(estimate.error)) {
    how = "none: not defined in every block";
  }
  return {std::move(key), estimate.value, estimate.error, std::move(unit), std::move(how)};
}

void warn_of_few_frames(const BlockSums& sums, Result& result) {
  const double frames = sums.total_weight();
  if (sums.blocks() < 3) {
    result.warnings.push_back(
        fmt::format("{:.0f} frame{} too few for errors: give at least 3, better 100", frames,
                    frames == 1 ? " is" : "s are"));
  } else if (frames < 16) {
    result.warnings.push_back(
        fmt::format("with {:.0f} frames each is a block of its own: the errors hold only if the "
                    "frames are far enough apart to be independent",
                    frames));
  }
}

std::vector<double> bin_centres(std::size_t n, double width) {
  std::vector<double> out(n);
  for (std::size_t k = 0; k < n; ++k) out[k] = (static_cast<double>(k) + 0.5) * width;
  return out;
}

}  // namespace vitrion
