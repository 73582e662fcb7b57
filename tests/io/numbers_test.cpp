#include "io/numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/rng.hpp"

namespace vitrion::io {
namespace {

TEST(Numbers, AgreeWithTheCLibraryToTheLastBit) {
  RandomStream random(3, "numbers");
  const char* const formats[] = {"%.3f", "%.8f", "%.17g", "%.6e", "%g", "%.15f", "%.0f"};
  char text[400];
  for (int i = 0; i < 200000; ++i) {
    const double size = std::exp(random.uniform(-30, 30));
    std::snprintf(text, sizeof text, formats[random.below(7)], (random.uniform() - 0.5) * size);
    const auto value = to_double(text);
    ASSERT_TRUE(value) << text;
    ASSERT_EQ(*value, std::strtod(text, nullptr)) << text;
    ASSERT_EQ(std::signbit(*value), text[0] == '-') << text;
  }
}

TEST(Numbers, TakesWhatProgramsWrite) {
  EXPECT_EQ(to_double("1."), 1.0);
  EXPECT_EQ(to_double(".5"), 0.5);
  EXPECT_EQ(to_double("+2.5"), 2.5);
  EXPECT_EQ(to_double("1.5D-3"), 1.5e-3);
  EXPECT_EQ(to_double("-1.5d+03"), -1500.0);
  EXPECT_EQ(to_double("1e-400"), 0.0);
  EXPECT_EQ(to_double("9007199254740993"), 9007199254740992.0);  // 2^53 + 1, ties to even
  EXPECT_EQ(to_double("123456789012345678901234567890"), 123456789012345678901234567890.0);
  EXPECT_EQ(to_integer("+12"), 12);
}

TEST(Numbers, RefusesTheRest) {
  for (const char* text : {"", "-", ".", "+", "+-1", "1.2.3", "nan", "inf", "-inf", "1e999", "0x10",
                           "1,5", "***", "1e", "12a", "e5", "infinity"}) {
    EXPECT_FALSE(to_double(text)) << text;
  }
  for (const char* text : {"", "1.0", "99999999999999999999", "-", "1x", "+-1"})
    EXPECT_FALSE(to_integer(text)) << text;
}

}  // namespace
}  // namespace vitrion::io
