// One event to look at, and how far units rotate while ions hop beside them.
//
//   film     of all hops (or those of an ion, or about a time, that the user asks for), the one
//            beside which a unit rotates most between the windows before and after: the ion, all
//            atoms around it and the units near it, one window each way
//   angles   of units, from their mean orientation in the first half of a window: beside hops (from
//            half a window before the hop to half a window after it), and at all times
// P(θ) is a density per volume of rotations, (1 − cos θ) dθ, so that F = −k_B T ln P is flat for a
// unit that turns freely. O(units) a frame; memory 12 bytes × atoms × 6 windows.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "coupling/unit_tracker.hpp"
#include "dynamics/cage_jumps.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

/// Which hop is filmed: the one beside which a unit rotates most, among those of `ion` (an atom)
/// and, with a frame, the one nearest to it.
struct FilmChoice {
  std::optional<std::uint32_t> ion;
  std::optional<double> frame;
};

struct Film {
  double frame = 0;  ///< of the hop
  std::uint32_t ion = 0;
  std::uint32_t unit = 0;
  double length_A = 0;
  double angle_rad = 0;
  std::vector<std::uint32_t> atoms;          ///< the ion first
  std::vector<std::vector<Vec3>> positions;  ///< by frame, whole, around the hop's middle
};

class EventFilm {
 public:
  static constexpr std::size_t angle_bins = 36;
  static constexpr double angle_width_deg = 5;

  EventFilm() = default;
  /// `ions`: the atom of each ion of the jumps.
  EventFilm(std::vector<std::uint32_t> ions, std::size_t window, double radius_A,
            FilmChoice choice = {});

  void append(const Cell& cell, const std::vector<Vec3>& positions, std::span<const Quaternion> q,
              const std::vector<RotorUnit>& units);
  /// A hop that is over, of the frames appended.
  void see(const Jump& jump, const std::vector<RotorUnit>& units);

  [[nodiscard]] const Film& film() const { return film_; }  ///< without positions: none
  /// Counts of angles, of each hop or stretch of time.
  [[nodiscard]] const BlockSums& beside_hops() const { return beside_hops_; }
  [[nodiscard]] const BlockSums& at_all_times() const { return always_; }

 private:
  struct Instant {
    Cell cell;
    std::vector<float> r;
    std::vector<Quaternion> q;
  };
  [[nodiscard]] const Instant& held(std::size_t frame) const {
    return held_[frame - (frames_ - held_.size())];
  }
  [[nodiscard]] bool holds(std::size_t moment) const;
  [[nodiscard]] Vec3 at(std::size_t frame, std::uint32_t atom) const;
  [[nodiscard]] Quaternion mean(std::size_t unit, std::size_t first, std::size_t end) const;
  void count(std::size_t unit, std::size_t moment, std::vector<double>& counts) const;
  [[nodiscard]] bool is_better(const Jump& jump, double angle) const;
  void shoot(const Jump& jump, std::uint32_t unit, double angle,
             const std::vector<RotorUnit>& units);

  std::vector<std::uint32_t> ions_;
  std::size_t window_ = 2;
  double radius_A_ = 4.5;
  FilmChoice choice_;
  std::deque<Instant> held_;
  std::size_t frames_ = 0;
  Film film_;
  BlockSums beside_hops_, always_;
};

}  // namespace vitrion
