#include "workflow/stability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrion {
namespace {

using ::testing::ElementsAre;

Fractions of(std::map<std::string, double> atoms) {
  double n = 0;
  for (const auto& [symbol, k] : atoms) n += k;
  for (auto& [symbol, k] : atoms) k /= n;
  return atoms;
}

TEST(LowestMixture, BalancesTheComposition) {
  // Li3PS4 = 3/2 Li2S + 1/2 P2S5: 4.5 and 3.5 of 8 atoms.
  const auto mixture =
      lowest_mixture(of({{"Li", 3}, {"P", 1}, {"S", 4}}),
                     {of({{"Li", 2}, {"S", 1}}), of({{"P", 2}, {"S", 5}})}, {{-4, 0.1}, {-5, 0.2}});
  ASSERT_TRUE(mixture);
  EXPECT_NEAR(mixture->shares[0], 4.5 / 8, 1e-9);
  EXPECT_NEAR(mixture->shares[1], 3.5 / 8, 1e-9);
  EXPECT_NEAR(mixture->energy.value, -(4.5 * 4 + 3.5 * 5) / 8, 1e-9);
  EXPECT_NEAR(mixture->energy.error, std::hypot(0.45 / 8, 0.7 / 8), 1e-9);
}

TEST(LowestMixture, TakesTheLowestOfSeveral) {
  const Fractions glass = of({{"Li", 3}, {"P", 1}, {"S", 4}});
  const std::vector<Fractions> phases{of({{"Li", 2}, {"S", 1}}), of({{"P", 2}, {"S", 5}}), glass,
                                      glass};
  const auto pure = lowest_mixture(glass, phases, {{-4, 0}, {-4, 0}, {-4.1, 0}, {-4.2, 0}});
  EXPECT_THAT(pure->shares, ElementsAre(0, 0, 0, ::testing::DoubleNear(1, 1e-9)));
  const auto split = lowest_mixture(glass, phases, {{-5, 0}, {-5, 0}, {-4.1, 0}, {-4.2, 0}});
  EXPECT_NEAR(split->shares[0], 4.5 / 8, 1e-9);
  EXPECT_NEAR(split->energy.value, -5, 1e-9);
}

TEST(LowestMixture, OfThreePhasesNeedsAllThree) {
  // Li7P3S11 from Li3PS4, Li4P2S6 and S (2 Li3PS4 … by atoms of each element).
  const auto mixture = lowest_mixture(
      of({{"Li", 7}, {"P", 3}, {"S", 11}}),
      {of({{"Li", 3}, {"P", 1}, {"S", 4}}), of({{"Li", 4}, {"P", 2}, {"S", 6}}), of({{"S", 1}})},
      {{-1, 0}, {-1, 0}, {-1, 0}});
  ASSERT_TRUE(mixture);
  // Li3PS4 + Li4P2S6 + S = Li7P3S11.
  EXPECT_NEAR(mixture->shares[0], 8.0 / 21, 1e-9);
  EXPECT_NEAR(mixture->shares[1], 12.0 / 21, 1e-9);
  EXPECT_NEAR(mixture->shares[2], 1.0 / 21, 1e-9);
}

TEST(LowestMixture, IsNothingOutsideTheCorners) {
  const Fractions glass = of({{"Li", 3}, {"P", 1}, {"S", 4}});
  EXPECT_FALSE(lowest_mixture(glass, {of({{"Li", 2}, {"S", 1}})}, {{-4, 0}}));
  EXPECT_FALSE(lowest_mixture(
      glass, {of({{"Li", 4}, {"P", 2}, {"S", 6}}), of({{"P", 2}, {"S", 5}})}, {{-4, 0}, {-4, 0}}));
}

TEST(Stability, TellsEnergyEnthalpyAndTheirErrors) {
  const Fractions argon{{"Ar", 1}};
  PhaseEnergies fcc;
  fcc.name = "fcc";
  fcc.fractions = argon;
  fcc.at_rest = {-0.080, 0};
  fcc.at_temperature = {-0.070, 0.0003};
  fcc.published_g_cm3 = fcc.rest_g_cm3 = 1.7;
  fcc.density_g_cm3 = {1.66053906660 * 39.95 / 40, 0};  // 40 Å3 an atom
  GlassEnergies glass;
  glass.at_rest = Estimate{-0.075, 0.001};
  glass.at_temperature = {-0.066, 0.0004};
  glass.pressure_GPa = {0.160217663, 0};  // 0.001 eV/Å3
  glass.volume_A3_atom = 41;
  const Result result = stability_result(argon, 50, {glass}, {fcc});
  EXPECT_NEAR(result.find_scalar("energy_above_crystals_0K")->value, 5, 1e-9);
  EXPECT_NEAR(result.find_scalar("energy_above_crystals_50K")->value, 4, 1e-9);
  EXPECT_NEAR(result.find_scalar("energy_above_crystals_50K")->error, 0.5, 1e-9);
  EXPECT_NEAR(result.find_scalar("enthalpy_above_crystals_50K")->value, 5, 0.01);
  EXPECT_NEAR(result.find_scalar("thermal_energy_50K")->value, 1.5 * 0.08617333 * 50, 1e-4);
  EXPECT_THAT(result.find_table("comparison")->find("state")->text, ElementsAre("0 K", "50 K"));
}

TEST(Stability, WarnsWhereTheCrystalsCannotMakeTheGlass) {
  PhaseEnergies other;
  other.name = "Li2S";
  other.fractions = of({{"Li", 2}, {"S", 1}});
  other.published_g_cm3 = 1.66;
  other.density_g_cm3 = {1.3, 0};
  const Result result =
      stability_result(of({{"Li", 3}, {"P", 1}, {"S", 4}}), 300, {GlassEnergies{}}, {other});
  EXPECT_EQ(result.find_table("comparison"), nullptr);
  EXPECT_THAT(result.warnings, ::testing::Contains(::testing::HasSubstr("no mixture")));
  EXPECT_THAT(result.warnings, ::testing::Contains(::testing::HasSubstr("22 % less density")));
}

}  // namespace
}  // namespace vitrion
