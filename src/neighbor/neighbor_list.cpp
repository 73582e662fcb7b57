#include "neighbor/neighbor_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace vitrion {
namespace {

// Bins of the cell along its vectors. A neighbour within the cut-off lies at most `reach` bins
// away; where reach exceeds the number of bins, bins are visited once for each periodic image.
struct Bins {
  Int3 count{1, 1, 1};
  Int3 reach{0, 0, 0};
  std::vector<std::uint32_t> start;  // of each bin in `atom`
  std::vector<std::uint32_t> atom;
  std::vector<Int3> bin_of;
  std::vector<Vec3> folded;  // positions inside the cell

  [[nodiscard]] std::size_t index(int i, int j, int k) const {
    return (static_cast<std::size_t>(i) * static_cast<std::size_t>(count[1]) +
            static_cast<std::size_t>(j)) *
               static_cast<std::size_t>(count[2]) +
           static_cast<std::size_t>(k);
  }
};

// An open direction gets a box around the atoms; a missing cell is open in all three.
Cell enclosing_cell(const Structure& s) {
  const Cell& cell = s.cell;
  if (cell.is_defined() && cell.fully_periodic()) return cell;
  Mat3 h = cell.is_defined() ? cell.vectors() : Mat3(Mat3::Identity());
  const Mat3 inverse = cell.is_defined() ? cell.inverse() : Mat3(Mat3::Identity());
  Vec3 low = Vec3::Constant(0);
  Vec3 high = Vec3::Constant(0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const Vec3 f = inverse * (s.position[i] - cell.origin());
    low = i == 0 ? f : Vec3(low.cwiseMin(f));
    high = i == 0 ? f : Vec3(high.cwiseMax(f));
  }
  Vec3 origin = cell.origin();
  const Mat3 vectors = h;
  for (int k = 0; k < 3; ++k) {
    if (cell.is_defined() && cell.periodic()[static_cast<std::size_t>(k)]) continue;
    const double width = std::max(high[k] - low[k], 1e-3) * 1.001;
    origin += vectors.col(k) * (low[k] - 0.0005 * width);
    h.col(k) *= width;
  }
  return Cell(h, origin, cell.periodic());
}

Bins make_bins(const Structure& s, const Cell& cell, double cutoff) {
  Bins bins;
  const Vec3 heights = cell.heights();
  // Half-cut-off bins, but never more bins than there are atoms to fill them.
  const double most = std::cbrt(static_cast<double>(std::max<std::size_t>(s.size(), 1))) + 1;
  for (std::size_t k = 0; k < 3; ++k) {
    const double h = heights[static_cast<Eigen::Index>(k)];
    bins.count[k] = static_cast<int>(std::clamp(std::floor(2 * h / cutoff), 1.0, std::max(1.0, most)));
    bins.reach[k] = static_cast<int>(std::ceil(cutoff / (h / bins.count[k])));
  }
  const std::size_t total = bins.index(bins.count[0] - 1, bins.count[1] - 1, bins.count[2] - 1) + 1;
  bins.start.assign(total + 1, 0);
  bins.bin_of.resize(s.size());
  bins.folded.resize(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    bins.folded[i] = cell.wrap(s.position[i]);
    const Vec3 f = cell.to_fractional(bins.folded[i]);
    for (std::size_t k = 0; k < 3; ++k) {
      const int b = static_cast<int>(f[static_cast<Eigen::Index>(k)] * bins.count[k]);
      bins.bin_of[i][k] = std::clamp(b, 0, bins.count[k] - 1);
    }
    ++bins.start[bins.index(bins.bin_of[i][0], bins.bin_of[i][1], bins.bin_of[i][2]) + 1];
  }
  for (std::size_t b = 0; b < total; ++b) bins.start[b + 1] += bins.start[b];
  bins.atom.resize(s.size());
  std::vector<std::uint32_t> next(bins.start.begin(), bins.start.end() - 1);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto& b = bins.bin_of[i];
    bins.atom[next[bins.index(b[0], b[1], b[2])]++] = static_cast<std::uint32_t>(i);
  }
  return bins;
}

struct Folded {
  int bin;
  int image;
};

// The bin, and in which image of the cell it lies; `inside` is false past an open face.
Folded fold(int b, int count, bool periodic, bool& inside) {
  if (b >= 0 && b < count) return {b, 0};
  if (!periodic) {
    inside = false;
    return {0, 0};
  }
  const int image = b >= 0 ? b / count : -((count - 1 - b) / count);
  return {b - image * count, image};
}

}  // namespace

NeighborList build_neighbor_list(const Structure& s, double cutoff) {
  if (!(cutoff > 0) || !std::isfinite(cutoff)) {
    throw InputError(fmt::format("a neighbour cut-off of {} Å makes no sense: give a positive one", cutoff));
  }
  if (s.size() == 0) return {{0}, {}, cutoff};
  const Cell cell = enclosing_cell(s);
  const Bins bins = make_bins(s, cell, cutoff);
  const double cutoff2 = cutoff * cutoff;
  std::vector<std::size_t> offset{0};
  offset.reserve(s.size() + 1);
  std::vector<Neighbor> found;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const std::size_t first = found.size();
    const auto& home = bins.bin_of[i];
    for (int dx = -bins.reach[0]; dx <= bins.reach[0]; ++dx) {
      for (int dy = -bins.reach[1]; dy <= bins.reach[1]; ++dy) {
        for (int dz = -bins.reach[2]; dz <= bins.reach[2]; ++dz) {
          bool inside = true;
          const auto& periodic = cell.periodic();
          const Folded x = fold(home[0] + dx, bins.count[0], periodic[0], inside);
          const Folded y = fold(home[1] + dy, bins.count[1], periodic[1], inside);
          const Folded z = fold(home[2] + dz, bins.count[2], periodic[2], inside);
          if (!inside) continue;
          const Vec3 shift = cell.vectors() * Vec3(x.image, y.image, z.image) - bins.folded[i];
          const std::size_t b = bins.index(x.bin, y.bin, z.bin);
          for (std::uint32_t k = bins.start[b]; k < bins.start[b + 1]; ++k) {
            const std::uint32_t j = bins.atom[k];
            const Vec3 d = bins.folded[j] + shift;
            const double d2 = d.squaredNorm();
            if (d2 > cutoff2) continue;
            const bool self = j == i && x.image == 0 && y.image == 0 && z.image == 0;
            if (!self) found.push_back({j, std::sqrt(d2), d});
          }
        }
      }
    }
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
              [](const Neighbor& a, const Neighbor& b) {
                return a.distance != b.distance ? a.distance < b.distance : a.atom < b.atom;
              });
    offset.push_back(found.size());
  }
  return {std::move(offset), std::move(found), cutoff};
}

}  // namespace vitrion
