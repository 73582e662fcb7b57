// Jumps of ions found from their paths alone, without sites: the cage-jump functional.
//
//   p(t) = [⟨(r − ⟨r⟩_B)²⟩_A ⟨(r − ⟨r⟩_A)²⟩_B]^½,  A, B: the windows before and after t
// Candelier, Dauchot & Biroli, Phys. Rev. Lett. 102, 088001 (2009), DOI
// 10.1103/PhysRevLett.102.088001; with sliding windows, Smessaert & Rottler, Phys. Rev. E 88,
// 022314 (2013), DOI 10.1103/PhysRevE.88.022314. While p exceeds the square of the least length,
// its largest value is the moment of a jump, from ⟨r⟩_A to ⟨r⟩_B; it counts where these are that
// far apart. Going there and back within a window is no jump. Running sums: O(ions) a frame; memory
// 12 bytes × ions × two windows.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/vec.hpp"

namespace vitrion {

/// A jump is known some windows after it was: those who look back at it hold frames of so many.
inline constexpr std::size_t windows_held = 6;

struct Jump {
  std::uint32_t ion = 0;
  double frame = 0;  ///< between frame − 1 and frame
  Vec3 from = Vec3::Zero();
  Vec3 to = Vec3::Zero();
  [[nodiscard]] double length() const { return (to - from).norm(); }
};

class CageJumps {
 public:
  CageJumps() = default;
  /// `window` frames on either side (at least 2).
  CageJumps(std::size_t ions, std::size_t window, double least_length_A);

  /// x, y, z of each ion in turn, unwrapped, in order of time.
  void append(std::vector<float> row);

  /// Jumps so far in order of their end, those in progress included.
  [[nodiscard]] std::vector<Jump> jumps() const;
  [[nodiscard]] std::size_t finished() const { return done_.size(); }
  /// Those that are over, in order of their end.
  [[nodiscard]] const std::vector<Jump>& closed() const { return done_; }
  /// Moments at which a jump could be seen.
  [[nodiscard]] std::size_t moments() const { return moments_; }
  /// Sum over ions at rest of the variance about the mean of the later window (n − 1), once a
  /// window, and their number; cleared by taking.
  struct Vibration {
    double square_A2 = 0;
    double count = 0;
  };
  Vibration take_vibration();

 private:
  struct Sums {
    Vec3 r = Vec3::Zero();
    double square = 0;
    void add(const Vec3& x, double sign) {
      r += sign * x;
      square += sign * x.squaredNorm();
    }
  };
  struct Event {
    double p = 0;  // 0: at rest
    Jump jump;
  };
  void look();
  void close(Event& event);
  [[nodiscard]] static Vec3 at(const std::vector<float>& row, std::size_t ion) {
    return {row[3 * ion], row[3 * ion + 1], row[3 * ion + 2]};
  }

  std::size_t window_ = 2;
  double least_A_ = 0;
  std::deque<std::vector<float>> rows_;
  std::vector<Sums> before_, after_;
  std::vector<Event> events_;
  std::vector<double> held_;  // variance of a window, until no jump was seen within it; or -1
  std::vector<Jump> done_;
  std::size_t frames_ = 0;
  std::size_t moments_ = 0;
  Vibration vibration_;
};

}  // namespace vitrion
