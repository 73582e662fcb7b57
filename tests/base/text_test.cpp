#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrion {
namespace {

TEST(Text, SplitsAndTrims) {
  EXPECT_EQ(trim("  a b\t\r\n"), "a b");
  EXPECT_THAT(split_words(" a  bc\td "), ::testing::ElementsAre("a", "bc", "d"));
  EXPECT_THAT(split("a, b ,,c", ','), ::testing::ElementsAre("a", "b", "", "c"));
  EXPECT_TRUE(split("", ',').empty());
}

TEST(Text, NearestNameIsFoundOnlyWhereOneIsNear) {
  const std::vector<std::string> names{"rdf", "msd", "density", "coordination"};
  EXPECT_EQ(nearest("desnity", names), "density");
  EXPECT_EQ(nearest("RDF", names), "rdf");
  EXPECT_EQ(nearest("zzzzzzzz", names), "");
}

TEST(Text, ErrorsInShortForm) {
  EXPECT_EQ(format_with_error(1.9345, 0.0213), "1.93(2)");
  EXPECT_EQ(format_with_error(1.9345, 0.0113), "1.935(11)");
  EXPECT_EQ(format_with_error(123.4, 20.0), "123(20)");
  EXPECT_EQ(format_with_error(3.7e-6, 2e-7), "3.7(2)e-6");
  EXPECT_EQ(format_with_error(0.5, std::nan("")), "0.5");
  EXPECT_EQ(format_with_error(1.0, 7e-16), "1");
}

TEST(Text, DurationsAndSizesForPeople) {
  EXPECT_EQ(format_duration(12.2), "12 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(3900), "1 h 05 min");
  EXPECT_EQ(format_bytes(2.1e6), "2.1 MB");
}

}  // namespace
}  // namespace vitrion
