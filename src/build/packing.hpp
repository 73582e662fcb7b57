// Random packing of rigid units in a periodic cell, at an exact density, with no two atoms of
// different units (or of images of one unit) closer than a minimum distance.
//
// Units start at uniform random places with uniform random orientations (quaternions after
// Shoemake); what overlaps is pushed apart by minimising E = Σ (1 − r/d)² over pairs with r < d, on
// the rigid bodies, by FIRE (Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006),
// DOI 10.1103/PhysRevLett.97.170201). Nothing in it knows the faces of the cell, so the density is
// uniform across them. Each step is O(N) with linked cells; the steps needed grow slowly with N and
// fast only near random close packing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "build/plan.hpp"
#include "core/structure.hpp"

namespace vitrion {

/// By pair of elements, in alphabetical order.
using MinimumDistances = std::map<std::pair<std::string, std::string>, double>;

/// The units stayed too close; `best` is the model that came nearest.
class PackingFailure : public WorkError {
 public:
  PackingFailure(const std::string& message, Structure best)
      : WorkError(message), best_(std::make_shared<Structure>(std::move(best))) {}
  [[nodiscard]] const Structure& best() const { return *best_; }

 private:
  std::shared_ptr<const Structure> best_;
};

/// From the settings, for the elements of the plan; InputError for a pair that is not one.
MinimumDistances minimum_distances(const SystemSettings& settings,
                                   const std::map<std::string, long>& atoms_by_element);

/// Throws InputError where no random packing can satisfy the distances at this density: the share
/// of the cell that the units' spheres fill, or a cell thinner than the distance to an own image.
void check_packing(const PreparedSystem& system, const MinimumDistances& distances);

/// Fixed atoms as they stand, then the units in their order, wrapped into the cell. Throws
/// PackingFailure with the closest pair that was reached where the units cannot be brought apart.
Structure pack_units(const PreparedSystem& system, const MinimumDistances& distances,
                     RandomStream& random);

}  // namespace vitrion
