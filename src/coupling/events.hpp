// Do hops of ions and turns of units happen together? Pairs of events, against what chance gives.
//
// A pair is a hop and a turn within r and δt of each other. Chance: the turns of each unit shifted
// by a time of its own, drawn at random, around the run (a toroidal shift keeps when and where each
// process is busy, and breaks only what ties them; Lotwick & Silverman, J. R. Stat. Soc. B 44, 406
// (1982), DOI 10.1111/j.2517-6161.1982.tb01221.x). Its mean is exact: pairs within r at any time,
// times 2δt/T. A second null shifts all units alike, so turns that are tied to each other do not
// pass for turns tied to hops; the larger p counts where the run holds 40 such shifts.
//   enhancement    pairs / chance: the hop rate near a turn over the independent one; 1: no tie
//   excess         (pairs − chance) / turns: hops that a turn brings with it
//   shares         of Σℓ² over hops: with a turn (within δt), after one (δt … 3δt before), without
//   coupling number  share with a turn / the same by chance; 1: no tie
// Errors: bootstrap over units, at least counting. O(hops · turns) for pairs, O(pairs) a surrogate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/cell.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

struct HopEvent {
  double time_ps = 0;
  Vec3 at = Vec3::Zero();  ///< middle of the hop, Å; any image
  double square_A2 = 0;    ///< its length squared
};

struct TurnEvent {
  std::uint32_t unit = 0;
  double time_ps = 0;
  Vec3 at = Vec3::Zero();  ///< the unit's centre
};

struct EventOptions {
  double delta_ps = 1;
  double radius_A = 4.5;
  std::vector<double> deltas_ps{0.5, 1, 2, 4};  ///< of the map
  std::vector<double> radii_A{3, 4, 5, 6, 8};
  double max_lag_ps = 10;
  double meaningful = 1.5;  ///< an enhancement below this would not matter
  int surrogates = 399;
  std::uint64_t seed = 1;
};

struct LagPoint {
  double lag_ps = 0;  ///< of the hop behind the turn
  double enhancement = 0;
  double error = 0;
};

struct EventCoupling {
  double duration_ps = 0;
  std::size_t hops = 0;
  std::size_t turns = 0;
  double pairs = 0;
  double expected = 0;
  Estimate enhancement;
  Estimate excess;     ///< hops for each turn
  double p_value = 1;  ///< two-sided
  double p_map = 1;    ///< of the largest deviation anywhere in the map
  Estimate share_with, share_after, share_without;
  double share_with_chance = 0;
  Estimate coupling_number;
  Estimate asymmetry;       ///< (behind − ahead)/(both), hops within 2δt; > 0: hops follow turns
  std::vector<double> map;  ///< enhancement, deltas × radii
  std::vector<double> map_z;  ///< its distance from 1 in standard deviations of chance
  std::vector<LagPoint> lags;
  std::string verdict;  ///< "coupled", "not coupled", "cannot be told from this run"
  std::string reason;
  double needed_ps = 0;  ///< run length that would tell; 0: this one does
};

EventCoupling couple_events(std::span<const HopEvent> hops, std::span<const TurnEvent> turns,
                            const Cell& cell, double duration_ps, const EventOptions& options);

}  // namespace vitrion
