#include "dynamics/site_lattice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "numeric/periodic_grid.hpp"

namespace vitrion {
namespace {

constexpr double reach_A = 6;
constexpr double core_share = 0.45;  // of the distance to the next site, at most
constexpr double grid_A = 0.3;
constexpr double most_points = 4e6;

}  // namespace

SiteLattice::SiteLattice(const Cell& cell, std::vector<Vec3> fractions, double core_A)
    : cell_(cell), core_(fractions.size(), core_A), around_(fractions.size()) {
  for (const Vec3& f : fractions) place_.push_back(cell.wrap(cell.to_cartesian(f)));
  for (std::size_t a = 0; a < place_.size(); ++a) {
    std::vector<std::pair<double, std::uint32_t>> list;
    for (std::size_t b = 0; b < place_.size(); ++b) {
      if (a == b) continue;
      const double d = step(a, b).norm();
      core_[a] = std::min(core_[a], core_share * d);
      if (d < reach_A) list.emplace_back(d, static_cast<std::uint32_t>(b));
    }
    if (!(core_[a] > 0.05)) {
      throw InputError(fmt::format(
          "two sites stand at the same place, {:.2f} {:.2f} {:.2f} A: remove one of them",
          place_[a].x(), place_[a].y(), place_[a].z()));
    }
    std::sort(list.begin(), list.end());
    for (const auto& [d, b] : list) around_[a].push_back(b);
  }
}

std::uint32_t SiteLattice::nearest(const Vec3& r, double& distance_A) const {
  std::uint32_t best = 0;
  double least = 1e300;
  for (std::size_t s = 0; s < place_.size(); ++s) {
    const double d = cell_.minimum_image(r - place_[s]).squaredNorm();
    if (d < least) {
      least = d;
      best = static_cast<std::uint32_t>(s);
    }
  }
  distance_A = std::sqrt(least);
  return best;
}

std::uint32_t SiteLattice::nearest(const Vec3& r, std::uint32_t guess, double& distance_A) const {
  std::uint32_t best = guess;
  distance_A = cell_.minimum_image(r - place_[guess]).norm();
  if (distance_A <= core_[guess]) return best;
  if (distance_A > 0.5 * reach_A) return nearest(r, distance_A);
  for (const std::uint32_t s : around_[guess]) {
    const double d = cell_.minimum_image(r - place_[s]).norm();
    if (d < distance_A) {
      distance_A = d;
      best = s;
    }
  }
  return best;
}

SiteTracker::SiteTracker(const SiteLattice& lattice, std::size_t ions)
    : lattice_(&lattice),
      site_(ions, 0),
      near_(ions, 0),
      settled_(ions, false),
      waited_(ions, 0.0),
      arrived_(ions, -1.0),
      frames_of_(lattice.size(), 0.0),
      occupied_(lattice.size(), 0.0),
      now_(lattice.size(), 0) {}

void SiteTracker::next(const std::vector<float>& fractions) {
  const auto now = static_cast<double>(frames_++);
  std::fill(now_.begin(), now_.end(), std::uint16_t{0});
  std::size_t inside = 0;
  for (std::size_t i = 0; i < site_.size(); ++i) {
    const Vec3 r = lattice_->cell().to_cartesian(
        {fractions[3 * i], fractions[3 * i + 1], fractions[3 * i + 2]});
    double distance = 0;
    if (frames_ == 1) {
      near_[i] = lattice_->nearest(r, distance);
    } else {
      near_[i] = lattice_->nearest(r, near_[i], distance);
    }
    const bool core = distance <= lattice_->core_A(near_[i]);
    if (core) ++inside;
    if (!settled_[i]) {
      ++waited_[i];
      if (!core) continue;
      settled_[i] = true;
      site_[i] = near_[i];
      frames_of_[site_[i]] += waited_[i] - 1;
    }
    if (core && near_[i] != site_[i]) {
      const Vec3 step = lattice_->step(site_[i], near_[i]);
      jumps_.push_back({static_cast<std::uint32_t>(i), site_[i], near_[i], now, step});
      if (arrived_[i] >= 0) stays_.emplace_back(site_[i], now - arrived_[i]);
      arrived_[i] = now;
      site_[i] = near_[i];
    }
    ++now_[site_[i]];
  }
  for (std::size_t s = 0; s < now_.size(); ++s) {
    frames_of_[s] += now_[s];
    if (now_[s] > 0) occupied_[s] += 1;
    if (now_[s] > 1) doubly_ += 1;
  }
  const auto ions = static_cast<double>(site_.size());
  in_core_ += (static_cast<double>(inside) / ions - in_core_) / static_cast<double>(frames_);
}

std::vector<Vec3> density_maxima(const Cell& cell, const std::vector<std::vector<float>>& rows,
                                 double smoothing_A, double separation_A, double least) {
  const Grid3 grid = make_grid(cell, std::max(grid_A, std::cbrt(cell.volume() / most_points)));
  const Int3& n = grid.count;
  std::vector<float> count(grid.size(), 0.0F);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 2 < row.size(); i += 3) {
      Int3 at;
      for (std::size_t k = 0; k < 3; ++k) {
        at[k] = static_cast<int>(std::floor(static_cast<double>(row[i + k]) * n[k] + 0.5));
      }
      count[grid.index(at)] += 1;
    }
  }
  std::vector<std::pair<Int3, double>> stencil;
  Int3 reach;
  const Vec3 heights = cell.heights();
  for (std::size_t k = 0; k < 3; ++k) {
    reach[k] =
        std::min(static_cast<int>(3 * smoothing_A / heights[static_cast<int>(k)] * n[k]), n[k] / 2);
  }
  for (int a = -reach[0]; a <= reach[0]; ++a) {
    for (int b = -reach[1]; b <= reach[1]; ++b) {
      for (int c = -reach[2]; c <= reach[2]; ++c) {
        const Vec3 f(static_cast<double>(a) / n[0], static_cast<double>(b) / n[1],
                     static_cast<double>(c) / n[2]);
        const double x = (cell.vectors() * f).norm() / smoothing_A;
        if (x < 3) stencil.push_back({{a, b, c}, std::exp(-0.5 * x * x)});
      }
    }
  }
  std::vector<double> density(grid.size(), 0.0);
  parallel_for(static_cast<std::size_t>(n[0]), [&](std::size_t plane) {
    Int3 at{static_cast<int>(plane), 0, 0};
    for (at[1] = 0; at[1] < n[1]; ++at[1]) {
      for (at[2] = 0; at[2] < n[2]; ++at[2]) {
        double sum = 0;
        for (const auto& [d, weight] : stencil) {
          sum += weight *
                 static_cast<double>(count[grid.index({at[0] + d[0], at[1] + d[1], at[2] + d[2]})]);
        }
        density[grid.index(at)] = sum;
      }
    }
  });
  const double level = least * *std::max_element(density.begin(), density.end());
  std::vector<Vec3> out;
  for (const std::uint32_t i : largest_first(density)) {
    if (density[i] < level) break;
    const Int3 at = grid.place_of(i);
    bool highest = true;
    for (int a = -1; a <= 1 && highest; ++a) {
      for (int b = -1; b <= 1; ++b) {
        for (int c = -1; c <= 1; ++c) {
          highest = highest && density[grid.index({at[0] + a, at[1] + b, at[2] + c})] <= density[i];
        }
      }
    }
    if (!highest) continue;
    const Vec3 f(static_cast<double>(at[0]) / n[0], static_cast<double>(at[1]) / n[1],
                 static_cast<double>(at[2]) / n[2]);
    const bool apart = std::all_of(out.begin(), out.end(), [&](const Vec3& other) {
      return cell.minimum_image(cell.vectors() * (f - other)).norm() >= separation_A;
    });
    if (apart) out.push_back(f);
  }
  return out;
}

}  // namespace vitrion
