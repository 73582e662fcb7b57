#include "analysis/result.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace vitrion {
namespace {

TEST(Result, GoesToJsonAndBack) {
  Result r;
  r.name = "rdf";
  r.summary = "g(r)";
  r.scalars = {{"first_peak_P-S", 2.05, 0.01, "A", "jackknife"}, {"x", NAN, NAN, "", ""}};
  r.tables = {
      {"g_r", {{"r", "A", {1, 2}, {}}, {"P-S", "", {0, NAN}, {}}, {"unit", "", {}, {"a", "b"}}}}};
  r.grids = {{"g", {"t", "ps", {1}, {}}, {"r", "A", {1, 2}, {}}, "1/A", {3, 4}}};
  r.plots = {
      {Plot::Kind::bars, "t", "g_r", "r", {"P-S"}, {""}, "r", "g", true, false, {{1, 2, "w"}}}};
  r.warnings = {"short"};
  r.references = {"10.1/x"};
  r.settings = {{"bin", "0.02 A"}};
  const Result s = result_from_json(to_json(r));
  EXPECT_EQ(to_json(s).dump(), to_json(r).dump());
  EXPECT_EQ(s.find_scalar("first_peak_P-S")->value, 2.05);
  EXPECT_TRUE(std::isnan(s.find_scalar("x")->value));
  EXPECT_EQ(s.find_table("g_r")->find("unit")->text[1], "b");
  EXPECT_EQ(s.plots[0].marks[0].to, 2);
}

TEST(Result, RefusesOtherJson) { EXPECT_THROW(result_from_json({{"name", "x"}}), InputError); }

}  // namespace
}  // namespace vitrion
