#include "build/stoichiometry.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/element.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;
using Amounts = std::map<std::string, double>;

const UnitLibrary& library() {
  static const UnitLibrary units = UnitLibrary::standard();
  return units;
}

Amounts units(const std::string& text) {
  Amounts out;
  for (const auto& [name, n] : units_of_composition(parse_composition(text), library()))
    out[name] = n.value();
  return out;
}

std::string refusal(const std::string& text) {
  try {
    units_of_composition(parse_composition(text), library());
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Stoichiometry, ThiophosphatesGoDownTheLadder) {
  // By hand: y = x/(1−x) charges per P.
  EXPECT_EQ(units("80Li2S-20P2S5"), (Amounts{{"Li", 160}, {"PS4", 40}, {"S", 20}}));
  EXPECT_EQ(units("75Li2S-25P2S5"), (Amounts{{"Li", 150}, {"PS4", 50}}));
  EXPECT_EQ(units("70Li2S-30P2S5"), (Amounts{{"Li", 140}, {"PS4", 20}, {"P2S7", 20}}));
  EXPECT_EQ(units("2Li2S-P2S5"), (Amounts{{"Li", 4}, {"P2S7", 1}}));
  EXPECT_EQ(units("60Li2S-40P2S5"), (Amounts{{"Li", 120}, {"P2S7", 20}, {"P2S6_edge", 20}}));
  EXPECT_EQ(units("50Li2S-50P2S5"), (Amounts{{"Li", 100}, {"P2S6_edge", 50}}));
  EXPECT_EQ(units("40Li2S-60P2S5"), (Amounts{{"Li", 80}, {"P2S6_edge", 40}, {"P4S10", 10}}));
  EXPECT_EQ(units("P2S5"), (Amounts{{"P4S10", 0.5}}));
}

TEST(Stoichiometry, OtherFormersHaveTheirOwn) {
  EXPECT_EQ(units("2Na2S-SiS2"), (Amounts{{"Na", 4}, {"SiS4", 1}}));
  EXPECT_EQ(units("50Na2S-50SiS2"), (Amounts{{"Na", 100}, {"Si2S6", 25}}));
  EXPECT_EQ(units("60Na2S-40SiS2"), (Amounts{{"Na", 120}, {"SiS4", 20}, {"Si2S6", 10}}));
  EXPECT_EQ(units("Ag2S-GeS2"), (Amounts{{"Ag", 2}, {"Ge2S6", 0.5}}));
  EXPECT_EQ(units("3Li2S-B2S3"), (Amounts{{"Li", 6}, {"BS3", 2}}));
  EXPECT_EQ(units("SiS2"), (Amounts{{"Si", 1}, {"S", 2}}));
  EXPECT_EQ(units("Na11Sn2PS12"), (Amounts{{"Na", 11}, {"SnS4", 2}, {"PS4", 1}}));
  EXPECT_EQ(units("Li10GeP2S12"), (Amounts{{"Li", 10}, {"GeS4", 1}, {"PS4", 2}}));
}

TEST(Stoichiometry, HalidesKeepTheirCations) {
  EXPECT_EQ(units("Li6PS5Cl"), (Amounts{{"Li", 6}, {"PS4", 1}, {"S", 1}, {"Cl", 1}}));
  EXPECT_EQ(units("60Li2S-20P2S5-20LiI"), (Amounts{{"Li", 140}, {"PS4", 40}, {"I", 20}}));
  EXPECT_EQ(units("LiI"), (Amounts{{"Li", 1}, {"I", 1}}));
}

TEST(Stoichiometry, LackOfSulfurMakesPhosphorusBonds) {
  EXPECT_EQ(units("Li4P2S6"), (Amounts{{"Li", 4}, {"P2S6", 1}}));
  EXPECT_EQ(units("Li48P16S61"), (Amounts{{"Li", 48}, {"P2S6", 3}, {"PS4", 10}, {"S", 3}}));
}

TEST(Stoichiometry, UnitsAreTakenAsWritten) {
  EXPECT_EQ(units("3 Li + PS4"), (Amounts{{"Li", 3}, {"PS4", 1}}));
  EXPECT_EQ(units("Li7(PS4)(P2S7)"), (Amounts{{"Li", 7}, {"PS4", 1}, {"P2S7", 1}}));
  EXPECT_EQ(units("8Li + P2S7 + P2S6"), (Amounts{{"Li", 8}, {"P2S7", 1}, {"P2S6", 1}}));
}

TEST(Stoichiometry, WithoutUnitsThereAreIons) {
  EXPECT_EQ(units("SiO2"), (Amounts{{"Si", 1}, {"O", 2}}));
  EXPECT_EQ(units("Li3PO4"), (Amounts{{"Li", 3}, {"P", 1}, {"O", 4}}));
}

TEST(Stoichiometry, ImbalanceStatesTheChargeAndTheCure) {
  EXPECT_THAT(refusal("Li2PS4"), HasSubstr("net charge of -1 e"));
  EXPECT_THAT(refusal("Li2PS4"), HasSubstr("add 1 Li, or take away 0.5 S"));
  EXPECT_THAT(refusal("Li3PS3"), HasSubstr("net charge of +2 e"));
  EXPECT_THAT(refusal("Li3PS3"), HasSubstr("add 1 S, or take away 2 Li"));
  EXPECT_THAT(refusal("6Li + P2S7"), HasSubstr("net charge of +2 e"));
  EXPECT_THAT(refusal("PS4"), HasSubstr("add 3 Li"));
  EXPECT_THAT(refusal("Li"), HasSubstr("add 0.5 S"));
  EXPECT_THAT(refusal("Fe2O3"), HasSubstr("no usual charge is known for Fe"));
}

// Every cell, exact or rounded, is neutral, keeps its composition and is about as large as asked.
TEST(Stoichiometry, EveryCellIsNeutralAndTrue) {
  int cells = 0;
  for (const std::string cation : {"Li", "Na", "Ag"}) {
    for (const std::string former : {"P2S5", "SiS2", "GeS2", "SnS2", "B2S3"}) {
      for (int x = 5; x <= 95; x += 6) {
        for (const int halide : {0, 7}) {
          std::string text = fmt::format("0.{:02}{}2S-0.{:02}{}", x, cation, 100 - x, former);
          if (halide > 0) text += fmt::format("-0.{:02}{}I", halide, cation);
          const Composition c = parse_composition(text);
          const UnitAmounts amounts = units_of_composition(c, library());
          EXPECT_TRUE(net_charge(amounts, library()).is_zero()) << text;
          EXPECT_EQ(elements_of(amounts, library()), c.elements) << text;
          std::map<std::string, double> asked;
          for (const auto& [symbol, n] : c.elements) asked[symbol] = n.value();
          for (const long wanted : {200L, 1000L}) {
            std::map<std::string, long> elements;
            long charge = 0;
            long total = 0;
            for (const auto& [name, n] : whole_units(amounts, wanted, library())) {
              EXPECT_GT(n, 0) << text;
              const Unit unit = library().get(name);
              for (const auto& [symbol, k] : unit.counts()) elements[symbol] += n * k;
              for (const auto& symbol : unit.elements) {  // not the library's charges
                charge += n * std::lround(*element::formal_charge(element::require(symbol)));
              }
              total += n * static_cast<long>(unit.size());
            }
            EXPECT_EQ(charge, 0) << text;
            EXPECT_LT(composition_error(asked, elements), 2.0 / static_cast<double>(wanted))
                << text;
            EXPECT_NEAR(static_cast<double>(total), static_cast<double>(wanted),
                        0.16 * static_cast<double>(wanted))
                << text;
            ++cells;
          }
        }
      }
    }
  }
  EXPECT_GT(cells, 500);
}

TEST(Stoichiometry, SmallFormulasAreExact) {
  const auto amounts = units_of_composition(parse_composition("0.7Li2S-0.3P2S5"), library());
  EXPECT_EQ(whole_units(amounts, 10, library()),
            (std::map<std::string, long>{{"Li", 7}, {"PS4", 1}, {"P2S7", 1}}));
  EXPECT_EQ(whole_units(amounts, 500, library()),
            (std::map<std::string, long>{{"Li", 168}, {"PS4", 24}, {"P2S7", 24}}));
}

TEST(Stoichiometry, TooFewAtomsForEveryElementIsSaid) {
  const auto amounts =
      units_of_composition(parse_composition("0.749Li2S-0.25P2S5-0.002LiI"), library());
  EXPECT_THROW(whole_units(amounts, 5, library()), InputError);
}

}  // namespace
}  // namespace vitrion
