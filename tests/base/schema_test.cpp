#include "base/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrion {
namespace {

struct Settings {
  double r_max_A = 10;
  long bins = 100;
  bool smooth = false;
  std::string mode = "fast";
  std::vector<double> temperatures_K{300};
  std::map<std::string, double> charges;
  double inner_fs = 1;

  Schema schema() {
    Schema s("rdf");
    s.quantity("r_max", r_max_A, Dimension::length, "largest distance", positive)
        .integer("bins", bins, "number of bins", {1, 1e6})
        .flag("smooth", smooth, "smooth it")
        .choice("mode", mode, {"fast", "slow"}, "how")
        .quantities("temperatures", temperatures_K, Dimension::temperature, "temperatures",
                    positive)
        .quantity_map("charges", charges, Dimension::none, "charges");
    Schema inner("inner");
    inner.quantity("dt", inner_fs, Dimension::time, "step");
    s.section("inner", std::move(inner), "more");
    return s;
  }
};

std::string failure(Settings& settings, const std::string& yaml) {
  try {
    settings.schema().read(parse_yaml(yaml, "r.yaml"));
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Schema, ReadsEveryKind) {
  Settings s;
  s.schema().read(
      parse_yaml("r_max: 1 nm\nbins: 7\nsmooth: true\nmode: slow\ntemperatures: [300 K, 400 K]\n"
                 "charges: {Li: 1, S: -2}\ninner: {dt: 2 fs}\n",
                 "r.yaml"));
  EXPECT_DOUBLE_EQ(s.r_max_A, 10);
  EXPECT_EQ(s.bins, 7);
  EXPECT_TRUE(s.smooth);
  EXPECT_EQ(s.mode, "slow");
  EXPECT_THAT(s.temperatures_K, ::testing::ElementsAre(300, 400));
  EXPECT_DOUBLE_EQ(s.charges.at("S"), -2);
  EXPECT_DOUBLE_EQ(s.inner_fs, 0.002);
}

TEST(Schema, NamesTheMistakeAndTheRemedy) {
  Settings s;
  EXPECT_EQ(failure(s, "bins: 7\nrmax: 3 A\n").substr(0, 54),
            "r.yaml:2:1: rdf has no key \"rmax\" (did you mean \"r_max");
  EXPECT_THAT(failure(s, "r_max: 0 A\n"), ::testing::HasSubstr("must be more than 0 A"));
  EXPECT_THAT(failure(s, "bins: 1.5\n"), ::testing::HasSubstr("not a whole number"));
  EXPECT_THAT(failure(s, "mode: fats\n"), ::testing::HasSubstr("did you mean \"fast\""));
  EXPECT_THAT(failure(s, "temperatures: {a: b}\n"), ::testing::HasSubstr("should be a list"));
  EXPECT_THAT(failure(s, "inner: 3\n"), ::testing::HasSubstr("should be a group of keys"));
  EXPECT_THAT(failure(s, "smooth: perhaps\n"), ::testing::HasSubstr("true or false"));
}

TEST(Schema, SetsFromTheCommandLine) {
  Settings s;
  s.schema().set("r_max", "8A", {"--set", 0, 0});
  s.schema().set("inner.dt", "5 fs", {});
  s.schema().set("temperatures", "300 K,600K", {});
  s.schema().set("charges", "Li:1,S:-2", {});
  EXPECT_DOUBLE_EQ(s.r_max_A, 8);
  EXPECT_DOUBLE_EQ(s.inner_fs, 0.005);
  EXPECT_THAT(s.temperatures_K, ::testing::ElementsAre(300, 600));
  EXPECT_DOUBLE_EQ(s.charges.at("Li"), 1);
  EXPECT_THROW(s.schema().set("inner.dtt", "5 fs", {}), InputError);
}

TEST(Schema, WhatItWritesItReads) {
  Settings s;
  s.r_max_A = 1.0 / 3.0;
  s.charges["Li"] = 0.7;
  const std::string yaml = write_yaml(s.schema().write());
  Settings t;
  t.schema().read(parse_yaml(yaml, "again"));
  EXPECT_EQ(t.r_max_A, s.r_max_A);
  EXPECT_EQ(t.charges, s.charges);
  EXPECT_THAT(describe(s.schema()), ::testing::HasSubstr("largest distance"));
}

}  // namespace
}  // namespace vitrion
