// Units of known motion: positions from orientations, and an analysis fed with them.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "analysis/driver.hpp"
#include "base/constants.hpp"
#include "base/rng.hpp"
#include "coupling/rotor.hpp"

namespace vitrion::testing_rotors {

using constants::degree;
inline constexpr double step_ps = 0.1;  ///< between frames

inline Quaternion turn_by(const Vec3& rotation) {
  const double angle = rotation.norm();
  if (angle < 1e-12) return Quaternion::Identity();
  return Quaternion(Eigen::AngleAxisd(angle, rotation / angle));
}

inline Vec3 gauss(RandomStream& random) {
  return {random.normal(), random.normal(), random.normal()};
}

inline Quaternion any_orientation(RandomStream& random) {
  Quaternion q;
  q.coeffs() = Eigen::Vector4d(random.normal(), random.normal(), random.normal(), random.normal());
  return q.normalized();
}

/// A direction alike in all.
inline Vec3 any_direction(RandomStream& random) { return gauss(random).normalized(); }

/// A skewed cell that holds n units 8 Å apart.
inline Cell skew_cell(std::size_t per_edge) {
  const double a = 8 * static_cast<double>(per_edge);
  Mat3 h;
  h << a, 0.25 * a, 0.1 * a, 0, a, 0.2 * a, 0, 0, a;
  return Cell(h);
}

inline Vec3 site(const Cell& cell, std::size_t per_edge, std::size_t i) {
  const auto n = static_cast<double>(per_edge);
  const auto x = static_cast<double>(i % per_edge);
  const auto y = static_cast<double>(i / per_edge % per_edge);
  const auto z = static_cast<double>(i / per_edge / per_edge);
  return cell.to_cartesian({x / n, y / n, z / n});
}

/// A frame of PS4 (or any shape of ligands), folded into the cell.
inline Frame units_at(const Cell& cell, std::size_t per_edge, const std::vector<Quaternion>& q,
                      const std::vector<Vec3>& shape = tetrahedron(), double bond_A = 2.05) {
  Frame frame;
  frame.structure.cell = cell;
  frame.wrapping = Wrapping::wrapped;
  for (std::size_t i = 0; i < q.size(); ++i) {
    frame.structure.add("P", cell.wrap(site(cell, per_edge, i)));
  }
  for (std::size_t i = 0; i < q.size(); ++i) {
    for (const auto& s : shape) {
      frame.structure.add("S", cell.wrap(site(cell, per_edge, i) + bond_A * (q[i] * s)));
    }
  }
  return frame;
}

template <class A>
Result analyse(const A& analysis, std::vector<Frame> frames, double dt_ps,
               std::optional<double> temperature_K = std::nullopt) {
  MemorySource source(std::move(frames));
  std::vector<std::unique_ptr<Analysis>> list;
  list.push_back(std::make_unique<A>(analysis));
  DriverOptions options;
  options.series = {dt_ps, temperature_K};
  run_analyses(source, list, options);
  return list[0]->result();
}

inline double value(const Result& r, const std::string& key) { return r.find_scalar(key)->value; }
inline double error(const Result& r, const std::string& key) { return r.find_scalar(key)->error; }

}  // namespace vitrion::testing_rotors
