// Turns of units from one rest orientation to another: the cage-jump functional on orientations.
//
//   p(t) = [⟨|R − ⟨R⟩_B|²⟩_A ⟨|R − ⟨R⟩_A|²⟩_B]^½,  A, B: the windows before and after t,
// with rotation matrices R as points in nine dimensions, where a turn by θ is a step of
// 2√2 sin(θ/2); the functional for positions is in dynamics/cage_jumps.hpp (Candelier, Dauchot &
// Biroli, DOI 10.1103/PhysRevLett.102.088001). While p exceeds the square of the step of
// `least_angle`, its largest value is the moment of a turn, from the mean orientation of A to that
// of B; it counts where these are that far apart. A libration, or there and back within a window,
// is no turn. O(units) a frame; memory 36 bytes × units × two windows.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "coupling/rotor.hpp"

namespace vitrion {

struct Turn {
  std::uint32_t unit = 0;
  double frame = 0;  ///< between frame − 1 and frame
  Quaternion from = Quaternion::Identity();
  Quaternion to = Quaternion::Identity();
  [[nodiscard]] double angle() const { return angle_between(from, to); }
};

class TurnFinder {
 public:
  TurnFinder() = default;
  /// `window` frames on either side (at least 2).
  TurnFinder(std::size_t units, std::size_t window, double least_angle_rad);

  void append(std::span<const Quaternion> orientations);

  /// Turns so far in order of their end, those in progress included.
  [[nodiscard]] std::vector<Turn> turns() const;
  [[nodiscard]] std::size_t finished() const { return done_.size(); }
  /// Moments at which a turn could be seen.
  [[nodiscard]] std::size_t moments() const { return moments_; }
  /// Sum over units at rest of the mean square angle (rad²) about the mean of a window, and their
  /// number; cleared by taking.
  struct Libration {
    double square = 0;
    double count = 0;
  };
  Libration take_libration();

 private:
  using Matrix = std::array<double, 9>;
  struct Event {
    double p = 0;  // 0: at rest
    double frame = 0;
    Matrix before{}, after{};
  };
  [[nodiscard]] std::vector<Turn> closed(const Event& event, std::size_t unit) const;
  void look();

  std::size_t window_ = 2;
  double least_rad_ = 0;
  double threshold_ = 0;
  std::deque<std::vector<float>> rows_;
  std::vector<Matrix> before_, after_;  // sums over the windows
  std::vector<Event> events_;
  std::vector<Turn> done_;
  std::size_t frames_ = 0;
  std::size_t moments_ = 0;
  Libration libration_;
};

}  // namespace vitrion
