// Percolation on grids whose answer is plain, and the density of ions in known wells.
#include "dynamics/path_density.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "analysis/write.hpp"
#include "base/constants.hpp"
#include "base/rng.hpp"
#include "dynamics/percolation.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using testing_walkers::analyse;

struct Field {
  std::array<int, 3> size;
  std::vector<double> value;
  explicit Field(std::array<int, 3> n)
      : size(n), value(static_cast<std::size_t>(n[0] * n[1] * n[2]), 0.0) {}
  double& at(int x, int y, int z) {
    return value[static_cast<std::size_t>((x * size[1] + y) * size[2] + z)];
  }
};

TEST(Percolation, ARodAPlaneAndAFrameCrossInOneTwoAndThreeDirections) {
  Field f({6, 5, 4});
  for (int x = 0; x < 6; ++x) f.at(x, 2, 1) = 5;
  f.at(3, 2, 1) = 4;  // the weakest link of the rod
  auto p = percolate(f.value, {f.size});
  EXPECT_EQ(p.level[0], 4);
  EXPECT_NEAR(p.share[0], 6.0 / 120, 1e-12);
  EXPECT_TRUE(std::isnan(p.level[1]));
  for (int y = 0; y < 5; ++y) f.at(0, y, 1) = std::max(f.at(0, y, 1), 3.0);
  p = percolate(f.value, {f.size});
  EXPECT_EQ(p.level[0], 4);
  EXPECT_EQ(p.level[1], 3);
  EXPECT_TRUE(std::isnan(p.level[2]));
  for (int z = 0; z < 4; ++z) f.at(3, 0, z) = 1;
  p = percolate(f.value, {f.size});
  EXPECT_TRUE(std::isnan(p.level[2]));  // the pillar stands apart
  f.at(3, 0, 1) = 2;
  f.at(3, 1, 1) = 2;  // to the rod at (3, 2, 1)
  p = percolate(f.value, {f.size});
  EXPECT_EQ(p.level[2], 1);
}

TEST(Percolation, AStaircaseWrapsOnceThoughItTurnsThroughAllAxes) {
  // One closed walk along (1, 1, 1): in three axes, but in a single direction.
  Field f({3, 3, 3});
  for (int k = 0; k < 3; ++k) {
    f.at(k, k, k) = 1;
    f.at((k + 1) % 3, k, k) = 1;
    f.at((k + 1) % 3, (k + 1) % 3, k) = 1;
  }
  const auto p = percolate(f.value, {f.size});
  EXPECT_EQ(p.level[0], 1);
  EXPECT_TRUE(std::isnan(p.level[1]));
}

// Against flooding from every voxel, with random fields.
TEST(Percolation, AgreesWithFloodingOnRandomFields) {
  RandomStream random(3, "fields");
  for (int trial = 0; trial < 20; ++trial) {
    Field f({4, 5, 3});
    for (double& v : f.value) v = 0.1 + random.uniform();
    const auto wraps = [&](double level) {
      // Flood in a space of 7 x 7 x 7 cells from the middle one: does it reach its own image?
      const auto& n = f.size;
      std::vector<char> seen;
      for (std::size_t start = 0; start < f.value.size(); ++start) {
        if (f.value[start] < level) continue;
        seen.assign(f.value.size() * 343, 0);
        std::vector<std::array<int, 3>> stack;
        const int s = static_cast<int>(start);
        stack.push_back(
            {s / (n[1] * n[2]) + 3 * n[0], s / n[2] % n[1] + 3 * n[1], s % n[2] + 3 * n[2]});
        const auto first = stack.back();
        while (!stack.empty()) {
          const auto at = stack.back();
          stack.pop_back();
          for (int axis = 0; axis < 3; ++axis) {
            for (int step : {-1, 1}) {
              auto to = at;
              const auto a = static_cast<std::size_t>(axis);
              to[a] += step;
              if (to[a] < 0 || to[a] >= 7 * n[a]) continue;
              if (f.at(to[0] % n[0], to[1] % n[1], to[2] % n[2]) < level) continue;
              char& mark =
                  seen[static_cast<std::size_t>((to[0] * 7 * n[1] + to[1]) * 7 * n[2] + to[2])];
              if (mark != 0) continue;
              mark = 1;
              const bool same = to[0] % n[0] == first[0] % n[0] &&
                                to[1] % n[1] == first[1] % n[1] && to[2] % n[2] == first[2] % n[2];
              if (same && to != first) return true;
              stack.push_back(to);
            }
          }
        }
      }
      return false;
    };
    const double level = percolate(f.value, {f.size}).level[0];
    EXPECT_TRUE(wraps(level)) << trial;
    EXPECT_FALSE(wraps(std::nextafter(level, 2.0))) << trial;
  }
}

// Ions in a potential 2 w (1 - cos 2 pi x / L) / 2 along a skewed axis, drawn from Boltzmann.
std::vector<Frame> wells(double barrier_kT, std::size_t frames) {
  RandomStream random(7, "wells");
  std::vector<Frame> out(frames);
  Mat3 h;
  h << 6, 1.5, 0, 0, 6, 1, 0, 0, 6;
  for (auto& frame : out) {
    frame.structure.cell = Cell(h);
    frame.wrapping = Wrapping::wrapped;
    for (int i = 0; i < 40; ++i) {
      Vec3 s;
      for (;;) {
        s = Vec3(random.uniform(), random.uniform(), random.uniform());
        double energy = 0;
        for (int k = 0; k < 3; ++k) energy += 0.5 * barrier_kT * (1 - std::cos(2 * M_PI * s[k]));
        if (random.uniform() < std::exp(-energy)) break;
      }
      frame.structure.add("Li", h * s);
    }
    frame.structure.add("P", h * Vec3(0.5, 0.5, 0.5));
  }
  return out;
}

TEST(PathDensity, LiInACosineHasItsBarrierAndItsIntegral) {
  PathDensityAnalysis a;
  a.parameters().set("smoothing", "0 A", {"test", 1});
  a.parameters().set("spacing", "0.6 A", {"test", 1});
  const double kT = constants::boltzmann_eV_K * 500;
  const Result r = analyse(a, wells(2, 1500), 1.0, 500);
  ASSERT_EQ(r.volumes.size(), 1U);
  const Volume& v = r.volumes[0];
  EXPECT_EQ(v.size, (std::array<int, 3>{10, 11, 11}));
  const double ions = std::accumulate(v.data.begin(), v.data.end(), 0.0) * v.cell.determinant() /
                      static_cast<double>(v.data.size());
  EXPECT_NEAR(ions, 40, 1e-9);
  // The easiest path leads from well to well over the middle of an edge: 2 kT above the well.
  const Scalar* barrier = r.find_scalar("path_barrier_3d");
  ASSERT_NE(barrier, nullptr);
  EXPECT_GT(barrier->error, 0);
  EXPECT_NEAR(barrier->value, 2 * kT, 0.15 * 2 * kT);
  EXPECT_EQ(r.grids.size(), 3U);
}

TEST(PathDensity, AResultWithAVolumeGoesRoundAndACubeHasItsShape) {
  PathDensityAnalysis a;
  a.parameters().set("spacing", "2 A", {"test", 1});
  const Result r = analyse(a, wells(2, 20), 1.0, 500);
  const Result back = result_from_json(to_json(r));
  ASSERT_EQ(back.volumes.size(), 1U);
  EXPECT_EQ(back.volumes[0].size, r.volumes[0].size);
  EXPECT_LT((back.volumes[0].cell - r.volumes[0].cell).norm(), 1e-12);
  for (std::size_t i = 0; i < r.volumes[0].data.size(); ++i) {
    EXPECT_NEAR(back.volumes[0].data[i], r.volumes[0].data[i], 1e-5 * r.volumes[0].data[i]);
  }
  const std::string cube = volume_cube(r.volumes[0]);
  const auto lines = std::count(cube.begin(), cube.end(), '\n');
  EXPECT_EQ(lines, 6 + 3 * 4);  // 3 x 4 rows of 4 values
}

TEST(PathDensity, NoCrossingIsSaidAndNoTemperatureNeeded) {
  std::vector<Frame> frames(8);
  for (auto& f : frames) {
    f.structure.cell = Cell::cubic(10);
    f.wrapping = Wrapping::wrapped;
    f.structure.add("Na", Vec3(5, 5, 5));
    f.structure.add("S", Vec3(1, 1, 1));
  }
  PathDensityAnalysis a;
  const Result r = analyse(a, frames);
  EXPECT_EQ(r.find_scalar("crossing_density_1d"), nullptr);
  bool said = false;
  for (const auto& w : r.warnings) said = said || w.find("do not cross") != std::string::npos;
  EXPECT_TRUE(said);
}

}  // namespace
}  // namespace vitrion
