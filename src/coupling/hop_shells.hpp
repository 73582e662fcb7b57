// Hops of ions with what stands around the ion before, at and after the top of each.
//
//   hop        found by the cage-jump functional (dynamics/cage_jumps.hpp), from ⟨r⟩_A to ⟨r⟩_B
//   s          (r − ⟨r⟩_A)·e/ℓ, the normalised coordinate of reaction: 0 before, 1 after
//   top        where s goes through ½, nearest to the hop's moment; the instant between two frames
//              is interpolated, and the frames with |s − ½| < 0.15 around it count as well
//   shells     the median distance of each neighbour over the frames before (s < 0.3), at the top,
//              and after (s > 0.7): it is within a cut-off in most frames where the median is
//   population histogram of s: the window before and after the hop, and half of what lies between
//              it and the last and the next hop of the ion, so that each frame of an ion that hops
//              counts once and the choice of the window does not matter
// Frames far from a hop are thinned to 128 a stay, each with its weight. O(ions) a frame,
// O(neighbours · window) a hop; memory 12 bytes × atoms × 6 windows and 1.5 kB an ion.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "dynamics/cage_jumps.hpp"

namespace vitrion {

namespace hop_axis {
inline constexpr std::size_t bins = 40;
inline constexpr double low = -0.5;
inline constexpr double high = 1.5;
inline constexpr double width = (high - low) / static_cast<double>(bins);
}  // namespace hop_axis

/// A neighbour of a hopping ion; median distances in Å.
struct ShellAtom {
  std::uint32_t atom = 0;  ///< place among the neighbours
  float before = 0, top = 0, after = 0;
};

struct SeenHop {
  std::uint32_t ion = 0;
  double frame = 0;  ///< of the top
  double length_A = 0;
  bool top_between = false;  ///< no frame near the top: it stands between two frames
  std::vector<ShellAtom> near;
  std::array<float, hop_axis::bins> population{};  ///< frames
};

class HopCollector {
 public:
  struct Setup {
    std::size_t ions = 0;
    std::size_t neighbors = 0;
    std::size_t window = 2;
    double least_length_A = 1.5;
    double reach_A = 8;  ///< neighbours further away than this all the time are not kept
  };
  HopCollector() = default;
  explicit HopCollector(const Setup& setup);

  /// x, y, z of each ion, then of each neighbour, unwrapped, in order of time.
  void append(const Cell& cell, std::vector<float> row);
  /// Takes what is still in progress; nothing may be appended after it.
  void finish();

  [[nodiscard]] const std::vector<SeenHop>& hops() const { return hops_; }
  /// Hops whose frames were no longer held when they ended.
  [[nodiscard]] std::size_t lost() const { return lost_; }
  [[nodiscard]] std::size_t moments() const { return detector_.moments(); }
  [[nodiscard]] std::size_t frames() const { return frames_; }

 private:
  struct Instant {
    Cell cell;
    std::vector<float> row;
  };
  struct Stay {  // positions of one ion since its last hop, thinned
    std::size_t first = 0;
    std::size_t stride = 1;
    std::vector<std::array<float, 3>> at;
    void add(std::size_t frame, const std::array<float, 3>& r);
    /// The part from `frame` on; this keeps what is before.
    [[nodiscard]] Stay cut(std::size_t frame);
  };
  struct Line {  // from one place to the other
    Vec3 from, along;
    double square = 1;  // of along
    [[nodiscard]] double of(const Vec3& r) const { return (r - from).dot(along) / square; }
  };
  struct Pending {
    std::size_t hop;
    std::size_t counted_to;
    Line line;
  };
  void take(const Jump& jump);
  static void share(SeenHop& hop, const Line& line, const Stay& stay, std::size_t first,
                    std::size_t end, double weight);
  [[nodiscard]] Vec3 at(std::size_t frame, std::size_t atom) const;
  [[nodiscard]] SeenHop look_around(const Jump& jump, const Line& line, std::size_t first,
                                    std::size_t end) const;
  static void count(SeenHop& hop, double s, double weight);

  Setup setup_;
  CageJumps detector_;
  std::deque<Instant> held_;
  std::size_t frames_ = 0;
  std::size_t taken_ = 0;
  std::size_t lost_ = 0;
  std::vector<Stay> stays_;
  std::vector<std::optional<Pending>> pending_;
  std::vector<SeenHop> hops_;
};

}  // namespace vitrion
