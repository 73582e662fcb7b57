// Small structures for the tests of potentials and engines.
#pragma once

#include <cmath>

#include "base/rng.hpp"
#include "core/structure.hpp"

namespace vitrion::testing {

/// n³ formula units of Li3PS4 (8 atoms each): PS4 tetrahedra (P–S 2.05 Å) on a cubic lattice, Li
/// on the middles of its edges, near 1.9 g/cm³; each coordinate moved at random by up to
/// `jitter_A`.
inline Structure li3ps4(int n, double jitter_A = 0, std::uint64_t seed = 1) {
  const double a = 5.4;
  const double u = 2.05 / std::sqrt(3.0);
  Structure s;
  s.cell = Cell::cubic(a * n);
  RandomStream random(seed, "jitter");
  const auto put = [&](const char* name, const Vec3& r) {
    s.add(name,
          r + jitter_A * Vec3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)));
  };
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int k = 0; k < n; ++k) {
        const Vec3 o = a * Vec3(i, j, k);
        for (int e = 0; e < 3; ++e) put("Li", o + 0.5 * a * Vec3::Unit(e));
        put("P", o);
        for (const Vec3& t : {Vec3(1, 1, 1), Vec3(1, -1, -1), Vec3(-1, 1, -1), Vec3(-1, -1, 1)})
          put("S", o + u * t);
      }
    }
  }
  return s;
}

/// The same atoms and distances after a homogeneous deformation of space (1 + strain).
inline Structure strained(const Structure& s, const Mat3& strain) {
  const Mat3 f = Mat3::Identity() + strain;
  Structure out = s;
  out.cell = Cell(f * s.cell.vectors(), f * s.cell.origin());
  for (auto& r : out.position) r = f * r;
  return out;
}

}  // namespace vitrion::testing
