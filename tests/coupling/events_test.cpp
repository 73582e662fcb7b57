#include "coupling/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;
using ::testing::HasSubstr;

// Units on a lattice 8 Å apart, each with a hop now and then 3 Å from it, and turns of which a
// share brings a hop of its own.
struct World {
  std::size_t per_edge = 4;
  double duration_ps = 200;
  double hop_rate = 0.05;   // 1/ps around each unit
  double turn_rate = 0.01;  // 1/ps of a unit
  double strength = 0;      // hops that a turn brings
  double behind_ps = 0.3;   // by how much, up to twice that
  double busy = 1;          // rates of both are this much higher for half the units
  bool bursts = false;      // all turns within a tenth of the run, all hops within another
};

struct Events {
  std::vector<HopEvent> hops;
  std::vector<TurnEvent> turns;
  Cell cell;
};

Events make(const World& w, std::uint64_t seed) {
  RandomStream random(seed, "events");
  Events out;
  out.cell = skew_cell(w.per_edge);
  const std::size_t units = w.per_edge * w.per_edge * w.per_edge;
  const double turn_start = random.uniform();
  const double hop_start = random.uniform();
  const auto when = [&](double start) {
    const double x = random.uniform();
    return w.duration_ps * (w.bursts ? std::fmod(start + 0.1 * x, 1.0) : x);
  };
  const auto number = [&](double mean) {
    std::size_t n = 0;
    for (double t = -std::log(1 - random.uniform()); t < mean;
         t -= std::log(1 - random.uniform())) {
      ++n;
    }
    return n;
  };
  const auto hop_at = [&](const Vec3& centre, double t) {
    out.hops.push_back({t, out.cell.wrap(centre + 3 * any_direction(random)), 9});
  };
  for (std::size_t u = 0; u < units; ++u) {
    const Vec3 centre = site(out.cell, w.per_edge, u);
    const double busy = u % 2 == 0 ? w.busy : 1 / w.busy;
    const std::size_t hops = number(busy * w.hop_rate * w.duration_ps);
    for (std::size_t k = 0; k < hops; ++k) hop_at(centre, when(hop_start));
    const std::size_t turns = number(busy * w.turn_rate * w.duration_ps);
    for (std::size_t k = 0; k < turns; ++k) {
      const double t = when(turn_start);
      out.turns.push_back({static_cast<std::uint32_t>(u), t, centre});
      if (random.uniform() < w.strength) {
        hop_at(centre, std::fmod(t + w.behind_ps * (1 + random.uniform()), w.duration_ps));
      }
    }
  }
  return out;
}

EventOptions quick() {
  EventOptions o;
  o.surrogates = 199;
  o.deltas_ps = {1, 2};
  o.radii_A = {4.5};
  return o;
}

EventCoupling couple(const World& w, std::uint64_t seed, EventOptions o = quick()) {
  const Events e = make(w, seed);
  o.seed = seed;
  return couple_events(e.hops, e.turns, e.cell, w.duration_ps, o);
}

double false_positives(const World& w, int seeds) {
  EventOptions o;
  o.surrogates = 99;
  o.deltas_ps = {1};
  o.radii_A = {4.5};
  int coupled = 0;
  for (int s = 1; s <= seeds; ++s) {
    coupled += couple(w, static_cast<std::uint64_t>(s), o).p_value < 0.05 ? 1 : 0;
  }
  return static_cast<double>(coupled) / seeds;
}

TEST(Events, FalsePositivesAreAsRareAsTheyShouldBe) {
  World w;
  const double rate = false_positives(w, 200);
  EXPECT_LT(rate, 0.095);  // 0.05 and three standard errors
  EXPECT_GT(rate, 0.004);  // and not because nothing is ever found
}

TEST(Events, BusyPlacesAreNoCoupling) {
  World w;
  w.busy = 3;
  EXPECT_LT(false_positives(w, 60), 0.14);
}

TEST(Events, BusyTimesAreNoCoupling) {
  World w;
  w.bursts = true;
  EXPECT_LT(false_positives(w, 60), 0.14);
}

TEST(Events, KnownStrengthIsRecovered) {
  for (const double strength : {0.0, 0.25, 0.5, 1.0}) {
    World w;
    w.strength = strength;
    w.duration_ps = 600;
    const EventCoupling c = couple(w, 7);
    EXPECT_NEAR(c.excess.value, strength, 3 * c.excess.error) << strength;
    EXPECT_LT(c.excess.error, 0.1);
    // A turn sees 0.05 · 2 ps · (1 + strength · turns/hops) hops within 1 ps by chance.
    const double mean = 0.1 * (1 + strength * w.turn_rate / w.hop_rate);
    EXPECT_NEAR(c.enhancement.value, 1 + strength / mean, 3 * c.enhancement.error);
    EXPECT_EQ(c.verdict, strength > 0 ? "coupled" : "not coupled") << c.reason;
    if (strength > 0) {
      EXPECT_GT(c.coupling_number.value, 1 + 2 * c.coupling_number.error);
      EXPECT_LT(c.p_value, 0.02);
      EXPECT_LT(c.p_map, 0.02);
    }
    EXPECT_NEAR(c.share_with.value + c.share_after.value + c.share_without.value, 1, 1e-9);
  }
}

TEST(Events, FullCouplingNeedsATurnForEveryHop) {
  World w;
  w.hop_rate = 0;
  w.strength = 1;
  w.duration_ps = 400;
  const EventCoupling c = couple(w, 3);
  EXPECT_NEAR(c.share_with.value, 1, 1e-9);
  EXPECT_EQ(c.verdict, "coupled");
  EXPECT_NEAR(c.coupling_number.value, 1 / c.share_with_chance, 1e-9);
}

TEST(Events, TellsWhoLeads) {
  World w;
  w.strength = 1;
  const EventCoupling behind = couple(w, 5);
  EXPECT_GT(behind.asymmetry.value, 3 * behind.asymmetry.error);
  w.behind_ps = -0.3;
  const EventCoupling ahead = couple(w, 5);
  EXPECT_LT(ahead.asymmetry.value, -3 * ahead.asymmetry.error);
  // The curve of lags has its peak where the hops are.
  const auto peak = std::max_element(behind.lags.begin(), behind.lags.end(), [](auto& a, auto& b) {
    return a.enhancement < b.enhancement;
  });
  EXPECT_NEAR(peak->lag_ps, 0.45, 0.35);
}

TEST(Events, ChanceIsExact) {
  // One hop, one turn: pairs by chance are 2δ/T where they are near, and none where they are far.
  const Cell cell = Cell::cubic(20);
  const std::vector<TurnEvent> turns{{0, 10, Vec3(1, 1, 1)}};
  std::vector<HopEvent> hops{
      {10.5, Vec3(19, 1, 1), 4}, {60, Vec3(1, 1, 3), 4}, {10, Vec3(11, 1, 1), 4}};
  EventOptions o;
  const EventCoupling c = couple_events(hops, turns, cell, 100, o);
  EXPECT_EQ(c.pairs, 1);  // through the face of the cell; the third is too far
  EXPECT_NEAR(c.expected, 2 * 2 * o.delta_ps / 100, 1e-12);
  EXPECT_NEAR(c.share_with.value, 1.0 / 3, 1e-12);
}

TEST(Events, AShortRunSaysHowLongItShouldBe) {
  World w;
  w.duration_ps = 20;
  const EventCoupling c = couple(w, 2);
  EXPECT_EQ(c.verdict, "cannot be told from this run");
  EXPECT_GT(c.needed_ps, 2 * w.duration_ps);
  ASSERT_LT(c.needed_ps, 100 * w.duration_ps);
  // As long as it says, an enhancement of 1.5 is found in most runs, and none is never thought so.
  w.duration_ps = c.needed_ps;
  w.strength = 0.5 * 2 * w.hop_rate;
  int found = 0;
  for (std::uint64_t s = 1; s <= 12; ++s) found += couple(w, s).verdict == "coupled" ? 1 : 0;
  EXPECT_GE(found, 6);
}

TEST(Events, OneTurnIsAnAnecdote) {
  // Hops everywhere, and six more at the one turn: p is small, and still no verdict of coupling.
  RandomStream random(1, "anecdote");
  std::vector<HopEvent> hops;
  for (int k = 0; k < 60; ++k) hops.push_back({100 * random.uniform(), Vec3(2, 0, 0), 4});
  for (int k = 0; k < 6; ++k) hops.push_back({50, Vec3(2, 0, 0), 4});
  const std::vector<TurnEvent> turns{{0, 50, Vec3(0, 0, 0)}};
  const EventCoupling c = couple_events(hops, turns, Cell::cubic(20), 100, {});
  EXPECT_LT(c.p_value, 0.05);
  EXPECT_NE(c.verdict, "coupled");
}

TEST(Events, NoTurnsAndNoHops) {
  World w;
  w.turn_rate = 0;
  EXPECT_EQ(couple(w, 1).verdict, "not coupled");
  EXPECT_THAT(couple(w, 1).reason, HasSubstr("no turn"));
  w.hop_rate = 0;
  EXPECT_EQ(couple(w, 1).verdict, "cannot be told from this run");
}

}  // namespace
}  // namespace vitrion
