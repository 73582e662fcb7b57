#include "rmc/constraint.hpp"

#include <gmock/gmock.h>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "rmc/models.hpp"

namespace vitrion::rmc {
namespace {

using test::sites_of;

NearAtoms near_of(const Structure& s, const PairTable& table, const Constraint& c,
                  double shortest = 0) {
  PairDistances listed(table.groups());
  c.widen(listed);
  PairDistances apart(table.groups());
  for (auto& d : apart.value) d = shortest;
  NearAtoms near(table.group_of(), apart, listed);
  near.reset(s.cell, sites_of(s));
  return near;
}

double value_of(const Constraint& c, const std::string& what) {
  for (const auto& v : c.values()) {
    if (v.what.find(what) != std::string::npos) return v.value;
  }
  ADD_FAILURE() << what << " is not among the values";
  return -1;
}

const Vec3 corners[4] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};

// A PS4 at `centre`; `skip` corners are left out, and a factor of −1 points the others away.
void add_tetrahedron(Structure& s, const Vec3& centre, int skip = 0, double way = 1) {
  s.add("P", centre);
  for (int k = skip; k < 4; ++k) {
    s.add("S", s.cell.wrap(centre + way * 2.05 / std::sqrt(3.0) * corners[k]));
  }
}

Structure one_of_each() {
  Structure s;
  s.cell = Cell::cubic(30);
  add_tetrahedron(s, {0.2, 0.1, 15});  // across a face
  // P2S7: the second P beyond the first's corner 0, with that S shared.
  add_tetrahedron(s, {8, 8, 8});
  add_tetrahedron(s, Vec3(8, 8, 8) + 2 * 2.05 / std::sqrt(3.0) * corners[0], 1, -1);
  // P2S6: a P–P bond in place of corner 0.
  add_tetrahedron(s, {20, 20, 20}, 1);
  add_tetrahedron(s, Vec3(20, 20, 20) + 2.2 / std::sqrt(3.0) * corners[0], 1, -1);
  s.add("Li", {15, 2, 2});
  return s;
}

TEST(Units, AreThoseOfKnownClusters) {
  const Structure s = one_of_each();
  const PairTable table(s);
  UnitSettings u;
  u.shares = {{"PS4", 0.2}, {"P2S7", 0.4}, {"P2S6", 0.4}};
  const auto c = make_units(u, table);
  const NearAtoms near = near_of(s, table, *c);
  c->reset(near);
  EXPECT_DOUBLE_EQ(value_of(*c, "PS4"), 0.2);
  EXPECT_DOUBLE_EQ(value_of(*c, "P2S7"), 0.4);
  EXPECT_DOUBLE_EQ(value_of(*c, "P2S6"), 0.4);
  EXPECT_DOUBLE_EQ(value_of(*c, "edge"), 0);
  EXPECT_DOUBLE_EQ(value_of(*c, "more than two"), 0);
  EXPECT_DOUBLE_EQ(c->penalty(), 0);
}

TEST(Units, SeeEdgesAndCrowdedAnions) {
  Structure s;
  s.cell = Cell::cubic(20);
  s.add("P", {8, 10, 10});
  s.add("P", {11, 10, 10});
  s.add("S", {9.5, 11.3, 10});
  s.add("S", {9.5, 8.7, 10});
  s.add("P", {9.5, 13.0, 10});  // the first S now has three
  const PairTable table(s);
  const auto c = make_units({}, table);
  const NearAtoms near = near_of(s, table, *c);
  c->reset(near);
  EXPECT_DOUBLE_EQ(value_of(*c, "edge"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value_of(*c, "more than two"), 0.5);
}

TEST(Units, RefuseSharesThatCannotBe) {
  const Structure s = one_of_each();
  const PairTable table(s);
  UnitSettings u;
  u.shares = {{"PS4", 0.8}, {"P2S7", 0.4}};
  EXPECT_THROW(make_units(u, table), InputError);
  u.shares = {{"PS5", 0.8}};
  EXPECT_THROW(make_units(u, table), InputError);
}

// Whatever the moves, accepted or not, single or several: kept values are those from scratch.
TEST(Constraints, KeptMoveByMoveAreThoseFromScratch) {
  const Structure s = test::gas(Cell::cubic(17), {{"Li", 60}, {"P", 60}, {"S", 160}}, 1.6);
  const PairTable table(s);
  std::vector<std::unique_ptr<Constraint>> all;
  CoordinationSettings coordination;
  coordination.centre = "P";
  coordination.neighbor = "S";
  coordination.shares = {{"4", 0.5}, {"3", 0.5}};
  coordination.mean = 4;
  coordination.number = 3;
  all.push_back(make_coordination(coordination, table));
  UnitSettings units;
  units.shares = {{"PS4", 0.3}, {"P2S7", 0.1}, {"Q2", 0.2}};
  all.push_back(make_units(units, table));
  BondSettings bond;
  bond.pair = "P-S";
  all.push_back(make_bond(bond, table));
  AngleSettings angle;
  angle.angle = "S-P-S";
  all.push_back(make_angle(angle, table));
  ValenceSettings valence;
  valence.atom = "Li";
  valence.r0_A = {{"S", 1.94}};
  all.push_back(make_valence(valence, table));
  all.push_back(make_keep({{"P-S", 2.4}}, table));
  PairDistances listed(table.groups());
  for (const auto& c : all) c->widen(listed);
  NearAtoms near(table.group_of(), PairDistances(table.groups()), listed);
  near.reset(s.cell, sites_of(s));
  for (const auto& c : all) c->reset(near);
  RandomStream random(11, "moves");
  int accepted = 0;
  for (int n = 0; n < 3000; ++n) {
    std::vector<AtomMove> moves;
    const std::size_t count = n % 4 == 0 ? 3 : 1;
    for (std::size_t k = 0; k < count; ++k) {
      const auto i = static_cast<std::uint32_t>(random.below(s.size()));
      if (!moves.empty() && moves.back().atom == i) continue;
      if (moves.size() > 1 && moves.front().atom == i) continue;
      const Vec3 d(random.uniform(-0.8, 0.8), random.uniform(-0.8, 0.8), random.uniform(-0.8, 0.8));
      moves.push_back({i, near.sites()[i] + displacement(s.cell, d)});
    }
    ASSERT_TRUE(near.apply(moves));
    const bool take = random.uniform() < 0.5;
    for (const auto& c : all) {
      c->propose(near);
      take ? c->accept() : c->reject();
    }
    if (!take) near.undo();
    accepted += take;
    if (n % 300 != 0) continue;
    NearAtoms fresh(table.group_of(), PairDistances(table.groups()), listed);
    fresh.reset(s.cell, near.sites());
    for (const auto& c : all) {
      const auto again = c->clone();
      again->reset(fresh);
      EXPECT_NEAR(again->penalty(), c->penalty(), 1e-9 * (1 + c->penalty())) << c->name();
      const auto kept = c->values();
      const auto made = again->values();
      for (std::size_t k = 0; k < kept.size(); ++k) {
        EXPECT_NEAR(kept[k].value, made[k].value, 1e-9 * (1 + made[k].value)) << kept[k].what;
      }
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(NearAtoms, RefuseWhatComesTooNearAndLetThePartingGo) {
  Structure s;
  s.cell = test::skew(14);
  s.add("P", {1, 1, 1});
  s.add("S", {4, 1, 1});
  s.add("S", {1, 4, 1});
  const PairTable table(s);
  PairDistances shortest(2);
  shortest.set(0, 1, 2.0);
  shortest.set(1, 1, 5.0);  // the two S stand too near each other already
  NearAtoms near(table.group_of(), shortest, PairDistances(2));
  near.reset(s.cell, sites_of(s));
  EXPECT_EQ(near.overlaps(), 1U);
  const auto to = [&](std::uint32_t i, const Vec3& r) {
    return std::vector<AtomMove>{{i, site_of(s.cell, r)}};
  };
  EXPECT_FALSE(near.apply(to(1, {2.5, 1, 1})));    // P–S 1.5 Å
  EXPECT_FALSE(near.apply(to(1, {3.9, 1.1, 1})));  // nearer to the other S
  EXPECT_TRUE(near.apply(to(1, {4.2, 0.9, 1})));   // further from it
  near.undo();
  EXPECT_EQ(near.sites()[1], site_of(s.cell, {4, 1, 1}));
  EXPECT_TRUE(near.apply(to(0, {-3, -3, -3})));  // through the faces
}

TEST(Coordination, SharesOfAKnownLattice) {
  Structure s;  // rock salt: six of the other around each
  s.cell = Cell::cubic(10);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      for (int k = 0; k < 4; ++k) s.add((i + j + k) % 2 ? "S" : "Li", Vec3(i, j, k) * 2.5);
    }
  }
  const PairTable table(s);
  CoordinationSettings set;
  set.centre = "Li";
  set.neighbor = "S";
  set.distance_A = {0, 3};
  set.shares = {{"6", 1}, {"4", 0}};
  set.mean = 6;
  set.number = 6;
  const auto c = make_coordination(set, table);
  const NearAtoms near = near_of(s, table, *c);
  c->reset(near);
  EXPECT_DOUBLE_EQ(value_of(*c, "with 6"), 1);
  EXPECT_DOUBLE_EQ(value_of(*c, "mean"), 6);
  EXPECT_DOUBLE_EQ(c->penalty(), 0);
  // One S leaves: six Li have five.
  NearAtoms moved = near;
  const std::uint32_t i = 1;
  ASSERT_EQ(s.species_of(i).name, "S");
  const std::vector<AtomMove> away{{i, site_of(s.cell, {1.25, 1.25, 1.25})}};
  moved.apply(away);
  c->propose(moved);
  c->accept();
  EXPECT_LT(value_of(*c, "with 6"), 1);
}

TEST(Angles, OfATetrahedronAreMet) {
  Structure s;
  s.cell = Cell::cubic(15);
  add_tetrahedron(s, {7, 7, 7});
  const PairTable table(s);
  AngleSettings a;
  a.angle = "S-P-S";
  a.degrees = std::acos(-1.0 / 3) * 180 / constants::pi;
  a.width_deg = 1;
  const auto c = make_angle(a, table);
  const NearAtoms near = near_of(s, table, *c);
  c->reset(near);
  EXPECT_NEAR(c->penalty(), 0, 1e-9);
  a.degrees -= 2;
  const auto off = make_angle(a, table);
  off->reset(near);
  EXPECT_TRUE(off->is_exponent());
  EXPECT_NEAR(off->penalty(), 0.5 * 6 * 4, 1e-6);  // half of six squares
  EXPECT_NEAR(value_of(*off, "average"), a.degrees + 2, 1e-6);
  EXPECT_NEAR(value_of(*off, "root mean square"), 2, 1e-6);
  a.weight = 1;  // in C: their mean
  const auto weighed = make_angle(a, table);
  weighed->reset(near);
  EXPECT_FALSE(weighed->is_exponent());
  EXPECT_NEAR(weighed->penalty(), 4, 1e-6);
}

TEST(Bonds, BetweenLikeAtomsCountOnce) {
  Structure s;
  s.cell = Cell::cubic(15);
  s.add("P", {1, 1, 1});
  s.add("P", {3.3, 1, 1});
  const PairTable table(s);
  BondSettings b;
  b.pair = "P-P";
  b.length_A = 2.2;
  b.width_A = 0.05;
  const auto c = make_bond(b, table);
  c->reset(near_of(s, table, *c));
  EXPECT_NEAR(c->penalty(), 0.5 * 4, 1e-5);
}

TEST(BondValence, OfFourBondsAtR0IsFour) {
  Structure s;
  s.cell = Cell::cubic(15);
  add_tetrahedron(s, {7, 7, 7});
  const PairTable table(s);
  ValenceSettings v;
  v.atom = "P";
  v.r0_A = {{"S", 2.05}};
  v.valence = 5;
  const auto c = make_valence(v, table);
  const NearAtoms near = near_of(s, table, *c);
  c->reset(near);
  EXPECT_NEAR(c->penalty(), 1, 1e-6);  // (4 − 5)²
}

}  // namespace
}  // namespace vitrion::rmc
