#include "coupling/orientation_map.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"

namespace vitrion {
namespace {}  // namespace

OrientationMap::OrientationMap(double cell_deg, std::size_t units)
    : grid_(cell_deg),
      units_(std::max<std::size_t>(1, units)),
      groups_(std::min(units_, most_groups)),
      counts_(groups_ * grid_.cells(), 0.0),
      so_far_(grid_.cells(), 0.0) {}

std::vector<double> OrientationMap::totals() const {
  std::vector<double> out(grid_.cells(), 0.0);
  for (std::size_t g = 0; g < groups_; ++g) {
    for (std::size_t c = 0; c < out.size(); ++c) out[c] += counts_[g * out.size() + c];
  }
  return out;
}

void OrientationMap::close_stretch() {
  const std::vector<double> now = totals();
  std::vector<double> since(now.size());
  for (std::size_t c = 0; c < now.size(); ++c) since[c] = now[c] - so_far_[c];
  stretches_.append(since, 1);
  so_far_ = now;
}

Barrier OrientationMap::barrier(double least_depth_kT) const {
  Barrier out;
  const std::vector<double> all = totals();
  out.basins = find_basins(grid_, grid_.free_energy(all), least_depth_kT);
  out.value_kT = barrier_of(out.basins);
  out.error_kT = not_known;
  if (out.basins.size() < 2) return out;
  const Basin& basin = out.basins[1];
  out.counts_at_saddle = all[basin.saddle_cell];
  out.bound = out.counts_at_saddle < 1;
  out.from = grid_.centre(basin.cell);
  out.saddle = grid_.centre(basin.saddle_cell);
  out.to = grid_.centre(basin.into);
  // What a part of the data left out does to the barrier; a basin that is lost counts as flat.
  const auto without = [&](std::span<const double> counts) {
    const double b = barrier_of(find_basins(grid_, grid_.free_energy(counts), least_depth_kT));
    return std::isfinite(b) ? b : 0.0;
  };
  double by_group = 0;
  if (groups_ > 2) {
    std::vector<double> values;
    for (std::size_t g = 0; g < groups_; ++g) {
      std::vector<double> rest = all;
      for (std::size_t c = 0; c < rest.size(); ++c) rest[c] -= counts_[g * rest.size() + c];
      values.push_back(without(rest));
    }
    // Jackknife: (n − 1)/n Σ(x − ⟨x⟩)².
    by_group = mean_and_error(values).error * static_cast<double>(groups_ - 1);
  }
  const double total = stretches_.total_weight();
  double in_time = 0;
  if (stretches_.blocks() > 2) {
    in_time = stretches_
                  .jackknife([&](std::span<const double> mean) {
                    std::vector<double> counts(mean.begin(), mean.end());
                    for (double& x : counts) x *= total;
                    return without(counts);
                  })
                  .error;
  }
  // No better than the counts at the saddle allow.
  const double counting = 1 / std::sqrt(std::max(1.0, out.counts_at_saddle));
  out.error_kT = std::max({by_group, in_time, counting});
  return out;
}

Grid OrientationMap::surface(const std::string& name, double kT, const std::string& unit) const {
  Grid out;
  out.name = name;
  out.unit = unit;
  const double cell_deg =
      std::sqrt(4 * constants::pi / static_cast<double>(grid_.cells())) * 180 / constants::pi;
  const auto columns = static_cast<std::size_t>(std::round(360 / cell_deg));
  const std::size_t rows = std::max<std::size_t>(2, columns * 7 / 20);
  out.x = {"phi", "deg", {}, {}};
  out.y = {"cos_theta", "", {}, {}};
  for (std::size_t k = 0; k < columns; ++k) {
    out.x.data.push_back((static_cast<double>(k) + 0.5) * 360 / static_cast<double>(columns));
  }
  for (std::size_t k = 0; k < rows; ++k) {
    out.y.data.push_back(-1 + (static_cast<double>(k) + 0.5) * 2 / static_cast<double>(rows));
  }
  const auto all = totals();
  const auto h = grid_.free_energy(all);
  for (const double phi : out.x.data) {
    for (const double z : out.y.data) {
      const double s = std::sqrt(std::max(0.0, 1 - z * z));
      const double a = phi * constants::pi / 180;
      const std::size_t c = grid_.cell_of({s * std::cos(a), s * std::sin(a), z});
      out.data.push_back(all[c] > 0 ? kT * h[c] : not_known);
    }
  }
  return out;
}

}  // namespace vitrion
