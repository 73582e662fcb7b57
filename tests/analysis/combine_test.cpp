#include "analysis/combine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

TEST(Combine, WithoutScatterIsTheTextbookMean) {
  // Equal relative errors: 1/√n of the error, scaled to the mean.
  const Estimate e = combine_values({{10, 1}, {10, 1}, {10, 1}, {10, 1}});
  EXPECT_DOUBLE_EQ(e.value, 10);
  EXPECT_DOUBLE_EQ(e.error, 0.5);
  // Values of both signs: inverse variances, (4·1 + 1·(−1))/5 and 1/√5 where scatter is small.
  const Estimate mixed = combine_values({{0.1, 0.5}, {-0.1, 1.0}});
  EXPECT_NEAR(mixed.value, (4 * 0.1 - 0.1) / 5, 1e-12);
  EXPECT_NEAR(mixed.error, 1 / std::sqrt(5.0), 1e-12);
}

TEST(Combine, ScatterBetweenReplicasIsInTheError) {
  // Errors of 0.01 and a true scatter of 1: the error must be that of the scatter.
  const Estimate e = combine_values({{9, 0.01}, {10, 0.01}, {11, 0.01}});
  EXPECT_NEAR(e.value, 10, 0.005);
  EXPECT_NEAR(e.error, 1 / std::sqrt(3.0), 0.005);
}

TEST(Combine, ErrorsThatGrowWithTheValueDoNotBiasTheMean) {
  RandomStream random(1, "combine");
  double mean = 0;
  int covered = 0;
  constexpr int trials = 1000;
  for (int t = 0; t < trials; ++t) {
    std::vector<Estimate> x;
    for (int k = 0; k < 5; ++k) {
      const double v =
          std::exp(0.3 * random.normal() - 0.045) * std::exp(0.2 * random.normal() - 0.02);
      x.push_back({v, 0.2 * v});
    }
    const Estimate e = combine_values(x);
    mean += e.value / trials;
    covered += std::abs(e.value - 1) <= e.error ? 1 : 0;
  }
  EXPECT_NEAR(mean, 1, 0.02);  // weights 1/error² would give 0.85
  EXPECT_GT(covered, 560);
  EXPECT_LT(covered, 740);
}

TEST(Combine, UnknownErrorsAndValues) {
  EXPECT_TRUE(std::isnan(combine_values({}).value));
  EXPECT_EQ(combine_values({{3, 0.1}, {NAN, NAN}}).error, 0.1);
  // A share of 1 in every frame of one replica: its error is rounding, not certainty.
  const Estimate whole = combine_values({{0.90, 1.5e-3}, {1.0, 2.2e-15}, {0.94, 1.4e-3}});
  EXPECT_NEAR(whole.value, 0.9467, 1e-4);
  EXPECT_NEAR(whole.error, 0.0291, 1e-4);
  const Estimate pivot = combine_values({{0.90, 1e-2}, {1.0, 1e-9}, {0.94, 1e-2}});
  EXPECT_GT(pivot.value, 0.9);
  EXPECT_LT(pivot.value, 1.0);
  EXPECT_GT(pivot.error, 0.01);
  const Estimate scatter = combine_values({{1, NAN}, {3, 0.1}});
  EXPECT_DOUBLE_EQ(scatter.value, 2);
  EXPECT_DOUBLE_EQ(scatter.error, 1);
}

Result replica(double shift, std::vector<double> t, const std::string& warning) {
  Result r;
  r.name = "msd";
  r.scalars = {{"D_Li", 1 + shift, 0.1, "cm2/s", "modes"}};
  Column li{"Li", "A^2", {}, {}};
  for (const double x : t) li.data.push_back(10 * x + shift);
  r.tables = {{"msd", {{"t", "ps", t, {}}, li}},
              {"units", {{"unit", "", {}, {"PS4", "P2S7"}}, {"count", "", {4 + shift, 2}, {}}}}};
  r.grids = {{"g", {"t", "ps", {1}, {}}, {"r", "A", {1, 2}, {}}, "", {shift, 2}}};
  if (!warning.empty()) r.warnings = {warning};
  r.references = {"10.1/a"};
  r.settings = {{"drift frame", "cell"}, {"window", shift > 0 ? "1 to 5 ps" : "2 to 5 ps"}};
  return r;
}

TEST(Combine, TablesOfEqualRowsAreAveraged) {
  const Result r = combine_replicas({replica(0, {1, 2, 3}, "short"),
                                     replica(1, {1, 2, 3, 4}, "short"), replica(2, {1, 3}, "hot")});
  const Table* msd = r.find_table("msd");
  EXPECT_THAT(msd->find("t")->data, ::testing::ElementsAre(1, 3));
  EXPECT_THAT(msd->find("Li")->data, ::testing::ElementsAre(11, 31));
  EXPECT_NEAR(r.find_table("msd_error")->find("Li")->data[0], 1 / std::sqrt(3.0), 1e-12);
  EXPECT_THAT(r.find_table("units")->find("unit")->text, ::testing::ElementsAre("PS4", "P2S7"));
  EXPECT_THAT(r.find_table("units")->find("count")->data, ::testing::ElementsAre(5, 2));
  EXPECT_THAT(r.grids.at(0).data, ::testing::ElementsAre(1, 2));
  EXPECT_THAT(r.warnings, ::testing::ElementsAre("[2 of 3] short", "[1 of 3] hot"));
  EXPECT_EQ(r.find_scalar("D_Li")->how, "3 replicas: within and between");
  EXPECT_THAT(r.references, ::testing::ElementsAre("10.1/a"));
  EXPECT_THAT(r.settings, ::testing::Contains(::testing::Pair("drift frame", "cell")));
  EXPECT_THAT(r.settings, ::testing::Contains(::testing::Pair("window", "2 to 5 ps | 1 to 5 ps")));
  EXPECT_NO_THROW(to_json(r));
}

// A kind that one replica lacks is zero there, in counted columns; elsewhere it is unknown.
TEST(Combine, CountedRowsThatAReplicaLacksAreZero) {
  const auto units = [](std::vector<std::string> unit, std::vector<double> share,
                        std::vector<double> csm) {
    Result r;
    r.name = "speciation";
    const std::vector<std::string> kind(unit.size(), "usual");
    r.tables = {{"units",
                 {{"unit", "", {}, unit},
                  {"kind", "", {}, kind},
                  column("fraction", "", share),
                  column("csm", "", csm),
                  {"example", "", {}, unit}},
                 {"fraction"}}};
    return r;
  };
  const Result r =
      combine_replicas({units({"PS4", "P2S7"}, {0.8, 0.2}, {1, 2}), units({"PS4"}, {1.0}, {3}),
                        units({"P2S6", "PS4"}, {0.3, 0.6}, {5, 2})});
  const Table* t = r.find_table("units");
  EXPECT_THAT(t->find("unit")->text, ::testing::ElementsAre("PS4", "P2S7", "P2S6"));
  EXPECT_THAT(t->find("example")->text, ::testing::ElementsAre("PS4", "P2S7", "P2S6"));
  EXPECT_THAT(t->find("csm")->data, ::testing::ElementsAre(2, 2, 5));
  EXPECT_NEAR(t->find("fraction")->data[0], 0.8, 1e-12);
  EXPECT_NEAR(t->find("fraction")->data[1], 0.2 / 3, 1e-12);
  EXPECT_NEAR(t->find("fraction")->data[2], 0.1, 1e-12);
  EXPECT_NEAR(r.find_table("units_error")->find("fraction")->data[2], 0.1, 1e-12);
  EXPECT_EQ(result_from_json(to_json(r)).find_table("units")->counted,
            std::vector<std::string>{"fraction"});
  // Numbers in the first column: in their order.
  Result few, more, none;
  few.name = more.name = none.name = "coordination";
  few.tables = {{"cn", {column("n", "", {0, 1, 3}), column("P>S", "", {0, 0.5, 0.5})}, {"P>S"}}};
  more.tables = {{"cn", {column("n", "", {1, 2}), column("P>S", "", {0.5, 0.5})}, {"P>S"}}};
  const Result cn = combine_replicas({few, more, none});
  EXPECT_THAT(cn.find_table("cn")->find("n")->data, ::testing::ElementsAre(0, 1, 2, 3));
  EXPECT_NEAR(cn.find_table("cn")->find("P>S")->data[1], 1.0 / 3, 1e-12);
  EXPECT_NEAR(cn.find_table("cn")->find("P>S")->data[2], 0.5 / 3, 1e-12);
}

// A film has many rows of one time: it is nobody's mean.
TEST(Combine, ATableWithoutKeysIsThatOfTheFirst) {
  Result first, second;
  first.name = second.name = "coupling";
  first.tables = {{"event_path", {column("t", "ps", {0, 0, 1}), column("x", "A", {1, 2, 3})}, {}}};
  second.tables = {{"event_path", {column("t", "ps", {0, 0, 1}), column("x", "A", {7, 8, 9})}, {}}};
  const Result r = combine_replicas({first, second});
  EXPECT_THAT(r.find_table("event_path")->find("x")->data, ::testing::ElementsAre(1, 2, 3));
  EXPECT_TRUE(r.warnings.empty());
  EXPECT_THAT(r.settings, ::testing::Contains(
                              ::testing::Pair("tables of the first replica alone", "event_path")));
}

TEST(Combine, AVolumeIsThatOfTheFirstReplicaThatHasOne) {
  Result without, with;
  without.name = with.name = "path_density";
  with.volumes = {{"density", Mat3::Identity(), {1, 1, 2}, "1/A^3", {3, 4}}};
  const Result r = combine_replicas({without, with, with});
  ASSERT_EQ(r.volumes.size(), 1U);
  EXPECT_THAT(r.volumes[0].data, ::testing::ElementsAre(3, 4));
  EXPECT_THAT(r.settings, ::testing::Contains(::testing::Pair("field in space", "of replica 2")));
}

TEST(Combine, OneReplicaIsItself) {
  const Result one = replica(1, {1, 2}, "w");
  EXPECT_EQ(to_json(combine_replicas({one})).dump(), to_json(one).dump());
}

TEST(Combine, RefusesWhatDoesNotBelongTogether) {
  Result other = replica(0, {1}, "");
  other.name = "rdf";
  EXPECT_THROW(combine_replicas({replica(0, {1}, ""), other}), InputError);
  EXPECT_THROW(combine_replicas({}), InputError);
}

}  // namespace
}  // namespace vitrion
