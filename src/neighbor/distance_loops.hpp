// The two inner loops of every histogram of distances, over the straight runs of a ghost grid.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrion {

/// Squared distances (Å²) of n points from one: out[k] for k < n.
void squared_distances(const double* x, const double* y, const double* z, std::size_t n,
                       const double* from, double* out);

/// The bin of each squared distance: its root, times bins per Å, rounded down.
void bins_of_squares(const double* distance2, std::size_t n, double per_width, std::int32_t* bin);

}  // namespace vitrion
