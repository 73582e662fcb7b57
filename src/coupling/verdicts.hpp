// The four correlations of the paddle-wheel question side by side, each with a word and a reason.
#pragma once

#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "coupling/events.hpp"
#include "coupling/rotation_at_hops.hpp"

namespace vitrion {

struct Verdict {
  std::string aspect;  ///< temporal, spatial, vibrational, energetic
  std::string verdict;
  std::string because;
};

/// Where turns are too few to matter, "not coupled" holds only if units do not rotate by smaller
/// steps beside hops either; changes verdict and reason accordingly.
void weigh_any_rotation(EventCoupling& found, const RotationAtHops& any,
                        const EventOptions& options);

/// From the scalars of a result of `coupling` and its events. The temporal one is the answer: the
/// others are necessary at most (spectra that overlap, barriers that are alike) and are worded so.
std::vector<Verdict> verdicts(const Result& coupling, const EventCoupling& found,
                              const EventOptions& options);

}  // namespace vitrion
