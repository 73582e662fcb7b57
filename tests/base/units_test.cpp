#include "base/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrion {
namespace {

using ::testing::HasSubstr;

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Units, ReadsQuantitiesInTheirCanonicalUnit) {
  EXPECT_DOUBLE_EQ(parse_quantity("300 K", Dimension::temperature), 300);
  EXPECT_DOUBLE_EQ(parse_quantity("2fs", Dimension::time), 0.002);
  EXPECT_DOUBLE_EQ(parse_quantity(" 1e1 ns ", Dimension::time), 1e4);
  EXPECT_DOUBLE_EQ(parse_quantity("0.05 K/fs", Dimension::rate), 50);
  EXPECT_DOUBLE_EQ(parse_quantity("1.9 g/cm3", Dimension::density), 1.9);
  EXPECT_DOUBLE_EQ(parse_quantity("10 Å", Dimension::length), 10);
  EXPECT_NEAR(parse_quantity("1 kJ/mol", Dimension::energy), 0.01036427, 1e-8);
  EXPECT_DOUBLE_EQ(parse_quantity("1 bar", Dimension::pressure), 1e-4);
  EXPECT_NEAR(parse_quantity("33.3564095 cm-1", Dimension::frequency), 1.0, 1e-8);
  EXPECT_DOUBLE_EQ(parse_quantity("+3", Dimension::none), 3);
}

TEST(Units, SaysWhatIsWrong) {
  const Location here{"glass.yaml", 4, 9};
  EXPECT_THAT(
      message([&] { parse_quantity("300", Dimension::temperature, here); }),
      ::testing::AllOf(HasSubstr("glass.yaml:4:9"), HasSubstr("lacks a unit"), HasSubstr("300 K")));
  EXPECT_THAT(message([&] { parse_quantity("300 fs", Dimension::temperature, here); }),
              HasSubstr("not a unit of temperature"));
  EXPECT_THAT(message([&] { parse_quantity("warm", Dimension::temperature, here); }),
              HasSubstr("not a finite number"));
  EXPECT_THAT(message([&] { parse_quantity("nan K", Dimension::temperature, here); }),
              HasSubstr("not a finite number"));
  EXPECT_THAT(message([&] { parse_quantity("3 K", Dimension::none, here); }),
              HasSubstr("plain number"));
}

TEST(Units, FormattedQuantitiesReadBackExactly) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-12, 12345.678}) {
    const std::string text = format_quantity(value, Dimension::time);
    EXPECT_EQ(parse_quantity(text, Dimension::time), value) << text;
  }
}

}  // namespace
}  // namespace vitrion
