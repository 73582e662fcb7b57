#include "build/region.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace vitrion {
namespace {

int axis_index(const std::string& axis) { return axis == "a" ? 0 : axis == "b" ? 1 : 2; }

}  // namespace

Schema RegionSettings::schema() {
  Schema s("region");
  s.texts("units", units, "the units it holds for; empty: all")
      .choice("shape", shape, {"slab", "box", "sphere", "cylinder"}, "of the region")
      .choice("side", side, {"inside", "outside"}, "on which the units stay")
      .choice("axis", axis, {"a", "b", "c"}, "across which a slab lies, or along which a cylinder")
      .quantities("from", from_A, Dimension::length,
                  "slab: its lower face along the axis' normal; box: one for each axis")
      .quantities("to", to_A, Dimension::length, "slab: its upper face; box: one for each axis")
      .quantities("centre", centre, Dimension::none, "of a sphere or cylinder, in cell fractions")
      .quantity("radius", radius_A, Dimension::length, "of a sphere or cylinder", positive);
  return s;
}

Region::Region(const RegionSettings& settings, const Cell& cell)
    : cell_(cell), units_(settings.units), inside_(settings.side == "inside") {
  const Vec3 heights = cell.heights();
  const auto slab = [&](int k, double from, double to) {
    if (!(to > from) || from < 0 || to > heights[k] * (1 + 1e-9)) {
      throw InputError(
          fmt::format("a region lies from {:.4g} to {:.4g} Å along {}, in a cell {:.4g} Å high "
                      "there: give 0 <= from < to <= {:.4g} Å",
                      from, to, "abc"[k], heights[k], heights[k]));
    }
    slabs_.push_back({cell.inverse().row(k).transpose().normalized(), heights[k], from, to});
  };
  const std::string side = settings.side + " a ";
  if (settings.shape == "slab" || settings.shape == "box") {
    const std::size_t wanted = settings.shape == "box" ? 3 : 1;
    if (settings.from_A.size() != wanted || settings.to_A.size() != wanted) {
      throw InputError(fmt::format("a {} needs {} in \"from\" and in \"to\"", settings.shape,
                                   wanted == 1 ? "one length" : "three lengths"));
    }
    if (wanted == 3) {
      for (int k = 0; k < 3; ++k) {
        const auto at = static_cast<std::size_t>(k);
        slab(k, settings.from_A[at], settings.to_A[at]);
      }
    } else {
      slab(axis_index(settings.axis), settings.from_A[0], settings.to_A[0]);
    }
    text_ = side + settings.shape;
    return;
  }
  if (settings.centre.size() != 3)
    throw InputError("the centre of a region needs three fractions, as in [0.5, 0.5, 0.5]");
  centre_ = cell.to_cartesian(Vec3(settings.centre[0], settings.centre[1], settings.centre[2]));
  radius_ = settings.radius_A;
  if (settings.shape == "cylinder") along_ = cell.vector(axis_index(settings.axis)).normalized();
  text_ = side + settings.shape;
}

bool Region::holds_for(const std::string& unit) const {
  return units_.empty() || std::find(units_.begin(), units_.end(), unit) != units_.end();
}

Region::Push Region::push(const Vec3& r) const {
  if (custom_) return custom_(r);
  return slabs_.empty() ? push_round(r) : push_slabs(r);
}

Region::Push Region::push_slabs(const Vec3& r) const {
  Push worst;
  Push shallowest{1e300, Vec3::Zero()};
  for (const Slab& s : slabs_) {
    const double z = s.normal.dot(r - cell_.origin());
    const double at = z - std::floor(z / s.height) * s.height;
    if (inside_) {
      if (at >= s.from && at <= s.to) continue;
      // The nearer of the two faces, around the period.
      const double below = at < s.from ? s.from - at : s.from + s.height - at;
      const double above = at > s.to ? at - s.to : at + s.height - s.to;
      const Push p = below < above ? Push{below, s.normal} : Push{above, Vec3(-s.normal)};
      if (p.depth_A > worst.depth_A) worst = p;
    } else {
      if (at <= s.from || at >= s.to) return {};
      const Push p =
          at - s.from < s.to - at ? Push{at - s.from, Vec3(-s.normal)} : Push{s.to - at, s.normal};
      if (p.depth_A < shallowest.depth_A) shallowest = p;
    }
  }
  return inside_ ? worst : shallowest;
}

Region::Push Region::push_round(const Vec3& r) const {
  Vec3 d = cell_.minimum_image(r - centre_);
  d -= d.dot(along_) * along_;
  const double length = d.norm();
  const double depth = inside_ ? length - radius_ : radius_ - length;
  if (depth <= 0) return {};
  const Vec3 outward = length > 1e-9 ? Vec3(d / length) : Vec3::UnitX();
  return {depth, inside_ ? Vec3(-outward) : outward};
}

}  // namespace vitrion
