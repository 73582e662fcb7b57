#include <numeric>

#include "core/element.hpp"
#include "structure/bonds.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

double cutoff(const char* a, const char* b) {
  return default_bond_cutoff_A(element::require(a), element::require(b)).value_or(0);
}

// Each between the bond and the next shell of known compounds.
TEST(Bonds, DefaultsLieBetweenTheShells) {
  EXPECT_NEAR(cutoff("P", "S"), 2.65, 0.06);
  EXPECT_NEAR(cutoff("P", "P"), 2.60, 0.02);
  EXPECT_NEAR(cutoff("S", "S"), 2.45, 0.02);
  EXPECT_NEAR(cutoff("Li", "S"), 3.20, 0.005);
  EXPECT_GT(cutoff("Si", "S"), 2.3);  // 2.14 Å in SiS2, Si–Si from 2.8 Å
  EXPECT_LT(cutoff("Si", "S"), 2.8);
  EXPECT_GT(cutoff("Si", "O"), 1.75);  // 1.61 Å, O–O from 2.6 Å
  EXPECT_LT(cutoff("Si", "O"), 2.5);
  EXPECT_GT(cutoff("Na", "S"), 3.2);  // 2.8–3.0 Å
  EXPECT_LT(cutoff("Na", "S"), 3.9);
  EXPECT_EQ(cutoff("Li", "Li"), 0);
  EXPECT_EQ(cutoff("Li", "P"), 0);
  EXPECT_EQ(cutoff("S", "Li"), cutoff("Li", "S"));
}

TEST(Bonds, GivenCutoffsOverruleAndAreChecked) {
  const PairTable table(random_frame(Cell::cubic(8), {{"S", 4}, {"P", 1}, {"Li", 3}}, 1).structure);
  const BondCutoffs bonds(table, {{"S-P", 2.2}, {"Li-S", 0}}, "angles");
  EXPECT_EQ(bonds.of(table.group("P"), table.group("S")), 2.2);
  EXPECT_FALSE(bonds.bonded(table.group("Li"), table.group("S")));
  EXPECT_THAT(failure("angles", {random_frame(Cell::cubic(8), {{"S", 4}, {"P", 1}}, 1)},
                      {{"cutoffs", "P-Sx:2A"}}),
              HasSubstr("there is no species \"Sx\" here (did you mean \"S\"?)"));
  EXPECT_THAT(failure("angles", {random_frame(Cell::cubic(8), {{"A1", 4}, {"B1", 1}}, 1)}),
              HasSubstr("--set angles.cutoffs=A1-B1:3.0A"));
}

TEST(Angles, TetrahedraAndCubesOfAntifluorite) {
  const Frame f = li2s(5.72);
  const Result r = analyse("angles", {f, f, f}, {{"bin", "1 deg"}});
  // S–Li–S of a regular tetrahedron; around S a cube of Li: 12 edges (70.53°), 12 face diagonals
  // (109.47°), 4 body diagonals (180°).
  const double t = std::acos(-1.0 / 3) * 180 / M_PI;
  EXPECT_NEAR(value(r, "mean_S-Li-S"), t, 1e-9);
  EXPECT_NEAR(value(r, "sd_S-Li-S"), 0, 1e-4);
  EXPECT_NEAR(value(r, "mean_Li-S-Li"), (12 * (180 - t) + 12 * t + 4 * 180) / 28, 1e-5);
  const auto p = data(r, "p_theta", "Li-S-Li");
  EXPECT_NEAR(p[70], 12.0 / 28, 1e-12);
  EXPECT_NEAR(p[109], 12.0 / 28, 1e-12);
  EXPECT_NEAR(p[179], 4.0 / 28, 1e-12);
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
  EXPECT_NEAR(r.find_scalar("mean_S-Li-S")->error, 0, 1e-9);
}

// Directions at random: P = ½ sin θ, so p_theta_sin is 1 and the mean is 90°.
TEST(Angles, IdealGasHasNoPreference) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 30; ++k) {
    frames.push_back(random_frame(skewed(), {{"P", 20}, {"S", 60}}, 400 + k));
  }
  const Result r = analyse("angles", frames, {{"bin", "20 deg"}, {"cutoffs", "P-S:4A"}});
  for (const double x : data(r, "p_theta_sin", "S-P-S")) EXPECT_NEAR(x, 1, 0.06);
  const auto p = data(r, "p_theta", "S-P-S");
  EXPECT_NEAR(20 * std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
  EXPECT_NEAR(value(r, "mean_S-P-S"), 90, 5 * r.find_scalar("mean_S-P-S")->error);
  // Of ½ sin θ: variance π²/4 − 2.
  EXPECT_NEAR(value(r, "sd_S-P-S"), std::sqrt(M_PI * M_PI / 4 - 2) * 180 / M_PI, 0.5);
}

TEST(Angles, TriplesByNameAndByDefault) {
  const Frame f = random_frame(Cell::cubic(9), {{"S", 30}, {"P", 6}, {"Li", 12}}, 9);
  std::vector<std::string> names;
  const Result all = analyse("angles", {f});
  for (const auto& c : all.tables[0].columns) names.push_back(c.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("theta", "S-Li-S", "S-P-S", "Li-S-Li",
                                                     "Li-S-P", "P-S-P"));
  const Result one = analyse("angles", {f}, {{"triples", "P-S-Li"}});
  ASSERT_EQ(one.tables[0].columns.size(), 2U);
  EXPECT_EQ(one.tables[0].columns[1].name, "Li-S-P");
  EXPECT_THAT(failure("angles", {f}, {{"triples", "Li-Li-Li"}}),
              HasSubstr("--set angles.cutoffs=Li-Li:3.0A"));
  EXPECT_THAT(failure("angles", {f}, {{"bin", "7 deg"}}), HasSubstr("do not divide"));
}

TEST(Coordination, OfAntifluoriteByCutoffAndByMinimum) {
  const Frame f = li2s(5.72);
  for (const std::string mode : {"cutoff", "minimum"}) {
    const Result r = analyse("coordination", {f, f, f}, {{"mode", mode}});
    EXPECT_NEAR(value(r, "cn_Li>S"), 4, 1e-12) << mode;
    EXPECT_NEAR(value(r, "cn_S>Li"), 8, 1e-12) << mode;
    EXPECT_NEAR(data(r, "cn_distribution", "Li>S")[4], 1, 1e-12);
    EXPECT_NEAR(data(r, "cn_distribution", "S>Li")[8], 1, 1e-12);
    EXPECT_EQ(r.find_scalar("cn_Li>S")->error, 0);
  }
}

// In an ideal gas the number of neighbours is binomial.
TEST(Coordination, OfAnIdealGasIsBinomialWithHonestErrors) {
  const double share = 4.0 / 3 * M_PI * 27 / skewed().volume();
  constexpr int partners = 80;
  int inside = 0;
  constexpr int runs = 40;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    std::vector<Frame> frames;
    for (std::uint64_t k = 0; k < 20; ++k) {
      frames.push_back(random_frame(skewed(), {{"P", 4}, {"S", partners}}, 1000 * seed + k));
    }
    const Result r = analyse("coordination", frames, {{"cutoffs", "P-S:3A"}});
    const Scalar* cn = r.find_scalar("cn_P>S");
    inside += std::abs(cn->value - share * partners) < cn->error ? 1 : 0;
    const auto p = data(r, "cn_distribution", "P>S");
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
    double mean = 0;
    for (std::size_t n = 0; n < p.size(); ++n) mean += static_cast<double>(n) * p[n];
    EXPECT_NEAR(mean, cn->value, 1e-9);
  }
  // One standard error covers 68 % of runs; 40 runs give that to within 7.4 %.
  EXPECT_NEAR(inside / static_cast<double>(runs), 0.66, 0.22);
}

}  // namespace
}  // namespace vitrion
