#include "workflow/density_methods.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

// P(V) by Birch's own formula, written apart from the fit.
double birch(double v, double v0, double b0, double b1) {
  const double n = std::cbrt(v0 / v);
  return 1.5 * b0 * (std::pow(n, 7) - std::pow(n, 5)) * (1 + 0.75 * (b1 - 4) * (n * n - 1));
}

std::vector<PressurePoint> points_of(double from, double to, int n, double error) {
  std::vector<PressurePoint> out;
  for (int i = 0; i < n; ++i) {
    const double v = from + (to - from) * i / (n - 1);
    out.push_back({v, {birch(v, 1000, 20, 6), error}});
  }
  return out;
}

TEST(EquationOfState, FindsTheParametersOfBirchAndMurnaghan) {
  // Off-centre volumes: the reference of the fit is not that of the formula.
  const auto eos = fit_equation_of_state(points_of(930, 1090, 7, 0.05), "birch-murnaghan", 0);
  EXPECT_NEAR(eos.volume_A3.value, 1000, 1e-6);
  EXPECT_NEAR(eos.bulk_modulus_GPa.value, 20, 1e-4);
  EXPECT_NEAR(eos.bulk_modulus_derivative.value, 6, 1e-3);
  EXPECT_TRUE(eos.is_inside);
  EXPECT_LT(eos.chi_squared, 1e-12);
}

TEST(EquationOfState, TheVolumeAtAPressureIsThatOfTheFormula) {
  const auto eos = fit_equation_of_state(points_of(900, 1050, 7, 0.05), "birch-murnaghan", 1.0);
  EXPECT_NEAR(birch(eos.volume_A3.value, 1000, 20, 6), 1.0, 1e-6);
}

TEST(EquationOfState, AQuadraticIsFoundByTheQuadraticFit) {
  std::vector<PressurePoint> points;
  for (double v = 900; v <= 1100; v += 50)
    points.push_back({v, {3e-4 * (v - 1010) * (v - 1010) - 0.02 * (v - 1010), 0.01}});
  const auto eos = fit_equation_of_state(points, "quadratic", 0);
  EXPECT_NEAR(eos.volume_A3.value, 1010, 1e-6);
  EXPECT_NEAR(eos.bulk_modulus_GPa.value, 1010 * 0.02, 1e-3);
}

TEST(EquationOfState, ItsErrorIsTheScatterOfRepeatedFits) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 0.1);
  double sum = 0, squares = 0, told = 0;
  const int repeats = 400;
  for (int k = 0; k < repeats; ++k) {
    auto points = points_of(940, 1060, 9, 0.1);
    for (auto& p : points) p.pressure_GPa.value += noise(random);
    const auto eos = fit_equation_of_state(points, "birch-murnaghan", 0);
    sum += eos.volume_A3.value;
    squares += std::pow(eos.volume_A3.value, 2);
    told += eos.volume_A3.error / repeats;
  }
  const double mean = sum / repeats;
  const double scatter = std::sqrt(squares / repeats - mean * mean);
  EXPECT_NEAR(mean, 1000, 4 * scatter / std::sqrt(repeats) + 0.2);
  // Errors are only ever enlarged by χ², on average by some 15 % for six degrees of freedom.
  EXPECT_NEAR(told / scatter, 1.1, 0.15);
}

TEST(EquationOfState, WithoutErrorsTheScatterAboutTheFitIsTaken) {
  auto points = points_of(940, 1060, 7, 0);
  const double up[] = {0.02, -0.02, 0.01, 0, -0.01, 0.02, -0.02};
  for (std::size_t i = 0; i < points.size(); ++i) points[i].pressure_GPa.value += up[i];
  const auto eos = fit_equation_of_state(points, "birch-murnaghan", 0);
  EXPECT_TRUE(eos.errors_of_fit);
  EXPECT_GT(eos.volume_A3.error, 0.1);
  EXPECT_LT(eos.volume_A3.error, 3);
}

TEST(EquationOfState, SaysWhereThePressureIsNeverReached) {
  EXPECT_THROW(fit_equation_of_state(points_of(940, 1060, 7, 0.1), "birch-murnaghan", 500),
               WorkError);
  const auto outside = fit_equation_of_state(points_of(900, 970, 7, 0.1), "birch-murnaghan", 0);
  EXPECT_FALSE(outside.is_inside);
}

TEST(DensityMethods, EquationOfStateGivesMassOverVolume) {
  EquationOfStateInput in;
  in.points = points_of(930, 1090, 7, 0.05);
  for (const auto& p : in.points) in.scales.push_back(p.volume_A3 / 1010);
  in.mass_amu = 1200;
  in.atoms = 50;
  in.form = "birch-murnaghan";
  const Result result = equation_of_state_result(in);
  EXPECT_NEAR(result.find_scalar("density")->value, 1.2 * constants::amu_A3_in_g_cm3, 1e-6);
  EXPECT_NEAR(result.find_scalar("volume_per_atom")->value, 20, 1e-6);
  EXPECT_EQ(result.find_table("pressure")->columns[0].data.size(), 7U);
  EXPECT_TRUE(result.warnings.empty());
}

TEST(DensityMethods, SnapshotsAtRestHaveTheirScatterAsError) {
  const Result result = relaxed_density_result({{1.8, -4.0, 0.001}, {1.9, -4.2, -0.3}}, 0);
  EXPECT_NEAR(result.find_scalar("density")->value, 1.85, 1e-12);
  EXPECT_NEAR(result.find_scalar("density")->error, 0.05, 1e-12);
  EXPECT_NEAR(result.find_scalar("energy")->value, -4.1, 1e-12);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_THAT(result.warnings[0], ::testing::HasSubstr("0.3 GPa"));
}

TEST(DensityMethods, StandInOneTableBesideTheGivenOne) {
  const Result result =
      density_methods_result({{"given", not_known, {{2.0, 0.02}}, "given: a paper"},
                              {"npt", 300, {{1.9, 0.01}, {1.92, 0.01}}, "blocks"},
                              {"relaxed", 0, {{2.1, 0.01}}, "snapshots"}});
  const Table& table = *result.find_table("methods");
  EXPECT_THAT(table.find("method")->text, ::testing::ElementsAre("given", "npt", "relaxed"));
  EXPECT_NEAR(table.find("density")->data[1], 1.91, 1e-3);  // errors count as shares of values
  EXPECT_NEAR(table.find("difference")->data[2], 5, 1e-9);
  EXPECT_DOUBLE_EQ(table.find("replicas")->data[1], 2);
  EXPECT_GT(result.find_scalar("density_npt")->error, 0.005);
}

TEST(DensityMethods, ACellIsScaledWithItsAtoms) {
  Frame frame;
  frame.structure.cell = Cell::cubic(10);
  frame.structure.add("Ar", Vec3(1, 2, 5));
  const double before = frame.structure.density_g_cm3();
  scale_to_density(frame, before / 8);
  EXPECT_NEAR(frame.structure.cell.lengths()[0], 20, 1e-9);
  EXPECT_NEAR(frame.structure.position[0][2], 10, 1e-9);
  scale_volume(frame, 1.0 / 8);
  EXPECT_NEAR(frame.structure.density_g_cm3(), before, 1e-9);
}

}  // namespace
}  // namespace vitrion
