#include "dynamics/van_hove.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/distinct_pairs.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

VanHoveAnalysis van_hove(const std::vector<std::pair<std::string, std::string>>& settings) {
  VanHoveAnalysis out;
  out.parameters().set("drift", "none", {});
  for (const auto& [key, value] : settings) out.parameters().set(key, value, {});
  return out;
}

const Grid& grid(const Result& r, const std::string& name) {
  for (const auto& g : r.grids) {
    if (g.name == name) return g;
  }
  throw std::runtime_error("no grid " + name);
}

// Triclinic, with the third vector well off the others' normal.
Cell skewed() { return Cell::from_parameters({12, 13, 14}, {70, 80, 65}); }

TEST(DistinctPairs, CountsWhatAllImagesGive) {
  RandomStream random(1, "points");
  const Cell cell = skewed();
  std::vector<Vec3> from(23);
  std::vector<Vec3> to(23);
  for (auto* points : {&from, &to}) {
    for (auto& r : *points) {
      r = cell.to_cartesian(3 * Vec3(random.uniform(), random.uniform(), random.uniform()));
    }
  }
  const double r_max = 9;  // more than half of every height
  for (const bool same : {false, true}) {
    std::vector<double> expected(45, 0.0);
    for (std::size_t i = 0; i < from.size(); ++i) {
      for (std::size_t j = 0; j < to.size(); ++j) {
        if (same && i == j) continue;
        for (int a = -6; a <= 6; ++a) {
          for (int b = -6; b <= 6; ++b) {
            for (int c = -6; c <= 6; ++c) {
              const double r = (to[j] - from[i] + cell.vectors() * Vec3(a, b, c)).norm();
              if (r < r_max) expected[static_cast<std::size_t>(r / 0.2)] += 1;
            }
          }
        }
      }
    }
    std::vector<double> counts(45, 0.0);
    EXPECT_GT(count_distances(cell, from, to, same, r_max, counts), 1000U);
    EXPECT_EQ(counts, expected);
  }
}

TEST(VanHove, BrownianWalkersSpreadAsAGaussian) {
  WalkOptions o;
  o.ions = 300;
  o.frames = 1500;
  o.step = {0.3, 0.3, 0.3};
  for (const char* form : {"radial", "density"}) {
    VanHoveAnalysis a = van_hove({{"max_time", "20 ps"},
                                  {"points", "10"},
                                  {"bin", "0.2 A"},
                                  {"form", form},
                                  {"pairs", "none"}});
    const Result r = analyse(a, walk(o, 2));
    const Grid& g = grid(r, "self_Li");
    ASSERT_EQ(g.y.data.size(), 10U);
    ASSERT_EQ(g.x.data.size(), 50U);
    const Table& table = *r.find_table("self_Li");
    const auto& error = table.find("20 ps_error")->data;
    int far = 0;
    for (std::size_t k = 0; k < 30; ++k) {
      const double x = g.x.data[k];
      const double variance = 0.09 * 20;
      const double shape =
          std::exp(-x * x / (2 * variance)) / std::pow(2 * constants::pi * variance, 1.5);
      const double exact =
          shape * (std::string(form) == "radial" ? 4 * constants::pi * x * x : 1.0);
      const double found = g.data[k * 10 + 9];
      EXPECT_EQ(found, table.find("20 ps")->data[k]);
      EXPECT_NEAR(found, exact, 5 * error[k] + 0.02 * exact + 1e-4) << form << ' ' << x;
      far += std::abs(found - exact) > 2 * error[k] + 0.01 * exact ? 1 : 0;
    }
    EXPECT_LT(far, 8);
    const auto& alpha = r.find_table("alpha2")->find("Li")->data;
    const auto& alpha_error = r.find_table("alpha2")->find("Li_error")->data;
    for (std::size_t i = 0; i < alpha.size(); ++i) {
      EXPECT_NEAR(alpha[i], 0, 4 * alpha_error[i]) << i;
      EXPECT_LT(alpha_error[i], 0.05);
    }
  }
}

TEST(VanHove, AnIdealGasHasNoDistinctStructure) {
  RandomStream random(3, "gas");
  const Cell cell = skewed();
  std::vector<Frame> frames(60);
  std::vector<Vec3> r(400);
  for (auto& x : r)
    x = cell.to_cartesian(Vec3(random.uniform(), random.uniform(), random.uniform()));
  for (auto& frame : frames) {
    frame.structure.cell = cell;
    frame.wrapping = Wrapping::wrapped;
    for (auto& x : r) {
      frame.structure.add("Li", cell.wrap(x));
      x += 0.4 * Vec3(random.normal(), random.normal(), random.normal());
    }
  }
  VanHoveAnalysis a =
      van_hove({{"max_time", "10 ps"}, {"points", "5"}, {"r_max", "8 A"}, {"bin", "0.5 A"}});
  const Result result = analyse(a, frames);
  const Grid& g = grid(result, "distinct_Li-Li");
  ASSERT_EQ(g.y.data.size(), 6U);
  for (std::size_t k = 2; k < 16; ++k) {
    const double found =
        400.0 * 399 / cell.volume() * 4 * constants::pi * g.x.data[k] * g.x.data[k] * 0.5;
    for (std::size_t lag = 0; lag < 6; ++lag) {
      // Pairs in a bin, each seen from some ten independent origins at best: take one.
      EXPECT_NEAR(g.data[k * 6 + lag], 1, 6 / std::sqrt(found)) << k << ' ' << lag;
    }
  }
  const Scalar& refilled = *result.find_scalar("refilled_Li-Li");
  EXPECT_NEAR(refilled.value, 1, 1);
}

TEST(VanHove, IonsThatSwapPlacesRefillThem) {
  std::vector<Frame> frames(40);
  for (std::size_t t = 0; t < frames.size(); ++t) {
    Frame& frame = frames[t];
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    const double sign = t % 20 < 10 ? 1 : -1;
    frame.structure.add("Li", sign * Vec3(1, 0, 0));
    frame.structure.add("Li", sign * Vec3(-1, 0, 0));
  }
  VanHoveAnalysis a =
      van_hove({{"max_time", "10 ps"}, {"points", "10"}, {"refill_radius", "0.5 A"}});
  const Result r = analyse(a, frames);
  // After 10 frames each is where the other was: one of the N − 1 = 1 others, at 0.
  const double ball = 4.0 / 3 * constants::pi * 0.125;
  EXPECT_NEAR(r.find_scalar("refilled_Li-Li")->value, 8000 / ball, 1e-6 * 8000 / ball);
  const Grid& g = grid(r, "distinct_Li-Li");
  EXPECT_GT(g.data[40 * 11 + 0], 1);  // at the origin of time they are 2 A apart
  EXPECT_EQ(g.data[0], 0);
}

TEST(VanHove, SeldomHoppersAreNotGaussian) {
  // Ions that have made n hops of 1 Å along x, n binomial: moments by the definition.
  RandomStream random(5, "hops");
  const double p = 0.01;
  std::vector<double> x(400, 0.0);
  std::vector<Frame> frames(600);
  for (auto& frame : frames) {
    frame.structure.cell = Cell::cubic(20);
    frame.wrapping = Wrapping::unwrapped;
    for (auto& v : x) {
      frame.structure.add("Na", Vec3(v, 0, 0));
      if (random.uniform() < p) v += random.uniform() < 0.5 ? 1 : -1;
    }
  }
  VanHoveAnalysis a = van_hove({{"max_time", "2 ps"}, {"points", "2"}, {"pairs", "none"}});
  const Result r = analyse(a, frames);
  const auto& alpha = r.find_table("alpha2")->find("Na")->data;
  const auto& error = r.find_table("alpha2")->find("Na_error")->data;
  // ⟨x²⟩ = np, ⟨x⁴⟩ = np + 3n(n−1)p².
  for (const double n : {1.0, 2.0}) {
    const double exact = 3 * (n * p + 3 * n * (n - 1) * p * p) / (5 * n * n * p * p) - 1;
    const auto i = static_cast<std::size_t>(n) - 1;
    EXPECT_NEAR(alpha[i], exact, 4 * error[i]);
    EXPECT_LT(error[i], 0.1 * exact);
  }
}

TEST(VanHove, DriftIsTakenOutAndThreadsDoNotMatter) {
  WalkOptions o;
  o.ions = 51;
  o.frames = 200;
  const auto still = walk(o, 6, true);
  auto drifting = still;
  for (std::size_t t = 0; t < drifting.size(); ++t) {
    for (auto& r : drifting[t].structure.position) r += static_cast<double>(t) * Vec3(0.2, 0.1, 0);
  }
  std::vector<std::string> texts;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    VanHoveAnalysis a = van_hove({{"drift", "species:P"}});
    texts.push_back(to_json(analyse(a, still)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
  VanHoveAnalysis a = van_hove({{"drift", "species:P"}, {"bin", "0.5 A"}});
  const Result x = analyse(a, still);
  const Result y = analyse(a, drifting);
  EXPECT_NEAR(x.find_scalar("alpha2_max_Li")->value, y.find_scalar("alpha2_max_Li")->value, 1e-4);
}

TEST(VanHove, BadPairsAndShortRunsSayWhy) {
  WalkOptions o;
  o.frames = 30;
  VanHoveAnalysis a = van_hove({{"pairs", "Li-Sx"}});
  EXPECT_THROW(analyse(a, walk(o, 1)), InputError);
  VanHoveAnalysis b = van_hove({{"pairs", "Li"}});
  EXPECT_THROW(analyse(b, walk(o, 1)), InputError);
  VanHoveAnalysis c = van_hove({});
  EXPECT_THAT(analyse(c, walk(o, 1)).warnings.at(0), HasSubstr("the run is short"));
  o.frames = 1;
  VanHoveAnalysis d = van_hove({});
  EXPECT_THAT(analyse(d, walk(o, 1)).warnings.at(0), HasSubstr("too few"));
}

}  // namespace
}  // namespace vitrion
