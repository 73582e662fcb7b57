#include "coupling/coupling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;
using ::testing::HasSubstr;

struct Wheels {
  std::size_t per_edge = 3;
  std::size_t frames = 3000;
  double turn_rate = 0.01;
  double hop_rate = 0.01;  // of an ion, on its own
  double strength = 0;     // chance that a turn brings a hop of the ion beside it
  bool frozen = false;
};

// Units that librate and turn about C3 axes, each with one ion that hops 3 Å there and back beside
// it; events of one mover are 4 ps apart at least, so that each can be seen.
std::vector<Frame> wheels(const Wheels& w, std::uint64_t seed) {
  RandomStream random(seed, "wheels");
  const Cell cell = skew_cell(w.per_edge);
  const std::size_t units = w.per_edge * w.per_edge * w.per_edge;
  std::vector<Quaternion> q(units);
  for (auto& x : q) x = any_orientation(random);
  std::vector<double> turn_free(units, 3.0), hop_free(units, 3.0), hop_at(units, -1.0);
  std::vector<int> place(units, 0);
  std::vector<Vec3> way(units);
  for (auto& x : way) x = any_direction(random);
  const auto group = proper_symmetry(tetrahedron(), 0.01);
  std::vector<Frame> out;
  for (std::size_t t = 0; t < w.frames; ++t) {
    const double now = static_cast<double>(t) * step_ps;
    auto seen = q;
    if (!w.frozen) {
      for (auto& x : seen) x = turn_by(0.06 * gauss(random)) * x;
    }
    Frame frame = units_at(cell, w.per_edge, seen);
    for (std::size_t u = 0; u < units; ++u) {
      const Vec3 middle = site(cell, w.per_edge, u) + Vec3(0, 0, 3.2);
      frame.structure.add("Li",
                          cell.wrap(middle + (place[u] - 0.5) * 3 * way[u] + 0.12 * gauss(random)));
      if (!w.frozen && now > turn_free[u] && random.uniform() < w.turn_rate * step_ps) {
        Quaternion g = group[random.below(12)];
        while (std::abs(angle_between(g, Quaternion::Identity()) - 120 * degree) > 1e-6) {
          g = group[random.below(12)];
        }
        q[u] = q[u] * g;
        turn_free[u] = now + 4;
        if (random.uniform() < w.strength) hop_at[u] = now + 0.3;
      }
      if (random.uniform() < w.hop_rate * step_ps) hop_at[u] = now;
      if (hop_at[u] >= 0 && now >= hop_at[u] && now > hop_free[u]) {
        place[u] = 1 - place[u];
        hop_free[u] = now + 3;
        hop_at[u] = -1;
      } else if (hop_at[u] >= 0 && now >= hop_at[u]) {
        hop_at[u] = -1;
      }
    }
    out.push_back(std::move(frame));
  }
  return out;
}

CouplingAnalysis coupling() {
  CouplingAnalysis out;
  out.parameters().set("drift", "none", {});
  return out;
}

TEST(Coupling, TiedWheelsAreCoupled) {
  Wheels w;
  w.strength = 1;
  const Result r = analyse(coupling(), wheels(w, 1), step_ps, 500.0);
  EXPECT_THAT(r.summary, HasSubstr("Verdict: coupled"));
  EXPECT_GT(value(r, "enhancement"), 3);
  EXPECT_LT(value(r, "p_value"), 0.02);
  // Every turn brings its hop, but for those that fall into an ion's dead time.
  EXPECT_NEAR(value(r, "excess_hops"), 0.92, 0.2);
  EXPECT_GT(value(r, "hops_follow_turns"), 0);
  EXPECT_GT(value(r, "coupling_number"), 2);
  EXPECT_EQ(r.find_table("verdicts")->columns[0].text.size(), 4U);
}

TEST(Coupling, FreeWheelsAreNot) {
  Wheels w;
  w.frames = 4000;
  const Result r = analyse(coupling(), wheels(w, 2), step_ps, 500.0);
  EXPECT_THAT(r.summary, ::testing::Not(HasSubstr("Verdict: coupled")));
  EXPECT_NEAR(value(r, "enhancement"), 1, 3 * error(r, "enhancement"));
  EXPECT_NEAR(value(r, "excess_hops"), 0, 3 * error(r, "excess_hops"));
  EXPECT_NEAR(value(r, "coupling_number"), 1, 3 * error(r, "coupling_number"));
  EXPECT_GT(value(r, "hop_barrier"), 0);
  EXPECT_GT(value(r, "turn_barrier"), 0);
}

// Frozen units in a gas of ions: angles and distances are independent, and nothing turns.
TEST(Coupling, FrozenUnitsInAGasAreAtTheFloorOfChi) {
  RandomStream random(3, "gas");
  const Cell cell = skew_cell(3);
  std::vector<Quaternion> q(27);
  for (auto& x : q) x = any_orientation(random);
  std::vector<Frame> frames;
  for (int t = 0; t < 400; ++t) {
    frames.push_back(units_at(cell, 3, q));
    for (int i = 0; i < 100; ++i) {
      frames.back().structure.add(
          "Li", cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()}));
    }
  }
  const Result r = analyse(coupling(), frames, step_ps, 500.0);
  EXPECT_LT(std::abs(value(r, "chi_significance")), 3);
  EXPECT_NEAR(value(r, "chi"), value(r, "chi_floor"), 0.2 * value(r, "chi"));
  EXPECT_EQ(value(r, "turns"), 0);
}

TEST(Coupling, IonsThatHopWithoutTurns) {
  Wheels w;
  w.frozen = true;
  w.frames = 1500;
  const Result r = analyse(coupling(), wheels(w, 4), step_ps, 500.0);
  EXPECT_THAT(r.summary, HasSubstr("Verdict: not coupled"));
  EXPECT_EQ(value(r, "share_with_turn"), 0);
  EXPECT_GT(value(r, "hops"), 20);
}

TEST(Coupling, SpectrumOfALibratingUnitIsAtItsFrequency) {
  // All units swing about z, and all ions about x, at 1 THz; 0.05 ps between frames.
  const Cell cell = skew_cell(2);
  std::vector<Frame> frames;
  RandomStream random(5, "phases");
  std::vector<double> phase(8);
  for (double& x : phase) x = 2 * constants::pi * random.uniform();
  for (int t = 0; t < 1200; ++t) {
    std::vector<Quaternion> q;
    for (int u = 0; u < 8; ++u) {
      const double a = 2 * constants::pi * 1.0 * 0.05 * t + phase[static_cast<std::size_t>(u)];
      q.push_back(turn_by({0, 0, 0.1 * std::sin(a)}));
    }
    frames.push_back(units_at(cell, 2, q));
    for (std::size_t u = 0; u < 8; ++u) {
      const double a = 2 * constants::pi * 1.0 * 0.05 * t;
      frames.back().structure.add(
          "Li", cell.wrap(site(cell, 2, u) + Vec3(0.1 * std::sin(a + phase[u]), 0, 4)));
    }
  }
  const Result r = analyse(coupling(), frames, 0.05, 500.0);
  EXPECT_NEAR(value(r, "libration_frequency"), 1, 0.05);
  EXPECT_NEAR(value(r, "band_centre_ligands_angular"), 1, 0.05);
  EXPECT_NEAR(value(r, "band_centre_ions"), 1, 0.05);
  EXPECT_GT(value(r, "overlap_units_angular"), 0.98);
}

TEST(Coupling, SameBitsForAnyNumberOfThreads) {
  Wheels w;
  w.per_edge = 2;
  w.frames = 400;
  const auto frames = wheels(w, 6);
  set_threads(1);
  const Result one = analyse(coupling(), frames, step_ps, 500.0);
  set_threads(4);
  const Result four = analyse(coupling(), frames, step_ps, 500.0);
  set_threads(0);
  ASSERT_EQ(one.scalars.size(), four.scalars.size());
  for (std::size_t i = 0; i < one.scalars.size(); ++i) {
    if (std::isnan(one.scalars[i].value)) continue;
    EXPECT_EQ(one.scalars[i].value, four.scalars[i].value) << one.scalars[i].key;
  }
}

TEST(Coupling, NeedsAnIonAndUnits) {
  Frame frame = units_at(skew_cell(2), 2, std::vector<Quaternion>(8, Quaternion::Identity()));
  CouplingAnalysis a;
  EXPECT_THROW(a.prepare(frame, {}), InputError);
}

}  // namespace
}  // namespace vitrion
