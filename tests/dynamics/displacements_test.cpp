#include "dynamics/displacements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

Structure sulfide() {
  Structure s;
  s.cell = Cell::cubic(10);
  s.add("Li", {0, 0, 0});
  s.add("P", {1, 1, 1});
  s.add("S", {2, 2, 2});
  s.add("Li", {3, 3, 3});
  return s;
}

double sum(const std::vector<double>& x) {
  double total = 0;
  for (const double v : x) total += v;
  return total;
}

TEST(DriftFrame, WeighsByMass) {
  const Structure s = sulfide();
  const DriftFrame cell = choose_drift_frame("cell", s, {"Li"});
  EXPECT_NEAR(sum(cell.weight), 1, 1e-12);
  EXPECT_NEAR(cell.weight[1] / cell.weight[0], 30.973761998 / 6.94, 2e-3);  // IUPAC 2013 weights
  const DriftFrame framework = choose_drift_frame("framework", s, {"Li"});
  EXPECT_EQ(framework.weight[0], 0);
  EXPECT_EQ(framework.weight[3], 0);
  EXPECT_NEAR(sum(framework.weight), 1, 1e-12);
  EXPECT_NEAR(choose_drift_frame("species:P", s, {}).weight[1], 1, 1e-12);
  EXPECT_TRUE(choose_drift_frame("none", s, {}).weight.empty());
}

TEST(DriftFrame, FallsBackLoudlyAndRefusesNonsense) {
  Structure s;
  s.cell = Cell::cubic(10);
  s.add("Li", {0, 0, 0});
  const DriftFrame frame = choose_drift_frame("framework", s, {"Li"});
  EXPECT_TRUE(frame.weight.empty());
  EXPECT_THAT(frame.warning, ::testing::HasSubstr("laboratory"));
  EXPECT_THROW(choose_drift_frame("frame", s, {}), InputError);
  EXPECT_THROW(choose_drift_frame("species:Na", s, {}), InputError);
}

TEST(Displacements, MobileSpeciesAreMonovalentCations) {
  Structure s = sulfide();
  s.add("Ag", {4, 4, 4});
  s.add("H", {5, 5, 5});
  EXPECT_THAT(default_mobile_species(s), ::testing::ElementsAre("Li", "Ag"));
}

TEST(Displacements, AreRelativeToTheStartAndTheFrame) {
  Frame first;
  first.structure = sulfide();
  DisplacementStore store(first, {"Li"}, choose_drift_frame("species:P", first.structure, {}));
  Frame later = first;
  for (auto& r : later.structure.position) r += Vec3(0, 0, 5);  // drift
  later.structure.position[3] += Vec3(1, 2, 3);
  const FrameView a{first, 0, 0.0, nullptr, &first.structure.position};
  const FrameView b{later, 1, 0.5, nullptr, &later.structure.position};
  store.consume(a);
  DisplacementStore fork = store.fork();
  EXPECT_EQ(fork.frames(), 0U);
  fork.consume(b);
  store.merge(fork);
  ASSERT_EQ(store.frames(), 2U);
  ASSERT_EQ(store.atoms(), 2U);
  EXPECT_FLOAT_EQ(store.frame(1)[2], 0);
  EXPECT_FLOAT_EQ(store.frame(1)[3], 1);
  EXPECT_FLOAT_EQ(store.frame(1)[5], 3);
  EXPECT_DOUBLE_EQ(store.dt_ps(), 0.5);
  EXPECT_DOUBLE_EQ(store.mean_volume_A3(), 1000);
}

}  // namespace
}  // namespace vitrion
