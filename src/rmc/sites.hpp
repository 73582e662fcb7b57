// Positions as fixed-point fractional coordinates: 2³² steps to a cell vector, held as signed
// 32-bit integers.
//
// The difference of two of them wraps by itself to the nearest image in fractional coordinates,
// which is the true one wherever a distance is below half the smallest height of the (triclinic)
// cell. Moves are exact additions, so what was added to a histogram can be taken away again to the
// last bit, and a run does not drift. One step is 1e-8 Å in a cell of 50 Å.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/cell.hpp"

namespace vitrion::rmc {

struct Site {
  std::int32_t x = 0, y = 0, z = 0;
  bool operator==(const Site&) const = default;
};

inline constexpr double steps = 4294967296.0;

/// a − b and a + b modulo whole cells (signed overflow by way of unsigned numbers).
inline std::int32_t wrap_subtract(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}
inline std::int32_t wrap_add(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
inline Site operator-(const Site& a, const Site& b) {
  return {wrap_subtract(a.x, b.x), wrap_subtract(a.y, b.y), wrap_subtract(a.z, b.z)};
}
inline Site operator+(const Site& a, const Site& b) {
  return {wrap_add(a.x, b.x), wrap_add(a.y, b.y), wrap_add(a.z, b.z)};
}

/// The box of a cell cut into `boxes` along its vectors that holds a site; the last runs fastest.
inline std::size_t box_of(const Site& s, const Int3& boxes) {
  const auto part = [](std::int32_t at, int n) {
    return static_cast<std::size_t>(
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(at)) * static_cast<unsigned>(n)) >>
        32);
  };
  return (part(s.x, boxes[0]) * static_cast<std::size_t>(boxes[1]) + part(s.y, boxes[1])) *
             static_cast<std::size_t>(boxes[2]) +
         part(s.z, boxes[2]);
}

/// A fractional vector (any image) as steps.
inline Site site_of_fractional(const Vec3& s) {
  const auto step = [](double f) {
    const double inside = f - std::floor(f);
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(static_cast<std::uint64_t>(inside * steps)));
  };
  return {step(s[0]), step(s[1]), step(s[2])};
}
inline Site site_of(const Cell& cell, const Vec3& r) {
  return site_of_fractional(cell.to_fractional(r));
}
/// A displacement in Å as steps, to the nearest.
inline Site displacement(const Cell& cell, const Vec3& d) {
  const Vec3 s = cell.inverse() * d;
  const auto step = [](double f) {
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::llround(f * steps))));
  };
  return {step(s[0]), step(s[1]), step(s[2])};
}
/// The vector of a difference, Å: the nearest image in fractional coordinates.
inline Vec3 vector_of(const Cell& cell, const Site& d) {
  return cell.vectors() * (Vec3(d.x, d.y, d.z) / steps);
}
/// The position inside the cell, Å.
inline Vec3 position_of(const Cell& cell, const Site& s) {
  const auto fraction = [](std::int32_t i) { return static_cast<std::uint32_t>(i) / steps; };
  return cell.to_cartesian({fraction(s.x), fraction(s.y), fraction(s.z)});
}

}  // namespace vitrion::rmc
