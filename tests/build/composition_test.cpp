#include "build/composition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;
using Elements = std::map<std::string, double>;

Elements read(const std::string& text) {
  Elements out;
  for (const auto& [symbol, n] : parse_composition(text).elements) out[symbol] = n.value();
  return out;
}

TEST(Composition, ReadsWhatPeopleWrite) {
  struct Case {
    std::string text;
    Elements elements;
  };
  const Elements lps75{{"Li", 1.5}, {"P", 0.5}, {"S", 2.0}};
  const Elements lps75_percent{{"Li", 150}, {"P", 50}, {"S", 200}};
  const std::vector<Case> cases{
      {"0.75Li2S-0.25P2S5", lps75},
      {"  0.75 Li2S - 0.25 P2S5  ", lps75},
      {"0.75Li2S–0.25P2S5", lps75},
      {"0.75Li₂S−0.25P₂S₅", lps75},
      {"0.75Li2S*0.25P2S5", lps75},
      {"0.75\u00a0Li2S + 0.25\u2009P2S5", lps75},
      {"75Li2S·25P2S5", lps75_percent},
      {"75%Li2S-25%P2S5", lps75_percent},
      {"75 mol% Li2S - 25 mol% P2S5", lps75_percent},
      {"75·Li2S - 25·P2S5", lps75_percent},
      {"0.7 Li2S - 0.2 P2S5 - 0.1 LiI", {{"Li", 1.5}, {"P", 0.4}, {"S", 1.7}, {"I", 0.1}}},
      {"Li3PS4", {{"Li", 3}, {"P", 1}, {"S", 4}}},
      {"Li₃PS₄", {{"Li", 3}, {"P", 1}, {"S", 4}}},
      {"3 Li + PS4", {{"Li", 3}, {"P", 1}, {"S", 4}}},
      {"6Li + P2S7", {{"Li", 6}, {"P", 2}, {"S", 7}}},
      {"Li9.54Si1.74P1.44S11.7Cl0.3",
       {{"Li", 9.54}, {"Si", 1.74}, {"P", 1.44}, {"S", 11.7}, {"Cl", 0.3}}},
      {"Li7(PS4)(P2S7)", {{"Li", 7}, {"P", 3}, {"S", 11}}},
      {"Li7[PS4]{P2S7}", {{"Li", 7}, {"P", 3}, {"S", 11}}},
      {"2Al((OH)2Cl)3", {{"Al", 2}, {"O", 12}, {"H", 12}, {"Cl", 6}}},
      {"Li96 P32 S128", {{"Li", 96}, {"P", 32}, {"S", 128}}},
      {"Si", {{"Si", 1}}},
      {"SiSSi", {{"Si", 2}, {"S", 1}}},
      {"CoCO3", {{"Co", 1}, {"C", 1}, {"O", 3}}},
  };
  for (const auto& c : cases) {
    const Elements got = read(c.text);
    ASSERT_EQ(got.size(), c.elements.size()) << c.text;
    for (const auto& [symbol, n] : c.elements) {
      ASSERT_EQ(got.count(symbol), 1U) << c.text << " lacks " << symbol;
      EXPECT_NEAR(got.at(symbol), n, 1e-12) << c.text << ": " << symbol;
    }
  }
}

TEST(Composition, AmountsAreExactFractions) {
  const auto c = parse_composition("0.1Li2S-0.2Li2S-0.7P2S5");
  EXPECT_EQ(c.elements.at("Li"), Rational(6, 10));  // 0.1 + 0.2 is not 0.3 in binary
  EXPECT_EQ(c.elements.at("S"), Rational(38, 10));
}

TEST(Composition, KeepsTheGroups) {
  const auto c = parse_composition("2Li7(PS4)(P2S7)3 + 0.5LiI");
  ASSERT_EQ(c.pieces.size(), 4U);
  EXPECT_EQ(c.pieces[0].name, "Li");
  EXPECT_EQ(c.pieces[0].amount, Rational(14));
  EXPECT_EQ(c.pieces[1].name, "PS4");
  EXPECT_EQ(c.pieces[1].amount, Rational(2));
  EXPECT_EQ(c.pieces[2].name, "P2S7");
  EXPECT_EQ(c.pieces[2].amount, Rational(6));
  EXPECT_EQ(c.pieces[3].name, "LiI");
  EXPECT_EQ(c.pieces[3].amount, Rational(1, 2));
}

TEST(Composition, BadInputNamesTheColumnAndTheRemedy) {
  struct Case {
    std::string text;
    int column;
    std::string says;
  };
  const std::vector<Case> cases{
      {"", 1, "empty"},
      {"   ", 4, "empty"},
      {"0.75Li2S-", 10, "nothing follows \"-\""},
      {"0.75Li2S--0.25P2S5", 10, "has no meaning"},
      {"-Li2S", 1, "has no meaning"},
      {"0.75Li2S-0.25Px2S5", 14, "\"Px\" is not a chemical element"},
      {"0.75li2s-0.25P2S5", 5, "give the amount as a number"},
      {"xLi2S-P2S5", 1, "capital letter"},
      {"0.75Li2S 0.25P2S5", 10, "a number stands where"},
      {"0.75Li2S.0.25P2S5", 9, "does not separate components"},
      {"0.75Li2S:0.25P2S5", 9, "does not separate components"},
      {"0.75Li2S, 0.25P2S5", 9, "does not separate components"},
      {"0.75.1Li2S", 5, "two points"},
      {"0Li2S-1P2S5", 1, "amount of 0"},
      {"Li0PS4", 3, "amount of 0"},
      {"Li3(PS4", 4, "never closed"},
      {"Li3PS4)", 7, "never opened"},
      {"Li3(PS4]", 8, "never opened"},
      {"Li3()PS4", 4, "empty"},
      {"0.75", 5, "a formula is missing"},
      {"0.75 - 0.25P2S5", 6, "a formula is missing"},
      {"75 wt% Li2S - 25 wt% P2S5", 4, "weight per cent"},
      {"Li⁺ + I⁻", 3, "charges are not part"},
      {"Li+", 4, "charges are not part"},
      {"Li3PS4!", 7, "has no meaning"},
      {"Li3PS4é", 7, "has no meaning"},
      {"Li₃P₂S₅Qq", 8, "is not a chemical element"},
      {"Lii2S", 1, "did you mean \"Li\""},
      {"0.1234567890123Li2S", 1, "too many digits"},
      {"((((((((((Li))))))))))", 10, "nested too deeply"},
  };
  for (const auto& c : cases) {
    try {
      parse_composition(c.text);
      ADD_FAILURE() << "\"" << c.text << "\" was accepted";
    } catch (const InputError& e) {
      EXPECT_THAT(e.what(), HasSubstr("composition:1:" + std::to_string(c.column) + ": "))
          << c.text;
      EXPECT_THAT(e.what(), HasSubstr(c.says)) << c.text;
    }
  }
}

TEST(Composition, PointsIntoTheFileItStandsIn) {
  try {
    parse_composition("Li3PX4", {"recipe.yaml", 3, 16});
    FAIL();
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("recipe.yaml:3:20: \"X\" is not"));
  }
}

TEST(Composition, NoTextDoesMoreThanThrowInputError) {
  RandomStream random(1, "composition.fuzz");
  const std::vector<std::string> pieces{"Li", "P",    "S",    "2", "7",  "0.5", ".",       "-",
                                        "+",  "·",    "(",    ")", "[",  " ",   "%",       "mol",
                                        "₃",  "\xe2", "\xff", "x", "Xy", "1e9", "99999999"};
  int read = 0;
  for (int n = 0; n < 20000; ++n) {
    std::string text;
    for (auto k = random.below(8); k-- > 0;) text += pieces[random.below(pieces.size())];
    try {
      const auto c = parse_composition(text);
      EXPECT_FALSE(c.elements.empty()) << text;
      for (const auto& [symbol, amount] : c.elements) EXPECT_GT(amount, Rational(0)) << text;
      ++read;
    } catch (const InputError&) {
    }
  }
  EXPECT_GT(read, 500);
}

TEST(Composition, FormulasGoFromCationToAnion) {
  EXPECT_EQ(reduced_formula({{"S", 128}, {"P", 32}, {"Li", 96}}), "Li3PS4");
  EXPECT_EQ(full_formula({{"S", 128}, {"P", 32}, {"Li", 96}}), "Li96 P32 S128");
  EXPECT_EQ(reduced_formula({{"Cl", 6}, {"S", 30}, {"P", 6}, {"Li", 36}}), "Li6PS5Cl");
  EXPECT_EQ(reduced_formula({{"I", 1}, {"Ag", 1}}), "AgI");
}

TEST(Rational, ReducesAndRefusesToOverflow) {
  EXPECT_EQ(Rational(6, -4), Rational(-3, 2));
  EXPECT_EQ(Rational(1, 3) + Rational(1, 6), Rational(1, 2));
  EXPECT_LT(Rational(1, 3), Rational(34, 100));
  const Rational tiny(1, 3037000507);
  EXPECT_THROW((void)(tiny + Rational(1, 3037000493) + Rational(1, 4999999937)), InputError);
}

}  // namespace
}  // namespace vitrion
