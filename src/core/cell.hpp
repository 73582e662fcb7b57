// The simulation cell: any three vectors, periodic along any of them.
//
// The minimum image is exact in every triclinic cell: displacements are searched in a
// Minkowski-reduced basis of the same lattice, where the 27 nearest images suffice.
#pragma once

#include <array>

#include "core/vec.hpp"

namespace vitrion {

class Cell {
 public:
  /// No cell: open in all directions, volume 0.
  Cell() = default;
  /// Columns of `vectors` are a, b, c in Å. Throws InputError where the volume is not positive
  /// (left-handed or flat cells) or not finite.
  explicit Cell(const Mat3& vectors, const Vec3& origin = Vec3::Zero(),
                const std::array<bool, 3>& periodic = {true, true, true});

  static Cell orthorhombic(double a_A, double b_A, double c_A);
  static Cell cubic(double a_A) { return orthorhombic(a_A, a_A, a_A); }
  /// Lengths in Å, angles in degrees (α between b and c); a along x, b in the xy plane.
  static Cell from_parameters(const Vec3& lengths_A, const Vec3& angles_deg);

  [[nodiscard]] bool is_defined() const { return volume_ > 0; }
  [[nodiscard]] const Mat3& vectors() const { return h_; }
  [[nodiscard]] Vec3 vector(int i) const { return h_.col(i); }
  [[nodiscard]] const Vec3& origin() const { return origin_; }
  [[nodiscard]] const std::array<bool, 3>& periodic() const { return periodic_; }
  [[nodiscard]] bool fully_periodic() const;
  [[nodiscard]] double volume() const { return volume_; }
  [[nodiscard]] Vec3 lengths() const;
  [[nodiscard]] Vec3 angles_deg() const;
  /// Distances between opposite faces: how far one can go before meeting an image.
  [[nodiscard]] Vec3 heights() const;
  [[nodiscard]] bool is_orthorhombic() const { return orthorhombic_; }

  [[nodiscard]] Vec3 to_fractional(const Vec3& r) const { return inverse_ * (r - origin_); }
  [[nodiscard]] Vec3 to_cartesian(const Vec3& s) const { return h_ * s + origin_; }
  [[nodiscard]] const Mat3& inverse() const { return inverse_; }

  /// The image of r inside the cell (along periodic directions).
  [[nodiscard]] Vec3 wrap(const Vec3& r) const;
  /// As wrap, and how many cells were taken away along each vector.
  [[nodiscard]] Vec3 wrap(const Vec3& r, Int3& images) const;
  /// The shortest of all periodic images of the displacement d.
  [[nodiscard]] Vec3 minimum_image(const Vec3& d) const;

  /// The same cell in LAMMPS' orientation (a along x, b in the xy plane), and the rotation R with
  /// r' = R r; the lattice itself is unchanged.
  [[nodiscard]] Cell standard_orientation(Mat3& rotation) const;
  [[nodiscard]] bool is_standard_orientation() const;

 private:
  void reduce();

  Mat3 h_ = Mat3::Zero();
  Mat3 inverse_ = Mat3::Zero();
  Mat3 reduced_ = Mat3::Zero();
  Mat3 reduced_inverse_ = Mat3::Zero();
  Vec3 origin_ = Vec3::Zero();
  std::array<bool, 3> periodic_{false, false, false};
  double volume_ = 0;
  double safe_radius_ = 0;  // a displacement shorter than this is its own minimum image
  bool orthorhombic_ = false;
};

}  // namespace vitrion
