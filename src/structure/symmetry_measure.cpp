#include "structure/symmetry_measure.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace vitrion {
namespace {

constexpr std::size_t most = 16;

// The sum of singular values of H, and the orthogonal matrix closest to it.
double polar(const Mat3& h, Mat3& rotation) {
  Eigen::SelfAdjointEigenSolver<Mat3> eigen;
  eigen.computeDirect(h.transpose() * h);
  const Mat3& v = eigen.eigenvectors();  // by rising eigenvalue
  const auto unit_or = [](const Vec3& x, const Vec3& other) {
    const double length = x.norm();
    return length > 1e-12 ? Vec3(x / length) : other;
  };
  const Vec3 u2 = unit_or(h * v.col(2), Vec3::UnitX());
  Vec3 u1 = h * v.col(1);
  u1 -= u2 * u2.dot(u1);
  u1 = unit_or(u1, u2.unitOrthogonal());
  Vec3 u0 = u1.cross(u2);
  if (u0.dot(h * v.col(0)) < 0) u0 = -u0;
  rotation = u0 * v.col(0).transpose() + u1 * v.col(1).transpose() + u2 * v.col(2).transpose();
  // Not from the eigenvalues, whose roots lose half the digits where H is flat.
  return u0.dot(h * v.col(0)) + u1.dot(h * v.col(1)) + u2.dot(h * v.col(2));
}

// The frame of two directions: the first, and the part of the second across it.
bool frame_of(const Vec3& a, const Vec3& b, Mat3& out) {
  const Vec3 x = a.normalized();
  Vec3 y = b - x * x.dot(b);
  if (!(y.norm() > 0.05 * b.norm())) return false;
  y.normalize();
  out.col(0) = x;
  out.col(1) = y;
  out.col(2) = x.cross(y);
  return true;
}

Vec3 centroid(std::span<const Vec3> points) {
  Vec3 sum = Vec3::Zero();
  for (const auto& p : points) sum += p;
  return sum / static_cast<double>(points.size() + 1);  // with the centre, which is at 0
}

}  // namespace

void best_assignment(std::span<const double> gain, std::size_t n, std::span<std::size_t> out) {
  // Shortest augmenting paths on costs −gain; arrays count from 1.
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::array<double, most + 1> u{};
  std::array<double, most + 1> v{};
  std::array<double, most + 1> least{};
  std::array<std::size_t, most + 1> row_of{};
  std::array<std::size_t, most + 1> way{};
  std::array<bool, most + 1> used{};
  for (std::size_t i = 1; i <= n; ++i) {
    row_of[0] = i;
    std::size_t j0 = 0;
    std::fill(least.begin(), least.end(), inf);
    std::fill(used.begin(), used.end(), false);
    do {
      used[j0] = true;
      const std::size_t i0 = row_of[j0];
      double delta = inf;
      std::size_t j1 = 0;
      for (std::size_t j = 1; j <= n; ++j) {
        if (used[j]) continue;
        const double cost = -gain[(i0 - 1) * n + j - 1] - u[i0] - v[j];
        if (cost < least[j]) {
          least[j] = cost;
          way[j] = j0;
        }
        if (least[j] < delta) {
          delta = least[j];
          j1 = j;
        }
      }
      for (std::size_t j = 0; j <= n; ++j) {
        if (used[j]) {
          u[row_of[j]] += delta;
          v[j] -= delta;
        } else {
          least[j] -= delta;
        }
      }
      j0 = j1;
    } while (row_of[j0] != 0);
    while (j0 != 0) {
      row_of[j0] = row_of[way[j0]];
      j0 = way[j0];
    }
  }
  for (std::size_t j = 1; j <= n; ++j) out[row_of[j] - 1] = j - 1;
}

// One search: the ligands on one side, the shape on the other.
class ShapeFit {
 public:
  ShapeFit(const IdealShape& shape, std::span<const Vec3> ligands)
      : shape_(shape), n_(ligands.size()), ligands_(ligands.begin(), ligands.end()) {
    const Vec3 mean = centroid(ligands);
    for (const auto& x : ligands) {
      centred_.push_back(x - mean);
      norm2_ += centred_.back().squaredNorm();
    }
    centre_term_ = -mean * shape_.centred_.back().transpose();
    norm2_ += mean.squaredNorm();
    gain_.resize(n_ * n_);
  }

  double value(double sum) const {
    const double cosine2 = sum * sum / (norm2_ * shape_.norm2_);
    return 100 * std::max(0.0, 1 - cosine2);
  }

  double try_all() {
    std::vector<std::size_t> order(n_);
    std::iota(order.begin(), order.end(), 0U);
    double best = 0;
    Mat3 rotation;
    do best = std::max(best, polar(correlation(order), rotation));
    while (std::next_permutation(order.begin(), order.end()));
    return best;
  }

  double try_starts(double enough) {
    double best = 0;
    Mat3 here;
    Mat3 there;
    if (!clearest_pair(here)) return best;
    for (const auto& [p, q] : shape_.starts_) {
      if (!frame_of(shape_.vertices_[p], shape_.vertices_[q], there)) continue;
      best = std::max(best, refine(here * there.transpose()));
      if (value(best) <= enough) break;
    }
    return best;
  }

 private:
  // Σ x_i p_π(i)ᵀ, the centre included.
  Mat3 correlation(std::span<const std::size_t> order) const {
    Mat3 h = centre_term_;
    for (std::size_t i = 0; i < n_; ++i) {
      h += centred_[i] * shape_.centred_[order[i]].transpose();
    }
    return h;
  }

  // The two ligands whose directions are closest to a right angle.
  bool clearest_pair(Mat3& frame) const {
    double best = 2;
    std::size_t a = 0;
    std::size_t b = 0;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = i + 1; j < n_; ++j) {
        const double cosine =
            std::abs(ligands_[i].dot(ligands_[j])) / (ligands_[i].norm() * ligands_[j].norm());
        if (cosine >= best - 1e-9) continue;
        best = cosine;
        a = i;
        b = j;
      }
    }
    return a != b && frame_of(ligands_[a], ligands_[b], frame);
  }

  double refine(Mat3 rotation) {
    std::array<std::size_t, most> order{};
    std::array<std::size_t, most> last{};
    double sum = 0;
    for (int turn = 0; turn < 12; ++turn) {
      for (std::size_t j = 0; j < n_; ++j) {
        const Vec3 turned = rotation * shape_.centred_[j];
        for (std::size_t i = 0; i < n_; ++i) gain_[i * n_ + j] = centred_[i].dot(turned);
      }
      best_assignment(gain_, n_, order);
      if (turn > 0 && order == last) break;
      last = order;
      sum = polar(correlation(std::span<const std::size_t>(order).first(n_)), rotation);
    }
    return sum;
  }

  const IdealShape& shape_;
  std::size_t n_;
  std::vector<Vec3> ligands_;
  std::vector<Vec3> centred_;
  Mat3 centre_term_;
  double norm2_ = 0;
  std::vector<double> gain_;
};

IdealShape::IdealShape(std::vector<Vec3> vertices) : vertices_(std::move(vertices)) {
  if (vertices_.empty() || vertices_.size() > most) {
    throw std::logic_error("IdealShape: 1 to 16 vertices");
  }
  const Vec3 mean = centroid(vertices_);
  for (const auto& p : vertices_) centred_.push_back(p - mean);
  centred_.push_back(-mean);
  for (const auto& p : centred_) norm2_ += p.squaredNorm();
  find_starts();
}

// One pair of each set of pairs that rotations of the shape turn into one another.
void IdealShape::find_starts() {
  const std::size_t n = vertices_.size();
  const auto same_shape = [&](const Mat3& rotation) {
    return std::all_of(vertices_.begin(), vertices_.end(), [&](const Vec3& p) {
      return std::any_of(vertices_.begin(), vertices_.end(),
                         [&](const Vec3& q) { return (rotation * p - q).norm() < 1e-6; });
    });
  };
  for (std::size_t p = 0; p < n; ++p) {
    for (std::size_t q = 0; q < n; ++q) {
      Mat3 here;
      if (p == q || !frame_of(vertices_[p], vertices_[q], here)) continue;
      const bool known = std::any_of(starts_.begin(), starts_.end(), [&](const auto& start) {
        Mat3 there;
        frame_of(vertices_[start.first], vertices_[start.second], there);
        return same_shape(here * there.transpose());
      });
      if (!known) starts_.emplace_back(p, q);
    }
  }
}

double IdealShape::measure(std::span<const Vec3> ligands, double enough) const {
  if (ligands.size() != size()) throw std::logic_error("IdealShape: as many ligands as vertices");
  if (size() == 1) return 0;
  ShapeFit fit(*this, ligands);
  const double found = size() <= 4 ? fit.try_all() : fit.try_starts(enough);
  return fit.value(found);
}

}  // namespace vitrion
