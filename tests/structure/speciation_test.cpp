#include <map>
#include <numeric>

#include "base/text.hpp"
#include "structure/thiophosphates.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

double row(const Result& r, const std::string& unit, const std::string& name) {
  const Table* t = r.find_table("units");
  const auto& text = t->find("unit")->text;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == unit) return t->find(name)->data[k];
  }
  return 0;
}

TEST(Speciation, NamesEveryUnitAcrossFaces) {
  const Frame f = zoo();
  const Result r = analyse("speciation", {f, f, f});
  // Formers: 1 + 2 + 2 + 2 + 1 = 8; anions: 4 + 7 + 6 + 6 + 3 + 1 + 1 + 2 = 30.
  EXPECT_NEAR(value(r, "fraction_PS4"), 1.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "fraction_P2S7"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "fraction_P2S6"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "fraction_other"), 3.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "free_sulfide"), 2.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "bridging_sulfide"), 3.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "catenated_sulfide"), 2.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "q_0"), 2.0 / 8, 1e-12);  // PS4 and PS3
  EXPECT_NEAR(value(r, "q_1"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "q_2"), 2.0 / 8, 1e-12);  // the edge dimer
  EXPECT_NEAR(value(r, "q_bonded"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(row(r, "P2S6_edge", "fraction"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(row(r, "PS3", "fraction"), 1.0 / 8, 1e-12);
  EXPECT_NEAR(row(r, "S", "count"), 2, 1e-12);
  EXPECT_NEAR(row(r, "S2", "count"), 1, 1e-12);
  EXPECT_NEAR(row(r, "S2", "fraction"), 2.0 / 30, 1e-12);
  EXPECT_EQ(r.find_table("units")->find("unit")->text.size(), 7U);
  for (const auto& kind : r.find_table("units")->find("kind")->text) EXPECT_EQ(kind, "usual");
  EXPECT_EQ(r.find_scalar("fraction_PS4")->error, 0);
}

// Examples are whole units: bonds of their length, as many as a tree or a ring has.
TEST(Speciation, ExamplesAreWholeAcrossFaces) {
  const Result r = analyse("speciation", {zoo()});
  const Table* t = r.find_table("unit_examples");
  ASSERT_NE(t, nullptr);
  std::map<std::string, std::size_t> bonds;
  for (std::size_t k = 0; k < t->find("unit")->text.size(); ++k) {
    const auto atoms = split(t->find("atoms")->text[k], ' ');
    const auto numbers = split(t->find("positions")->text[k], ' ');
    ASSERT_EQ(numbers.size(), 3 * atoms.size());
    const auto at = [&](const std::string& atom) {
      const std::size_t i = 3 * std::stoul(atom);
      return Vec3(std::stod(numbers[i]), std::stod(numbers[i + 1]), std::stod(numbers[i + 2]));
    };
    for (const std::string& pair : split(t->find("bonds")->text[k], ' ')) {
      if (pair.empty()) continue;
      const auto ends = split(pair, '-');
      EXPECT_LT((at(ends[0]) - at(ends[1])).norm(), 2.7) << t->find("unit")->text[k];
      ++bonds[t->find("unit")->text[k]];
    }
  }
  EXPECT_EQ(bonds["PS4"], 4U);
  EXPECT_EQ(bonds["P2S7"], 8U);
  EXPECT_EQ(bonds["P2S6"], 7U);
  EXPECT_EQ(bonds["P2S6_edge"], 8U);
  EXPECT_EQ(bonds["S2"], 1U);
  EXPECT_EQ(bonds["S"], 0U);
}

// Labels of regions make units of their own, and a unit across two regions says so.
TEST(Speciation, LabelsFollowTheName) {
  Frame f;
  f.structure.cell = Cell::cubic(40);
  Structure plain;
  plain.cell = f.structure.cell;
  add_ps4(plain, {10, 10, 10});
  add_ps4(plain, {20, 20, 20});
  add_p2s7(plain, {30, 30, 30});
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool glass = i < 5 || (i >= 10 && i < 15);
    f.structure.add(plain.species_of(i).name + (glass ? "@glass" : "@crystal"), plain.position[i]);
  }
  const Result r = analyse("speciation", {f});
  EXPECT_EQ(row(r, "PS4@glass", "count"), 1);
  EXPECT_EQ(row(r, "PS4@crystal", "count"), 1);
  EXPECT_EQ(row(r, "P2S7@crystal+glass", "count") + row(r, "P2S7@glass+crystal", "count"), 1);
  EXPECT_NEAR(value(r, "fraction_PS4@glass"), 0.5, 1e-12);
  EXPECT_NEAR(value(r, "fraction_other"), 0.5, 1e-12);
}

// P2S7 that has lost an anion is not P2S6 4-, which has a P-P bond.
TEST(Speciation, ACornerDimerThatLacksAnAnionHasANameOfItsOwn) {
  Frame f;
  f.structure.cell = Cell::cubic(40);
  Structure whole;
  add_p2s7(whole, {10, 10, 30});
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    f.structure.add(whole.species_of(i).name, whole.position[i]);
  }
  add_p2s6(f.structure, {30, 30, 30});
  const Result r = analyse("speciation", {f});
  EXPECT_EQ(row(r, "P2S6_corner", "count"), 1);
  EXPECT_EQ(row(r, "P2S6", "count"), 1);
  EXPECT_NEAR(value(r, "fraction_P2S6"), 0.5, 1e-12);
}

TEST(Speciation, ChainsRingsAndTheUnusual) {
  Frame f;
  Structure& s = f.structure;
  s.cell = Cell::cubic(40);
  // P3S10: a third tetrahedron hangs on the far end of P2S7.
  add_p2s7(s, {10, 10, 10});
  const Vec3 second = Vec3(10, 10, 10) + 2 * bond * corners[0];
  const Vec3 third = second - 2 * bond * corners[1];
  s.add("P", third);
  for (const int k : {0, 2, 3}) s.add("S", third + bond * corners[k]);
  // P3S9: corners of a triangle with a bridge over each side and two ends on each corner.
  const double side = 3.5;
  for (int k = 0; k < 3; ++k) {
    const double here = 2.0943951 * k;
    const double over = here + 1.0471976;
    const Vec3 out(std::cos(here), std::sin(here), 0);
    const Vec3 centre(30, 30, 30);
    s.add("P", centre + side / std::sqrt(3) * out);
    s.add("S", centre + 2.1 * Vec3(std::cos(over), std::sin(over), 0));
    s.add("S", centre + (side / std::sqrt(3) + 1.1) * out + Vec3(0, 0, 1.7));
    s.add("S", centre + (side / std::sqrt(3) + 1.1) * out - Vec3(0, 0, 1.7));
  }
  // Unusual: PS4 with an S on one of its S; a P with five S.
  add_ps4(s, {30, 10, 10});
  s.add("S", Vec3(30, 10, 10) + (bond + 2.05) * corners[0]);
  add_ps4(s, {10, 30, 10});
  s.add("S", Vec3(10, 30, 10) - 2.55 * corners[0]);
  const Result r = analyse("speciation", {f});
  EXPECT_NEAR(row(r, "P3S10", "count"), 1, 1e-12);
  EXPECT_NEAR(row(r, "P3S9_ring", "count"), 1, 1e-12);
  EXPECT_NEAR(row(r, "PS5_S-S", "count"), 1, 1e-12);
  EXPECT_NEAR(row(r, "PS5", "count"), 1, 1e-12);
  EXPECT_NEAR(value(r, "fraction_PS4"), 0, 1e-12);
  EXPECT_NEAR(value(r, "fraction_other"), 1, 1e-12);
  EXPECT_THAT(r.warnings,
              ::testing::Contains(HasSubstr("25.0 % of the formers are in unusual units")));
}

// An edge-sharing chain as in SiS2 closes on its own image: one endless unit, each Si with four
// bridges; in a long chain it is a network.
TEST(Speciation, EndlessChainsOfSilicon) {
  for (const int length : {2, 14}) {
    Frame f;
    const double step = 2.8;
    f.structure.cell = Cell::orthorhombic(step * length, 20, 20);
    const double h = std::sqrt(2.14 * 2.14 - step * step / 4);
    for (int k = 0; k < length; ++k) {
      f.structure.add("Si", {step * k, 10, 10});
      const Vec3 across = k % 2 == 0 ? Vec3(0, h, 0) : Vec3(0, 0, h);
      f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) + across);
      f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) - across);
    }
    const Result r = analyse("speciation", {f}, {{"cutoffs", "Si-Si:2.6A"}});
    EXPECT_NEAR(value(r, "q_4"), 1, 1e-12);
    EXPECT_NEAR(value(r, "bridging_sulfide"), 1, 1e-12);
    EXPECT_NEAR(row(r, length == 2 ? "Si2S4_edge" : "network", "count"), 1, 1e-12);
    EXPECT_NEAR(value(r, "fraction_SiS4"), 0, 1e-12);
  }
}

TEST(Speciation, OtherAndMixedFormers) {
  Frame f;
  f.structure.cell = Cell::cubic(30);
  add_p2s7(f.structure, {5, 5, 5}, "Ge");
  add_ps4(f.structure, {20, 20, 20}, "Ge");
  f.structure.add("Na", {15, 5, 20});
  const Result r = analyse("speciation", {f});
  EXPECT_NEAR(row(r, "GePS7", "fraction"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(value(r, "fraction_GeS4"), 1.0 / 3, 1e-12);
  EXPECT_NEAR(value(r, "fraction_PS4"), 0, 1e-12);
  EXPECT_NEAR(value(r, "fraction_other"), 2.0 / 3, 1e-12);
}

TEST(Speciation, SharesAlwaysSumToOne) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 12; ++k) {
    frames.push_back(random_frame(skewed(), {{"Li", 20}, {"P", 9}, {"S", 31}}, 700 + k));
  }
  const Result r = analyse("speciation", frames);
  double units = 0;
  double classes = 0;
  for (const auto& s : r.scalars) {
    if (s.key.starts_with("fraction_")) units += s.value;
    if (s.key.starts_with("q_")) classes += s.value;
  }
  EXPECT_NEAR(units, 1, 1e-9);
  EXPECT_NEAR(classes, 1, 1e-9);
  const Table* t = r.find_table("units");
  double formers = 0;
  double anions = 0;
  for (std::size_t k = 0; k < t->find("unit")->text.size(); ++k) {
    const double share = t->find("fraction")->data[k];
    (t->find("fraction_of")->text[k] == "formers" ? formers : anions) += share;
  }
  EXPECT_NEAR(formers, 1, 1e-9);
  EXPECT_LE(anions, 1);
}

TEST(Speciation, SaysWhatItNeeds) {
  EXPECT_THAT(
      failure("speciation", {random_frame(Cell::cubic(9), {{"Li", 5}, {"Cl", 5}}, 1)}),
      HasSubstr("needs network formers (P, Si, Ge, B, Sn, As or Sb), and the atoms are Cl, Li"));
  EXPECT_THAT(failure("speciation", {random_frame(Cell::cubic(9), {{"P", 5}, {"Cl", 5}}, 1)}),
              HasSubstr("--set speciation.anions=NAME"));
}

}  // namespace
}  // namespace vitrion
