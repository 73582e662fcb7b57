// Linked cells of sites that follow single moves: who stands within a distance of a place.
//
// Boxes are half as wide as the longest distance asked for; O(1) a query at fixed density.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

class SiteGrid {
 public:
  explicit SiteGrid(double longest_A) : longest_(longest_A) {}

  /// InputError, which names `whose` distance it is, where that is more than half a height.
  void reset(const Cell& cell, std::span<const Site> sites, const std::string& whose);
  void place(std::uint32_t atom, const Site& to);

  [[nodiscard]] double longest_A() const { return longest_; }
  [[nodiscard]] const Site& site(std::uint32_t atom) const { return sites_[atom]; }
  [[nodiscard]] const std::vector<Site>& sites() const { return sites_; }
  [[nodiscard]] Vec3 between(const Site& from, const Site& to) const {
    const Site d = to - from;
    return step_ * Vec3(d.x, d.y, d.z);
  }
  /// body(atom, vector, distance²) for each atom nearer than `distance`, one that stands at `at`
  /// among them.
  template <class Body>
  void each_near(const Site& at, double distance_A, const Body& body) const {
    int first[3];
    int count[3];
    const std::size_t own = box_of(at, boxes_);
    const auto ny = static_cast<std::size_t>(boxes_[1]);
    const auto nz = static_cast<std::size_t>(boxes_[2]);
    const int place[3] = {static_cast<int>(own / (nz * ny)), static_cast<int>(own / nz % ny),
                          static_cast<int>(own % nz)};
    for (std::size_t k = 0; k < 3; ++k) {
      const int n = boxes_[k];
      const int reach = static_cast<int>(distance_A * boxes_per_A_[k]) + 1;
      count[k] = std::min(n, 2 * reach + 1);
      first[k] = count[k] == n ? 0 : (place[k] - reach + n) % n;
    }
    const double d2 = distance_A * distance_A;
    for (int i = 0, a = first[0]; i < count[0]; ++i, a = a + 1 == boxes_[0] ? 0 : a + 1) {
      for (int j = 0, b = first[1]; j < count[1]; ++j, b = b + 1 == boxes_[1] ? 0 : b + 1) {
        const std::size_t row = (static_cast<std::size_t>(a) * ny + static_cast<std::size_t>(b));
        for (int k = 0, c = first[2]; k < count[2]; ++k, c = c + 1 == boxes_[2] ? 0 : c + 1) {
          for (const Entry& e : box_[row * nz + static_cast<std::size_t>(c)]) {
            const Vec3 v = between(at, e.site);
            const double r2 = v.squaredNorm();
            if (r2 < d2) body(e.atom, v, r2);
          }
        }
      }
    }
  }

 private:
  struct Entry {
    Site site;
    std::uint32_t atom;
  };
  double longest_;
  Mat3 step_;  // cell vectors in Å a step
  std::vector<Site> sites_;
  Int3 boxes_{1, 1, 1};
  double boxes_per_A_[3] = {};
  std::vector<std::vector<Entry>> box_;
  std::vector<std::uint32_t> box_at_;
};

}  // namespace vitrion::rmc
