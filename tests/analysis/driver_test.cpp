#include "analysis/driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

// Records the order of frames and a floating-point sum that depends on the order of additions.
class Recorder : public Analysis {
 public:
  std::string name() const override { return "recorder"; }
  std::string summary() const override { return "for the test"; }
  void prepare(const Frame&, const SeriesInfo&) override {}
  Needs needs() const override { return {3.0, true, false, false}; }
  std::unique_ptr<Analysis> fork() const override { return std::make_unique<Recorder>(); }
  void consume(const FrameView& view) override {
    order.push_back(view.index);
    sum += view.frame.structure.position[0].x() * 1e-3 + (*view.unwrapped)[0].y();
    for (const auto& n : view.neighbors->of(0)) sum += n.distance;
  }
  void merge(Analysis& later) override {
    auto& other = static_cast<Recorder&>(later);
    order.insert(order.end(), other.order.begin(), other.order.end());
    sum += other.sum;
  }
  Result result() const override { return {}; }

  std::vector<std::int64_t> order;
  double sum = 0;
};

std::vector<Frame> frames(std::size_t count, std::size_t atoms) {
  RandomStream random(1, "driver");
  std::vector<Frame> out(count);
  for (auto& frame : out) {
    frame.structure.cell = Cell::cubic(10);
    for (std::size_t i = 0; i < atoms; ++i) {
      frame.structure.add("Li",
                          {random.uniform(0, 10), random.uniform(0, 10), random.uniform(0, 10)});
    }
  }
  return out;
}

TEST(Driver, SameBitsWithAnyNumberOfThreads) {
  const auto data = frames(61, 40);
  std::vector<double> sums;
  for (const int n : {1, 2, 4}) {
    set_threads(n);
    MemorySource source(data);
    std::vector<std::unique_ptr<Analysis>> analyses;
    analyses.push_back(std::make_unique<Recorder>());
    const auto report = run_analyses(source, analyses, {});
    EXPECT_EQ(report.frames, 61);
    const auto& recorder = static_cast<Recorder&>(*analyses[0]);
    ASSERT_EQ(recorder.order.size(), 61U);
    for (std::size_t i = 0; i < 61; ++i) EXPECT_EQ(recorder.order[i], static_cast<std::int64_t>(i));
    sums.push_back(recorder.sum);
  }
  set_threads(0);
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
}

std::string failure(std::vector<Frame> data) {
  MemorySource source(std::move(data));
  std::vector<std::unique_ptr<Analysis>> analyses;
  analyses.push_back(std::make_unique<Recorder>());
  try {
    run_analyses(source, analyses, {});
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Driver, RefusesBrokenSeries) {
  EXPECT_THAT(failure({}), ::testing::HasSubstr("holds no frame"));
  auto changed = frames(5, 4);
  changed[3].structure.add("P", {1, 1, 1});
  EXPECT_THAT(failure(changed), ::testing::HasSubstr("frame 4 has other atoms"));
  auto broken = frames(5, 4);
  broken[2].structure.position[1].x() = NAN;
  EXPECT_THAT(failure(broken), ::testing::HasSubstr("frame 3: atom 2"));
}

}  // namespace
}  // namespace vitrion
