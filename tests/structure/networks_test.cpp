#include "structure/networks.hpp"

#include "structure/thiophosphates.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

std::string text(const Result& r, const std::string& table, const std::string& key,
                 const std::string& name) {
  const Table* t = r.find_table(table);
  for (std::size_t k = 0; k < t->columns[0].text.size(); ++k) {
    if (t->columns[0].text[k] == key) return t->find(name)->text[k];
  }
  return "absent";
}

TEST(Networks, KindsAndChargesOfEveryUnit) {
  const Frame f = zoo();
  const Result r = analyse("networks", {f, f, f});
  // PS4 and PS3; P2S7; P2S6 by a bond; P2S6 by an edge: 8 P in all.
  EXPECT_NEAR(value(r, "former_P0"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "former_P1"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "former_P1P"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "former_P2"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "isolated_P"), 4.0 / 8, 1e-12);  // a bond between P shares no S
  EXPECT_NEAR(value(r, "corner_P"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "edge_P"), 2.0 / 8, 1e-12);
  EXPECT_NEAR(value(r, "free_S"), 2.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "chained_S"), 2.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "bridging_S"), 3.0 / 30, 1e-12);
  EXPECT_NEAR(value(r, "non_bridging_S"), 23.0 / 30, 1e-12);
  EXPECT_EQ(text(r, "units", "PS4", "charge"), "-3");
  EXPECT_EQ(text(r, "units", "P2S7", "charge"), "-4");
  EXPECT_EQ(text(r, "units", "P2S6", "charge"), "-4");
  EXPECT_EQ(text(r, "units", "P2S6_edge", "charge"), "-2");
  EXPECT_EQ(text(r, "units", "PS3", "charge"), "-1");
  EXPECT_EQ(text(r, "units", "S", "charge"), "-2");
  EXPECT_EQ(text(r, "units", "S2", "charge"), "-2");
  // −3 −4 −4 −2 −1 −2·2 −2 over 8 formers.
  EXPECT_NEAR(value(r, "unit_charge"), -20.0 / 8, 1e-12);
  EXPECT_EQ(text(r, "units", "PS4", "atoms"), "1 2 3 4 5");
  EXPECT_NEAR(r.find_table("links")->find("corner")->data[0], 2.0 / 8, 1e-12);
  EXPECT_NEAR(r.find_table("links")->find("edge")->data[0], 2.0 / 8, 1e-12);
}

TEST(Networks, ListsAnExampleOfTheUnusual) {
  Frame plain;
  plain.structure.cell = Cell::cubic(30);
  add_ps4(plain.structure, {10, 10, 10});
  plain.structure.add("S", {20, 20, 20});
  Frame later = plain;
  later.structure.position[5] = Vec3(10, 10, 10) + (bond + 2.05) * corners[0];
  std::vector<Frame> frames(6, plain);
  frames[4] = later;
  frames[5] = later;
  const Result r = analyse("networks", frames);
  const Table* t = r.find_table("units");
  const auto& units = t->find("unit")->text;
  const auto at =
      static_cast<std::size_t>(std::find(units.begin(), units.end(), "PS5_S-S") - units.begin());
  ASSERT_LT(at, units.size());
  EXPECT_EQ(t->find("kind")->text[at], "unusual");
  EXPECT_EQ(t->find("charge")->text[at], "-3");  // a perthio unit keeps the charge of PS4
  EXPECT_EQ(t->find("frame")->text[at], "5");
  EXPECT_EQ(t->find("atoms")->text[at], "1 2 3 4 5 6");
  EXPECT_NEAR(t->find("fraction")->data[at], 2.0 / 6, 1e-12);
  EXPECT_GT(t->find("error")->data[at], 0);
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("33.3 % of the formers")));
}

// Tetrahedra of S around Li in antifluorite share all six edges, and corners with ten or more
// others; around S, cubes of Li share faces.
TEST(Networks, PolyhedraOfCrystals) {
  Frame f = li2s(5.71, 2);
  f.structure.add("P", {1.4, 1.4, 0.2});  // so that there is a former; bonded to nothing near
  f.structure.position.back() = Vec3(2.855, 2.855, 2.855);
  const Result r = analyse("networks", {f}, {{"polyhedra", "Li"}, {"cutoffs", "P-S:0.5A"}});
  EXPECT_NEAR(value(r, "edge_Li"), 1, 1e-12);
  EXPECT_NEAR(r.find_table("links")->find("edge")->data[0], 6, 1e-12);
  // Each S of a tetrahedron is in eight; of its 4 · 7 other memberships the six edges take two
  // each.
  EXPECT_NEAR(r.find_table("links")->find("corner")->data[0], 4 * 7 - 2 * 6, 1e-12);
}

TEST(Networks, SiliconChainsShareEdges) {
  Frame f;
  const double step = 2.8;
  f.structure.cell = Cell::orthorhombic(step * 4, 20, 20);
  const double h = std::sqrt(2.14 * 2.14 - step * step / 4);
  for (int k = 0; k < 4; ++k) {
    f.structure.add("Si", {step * k, 10, 10});
    const Vec3 across = k % 2 == 0 ? Vec3(0, h, 0) : Vec3(0, 0, h);
    f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) + across);
    f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) - across);
  }
  const Result r = analyse("networks", {f}, {{"cutoffs", "Si-Si:0A"}});
  EXPECT_NEAR(value(r, "former_Si4"), 1, 1e-12);
  EXPECT_NEAR(value(r, "edge_Si"), 1, 1e-12);
  EXPECT_NEAR(value(r, "unit_charge"), 0, 1e-12);
}

}  // namespace
}  // namespace vitrion
