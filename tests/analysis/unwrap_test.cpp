#include "analysis/unwrap.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace vitrion {
namespace {

// A walker in a breathing triclinic cell, seen folded, folded with images, and unwrapped.
struct Walk {
  std::vector<Frame> folded;
  std::vector<Frame> with_images;
  std::vector<Vec3> path;
};

Walk make_walk(double step_A, double breathing) {
  RandomStream random(5, "walk");
  Walk walk;
  Vec3 path(1, 2, 3);
  Vec3 inside;
  for (int t = 0; t < 400; ++t) {
    const double scale = 1 + breathing * std::sin(0.3 * t);
    const Cell cell = Cell::from_parameters(Vec3(8, 9, 10) * scale, {75, 95, 112});
    // A toroidal walk: what moves is the folded position, by a true displacement.
    const Vec3 d = t == 0 ? Vec3(Vec3::Zero())
                          : Vec3(step_A * Vec3(random.normal(), random.normal(), random.normal()));
    path += d;
    inside = t == 0 ? cell.wrap(path) : cell.wrap(inside + d);
    if (t == 0) path = inside;
    Frame frame;
    frame.structure.cell = cell;
    frame.structure.add("Li", inside);
    frame.wrapping = Wrapping::wrapped;
    walk.folded.push_back(frame);
    walk.path.push_back(path);
  }
  return walk;
}

TEST(Unwrap, FollowsAWalkerThroughABreathingTriclinicCell) {
  const Walk walk = make_walk(0.3, 0.02);
  Unwrapper unwrapper;
  for (std::size_t t = 0; t < walk.folded.size(); ++t) {
    EXPECT_TRUE(unwrapper.next(walk.folded[t])[0].isApprox(walk.path[t], 1e-9)) << t;
  }
  EXPECT_EQ(unwrapper.warnings().size(), 1U);
}

TEST(Unwrap, ImagesMakeLongJumpsExact) {
  const Cell cell = Cell::from_parameters({8, 9, 10}, {75, 95, 112});
  RandomStream random(6, "jumps");
  Unwrapper unwrapper;
  Vec3 path(1, 1, 1);
  for (int t = 0; t < 50; ++t) {
    Frame frame;
    frame.structure.cell = cell;
    Int3 n{};
    frame.structure.add("Li", cell.wrap(path, n));
    frame.images = {n};
    frame.wrapping = Wrapping::wrapped;
    EXPECT_TRUE(unwrapper.next(frame)[0].isApprox(path, 1e-9));
    path += Vec3(random.uniform(-40, 40), random.uniform(-40, 40), random.uniform(-40, 40));
  }
  EXPECT_TRUE(unwrapper.warnings().empty());
}

TEST(Unwrap, SaysWhenStepsAreTooLong) {
  const Walk walk = make_walk(2.0, 0.0);
  Unwrapper unwrapper;
  for (const auto& frame : walk.folded) unwrapper.next(frame);
  ASSERT_EQ(unwrapper.warnings().size(), 1U);
  EXPECT_NE(unwrapper.warnings()[0].find("not safe"), std::string::npos);
}

TEST(Unwrap, LeavesUnwrappedInputAlone) {
  Unwrapper unwrapper;
  Frame frame;
  frame.structure.cell = Cell::cubic(5);
  frame.structure.add("Li", Vec3(0, 0, 0));
  frame.wrapping = Wrapping::unwrapped;
  unwrapper.next(frame);
  frame.structure.position[0] = Vec3(4, 0, 0);
  EXPECT_TRUE(unwrapper.next(frame)[0].isApprox(Vec3(4, 0, 0)));
}

}  // namespace
}  // namespace vitrion
