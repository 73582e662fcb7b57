#include "structure/porosity.hpp"

#include <cmath>

#include "base/constants.hpp"
#include "base/rng.hpp"
#include "numeric/statistics.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

// One ion walks along a row of voxels, through the face and round again; all atoms drift.
TEST(Porosity, CountsTheVoxelsOfAPath) {
  for (const bool drifting : {false, true}) {
    std::vector<Frame> frames;
    for (int t = 0; t < 30; ++t) {
      Frame f;
      f.structure.cell = Cell::cubic(10);
      const Vec3 drift = drifting ? Vec3(0.31 * t, 0.17 * t, -0.23 * t) : Vec3(0, 0, 0);
      f.structure.add("Li", f.structure.cell.wrap(Vec3(0.25 + 0.5 * t, 5.25, 5.25) + drift));
      f.structure.add("S", f.structure.cell.wrap(Vec3(2, 2, 2) + drift));
      f.structure.add("S", f.structure.cell.wrap(Vec3(7, 2, 8) + drift));
      f.time_ps = 2.0 * t;
      frames.push_back(f);
    }
    DriverOptions options;
    options.chunk_frames = 4;
    options.warn_if_wrapped = false;
    const Result r = analyse("porosity", frames, {}, options);
    const auto share = data(r, "porosity", "Li");
    ASSERT_EQ(share.size(), 30U);
    for (int t = 0; t < 30; ++t) {
      EXPECT_NEAR(share[static_cast<std::size_t>(t)], std::min(t + 1, 20) / 8000.0, 1e-12)
          << drifting << " " << t;
    }
    EXPECT_EQ(data(r, "porosity", "t")[3], 6);
  }
}

// Independent ions at random: the error is the scatter of the porosity between such cells.
TEST(Porosity, TheErrorIsTheScatterBetweenCells) {
  std::vector<double> found, claimed;
  for (int seed = 0; seed < 60; ++seed) {
    RandomStream random(static_cast<std::uint64_t>(seed), "porosity");
    Frame f;
    f.structure.cell = Cell::orthorhombic(20, 22, 24);
    const auto anywhere = [&] {
      return Vec3(20 * random.uniform(), 22 * random.uniform(), 24 * random.uniform());
    };
    for (int i = 0; i < 3000; ++i) {  // as many as a volume cut from more would have
      if (random.uniform() < 0.1) f.structure.add("Li", anywhere());
    }
    f.structure.add("S", {1, 1, 1});
    const Result r = analyse("porosity", {f}, {{"radius", "1.5A"}, {"voxel", "0.5A"}});
    found.push_back(value(r, "porosity_Li"));
    claimed.push_back(r.find_scalar("porosity_Li")->error);
  }
  const Estimate scatter = mean_and_error(found);
  const double sd = scatter.error * std::sqrt(60.0);
  const double mean_claim = mean_and_error(claimed).value;
  EXPECT_GT(mean_claim, 0.7 * sd);
  EXPECT_LT(mean_claim, 1.6 * sd);
}

// An ion at rest fills its own sphere, in any cell.
TEST(Porosity, AnIonAtRestFillsASphere) {
  Frame f;
  f.structure.cell = skewed();
  f.structure.add("Na", {1, 2, 3});
  f.structure.add("S", {4, 4, 4});
  const Result r = analyse("porosity", {f, f}, {{"radius", "2A"}, {"voxel", "0.2A"}});
  EXPECT_NEAR(value(r, "porosity_Na") * f.structure.cell.volume(), 4 * constants::pi / 3 * 8, 0.4);
  EXPECT_THAT(failure("porosity", {random_frame(Cell::cubic(9), {{"S", 5}}, 1)}),
              HasSubstr("there is no cation"));
}

}  // namespace
}  // namespace vitrion
