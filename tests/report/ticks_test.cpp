#include "report/ticks.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"

namespace vitrion::report {
namespace {

TEST(LinearTicks, AreRoundAndCoverTheData) {
  const Ticks t = linear_ticks(0.13, 9.7, 5, true);
  EXPECT_EQ(t.major, (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(t.labels, (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_LE(t.low, 0.13);
  EXPECT_GE(t.high, 9.7);
}

TEST(LinearTicks, AnyRangeGivesNiceStepsInsideIt) {
  for (const double scale : {1e-9, 1e-3, 0.7, 1.0, 42.0, 1e6, 1e12})
    for (const double start : {-3.3, -1.0, 0.0, 0.2, 7.7}) {
      const double low = start * scale, high = (start + 1.37) * scale;
      const Ticks t = linear_ticks(low, high, 5, false);
      ASSERT_GE(t.major.size(), 2U);
      ASSERT_LE(t.major.size(), 12U);
      ASSERT_EQ(t.major.size(), t.labels.size());
      const double step = t.major[1] - t.major[0];
      const double m = step / std::pow(10.0, std::floor(std::log10(step) + 1e-6));
      EXPECT_TRUE(std::abs(m - 1) < 1e-4 || std::abs(m - 2) < 1e-4 || std::abs(m - 2.5) < 1e-4 ||
                  std::abs(m - 5) < 1e-4)
          << m;
      for (const double v : t.major) {
        EXPECT_GE(v, low - 1e-6 * step);
        EXPECT_LE(v, high + 1e-6 * step);
      }
      for (std::size_t i = 1; i < t.labels.size(); ++i)
        EXPECT_NE(t.labels[i], t.labels[i - 1]) << low << " " << high;
    }
}

TEST(LinearTicks, BadEndsGiveAUsableRange) {
  for (const auto& [low, high] : {std::pair{not_known, not_known},
                                  {not_known, 3.0},
                                  {3.0, HUGE_VAL},
                                  {5.0, 5.0},
                                  {0.0, 0.0},
                                  {2.0, 1.0},
                                  {HUGE_VAL, -HUGE_VAL}}) {
    const Ticks t = linear_ticks(low, high, 5, true);
    EXPECT_TRUE(std::isfinite(t.low) && std::isfinite(t.high)) << low << " " << high;
    EXPECT_LT(t.low, t.high);
    EXPECT_FALSE(t.major.empty());
  }
}

TEST(LinearTicks, LabelsAreTypographic) {
  EXPECT_EQ(tick_label(-0.25, 0.25), "−0.25");
  EXPECT_EQ(tick_label(0, 0.5), "0");
  EXPECT_EQ(tick_label(2.5, 2.5), "2.5");
  EXPECT_EQ(tick_label(2e6, 1e6), "2×10^{6}");
  EXPECT_EQ(tick_label(1.5e-7, 5e-8), "1.5×10^{-7}");
}

TEST(LogTicks, DecadesWithMinorTicksBetween) {
  const Ticks t = log_ticks(0.02, 3000, 6, true);
  EXPECT_DOUBLE_EQ(t.low, 0.01);
  EXPECT_DOUBLE_EQ(t.high, 10000);
  EXPECT_EQ(t.labels,
            (std::vector<std::string>{"0.01", "0.1", "1", "10", "100", "1000", "10^{4}"}));
  EXPECT_EQ(t.minor.size(), 6U * 8U);
}

TEST(LogTicks, LessThanADecadeStillHasLabels) {
  EXPECT_GE(log_ticks(2.2, 7.1, 5, false).labels.size(), 2U);
}

TEST(LogTicks, ZeroNegativeAndNanAreReplaced) {
  for (const auto& [low, high] :
       {std::pair{0.0, 5.0}, {-1.0, -2.0}, {not_known, 1.0}, {1.0, 1.0}, {1e-3, not_known}}) {
    const Ticks t = log_ticks(low, high, 5, true);
    EXPECT_GT(t.low, 0);
    EXPECT_LT(t.low, t.high);
  }
}

}  // namespace
}  // namespace vitrion::report
