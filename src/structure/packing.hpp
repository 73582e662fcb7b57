// Local packing of spheres: fcc, hcp or bcc, by two ways that should agree.
//
// Adaptive common neighbour analysis: the signatures (common neighbours, bonds among them, longest
// chain of these) of the 12 or 14 nearest neighbours, with a cut-off from their own distances
// (Honeycutt & Andersen, DOI 10.1021/j100303a014; Stukowski, DOI 10.1088/0965-0393/20/4/045021).
// Polyhedral template matching: the root mean square deviation from each template after the best
// scaling, rotation and assignment (Larsen, Schmidt & Schiøtz, DOI 10.1088/0965-0393/24/5/055007),
// in units of the distance of neighbours; it bears noise better.
#pragma once

#include <span>

#include "core/vec.hpp"

namespace vitrion {

enum class Packing { fcc, hcp, bcc, other };

/// Neighbours by distance, at least 14 of them; fewer are `other`.
Packing common_neighbour_packing(std::span<const Vec3> neighbours);

struct TemplateMatch {
  Packing packing = Packing::other;
  double rmsd = 0;  ///< of the nearest template, also where it is too far
};

/// `other` where no template is within `worst`. Neighbours as above.
TemplateMatch match_packing(std::span<const Vec3> neighbours, double worst);

}  // namespace vitrion
