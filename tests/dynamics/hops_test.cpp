#include "dynamics/hops.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/jump_groups.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

// Ions that vibrate about sites of a wide cubic lattice of their own and jump along its axes, with
// a dead time after each jump (two jumps within a window cannot be told apart).
struct Hopping {
  std::size_t ions = 60;
  std::size_t frames = 6000;
  double dt_ps = 0.1;
  double rate = 0.02;  // 1/ps, once the dead time is over
  double dead_ps = 4;
  double length_A = 3;
  double amplitude_A = 0.15;  // along each axis, white
  double back = 0;            // chance that a jump undoes the last
};

struct Made {
  std::vector<Frame> frames;
  double jumps = 0;
  double after_first = 0;  // jumps that follow another of the same ion
  double undone = 0;
};

Made hopping(const Hopping& o, std::uint64_t seed) {
  RandomStream random(seed, "hopping");
  Made out;
  std::vector<Vec3> site(o.ions);
  std::vector<Vec3> last(o.ions, Vec3::Zero());
  std::vector<double> free_at(o.ions, 3.0);
  for (std::size_t i = 0; i < o.ions; ++i) site[i] = 50 * Vec3(static_cast<double>(i), 0, 0);
  out.frames.resize(o.frames);
  for (std::size_t t = 0; t < o.frames; ++t) {
    Frame& frame = out.frames[t];
    const double now = static_cast<double>(t) * o.dt_ps;
    frame.structure.cell = Cell::orthorhombic(50 * static_cast<double>(o.ions), 500, 500);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < o.ions; ++i) {
      const bool quiet = now > static_cast<double>(o.frames) * o.dt_ps - 3;
      if (!quiet && now > free_at[i] && random.uniform() < o.rate * o.dt_ps) {
        Vec3 step = Vec3::Zero();
        const bool undo = last[i].squaredNorm() > 0 && random.uniform() < o.back;
        do {
          step = Vec3::Zero();
          step[static_cast<int>(random.below(3))] =
              random.uniform() < 0.5 ? o.length_A : -o.length_A;
        } while ((step + last[i]).norm() < 1);
        if (undo) step = -last[i];
        if (last[i].squaredNorm() > 0) out.after_first += 1;
        if (undo) out.undone += 1;
        site[i] += step;
        last[i] = step;
        free_at[i] = now + o.dead_ps;
        out.jumps += 1;
      }
      frame.structure.add(
          "Li", site[i] + o.amplitude_A * Vec3(random.normal(), random.normal(), random.normal()));
    }
  }
  return out;
}

HopsAnalysis hops(const std::vector<std::pair<std::string, std::string>>& settings) {
  HopsAnalysis out;
  out.parameters().set("drift", "none", {});
  for (const auto& [key, value] : settings) out.parameters().set(key, value, {});
  return out;
}

double value(const Result& r, const std::string& key) { return r.find_scalar(key)->value; }

TEST(Hops, FindsEveryJumpOfAKnownWalk) {
  Hopping o;
  const Made made = hopping(o, 1);
  HopsAnalysis a = hops({});
  const Result r = analyse(a, made.frames, o.dt_ps, 600.0);
  const double seen_ps = static_cast<double>(o.frames - 19) * o.dt_ps;
  ASSERT_GT(made.jumps, 300);
  EXPECT_NEAR(value(r, "jump_rate") * 60 * seen_ps, made.jumps, 0.5);
  EXPECT_NEAR(value(r, "jump_length"), 3, 0.02);
  // rate with dead time: 1/(1/0.02 + 4 ps), per the run without its quiet ends.
  EXPECT_NEAR(value(r, "waiting_time"), 4 + 50, 8);
  EXPECT_NEAR(value(r, "vibration_amplitude"), 0.15 * std::sqrt(3), 0.005);
  EXPECT_NEAR(value(r, "D_jumps"), value(r, "jump_rate") * 9 / 6 * 1e-4, 2e-7);
  EXPECT_EQ(value(r, "back_jumps"), 0);
  EXPECT_GE(r.find_scalar("jump_rate")->error,
            value(r, "jump_rate") / std::sqrt(made.jumps) * 0.99);
  EXPECT_EQ(r.find_scalar("jump_rate")->unit, "1/ps");
  // White noise has a flat velocity spectrum after all corrections but one: no attempt frequency.
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("too coarse for the spectrum")));
  // Ions far from each other jump alone.
  EXPECT_EQ(value(r, "strings_share"), 0);
  EXPECT_EQ(value(r, "groups_mean_size"), 1);
}

TEST(Hops, ErrorOfTheRateIsHonest) {
  Hopping o;
  o.dead_ps = 2.5;
  o.frames = 2000;
  o.ions = 30;
  int within = 0;
  constexpr int runs = 25;
  // Outside the quiet 3 ps at each end; renewals with a dead time have nearly this rate.
  const double exact = 1 / (1 / o.rate + o.dead_ps) * (200.0 - 6) / (200.0 - 1.9);
  for (int run = 0; run < runs; ++run) {
    HopsAnalysis a = hops({});
    const Result r = analyse(a, hopping(o, 50 + static_cast<std::uint64_t>(run)).frames, o.dt_ps);
    const Scalar& rate = *r.find_scalar("jump_rate");
    EXPECT_NEAR(rate.value, exact, 5 * rate.error);
    if (std::abs(rate.value - exact) < rate.error) ++within;
  }
  EXPECT_GE(within, 12);  // 17 ± 2.3 at 68 %
}

TEST(Hops, BackJumpsAreCounted) {
  Hopping o;
  o.back = 0.6;
  o.rate = 0.1;
  o.frames = 3000;
  const Made made = hopping(o, 2);
  HopsAnalysis a = hops({});
  const Result r = analyse(a, made.frames, o.dt_ps);
  const Scalar& back = *r.find_scalar("back_jumps");
  EXPECT_NEAR(back.value, made.undone / made.after_first, 0.01);
  EXPECT_NEAR(back.value, 0.6, 4 * back.error);
  // Undone: −1; else one of five directions evenly: mean 1/5 of them ahead.
  EXPECT_NEAR(value(r, "jump_cosine"), -0.6 + 0.4 / 5, 4 * r.find_scalar("jump_cosine")->error);
}

TEST(Hops, SharesMovedAreThoseOfTheJumps) {
  Hopping o;
  o.frames = 3000;
  const Made made = hopping(o, 3);
  HopsAnalysis a = hops({{"max_time", "2 ps"}, {"points", "2"}, {"distances", "1.5 A,8 A"}});
  const Result r = analyse(a, made.frames, o.dt_ps);
  const Table& moved = *r.find_table("moved");
  ASSERT_EQ(moved.columns[0].data.size(), 2U);
  // Within 1 ps an ion jumps once at most.
  const double per_ps = made.jumps / (60 * 300.0);
  EXPECT_NEAR(moved.find("1.5 A")->data[0], per_ps, 4 * moved.find("1.5 A_error")->data[0]);
  EXPECT_NEAR(moved.find("1.5 A")->data[1], 2 * per_ps, 4 * moved.find("1.5 A_error")->data[1]);
  EXPECT_EQ(moved.find("8 A")->data[1], 0);
}

TEST(Hops, AVibratingIonDoesNotJumpAndItsFrequencyIsFound) {
  std::vector<Frame> frames(4000);
  for (std::size_t t = 0; t < frames.size(); ++t) {
    frames[t].structure.cell = Cell::cubic(20);
    frames[t].wrapping = Wrapping::unwrapped;
    for (int i = 0; i < 4; ++i) {
      const double angle = 2 * constants::pi * 8 * 0.01 * static_cast<double>(t) + i;
      frames[t].structure.add("Li", Vec3(4 * i + 0.6 * std::cos(angle), 0, 0));
    }
  }
  HopsAnalysis a = hops({});
  const Result r = analyse(a, frames, 0.01, 300.0);
  EXPECT_EQ(value(r, "jump_rate"), 0);
  EXPECT_GT(r.find_scalar("jump_rate")->error, 0);
  EXPECT_NEAR(value(r, "attempt_frequency"), 8, 0.1);
  EXPECT_NEAR(value(r, "vibration_amplitude"), 0.6 / std::sqrt(2.0), 0.01);
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("no ion jumped")));
}

TEST(Hops, StringsAreIonsThatFollowOneAnother) {
  // Three ions in a row move on by 3 Å each within 0.4 ps; a fourth far away alone; folded cell.
  std::vector<Jump> jumps;
  for (std::uint32_t i = 0; i < 3; ++i) {
    jumps.push_back({i, 100.0 + i, Vec3(3 * i, 0, 0), Vec3(3 * i + 3, 0.3, 0)});
  }
  jumps[2].from += Vec3(0, 20, 0);
  jumps[2].to += Vec3(0, 20, 0);
  jumps.push_back({7, 101, Vec3(0, 8, 8), Vec3(3, 8, 8)});
  jumps.push_back({0, 102, Vec3(3, 0, 0), Vec3(0, 0, 0)});  // links to ion 1, not to itself
  const Cell cell = Cell::cubic(20);
  const PartSizes strings = jump_strings(std::span(jumps).first(4), cell, 4, 1);
  EXPECT_EQ(strings, (PartSizes{{1, 1}, {3, 1}}));
  EXPECT_DOUBLE_EQ(share_together(strings), 0.75);
  EXPECT_DOUBLE_EQ(mean_size_of_jump(strings), 2.5);
  EXPECT_EQ(jump_strings(std::span(jumps).first(4), cell, 0.5, 1), (PartSizes{{1, 4}}));
  EXPECT_EQ(jump_groups(std::span(jumps).first(4), cell, 4, 4), (PartSizes{{1, 1}, {3, 1}}));
  const std::vector<Jump> alone = {jumps[0], jumps[4]};
  EXPECT_EQ(jump_strings(alone, cell, 4, 1), (PartSizes{{1, 2}}));
}

TEST(Hops, SameBitsWithAnyNumberOfThreadsAndReasonsForFailure) {
  Hopping o;
  o.frames = 300;
  const auto frames = hopping(o, 9).frames;
  std::vector<std::string> texts;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    HopsAnalysis a = hops({});
    texts.push_back(to_json(analyse(a, frames, o.dt_ps)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
  o.frames = 12;
  HopsAnalysis few = hops({});
  EXPECT_THAT(analyse(few, hopping(o, 9).frames, o.dt_ps).warnings.at(0), HasSubstr("too few"));
  o.frames = 1;
  HopsAnalysis one = hops({});
  EXPECT_THAT(analyse(one, hopping(o, 9).frames, o.dt_ps).warnings.at(0), HasSubstr("too few"));
  HopsAnalysis wrong = hops({{"species", "Na"}});
  EXPECT_THROW(analyse(wrong, frames, o.dt_ps), InputError);
}

}  // namespace
}  // namespace vitrion
