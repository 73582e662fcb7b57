#include "core/cell.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

double degrees(double cosine) {
  return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180.0 / constants::pi;
}

// cos of an angle in degrees, exactly 0 at 90° so that right-angled cells stay so.
double cosine(double angle_deg) {
  return angle_deg == 90.0 ? 0.0 : std::cos(angle_deg * constants::pi / 180.0);
}

Vec3 face_distances(const Mat3& h, double volume) {
  Vec3 out;
  for (int i = 0; i < 3; ++i) {
    out[i] = volume / h.col((i + 1) % 3).cross(h.col((i + 2) % 3)).norm();
  }
  return out;
}

}  // namespace

Cell::Cell(const Mat3& vectors, const Vec3& origin, const std::array<bool, 3>& periodic)
    : h_(vectors), origin_(origin), periodic_(periodic) {
  if (!vectors.allFinite() || !origin.allFinite()) {
    throw InputError("the cell has a vector that is not finite");
  }
  volume_ = h_.determinant();
  const double scale = h_.col(0).norm() * h_.col(1).norm() * h_.col(2).norm();
  if (!(volume_ > 1e-9 * scale)) {
    throw InputError(volume_ < -1e-9 * scale
                         ? "the cell is left-handed: swap two of its vectors"
                         : "the cell is flat or has a vector of no length: check its vectors");
  }
  inverse_ = h_.inverse();
  orthorhombic_ = true;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      if (i != j && h_(i, j) != 0.0) orthorhombic_ = false;
    }
  }
  reduce();
}

Cell Cell::orthorhombic(double a, double b, double c) {
  return Cell(Vec3(a, b, c).asDiagonal().toDenseMatrix());
}

Cell Cell::from_parameters(const Vec3& lengths, const Vec3& angles) {
  const double ca = cosine(angles[0]);
  const double cb = cosine(angles[1]);
  const double cg = cosine(angles[2]);
  const double sg = angles[2] == 90.0 ? 1.0 : std::sin(angles[2] * constants::pi / 180.0);
  const double cy = (ca - cb * cg) / sg;
  const double cz2 = 1.0 - cb * cb - cy * cy;
  if (!(cz2 > 0) || !(sg > 0)) {
    throw InputError(
        fmt::format("no cell has the angles {}, {}, {}°", angles[0], angles[1], angles[2]));
  }
  Mat3 h = Mat3::Zero();
  h(0, 0) = lengths[0];
  h(0, 1) = lengths[1] * cg;
  h(1, 1) = lengths[1] * sg;
  h(0, 2) = lengths[2] * cb;
  h(1, 2) = lengths[2] * cy;
  h(2, 2) = lengths[2] * std::sqrt(cz2);
  return Cell(h);
}

// Gauss-like pairwise reduction of the periodic vectors until none can be shortened by another or
// by a sum of two others; in three dimensions this ends at a Minkowski-reduced basis.
void Cell::reduce() {
  reduced_ = h_;
  if (fully_periodic() && !orthorhombic_) {
    bool changed = true;
    while (changed) {
      changed = false;
      std::array<int, 3> order{0, 1, 2};
      std::sort(order.begin(), order.end(), [&](int i, int j) {
        return reduced_.col(i).squaredNorm() < reduced_.col(j).squaredNorm();
      });
      const Vec3 shortest = reduced_.col(order[0]);
      const Vec3 middle = reduced_.col(order[1]);
      const double m = std::round(middle.dot(shortest) / shortest.squaredNorm());
      if (m != 0.0) {
        reduced_.col(order[1]) -= m * shortest;
        if (reduced_.col(order[1]).squaredNorm() < middle.squaredNorm() * (1 - 1e-12)) {
          changed = true;
          continue;
        }
        reduced_.col(order[1]) = middle;
      }
      const Vec3 longest = reduced_.col(order[2]);
      Vec3 best = longest;
      Eigen::Matrix2d gram;
      gram << shortest.squaredNorm(), shortest.dot(middle), shortest.dot(middle),
          middle.squaredNorm();
      const Eigen::Vector2d near =
          gram.inverse() * Eigen::Vector2d(longest.dot(shortest), longest.dot(middle));
      for (int i = 0; i <= 1; ++i) {
        for (int j = 0; j <= 1; ++j) {
          const Vec3 trial =
              longest - (std::floor(near[0]) + i) * shortest - (std::floor(near[1]) + j) * middle;
          if (trial.squaredNorm() < best.squaredNorm() * (1 - 1e-12)) best = trial;
        }
      }
      if (best != longest) {
        reduced_.col(order[2]) = best;
        changed = true;
      }
    }
  }
  reduced_inverse_ = reduced_.inverse();
  const Vec3 faces = face_distances(reduced_, std::abs(reduced_.determinant()));
  safe_radius_ = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    if (periodic_[static_cast<std::size_t>(i)])
      safe_radius_ = std::min(safe_radius_, 0.5 * faces[i]);
  }
}

bool Cell::fully_periodic() const { return periodic_[0] && periodic_[1] && periodic_[2]; }

Vec3 Cell::lengths() const { return h_.colwise().norm(); }

Vec3 Cell::angles_deg() const {
  const Vec3 l = lengths();
  if (orthorhombic_) return {90.0, 90.0, 90.0};
  return {degrees(h_.col(1).dot(h_.col(2)) / (l[1] * l[2])),
          degrees(h_.col(0).dot(h_.col(2)) / (l[0] * l[2])),
          degrees(h_.col(0).dot(h_.col(1)) / (l[0] * l[1]))};
}

Vec3 Cell::heights() const { return is_defined() ? face_distances(h_, volume_) : Vec3::Zero(); }

Vec3 Cell::wrap(const Vec3& r) const {
  Int3 images{};
  return wrap(r, images);
}

Vec3 Cell::wrap(const Vec3& r, Int3& images) const {
  images = {0, 0, 0};
  if (!is_defined()) return r;
  const Vec3 s = to_fractional(r);
  Vec3 shift = Vec3::Zero();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    if (!periodic_[i]) continue;
    shift[k] = std::floor(s[k]);
    if (s[k] - shift[k] >= 1.0) shift[k] += 1.0;  // −1e-17 rounds up to exactly 1
    images[i] = static_cast<int>(shift[k]);
  }
  if (shift.isZero()) return r;
  return r - h_ * shift;
}

Vec3 Cell::minimum_image(const Vec3& d) const {
  if (!is_defined() || d.squaredNorm() < safe_radius_ * safe_radius_) return d;
  Vec3 s = reduced_inverse_ * d;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    if (periodic_[i]) s[k] -= std::round(s[k]);
  }
  Vec3 best = reduced_ * s;
  if (orthorhombic_ || best.squaredNorm() < safe_radius_ * safe_radius_) return best;
  const Vec3 start = best;
  double best2 = best.squaredNorm();
  const int nx = periodic_[0] ? 1 : 0;
  const int ny = periodic_[1] ? 1 : 0;
  const int nz = periodic_[2] ? 1 : 0;
  for (int i = -nx; i <= nx; ++i) {
    for (int j = -ny; j <= ny; ++j) {
      for (int k = -nz; k <= nz; ++k) {
        const Vec3 trial = start + reduced_ * Vec3(i, j, k);
        const double trial2 = trial.squaredNorm();
        if (trial2 < best2) {
          best2 = trial2;
          best = trial;
        }
      }
    }
  }
  return best;
}

Cell Cell::standard_orientation(Mat3& rotation) const {
  if (is_standard_orientation()) {
    rotation = Mat3::Identity();
    return *this;
  }
  const Vec3 x = h_.col(0).normalized();
  const Vec3 z = h_.col(0).cross(h_.col(1)).normalized();
  const Vec3 y = z.cross(x);
  rotation.row(0) = x;
  rotation.row(1) = y;
  rotation.row(2) = z;
  Mat3 h = rotation * h_;
  h(1, 0) = h(2, 0) = h(2, 1) = 0.0;
  return Cell(h, rotation * origin_, periodic_);
}

bool Cell::is_standard_orientation() const {
  const bool upper = h_(1, 0) == 0.0 && h_(2, 0) == 0.0 && h_(2, 1) == 0.0;
  // Two vectors against the axes are right-handed too, but LAMMPS' box has no negative edge.
  return upper && (!is_defined() || (h_(0, 0) > 0.0 && h_(1, 1) > 0.0));
}

}  // namespace vitrion
