#include "coupling/rotation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;
using ::testing::Contains;
using ::testing::HasSubstr;

// Orientations of n units over time, by a rule that moves each from frame to frame.
using Move = std::function<void(std::size_t unit, std::size_t frame, Quaternion& q)>;
std::vector<Frame> moved(std::size_t per_edge, std::size_t frames, double libration_rad,
                         std::uint64_t seed, const Move& move) {
  RandomStream random(seed, "rotors");
  const Cell cell = skew_cell(per_edge);
  std::vector<Quaternion> q(per_edge * per_edge * per_edge);
  for (auto& x : q) x = any_orientation(random);
  std::vector<Frame> out;
  for (std::size_t t = 0; t < frames; ++t) {
    auto now = q;
    for (auto& x : now) x = turn_by(libration_rad / std::sqrt(3.0) * gauss(random)) * x;
    out.push_back(units_at(cell, per_edge, now));
    for (std::size_t u = 0; u < q.size(); ++u) move(u, t, q[u]);
  }
  return out;
}

TEST(Rotation, FreeRotorsDiffuseAsDebyeSays) {
  constexpr double D = 0.02;  // rad²/ps
  RandomStream random(3, "steps");
  const auto frames = moved(3, 4000, 0, 1, [&](std::size_t, std::size_t, Quaternion& q) {
    q = turn_by(std::sqrt(2 * D * step_ps) * gauss(random)) * q;
  });
  RotationAnalysis a;
  const Result r = analyse(a, frames, step_ps, 500.0);
  EXPECT_EQ(value(r, "units"), 27);
  EXPECT_NEAR(value(r, "D_rot"), D, 3 * error(r, "D_rot"));
  EXPECT_LT(error(r, "D_rot"), 0.15 * D);
  const Table& decay = *r.find_table("decay");
  for (std::size_t i = 1; i < decay.columns[0].data.size(); i += 8) {
    const double t = decay.columns[0].data[i];
    EXPECT_NEAR(decay.columns[1].data[i], std::exp(-2 * D * t),
                4 * decay.columns[2].data[i] + 0.01);
    EXPECT_NEAR(decay.columns[3].data[i], std::exp(-6 * D * t),
                4 * decay.columns[4].data[i] + 0.01);
  }
  EXPECT_NEAR(value(r, "tau_2"), 1 / (6 * D), 4 * error(r, "tau_2"));
}

TEST(Rotation, LibrationIsNoRotation) {
  const auto frames = moved(3, 1500, 10 * degree, 2, [](std::size_t, std::size_t, Quaternion&) {});
  RotationAnalysis a;
  const Result r = analyse(a, frames, step_ps, 500.0);
  EXPECT_EQ(value(r, "turns"), 0);
  EXPECT_EQ(value(r, "turn_rate"), 0);
  EXPECT_NEAR(value(r, "libration_amplitude"), 10, 0.3);
  // The sum of librations must not wander: far less than one turn a nanosecond, 4.4/6e3.
  EXPECT_LT(std::abs(value(r, "D_rot")), 1e-4);
  EXPECT_NEAR(value(r, "C1_end"), std::exp(-std::pow(10 * degree, 2) * 2 / 3), 0.01);
  EXPECT_THAT(r.warnings, Contains(HasSubstr("no unit turned")));
  EXPECT_THAT(r.warnings, Contains(HasSubstr("lower bound")));
}

TEST(Rotation, ThreefoldJumpsAreSeenThoughTheUnitLooksTheSame) {
  constexpr double rate = 0.02;
  RandomStream random(4, "jumps");
  std::vector<double> free_at(27, 3.0);
  double jumps = 0;
  double square = 0;
  constexpr std::size_t frames_in_all = 3000;
  const auto group = proper_symmetry(tetrahedron(), 0.01);
  const auto frames =
      moved(3, frames_in_all, 8 * degree, 3, [&](std::size_t u, std::size_t t, Quaternion& q) {
        const double now = static_cast<double>(t) * step_ps;
        if (now < free_at[u] || now > frames_in_all * step_ps - 4) return;
        if (random.uniform() > rate * step_ps) return;
        Quaternion g;
        do {
          g = group[random.below(12)];
        } while (std::abs(angle_between(g, Quaternion::Identity()) - 120 * degree) > 1e-6);
        q = q * g;
        free_at[u] = now + 3;
        jumps += 1;
        square += std::pow(120 * degree, 2);
      });
  RotationAnalysis a;
  const Result r = analyse(a, frames, step_ps, 500.0);
  ASSERT_GT(jumps, 100);
  EXPECT_EQ(value(r, "turns"), jumps);
  EXPECT_NEAR(value(r, "turn_angle"), 120, 1);
  EXPECT_EQ(value(r, "share_C3"), 1);
  EXPECT_GE(error(r, "turn_rate"), 0.99 * value(r, "turn_rate") / std::sqrt(jumps));
  const double seen_ps = (frames_in_all - 19) * step_ps;
  EXPECT_NEAR(value(r, "D_turns"), square / (6 * 27 * seen_ps), 0.02 * value(r, "D_turns"));
  EXPECT_NEAR(value(r, "D_rot"), value(r, "D_turns"),
              3 * error(r, "D_rot") + 0.2 * value(r, "D_turns"));
  // Four corners, all alike.
  EXPECT_EQ(r.find_table("basins_unit")->columns[0].data.size(), 4U);
}

TEST(Rotation, GoesOnThroughAnExchangeOfLigands) {
  // Unit 0 gives a ligand away and takes the spare one; nothing turns.
  const Cell cell = skew_cell(2);
  std::vector<Frame> frames;
  const std::vector<Quaternion> q(8, Quaternion::Identity());
  for (int t = 0; t < 80; ++t) {
    Frame frame = units_at(cell, 2, q);
    const Vec3 far = cell.wrap(Vec3(4, 4, 4));
    const Vec3 near = frame.structure.position[8];
    frame.structure.add("S", t < 40 ? far : near);
    if (t >= 40) frame.structure.position[8] = far;
    frames.push_back(frame);
  }
  RotationAnalysis a;
  const Result r = analyse(a, frames, step_ps, 500.0);
  EXPECT_EQ(value(r, "turns"), 0);
  EXPECT_NEAR(value(r, "C1_end"), 1, 1e-6);
  EXPECT_THAT(r.settings,
              Contains(std::pair<std::string, std::string>("exchanges of ligands", "1")));
}

// One bond in V = c (x⁴ + y⁴ + z⁴) k_B T, by Metropolis' rule: the barrier is c/6 k_B T.
TEST(Rotation, HinderedRotorsHaveTheirBarrier) {
  constexpr double c = 18;
  constexpr double kT = constants::boltzmann_eV_K * 600;
  RandomStream random(5, "hindered");
  const auto energy = [&](const Vec3& r) {
    return c * (std::pow(r[0], 4) + std::pow(r[1], 4) + std::pow(r[2], 4));
  };
  const Cell cell = skew_cell(5);
  const std::vector<Vec3> shape{{0, 0, 1}};
  std::vector<Quaternion> q(125);
  for (auto& x : q) x = any_orientation(random);
  std::vector<Frame> frames;
  for (int t = -20; t < 1500; ++t) {
    for (auto& x : q) {
      for (int k = 0; k < 4; ++k) {
        const Quaternion next = turn_by(0.8 * gauss(random)) * x;
        if (random.uniform() < std::exp(energy(x * shape[0]) - energy(next * shape[0]))) x = next;
      }
    }
    if (t >= 0) frames.push_back(units_at(cell, 5, q, shape));
  }
  RotationAnalysis a;
  const Result r = analyse(a, frames, step_ps, 600.0);
  EXPECT_NEAR(value(r, "rotational_barrier_cell"), kT * c / 6, 0.05 * kT * c / 6);
  EXPECT_LT(std::abs(value(r, "rotational_barrier_cell") - kT * c / 6),
            3 * error(r, "rotational_barrier_cell"));
  EXPECT_EQ(r.find_scalar("rotational_barrier_cell")->unit, "eV");
}

TEST(Rotation, SameBitsForAnyNumberOfThreads) {
  RandomStream random(6, "steps");
  const auto frames = moved(2, 120, 0.1, 4, [&](std::size_t, std::size_t, Quaternion& q) {
    q = turn_by(0.1 * gauss(random)) * q;
  });
  RotationAnalysis a;
  set_threads(1);
  const Result one = analyse(a, frames, step_ps, 500.0);
  set_threads(4);
  const Result four = analyse(a, frames, step_ps, 500.0);
  set_threads(0);
  ASSERT_EQ(one.scalars.size(), four.scalars.size());
  for (std::size_t i = 0; i < one.scalars.size(); ++i) {
    if (std::isnan(one.scalars[i].value)) continue;
    EXPECT_EQ(one.scalars[i].value, four.scalars[i].value) << one.scalars[i].key;
  }
}

TEST(Rotation, SaysWhatItCannotDo) {
  Frame frame;
  frame.structure.cell = Cell::cubic(10);
  frame.structure.add("Li", Vec3(1, 1, 1));
  RotationAnalysis a;
  EXPECT_THROW(a.prepare(frame, {}), InputError);
  const Result r = analyse(a, {units_at(skew_cell(1), 1, {Quaternion::Identity()})}, step_ps);
  EXPECT_THAT(r.warnings, Contains(HasSubstr("too few")));
}

}  // namespace
}  // namespace vitrion
