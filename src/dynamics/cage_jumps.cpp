#include "dynamics/cage_jumps.hpp"

#include <algorithm>
#include <cmath>

namespace vitrion {

CageJumps::CageJumps(std::size_t ions, std::size_t window, double least_length_A)
    : window_(std::max<std::size_t>(2, window)),
      least_A_(least_length_A),
      before_(ions),
      after_(ions),
      events_(ions),
      held_(ions, -1.0) {}

void CageJumps::append(std::vector<float> row) {
  const std::size_t ions = events_.size();
  rows_.push_back(std::move(row));
  ++frames_;
  const bool full = rows_.size() > 2 * window_;
  const std::size_t newest = rows_.size() - 1;
  for (std::size_t i = 0; i < ions; ++i) {
    after_[i].add(at(rows_[newest], i), 1);
    if (newest >= window_) {
      const Vec3 middle = at(rows_[newest - window_], i);
      after_[i].add(middle, -1);
      before_[i].add(middle, 1);
    }
    if (full) before_[i].add(at(rows_.front(), i), -1);
  }
  if (full) rows_.pop_front();
  if (rows_.size() == 2 * window_) look();
}

void CageJumps::look() {
  const auto n = static_cast<double>(window_);
  const double threshold = least_A_ * least_A_;
  const bool sample = moments_++ % window_ == 0;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Vec3 a = before_[i].r / n;
    const Vec3 b = after_[i].r / n;
    const double cross = a.dot(b);
    const double first = before_[i].square / n - 2 * cross + b.squaredNorm();
    const double second = after_[i].square / n - 2 * cross + a.squaredNorm();
    const double p = std::sqrt(std::max(0.0, first) * std::max(0.0, second));
    Event& event = events_[i];
    if (sample && held_[i] >= 0) {
      vibration_.square_A2 += held_[i];
      vibration_.count += 1;
      held_[i] = -1;
    }
    if (p > threshold) {
      held_[i] = -1;  // the window held was not one of rest
      if (p > event.p) {
        event.p = p;
        event.jump = {static_cast<std::uint32_t>(i), static_cast<double>(frames_ - window_), a, b};
      }
      continue;
    }
    if (event.p > 0) close(event);
    if (sample) {
      held_[i] = std::max(0.0, after_[i].square / n - b.squaredNorm()) * n / (n - 1);
    }
  }
}

void CageJumps::close(Event& event) {
  if (event.jump.length() >= least_A_) done_.push_back(event.jump);
  event.p = 0;
}

std::vector<Jump> CageJumps::jumps() const {
  std::vector<Jump> out = done_;
  for (const auto& event : events_) {
    if (event.p > 0 && event.jump.length() >= least_A_) out.push_back(event.jump);
  }
  return out;
}

CageJumps::Vibration CageJumps::take_vibration() {
  const Vibration out = vibration_;
  vibration_ = {};
  return out;
}

}  // namespace vitrion
