#include "base/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrion {
namespace {

TEST(Document, KnowsWhereThingsStand) {
  const Node root = parse_yaml("a: 1\nb:\n  - x\n  - {c: \"2 K\"}\n", "t.yaml");
  const Node* b = root.find("b");
  ASSERT_NE(b, nullptr);
  ASSERT_TRUE(b->is_list());
  const Node* c = b->items.at(1).find("c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->scalar, "2 K");
  EXPECT_EQ(c->where.text(), "t.yaml:4:9");
}

TEST(Document, RefusesBrokenYamlWithItsPlace) {
  for (const char* text : {"a: [1, 2", "a: 1\na: 2\n", "a: b: c\n", "\tx: 1\n"}) {
    try {
      parse_yaml(text, "t.yaml");
      FAIL() << text;
    } catch (const InputError& e) {
      EXPECT_THAT(e.what(), ::testing::StartsWith("t.yaml:")) << text;
    }
  }
  std::string deep(5000, '[');
  EXPECT_THROW(parse_yaml(deep, "t.yaml"), InputError);
}

TEST(Document, WritesWhatItReads) {
  const Node root = parse_yaml("a: 1\nlist: [x, y]\ninner:\n  t: \"300 K\"\n", "t.yaml");
  const Node again = parse_yaml(write_yaml(root), "u.yaml");
  EXPECT_EQ(again.find("inner")->find("t")->scalar, "300 K");
  EXPECT_EQ(again.find("list")->items.size(), 2U);
}

}  // namespace
}  // namespace vitrion
