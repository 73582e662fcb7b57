// Small models for the tests of reverse Monte Carlo.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "core/structure.hpp"
#include "rmc/sites.hpp"

namespace vitrion::rmc::test {

/// Atoms at random in a cell, none nearer than `apart`.
inline Structure gas(const Cell& cell, const std::vector<std::pair<std::string, int>>& atoms,
                     double apart, std::uint64_t seed = 1) {
  Structure s;
  s.cell = cell;
  RandomStream random(seed, "test gas");
  for (const auto& [name, count] : atoms) {
    for (int k = 0; k < count;) {
      const Vec3 r = cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()});
      bool free = true;
      for (const Vec3& other : s.position) {
        free = free && cell.minimum_image(r - other).norm() >= apart;
      }
      if (!free) continue;
      s.add(name, r);
      ++k;
    }
  }
  return s;
}

inline Cell skew(double a) { return Cell::from_parameters({a, 1.1 * a, 1.2 * a}, {75, 82, 110}); }

inline std::vector<Site> sites_of(const Structure& s) {
  std::vector<Site> out;
  for (const Vec3& r : s.position) out.push_back(site_of(s.cell, r));
  return out;
}

}  // namespace vitrion::rmc::test
