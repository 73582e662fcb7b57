#include "coupling/turns.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace vitrion {
namespace {

// |R|² = 3 for every rotation, so of the nine dimensions only means are needed:
// ⟨|R − M|²⟩ = 3 − 2⟨R⟩·M + |M|².
double dot(const std::array<double, 9>& a, const std::array<double, 9>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 9; ++k) sum += a[k] * b[k];
  return sum;
}

// The rotation nearest to a mean of rotations.
Quaternion nearest_rotation(const std::array<double, 9>& mean) {
  const Mat3 m = Eigen::Map<const Mat3>(mean.data());
  const Eigen::JacobiSVD<Mat3> svd(m, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Mat3 u = svd.matrixU();
  if ((u * svd.matrixV().transpose()).determinant() < 0) u.col(2) *= -1;
  return Quaternion(Mat3(u * svd.matrixV().transpose())).normalized();
}

}  // namespace

TurnFinder::TurnFinder(std::size_t units, std::size_t window, double least_angle_rad)
    : window_(std::max<std::size_t>(2, window)),
      least_rad_(least_angle_rad),
      threshold_(8 * std::pow(std::sin(0.5 * least_angle_rad), 2)),
      before_(units, Matrix{}),
      after_(units, Matrix{}),
      events_(units) {}

void TurnFinder::append(std::span<const Quaternion> orientations) {
  const std::size_t units = events_.size();
  std::vector<float> row(9 * units);
  for (std::size_t i = 0; i < units; ++i) {
    const Mat3 r = orientations[i].toRotationMatrix();
    for (std::size_t k = 0; k < 9; ++k) row[9 * i + k] = static_cast<float>(r.data()[k]);
  }
  rows_.push_back(std::move(row));
  ++frames_;
  const bool full = rows_.size() > 2 * window_;
  const std::size_t newest = rows_.size() - 1;
  const auto add = [&](std::vector<Matrix>& sums, const std::vector<float>& from, double sign) {
    for (std::size_t i = 0; i < units; ++i) {
      for (std::size_t k = 0; k < 9; ++k) {
        sums[i][k] += sign * static_cast<double>(from[9 * i + k]);
      }
    }
  };
  add(after_, rows_[newest], 1);
  if (newest >= window_) {
    add(after_, rows_[newest - window_], -1);
    add(before_, rows_[newest - window_], 1);
  }
  if (full) {
    add(before_, rows_.front(), -1);
    rows_.pop_front();
  }
  if (rows_.size() == 2 * window_) look();
}

void TurnFinder::look() {
  const double scale = 1 / static_cast<double>(window_);
  const bool sample = moments_++ % window_ == 0;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    Matrix a = before_[i];
    Matrix b = after_[i];
    for (std::size_t k = 0; k < 9; ++k) {
      a[k] *= scale;
      b[k] *= scale;
    }
    const double cross = dot(a, b);
    const double bb = dot(b, b);
    const double first = std::max(0.0, 3 - 2 * cross + bb);
    const double second = std::max(0.0, 3 - 2 * cross + dot(a, a));
    const double p = std::sqrt(first * second);
    Event& event = events_[i];
    if (p > threshold_) {
      if (p > event.p) event = {p, static_cast<double>(frames_ - window_), a, b};
      continue;
    }
    if (event.p > 0) {
      const auto turn = closed(event, i);
      done_.insert(done_.end(), turn.begin(), turn.end());
      event.p = 0;
    }
    if (!sample) continue;
    // Small angles: |R − ⟨R⟩|² = 2θ², of which a window's own mean takes 1/n.
    const auto n = static_cast<double>(window_);
    libration_.square += 0.5 * std::max(0.0, 3 - bb) * n / (n - 1);
    libration_.count += 1;
  }
}

std::vector<Turn> TurnFinder::closed(const Event& event, std::size_t unit) const {
  const Turn turn{static_cast<std::uint32_t>(unit), event.frame, nearest_rotation(event.before),
                  nearest_rotation(event.after)};
  if (turn.angle() < least_rad_) return {};
  return {turn};
}

std::vector<Turn> TurnFinder::turns() const {
  std::vector<Turn> out = done_;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (!(events_[i].p > 0)) continue;
    const auto turn = closed(events_[i], i);
    out.insert(out.end(), turn.begin(), turn.end());
  }
  return out;
}

TurnFinder::Libration TurnFinder::take_libration() {
  const Libration out = libration_;
  libration_ = {};
  return out;
}

}  // namespace vitrion
