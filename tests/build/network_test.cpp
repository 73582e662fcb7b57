#include "build/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "build/crystal.hpp"
#include "build/network_model.hpp"
#include "build/system.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

SystemSettings network(const std::string& composition, long atoms, double density) {
  SystemSettings s;
  s.method = "network";
  s.composition = composition;
  s.atoms = atoms;
  s.density_g_cm3 = density;
  s.network.sweeps = 4;
  return s;
}

Network diamond(double strain, int cells) {
  SystemSettings s;
  s.method = "crystal";
  s.crystal.file = "Si";
  s.crystal.supercell.assign(3, cells);
  Structure st = build_system(s, 1, 0).structure;
  const double scale = 2.35 / (5.431 * std::sqrt(3.0) / 4) * (1 + strain);
  st.cell = Cell(st.cell.vectors() * scale);
  for (Vec3& r : st.position) r *= scale;
  const NeighborList near = build_neighbor_list(st, 2.6);
  Network out(find_network_form({"Si"}), st);
  for (std::uint32_t i = 0; i < st.size(); ++i) {
    for (const Neighbor& b : near.of(i)) {
      if (b.atom > i) out.link(i, b.atom);
    }
  }
  return out;
}

// The energy from its definition, pair by pair.
double slow_energy(const Network& n, const NetworkForm& form) {
  const Structure& s = n.structure();
  double e = 0;
  const auto vector = [&](std::uint32_t a, std::uint32_t b) {
    return s.cell.minimum_image(s.position[b] - s.position[a]);
  };
  for (std::uint32_t i = 0; i < s.size(); ++i) {
    const auto& site = n.sites()[i];
    const std::string& a = s.species_of(i).name;
    for (int k = 0; k < site.bonds; ++k) {
      const auto x = site.bonded[static_cast<std::size_t>(k)];
      const auto& bond = form.bond(a, s.species_of(x).name);
      const bool terminal = site.bonds == 1 || n.sites()[x].bonds == 1;
      const double off = vector(i, x).norm() - (terminal ? bond.terminal_length_A : bond.length_A);
      e += 0.25 * bond.strength * off * off;
      for (int m = 0; m < k; ++m) {
        const auto y = site.bonded[static_cast<std::size_t>(m)];
        const auto angle = form.angle(a, s.species_of(x).name, s.species_of(y).name);
        const double c = vector(i, x).normalized().dot(vector(i, y).normalized());
        e += 0.5 * angle.strength * (c - angle.cosine) * (c - angle.cosine);
      }
    }
    for (std::uint32_t j = 0; j < i; ++j) {
      const auto rep = form.repulsion(a, s.species_of(j).name);
      bool near = n.are_bonded(i, j);
      for (int k = 0; k < site.bonds; ++k)
        near = near || n.are_bonded(site.bonded[static_cast<std::size_t>(k)], j);
      const double r = vector(i, j).norm();
      if (!near && r < rep.length_A)
        e += 0.5 * rep.strength * (r - rep.length_A) * (r - rep.length_A);
    }
  }
  return e;
}

void expect_coordinated(const Network& n, const NetworkForm& form) {
  for (std::uint32_t i = 0; i < n.sites().size(); ++i) {
    const auto& site = n.sites()[i];
    if (n.is_former(i)) {
      EXPECT_EQ(site.bonds, form.formers.at(n.structure().species_of(i).name).coordination);
    } else {
      EXPECT_GE(site.bonds, 1);
      EXPECT_LE(site.bonds, 2);
    }
    for (int k = 0; k < site.bonds; ++k) {
      const auto x = site.bonded[static_cast<std::size_t>(k)];
      EXPECT_TRUE(n.are_bonded(x, i));
      EXPECT_NE(x, i);
      for (int m = 0; m < k; ++m) EXPECT_NE(site.bonded[static_cast<std::size_t>(m)], x);
    }
  }
}

TEST(Network, DiamondHasNoEnergyAndTwoRingsOfSixAnAtom) {
  const Network perfect = diamond(0, 3);
  EXPECT_NEAR(perfect.energy_eV(), 0, 1e-9);
  const auto rings = ring_statistics(perfect);
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_NEAR(rings.at(6), 2, 1e-12);
  // Strained by 1 %, all bonds are 0.0235 Å too long: 2 bonds an atom.
  const Network strained = diamond(0.01, 3);
  EXPECT_NEAR(strained.energy_eV() / 216, 2 * 0.5 * 9.08 * 0.0235 * 0.0235, 1e-9);
}

TEST(Network, DiamondKeepsItsBondsInTheCold) {
  Network n = diamond(0, 3);
  RandomStream random(1, "test");
  const auto count = n.transpose(500, 0.02, random);
  EXPECT_EQ(count.proposed, 500);
  EXPECT_EQ(count.accepted, 0);
  EXPECT_NEAR(n.energy_eV(), 0, 1e-9);
}

TEST(Network, TranspositionKeepsCoordinationAndEnergyIsItsDefinition) {
  RandomStream random(2, "test");
  for (const auto& atoms : {std::map<std::string, long>{{"Si", 128}},
                            std::map<std::string, long>{{"Si", 60}, {"S", 150}},
                            std::map<std::string, long>{{"P", 40}, {"S", 100}},
                            std::map<std::string, long>{{"Si", 50}, {"O", 100}}}) {
    std::vector<std::string> elements;
    long total = 0;
    for (const auto& [symbol, n] : atoms) {
      elements.push_back(symbol);
      total += n;
    }
    const NetworkForm form = find_network_form(elements);
    const Cell cell = Cell::from_parameters(
        Vec3::Constant(std::cbrt(static_cast<double>(total) / 0.05) * 1.01), {85, 90, 95});
    Network n = random_network(atoms, cell, form, random);
    expect_coordinated(n, form);
    const double before = n.energy_eV();
    EXPECT_NEAR(before, slow_energy(n, form), 1e-6 * before);
    const auto count = n.transpose(1500, 1.5, random);
    EXPECT_GT(count.accepted, 0);
    expect_coordinated(n, form);
    const double after = n.energy_eV();
    EXPECT_NEAR(after, slow_energy(n, form), 1e-6 * after);
    n.transpose(1500, 1e-9, random);
    EXPECT_LE(n.energy_eV(), after + 1e-9);  // never uphill
    const double relaxed = n.relax(300, 0.01);
    EXPECT_NEAR(relaxed, slow_energy(n, form), 1e-4 * relaxed);
  }
}

// Where a neighbour's images are near too, each contact still counts once.
TEST(Network, EnergyIsItsDefinitionInASmallCell) {
  RandomStream random(5, "test");
  const NetworkForm form = find_network_form({"Si", "S"});
  Network n = random_network({{"Si", 8}, {"S", 20}}, Cell::cubic(7.6), form, random);
  const double before = n.energy_eV();
  EXPECT_NEAR(before, slow_energy(n, form), 1e-6 * before);
  EXPECT_GT(n.transpose(1500, 1.5, random).accepted, 0);
  const double after = n.energy_eV();
  EXPECT_NEAR(after, slow_energy(n, form), 1e-6 * after);
}

TEST(Network, EdgesAreSharedOnlyWhereTheyMay) {
  RandomStream random(3, "test");
  const NetworkForm form = find_network_form({"Si", "O"});
  Network n = random_network({{"Si", 60}, {"O", 120}}, Cell::cubic(14), form, random);
  n.transpose(1500, 1.0, random);
  EXPECT_EQ(ring_statistics(n).count(2), 0U);
}

TEST(Network, CompositionSettlesTheBonds) {
  const NetworkForm sulfide = find_network_form({"P", "S"});
  // P2S5: each P has three bridges and one S of its own.
  NetworkCounts c = count_links({{"P", 4}, {"S", 10}}, sulfide);
  EXPECT_EQ(c.bridging, 6);
  EXPECT_EQ(c.terminal, 4);
  // 50 Na2S · 50 SiS2: two of four bonds bridge (Q2).
  c = count_links({{"Si", 10}, {"S", 30}}, sulfide);
  EXPECT_EQ(c.bridging, 10);
  EXPECT_EQ(c.terminal, 20);
  EXPECT_THROW(count_links({{"Si", 10}, {"S", 15}}, sulfide), InputError);
  EXPECT_THROW(count_links({{"Si", 10}, {"S", 45}}, sulfide), InputError);
  EXPECT_THROW(count_links({{"P", 10}, {"S", 20}}, sulfide), InputError);
  EXPECT_THROW(find_network_form({"Al", "N"}), InputError);
}

TEST(Network, ModifiersFillTheRoomThatIsLeft) {
  SystemSettings s = network("0.5Na2S-0.5SiS2", 240, 1.8);
  const SystemPlan plan = plan_system(s);
  EXPECT_EQ(plan.cell_formula, "Na80 Si40 S120");
  EXPECT_EQ(plan.net_charge_e, 0);
  ASSERT_FALSE(plan.notes.empty());
  EXPECT_THAT(plan.notes[0], HasSubstr("40 bridging and 80 terminal"));
  const BuiltSystem built = build_model(s, 1, 1);
  const Structure& st = built.frame.structure;
  EXPECT_EQ(st.formula(), "Na80 Si40 S120");
  EXPECT_NEAR(st.density_g_cm3(), 1.8, 1e-9);
  const NeighborList near = build_neighbor_list(st, 2.7);
  for (std::size_t i = 0; i < st.size(); ++i) {
    for (const Neighbor& b : near.of(i)) {
      if (st.species_of(i).name == "Na") {
        EXPECT_GE(b.distance, 1.99);
      }
    }
  }
  EXPECT_EQ(st.position, build_model(s, 1, 1).frame.structure.position);
  EXPECT_NE(st.position, build_model(s, 1, 2).frame.structure.position);
}

}  // namespace
}  // namespace vitrion
