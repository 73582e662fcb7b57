#include "neighbor/distance_loops.hpp"

#include <cmath>

#include "base/clones.hpp"

namespace vitrion {

VITRION_CLONES void squared_distances(const double* x, const double* y, const double* z,
                                      std::size_t n, const double* from, double* out) {
  const double x0 = from[0];
  const double y0 = from[1];
  const double z0 = from[2];
  for (std::size_t k = 0; k < n; ++k) {
    const double dx = x[k] - x0;
    const double dy = y[k] - y0;
    const double dz = z[k] - z0;
    out[k] = dx * dx + dy * dy + dz * dz;
  }
}

VITRION_CLONES void bins_of_squares(const double* distance2, std::size_t n, double per_width,
                                    std::int32_t* bin) {
  for (std::size_t k = 0; k < n; ++k) {
    bin[k] = static_cast<std::int32_t>(std::sqrt(distance2[k]) * per_width);
  }
}

}  // namespace vitrion
