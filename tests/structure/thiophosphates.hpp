// The units of thiophosphate glasses, for tests of speciation and networks.
#pragma once

#include "structure/helpers.hpp"

namespace vitrion::testing_structure {

inline const Vec3 corners[] = {Vec3(1, 1, 1) / std::sqrt(3), Vec3(1, -1, -1) / std::sqrt(3),
                               Vec3(-1, 1, -1) / std::sqrt(3), Vec3(-1, -1, 1) / std::sqrt(3)};
inline constexpr double bond = 2.05;

inline void add_all(Structure& s, const std::string& name, const std::vector<Vec3>& at) {
  for (const Vec3& r : at) s.add(name, r);
}

inline void add_ps4(Structure& s, const Vec3& at, const std::string& former = "P") {
  s.add(former, at);
  for (const Vec3& c : corners) s.add("S", at + bond * c);
}

// Two tetrahedra that share the anion at the first corner of one; the other is its mirror in it.
inline void add_p2s7(Structure& s, const Vec3& at, const std::string& second = "P") {
  add_ps4(s, at);
  const Vec3 bridge = at + bond * corners[0];
  const Vec3 other = bridge + bond * corners[0];
  s.add(second, other);
  for (int k = 1; k < 4; ++k) s.add("S", other - bond * corners[k]);
}

// Two PS3 caps that face away from each other along a P–P bond of 2.25 Å.
inline void add_p2s6(Structure& s, const Vec3& at) {
  const Vec3 other = at + 2.25 * corners[0];
  s.add("P", at);
  s.add("P", other);
  for (int k = 1; k < 4; ++k) {
    s.add("S", at + bond * corners[k]);
    s.add("S", other - bond * corners[k]);
  }
}

// Two tetrahedra that share an edge: P–P 2.9 Å, two S between, two more at either end.
inline void add_edge_dimer(Structure& s, const Vec3& at) {
  const double h = std::sqrt(2.15 * 2.15 - 1.45 * 1.45);
  add_all(s, "P", {at + Vec3(-1.45, 0, 0), at + Vec3(1.45, 0, 0)});
  add_all(s, "S", {at + Vec3(0, h, 0), at + Vec3(0, -h, 0)});
  for (const double x : {-1.0, 1.0}) {
    for (const double z : {-1.65, 1.65}) s.add("S", at + Vec3(x * 2.65, 0, z));
  }
}

inline void add_ps3(Structure& s, const Vec3& at) {
  s.add("P", at);
  for (int k = 0; k < 3; ++k) {
    s.add("S", at + 1.98 * Vec3(std::cos(2.0944 * k), std::sin(2.0944 * k), 0));
  }
}

// One of each, far apart; the first sits on a corner of the cell and so crosses three faces.
inline Frame zoo() {
  Frame f;
  Structure& s = f.structure;
  s.cell = Cell::cubic(40);
  add_ps4(s, {0.2, 0.1, 39.9});
  add_p2s7(s, {38, 10, 10});
  add_p2s6(s, {10, 39, 20});
  add_edge_dimer(s, {20, 20, 0.5});
  add_ps3(s, {30, 30, 20});
  s.add("S", {20, 5, 5});
  s.add("S", {5, 20, 30});
  s.add("S", {5, 30, 39.5});
  s.add("S", {5, 30, 1.55});  // 2.05 Å through the face
  for (Vec3& r : s.position) r = s.cell.wrap(r);
  s.add("Li", {15, 15, 15});
  return f;
}

}  // namespace vitrion::testing_structure
