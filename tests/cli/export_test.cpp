#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

using Export = CliTest;

// One element, one radial function, one invariant.
std::string model(const std::string& envelope) {
  return R"({"format": "vitrion-mlp", "version": 1, "name": "tiny", "elements": ["Li"],
 "reference_energy_eV": [-1.5],
 "radial": {"functions": 1, "scaling": "exponential", "lambda": 3, )" +
         envelope + R"("pairs": [
  {"pair": ["Li", "Li"], "cutoff_A": 4, "core_inner_A": 0.6, "core_outer_A": 1.2}]},
 "l_max": 0, "channels": 1, "invariants": [[0, 0]],
 "readout": [{"element": "Li", "shift": [1], "scale": [1], "linear": [0.25]}]})";
}

TEST_F(Export, WritesWhatPairStylePaceReads) {
  write("tiny.json", model("\"envelope\": \"cosine\", "));
  const Outcome o = vitrion("export tiny.json -o tiny.yace");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("pair_style pace\npair_coeff * * tiny.yace Li\n"));
  const std::string text = slurp("tiny.yace");
  EXPECT_THAT(text, HasSubstr("E0: [-1.75]"));
  EXPECT_THAT(text, HasSubstr("ctildes: [0.25]"));
  EXPECT_THAT(text, HasSubstr("radbasename: ChebExpCos"));
}

TEST_F(Export, RefusesInOneSentence) {
  write("tiny.json", model("\"envelope\": \"cosine\", "));
  write("other.json", model(""));
  expect_refused("export other.json -o x.yace", "envelope: cosine");
  expect_refused("export tiny.json -o x.yaml", ".yace");
  expect_refused("export lps-q07 -o x.yace", "not a learned potential");
  expect_refused("export lps-net -o x.yace", "kind: linear");
  expect_refused("export absent.json -o x.yace", "absent.json");
  expect_refused("export tiny.json", "--output is required");
}

}  // namespace
}  // namespace vitrion::cli_test
