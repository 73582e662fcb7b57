#include "workflow/collect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

Result density(double value) {
  Result r;
  r.name = "density";
  r.scalars = {{"density", value, 0.01, "g/cm3", "blocks"}};
  return r;
}

// A result of `conductivity` as far as an Arrhenius fit looks at it.
Result conductivity(double temperature_K, double D) {
  Result r;
  r.name = "conductivity";
  r.scalars = {{"D_star", D, 0.03 * D, "cm2/s", ""},
               {"D_c", D, 0.1 * D, "cm2/s", ""},
               {"temperature", temperature_K, 0, "K", ""},
               {"n_q2", 0.02, 0, "e2/A3", ""}};
  r.settings = {{"diffusive", "yes"}};
  return r;
}

std::vector<MeasuredState> series() {
  const auto D = [](double T) { return 1e-3 * std::exp(-0.25 / (constants::boltzmann_eV_K * T)); };
  std::vector<MeasuredState> states{
      {"density-300K", "Density", 300, {{density(1.90)}, {density(1.94)}}}};
  for (const double T : {500.0, 600.0, 700.0}) {
    states.push_back({"production-" + std::to_string(static_cast<int>(T)) + "K",
                      "Production",
                      T,
                      {{conductivity(T, 1.01 * D(T))}, {conductivity(T, 0.99 * D(T))}}});
  }
  return states;
}

TEST(Collect, JoinsReplicasAndFitsOverTemperatures) {
  const Collected c = collect(series(), true, 300);
  ASSERT_EQ(c.states.size(), 4U);
  const Scalar* d = c.states[0].results[0].find_scalar("density");
  ASSERT_NE(d, nullptr);
  EXPECT_NEAR(d->value, 1.92, 1e-3);
  EXPECT_GT(d->error, 0.01);  // the two replicas differ by more than their own errors
  ASSERT_TRUE(c.arrhenius);
  const Scalar* e = c.arrhenius->find_scalar("E_a");
  EXPECT_NEAR(e->value, 0.25, 3 * e->error + 1e-6);
  EXPECT_LT(e->error, 0.02);
  EXPECT_FALSE(collect(series(), false, 300).arrhenius);
}

TEST(Collect, FitsRatesOfEventsOverTemperatures) {
  // 400 units watched for 1 ns turn with 0.3 eV; at 300 K none was seen.
  std::vector<MeasuredState> states;
  for (const double T : {300.0, 600.0, 800.0}) {
    const double rate = 5 * std::exp(-0.3 / (constants::boltzmann_eV_K * T));
    const double turns = T < 400 ? 0 : std::round(rate * 4e5);
    Result r;
    r.name = "rotation";
    r.scalars = {{"turns", turns, 0, "", ""},
                 {"turn_rate", turns / 4e5, std::sqrt(std::max(1.0, turns)) / 4e5, "1/ps", ""}};
    states.push_back({std::to_string(static_cast<int>(T)), "Production", T, {{r}}});
  }
  const Collected c = collect(states, true, 300);
  ASSERT_EQ(c.states.size(), 4U);
  ASSERT_EQ(c.states.back().results.size(), 1U);
  const Result& fit = c.states.back().results[0];
  EXPECT_EQ(fit.name, "rotation_arrhenius");
  EXPECT_NEAR(fit.find_scalar("E_a")->value, 0.3, 3 * fit.find_scalar("E_a")->error);
  EXPECT_EQ(collect(states, false, 300).states.size(), 3U);
}

TEST(Collect, WhatItWritesItReads) {
  const fs::path folder =
      fs::temp_directory_path() / ("vitrion-collect-" + std::to_string(::getpid()));
  const Collected c = collect(series(), true, 300);
  write_collected(folder, c);
  EXPECT_TRUE(fs::exists(folder / "density.json"));
  EXPECT_TRUE(fs::exists(folder / "conductivity.json"));  // of the coldest production run
  EXPECT_TRUE(fs::exists(folder / "production-600K" / "conductivity.json"));
  const Collected again = read_collected(folder);
  EXPECT_EQ(scalar_lines(again), scalar_lines(c));
  EXPECT_EQ(again.states[2].id, "production-600K");
  fs::remove_all(folder);
  EXPECT_THROW(read_collected(folder), InputError);
}

}  // namespace
}  // namespace vitrion
