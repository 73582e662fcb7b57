// Parts of a cell to which units are confined, or from which they are kept: slabs, boxes, spheres
// and cylinders, periodic with the cell, each as a signed distance.
//
// An atom that is a depth p on the wrong side of a boundary is pushed back by the force p of
// E = ½ p²; the deepest of the violated faces counts. Slabs and boxes are measured in Å along the
// normals of the cell's faces, from the cell's origin. O(1) an atom.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/schema.hpp"
#include "core/cell.hpp"

namespace vitrion {

/// One entry of `regions:` as typed.
struct RegionSettings {
  std::vector<std::string> units;             ///< which units it holds for; empty: all
  std::string shape = "slab";                 ///< slab, box, sphere, cylinder
  std::string side = "inside";                ///< inside or outside
  std::string axis = "c";                     ///< normal of a slab, direction of a cylinder
  std::vector<double> from_A{0};              ///< slab: one number; box: three
  std::vector<double> to_A{0};                ///< as from
  std::vector<double> centre{0.5, 0.5, 0.5};  ///< fractions of the cell
  double radius_A = 5;

  Schema schema();
};

/// A region in a given cell.
class Region {
 public:
  /// InputError where the numbers do not make a region of this cell.
  Region(const RegionSettings& settings, const Cell& cell);

  struct Push;
  /// Any other region of all units, from what pushes a place back into it.
  Region(std::function<Push(const Vec3&)> push, std::string text)
      : custom_(std::move(push)), text_(std::move(text)) {}

  /// How far r is on the wrong side (0 where it is right), and the unit vector that leads back.
  struct Push {
    double depth_A = 0;
    Vec3 direction = Vec3::Zero();
  };
  [[nodiscard]] Push push(const Vec3& r) const;
  /// In words, for messages.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool holds_for(const std::string& unit) const;

 private:
  [[nodiscard]] Push push_slabs(const Vec3& r) const;
  [[nodiscard]] Push push_round(const Vec3& r) const;

  struct Slab {
    Vec3 normal;
    double height;
    double from;
    double to;
  };
  Cell cell_;
  std::vector<std::string> units_;
  std::vector<Slab> slabs_;
  Vec3 centre_ = Vec3::Zero();
  Vec3 along_ = Vec3::Zero();  // of a cylinder; zero for a sphere
  double radius_ = 0;
  bool inside_ = true;
  std::function<Push(const Vec3&)> custom_;
  std::string text_;
};

}  // namespace vitrion
