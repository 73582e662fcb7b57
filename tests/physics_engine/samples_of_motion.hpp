// What the physics tests need of analysis, done plainly: g(r) of one species, and mean square
// displacements over all time origins.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "core/frame.hpp"

namespace vitrion::testing {

/// g(r) of all pairs up to r_max in bins of `width`, with exact shell volumes.
inline std::vector<double> pair_distribution(const std::vector<Frame>& frames, double r_max,
                                             double width) {
  std::vector<double> g(static_cast<std::size_t>(r_max / width), 0.0);
  double norm = 0;
  for (const auto& f : frames) {
    const auto& s = f.structure;
    const double n = static_cast<double>(s.size());
    norm += n * (n - 1) / 2 / s.cell.volume();
    for (std::size_t i = 0; i < s.size(); ++i) {
      for (std::size_t j = i + 1; j < s.size(); ++j) {
        const double r = s.cell.minimum_image(s.position[j] - s.position[i]).norm();
        const auto bin = static_cast<std::size_t>(r / width);
        if (bin < g.size()) g[bin] += 1;
      }
    }
  }
  for (std::size_t b = 0; b < g.size(); ++b) {
    const double low = width * static_cast<double>(b);
    const double shell =
        4.0 / 3.0 * std::numbers::pi * (std::pow(low + width, 3) - std::pow(low, 3));
    g[b] /= norm * shell;
  }
  return g;
}

/// Mean square displacement in Å² at each lag in frames up to `lags`, averaged over all origins.
inline std::vector<double> mean_square_displacement(const std::vector<Frame>& frames,
                                                    std::size_t lags) {
  std::vector<std::vector<Vec3>> path;
  for (const auto& f : frames) {
    std::vector<Vec3> r(f.size());
    for (std::size_t i = 0; i < f.size(); ++i) {
      const auto& m = f.images[i];
      r[i] = f.structure.position[i] + f.structure.cell.vectors() * Vec3(m[0], m[1], m[2]);
    }
    path.push_back(std::move(r));
  }
  std::vector<double> out(lags + 1, 0.0);
  for (std::size_t lag = 1; lag <= lags; ++lag) {
    double sum = 0;
    double count = 0;
    for (std::size_t t = 0; t + lag < path.size(); t += 5) {
      for (std::size_t i = 0; i < path[t].size(); ++i)
        sum += (path[t + lag][i] - path[t][i]).squaredNorm();
      count += static_cast<double>(path[t].size());
    }
    out[lag] = sum / count;
  }
  return out;
}

}  // namespace vitrion::testing
