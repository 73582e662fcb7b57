#include <nlohmann/json.hpp>

#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

using Evaluate = CliTest;

// Two Li and one S in a large cell, with made-up labels.
std::string labelled(const std::string& more) {
  return "3\nLattice=\"12 0 0 0 12 0 0 0 12\" Properties=species:S:1:pos:R:3:forces:R:3 "
         "stress=\"0 0 0 0 0 0 0 0 0\" " +
         more + "\nLi 1 1 1 0.1 0 0\nLi 6 1 1 -0.1 0.2 0\nS 3.5 1 1 0 -0.2 0\n";
}

TEST_F(Evaluate, WritesTheErrorsOfAPotential) {
  fs::create_directories(folder_ / "set");
  write("set/a.extxyz", labelled("energy=-10") + labelled("energy=-10.3"));
  write("set/b.extxyz", labelled("energy=-11 temperature=300"));
  const Outcome o = vitrion("evaluate lps-q07 set --shift per-element -o out");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("force_rmse"));
  EXPECT_THAT(o.out, HasSubstr("meV/atom"));
  const auto json = nlohmann::json::parse(slurp("out/results/evaluate.json"));
  for (const char* key : {"energy_rmse", "energy_mae", "force_rmse", "force_mae", "stress_rmse"})
    EXPECT_TRUE(json.at("scalars").contains(key)) << key;
  // One shift for one composition leaves the scatter of the labels: −10, −10.3, −11 eV of 3 atoms.
  EXPECT_NEAR(json.at("scalars").at("energy_rmse").at("value").get<double>(), 1e3 * 0.41899 / 3,
              0.1);
  for (const char* table : {"by_phase", "by_element", "by_temperature", "worst", "parity_force"}) {
    EXPECT_TRUE(json.at("tables").contains(table)) << table;
    EXPECT_TRUE(exists(std::string("out/results/evaluate.") + table + ".csv")) << table;
  }
  EXPECT_TRUE(exists("out/report.html"));
  const Outcome one = vitrion("evaluate lps-q07 set --phase b --json");
  ASSERT_EQ(one.code, 0) << one.err;
  const auto told = nlohmann::json::parse(one.out);
  EXPECT_EQ(told.at("tables").at("by_phase").at("columns").at("phase").at("data").size(), 1U);
  EXPECT_THAT(one.err, HasSubstr("--shift per-element"));
}

TEST_F(Evaluate, RefusesInOneSentence) {
  write("a.extxyz", labelled("energy=-10"));
  write("plain.extxyz",
        "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3\nLi 0 0 0\n");
  write("gold.extxyz",
        "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 energy=1\nAu 0 0 0\n");
  expect_refused("evaluate lps-q70 a.extxyz", "did you mean");
  expect_refused("evaluate lps-q07 absent.extxyz", "no such file");
  expect_refused("evaluate lps-q07 plain.extxyz", "neither energies nor forces");
  expect_refused("evaluate lps-q07 gold.extxyz", "gold.extxyz, frame 0");
  expect_refused("evaluate lps-q07 a.extxyz --phase b", "there is no phase \"b\"");
  expect_refused("evaluate lps-q07 a.extxyz --shift some", "per-element");
  expect_refused("evaluate lps-q07", "data is required");
}

}  // namespace
}  // namespace vitrion::cli_test
