#include "build/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/composition.hpp"
#include "build/monte_carlo.hpp"
#include "build/stoichiometry.hpp"
#include "build/system.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;
constexpr double degree = constants::pi / 180;

Unit chain_unit(const std::string& name) { return UnitLibrary::standard().get(name); }

double bend_deg(const Vec3& a, const Vec3& centre, const Vec3& b) {
  return std::acos((a - centre).normalized().dot((b - centre).normalized())) / degree;
}

// Neighbours along bonds, as the unit says.
std::vector<std::vector<std::size_t>> bonds_of(const Unit& unit) {
  std::vector<std::vector<std::size_t>> out(unit.size());
  for (std::size_t k = 1; k < unit.size(); ++k) {
    const auto p = static_cast<std::size_t>(unit.parent[k]);
    out[k].push_back(p);
    out[p].push_back(k);
  }
  return out;
}

TEST(Chains, PolysulfideHasItsBondsAnglesAndCharge) {
  const Unit s6 = chain_unit("S{6}");
  EXPECT_EQ(s6.size(), 6U);
  EXPECT_EQ(s6.charge_e, -2);
  EXPECT_EQ(s6.charge, (std::vector<double>{-1, 0, 0, 0, 0, -1}));
  ASSERT_EQ(s6.torsions.size(), 3U);
  const auto& r = s6.position;
  for (std::size_t k = 0; k + 1 < 6; ++k) EXPECT_NEAR((r[k + 1] - r[k]).norm(), 2.06, 1e-9);
  for (std::size_t k = 1; k + 1 < 6; ++k)
    EXPECT_NEAR(bend_deg(r[k - 1], r[k], r[k + 1]), 107, 1e-7);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(dihedral(r[k], r[k + 1], r[k + 2], r[k + 3]) / degree, 95, 1);
  // What the file says of its torsion: barriers of 0.25 eV (trans) and 0.35 eV (cis).
  const auto& t = s6.torsions[0];
  EXPECT_NEAR(t.energy_eV(constants::pi) - t.energy_eV(t.angle), 0.25, 0.005);
  EXPECT_NEAR(t.energy_eV(0) - t.energy_eV(t.angle), 0.35, 0.005);
  EXPECT_EQ(chain_unit("S{2}").torsions.size(), 0U);
}

TEST(Chains, ThiophosphatesAreTetrahedraThatShareCorners) {
  const Unit chain = chain_unit("PS3{5}");
  EXPECT_EQ(chain.counts(), (std::map<std::string, long>{{"P", 5}, {"S", 15}}));
  EXPECT_EQ(chain.charge_e, -5);
  const auto bonds = bonds_of(chain);
  int bridges = 0;
  int three = 0;
  for (std::size_t k = 0; k < chain.size(); ++k) {
    const auto& near = bonds[k];
    const auto at = [&](std::size_t i) { return chain.position[near[i]]; };
    if (chain.elements[k] == "S") {
      EXPECT_LE(near.size(), 2U);
      if (near.size() == 2) {
        ++bridges;
        EXPECT_NEAR(bend_deg(at(0), chain.position[k], at(1)), 107, 1e-6);
        EXPECT_NEAR((at(0) - chain.position[k]).norm(), 2.13, 1e-9);
      }
      continue;
    }
    if (near.size() == 3) {
      ++three;
      double sum = 0;
      for (std::size_t i = 0; i < 3; ++i)
        sum += bend_deg(at(i), chain.position[k], at((i + 1) % 3));
      EXPECT_NEAR(sum, 360, 1e-4);
      continue;
    }
    ASSERT_EQ(near.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_NEAR(bend_deg(at(i), chain.position[k], at(j)), 109.5, 7);
    }
  }
  EXPECT_EQ(bridges, 4);
  EXPECT_EQ(three, 1);
  EXPECT_EQ(chain_unit("PS4{2}").counts(), chain_unit("P2S7").counts());
  EXPECT_EQ(chain_unit("PS4{2}").charge_e, -4);
  EXPECT_EQ(chain_unit("PS4{1}").charge_e, -3);
  EXPECT_EQ(chain_unit("PS3{1}").counts(), chain_unit("PS3").counts());
}

// Whatever a torsion is turned by, its angle changes by that, and no bond, angle or other torsion.
TEST(Chains, ATorsionTurnsAloneAndNothingElse) {
  for (const std::string name : {"S{7}", "PS3{4}", "PS4{3}"}) {
    const Unit unit = chain_unit(name);
    const auto bonds = bonds_of(unit);
    for (std::size_t g = 0; g < unit.torsions.size(); ++g) {
      auto r = unit.position;
      const auto& t = unit.torsions[g];
      turn_about(r, t.first, r.size(), r[t.from], r[t.to], 0.7);
      for (std::size_t h = 0; h < unit.torsions.size(); ++h) {
        const auto& u = unit.torsions[h];
        const double turned = dihedral(r[u.before], r[u.from], r[u.to], r[u.first]) - u.angle;
        EXPECT_NEAR(std::remainder(turned - (h == g ? 0.7 : 0), 2 * constants::pi), 0, 1e-9)
            << name << g << h;
      }
      for (std::size_t k = 0; k < r.size(); ++k) {
        for (std::size_t i = 0; i < bonds[k].size(); ++i) {
          EXPECT_NEAR((r[k] - r[bonds[k][i]]).norm(),
                      (unit.position[k] - unit.position[bonds[k][i]]).norm(), 1e-9);
          for (std::size_t j = 0; j < i; ++j) {
            const auto a = bonds[k][i];
            const auto b = bonds[k][j];
            EXPECT_NEAR(bend_deg(r[a], r[k], r[b]),
                        bend_deg(unit.position[a], unit.position[k], unit.position[b]), 1e-6);
          }
        }
      }
    }
  }
}

std::string refused(const std::string& composition) {
  try {
    SystemSettings s;
    s.composition = composition;
    (void)plan_system(s);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Chains, CompositionsNameThem) {
  const Composition c = parse_composition("4 Li + S{6} + PS3{2}");
  ASSERT_EQ(c.pieces.size(), 3U);
  EXPECT_EQ(c.pieces[1].name, "S{6}");
  EXPECT_EQ(c.elements.at("S").value(), 12);
  EXPECT_THAT(refused("3 Li + S{6}"), HasSubstr("net charge of +1 e"));
  EXPECT_THAT(refused("3 Li + S{6}"), HasSubstr("take away 1 Li"));
  EXPECT_THAT(refused("Li2S{6}"), HasSubstr("\"2 Li + S{6}\""));
  EXPECT_THAT(refused("2 Li + PS33{6}"), HasSubstr("did you mean \"PS3{n}\"?"));
  EXPECT_THAT(refused("2 Li + S{1}"), HasSubstr("give 2 to 2000"));
}

TEST(Chains, BrokenFilesSayWhatIsWrong) {
  const auto message = [](const std::string& text) {
    try {
      (void)read_chain(parse_yaml(text, "X.yaml"));
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message("{name: 'X{n}', source: t, link: [{atom: S}]}"), "accepted");
  EXPECT_THAT(message("{name: X, source: t, link: [{atom: S}]}"), HasSubstr("ends in {n}"));
  EXPECT_THAT(message("{name: 'X{n}', source: t, link: []}"), HasSubstr("at least one atom"));
  EXPECT_THAT(message("{name: 'X{n}', link: [{atom: Zz}]}"), HasSubstr("not a chemical element"));
  EXPECT_THAT(message("{name: 'X{n}', link: [{atom: S, bnd: 2 A}]}"), HasSubstr("bond"));
}

// One chain alone in a wide cell, whatever its charge.
PreparedSystem alone(const std::string& name, double edge) {
  PreparedSystem system;
  const Unit unit = chain_unit(name);
  system.plan.atoms_by_element = unit.counts();
  system.units = {{unit, 1}};
  system.cell = Cell::cubic(edge);
  return system;
}

std::shared_ptr<const PairEnergy> sulfide_energy(const PreparedSystem& system) {
  const ClassicalForm form = classical_form_for("lps-fm", {"Li", "P", "S"});
  MinimumDistances cores;
  for (const auto& [a, n] : system.plan.atoms_by_element) {
    for (const auto& [b, m] : system.plan.atoms_by_element) cores[std::minmax(a, b)] = 2.0;
  }
  return std::make_shared<PairEnergy>(form, atom_kinds(system), cores, 9);
}

TEST(Chains, ChargesOfTheirOwnAreScaledAsThePotentialScales) {
  const PreparedSystem system = alone("S{4}", 30);
  const auto kinds = atom_kinds(system);
  ASSERT_EQ(kinds.size(), 3U);  // S of −2, of −1 and of 0
  const auto energy = sulfide_energy(system);
  const auto index = [&](double q) {
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      if (kinds[k].charge_e && *kinds[k].charge_e == q) return k;
    }
    return kinds.size();
  };
  // lps-fm: 0.42 of the formal charges; the Coulomb terms alone differ.
  const std::size_t end = index(-1);
  const std::size_t inner = index(0);
  const double full = energy->exact(0, 0, 4) - energy->exact(inner, inner, 4);
  EXPECT_GT(full, 0.1);
  EXPECT_NEAR(energy->exact(end, end, 4) - energy->exact(inner, inner, 4), full / 4, 1e-9);
}

struct Mean {
  double value = 0;
  double error = 0;
};
Mean mean_of(const std::vector<double>& blocks) {
  Mean out;
  for (const double b : blocks) out.value += b / static_cast<double>(blocks.size());
  for (const double b : blocks) out.error += (b - out.value) * (b - out.value);
  out.error = std::sqrt(out.error / static_cast<double>(blocks.size() * (blocks.size() - 1)));
  return out;
}

// Four sulfur atoms have one torsion and no pair four bonds apart: p(φ) ∝ exp(−V/kT), in twelve
// bins, by pivots alone and by growing anew alone.
TEST(Chains, AFreeTorsionFollowsBoltzmann) {
  const PreparedSystem system = alone("S{4}", 30);
  const Unit& unit = system.units[0].first;
  const double kT = 0.08;
  std::vector<double> exact(12, 0.0);
  double z = 0;
  for (int k = 0; k < 12000; ++k) {
    const double phi = constants::pi * ((k + 0.5) / 6000 - 1);
    const double w = std::exp(-unit.torsions[0].energy_eV(phi) / kT);
    exact[static_cast<std::size_t>(k / 1000)] += w;
    z += w;
  }
  for (const bool by_pivots : {true, false}) {
    UnitEnsemble made(system, sulfide_energy(system));
    RandomStream random(11, "chains");
    ASSERT_TRUE(made.insert_all(kT, 4, random));
    std::vector<std::vector<double>> blocks(12);
    const int steps = by_pivots ? 4000 : 1000;
    for (int b = 0; b < 30; ++b) {
      std::vector<double> count(12, 0.0);
      for (int k = 0; k < steps; ++k) {
        by_pivots ? made.pivot(kT, random) : made.regrow(kT, 4, random);
        const double phi = made.torsions()[0][0];
        const auto bin = static_cast<std::size_t>((phi / constants::pi + 1) * 6);
        count[std::min<std::size_t>(bin, 11)] += 1.0 / steps;
      }
      for (std::size_t k = 0; k < 12; ++k) blocks[k].push_back(count[k]);
    }
    for (std::size_t k = 0; k < 12; ++k) {
      const Mean m = mean_of(blocks[k]);
      EXPECT_NEAR(m.value, exact[k] / z, 4.5 * m.error + 1e-4) << by_pivots << " bin " << k;
    }
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-9);
  }
}

// Five have two torsions and the energy of their ends: a quadrature over both angles.
TEST(Chains, TwoTorsionsWithAPairEnergyFollowQuadrature) {
  const PreparedSystem system = alone("S{5}", 30);
  const Unit& unit = system.units[0].first;
  const auto energy = sulfide_energy(system);
  const double kT = 0.1;
  const auto kinds = atom_kinds(system);
  const auto end = static_cast<std::size_t>(
      std::find(kinds.begin(), kinds.end(), AtomKind{"S", -1.0}) - kinds.begin());
  double z = 0;
  double u = 0;
  double c = 0;
  const int n = 180;
  for (int i = 0; i < n; ++i) {
    auto r = unit.position;
    const auto& first = unit.torsions[0];
    const auto& second = unit.torsions[1];
    const double a = 2 * constants::pi * (i + 0.5) / n;
    turn_about(r, first.first, 5, r[first.from], r[first.to], a - first.angle);
    for (int j = 0; j < n; ++j) {
      const double b = 2 * constants::pi * (j + 0.5) / n;
      auto x = r;
      turn_about(x, second.first, 5, x[second.from], x[second.to], b - second.angle);
      const double e = first.energy_eV(a) + second.energy_eV(b) +
                       (*energy)(end, end, (x[4] - x[0]).squaredNorm());
      const double w = std::exp(-e / kT);
      z += w;
      u += w * e;
      c += w * std::cos(a - b);  // 1 where both turn the same way
    }
  }
  EXPECT_GT(std::abs(c / z), 0.02);  // the ends do tell
  for (const bool by_pivots : {true, false}) {
    UnitEnsemble made(system, energy);
    RandomStream random(12, "chains");
    ASSERT_TRUE(made.insert_all(kT, 4, random));
    std::vector<double> energies;
    std::vector<double> cosines;
    const int steps = by_pivots ? 5000 : 1200;
    for (int b = 0; b < 30; ++b) {
      double sum_e = 0;
      double sum_c = 0;
      for (int k = 0; k < steps; ++k) {
        by_pivots ? made.pivot(kT, random) : made.regrow(kT, 4, random);
        const auto phi = made.torsions()[0];
        sum_e += made.energy_eV() / steps;
        sum_c += std::cos(phi[0] - phi[1]) / steps;
      }
      energies.push_back(sum_e);
      cosines.push_back(sum_c);
    }
    const Mean e = mean_of(energies);
    const Mean cosine = mean_of(cosines);
    EXPECT_NEAR(e.value, u / z, 4.5 * e.error) << by_pivots;
    EXPECT_NEAR(cosine.value, c / z, 4.5 * cosine.error) << by_pivots;
    EXPECT_LT(e.error, 0.01);
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-9);
  }
}

SystemSettings chain_recipe(const std::string& composition, long atoms, double density) {
  SystemSettings s;
  s.method = "monte-carlo";
  s.composition = composition;
  s.atoms = atoms;
  s.density_g_cm3 = density;
  s.monte_carlo.potential = "lps-fm";
  s.monte_carlo.sweeps = 6;
  s.monte_carlo.equilibrate = 4;
  return s;
}

TEST(Chains, EnergyIsKeptThroughAllMoves) {
  for (const auto& [composition, density] :
       {std::pair{"2 Li + S{6}", 1.5}, std::pair{"4 Li + PS3{4}", 1.6}}) {
    SystemSettings s = chain_recipe(composition, 160, density);
    const PreparedSystem system = prepare_system(s);
    UnitEnsemble made(system, sulfide_energy(system));
    RandomStream random(5, "chains");
    ASSERT_TRUE(made.insert_all(0.2, 8, random)) << composition;
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-7 * std::abs(made.energy_eV()));
    for (int k = 0; k < 6; ++k)
      made.sweep(0.2, k % 2 == 0 ? std::nullopt : std::optional(0.0), random);
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-7 * std::abs(made.energy_eV()));
    EXPECT_GT(made.regrowths.taken, 0) << composition;
    // A model, cut by the faces, gives back the torsions.
    PreparedSystem moved = system;
    moved.cell = made.structure().cell;
    UnitEnsemble again(moved, sulfide_energy(system));
    again.adopt(made.structure());
    for (std::size_t c = 0; c < made.torsions().size(); ++c) {
      for (std::size_t g = 0; g < made.torsions()[c].size(); ++g)
        EXPECT_NEAR(
            std::remainder(again.torsions()[c][g] - made.torsions()[c][g], 2 * constants::pi), 0,
            1e-6);
    }
  }
}

TEST(Chains, RecipesBuildAMeltAndAGlass) {
  const BuiltSystem melt = build_model(chain_recipe("2 Li + S{6}", 240, 1.6), 1, 1);
  const Structure& s = melt.frame.structure;
  EXPECT_EQ(s.formula(), "Li60 S180");
  const NeighborList sulfur = build_neighbor_list(s, 2.35);
  int ends = 0;
  for (std::size_t i = 60; i < s.size(); ++i) {
    std::size_t bonds = 0;
    for (const Neighbor& b : sulfur.of(i)) {
      if (s.species_of(b.atom).name != "S" || b.distance > 2.0601) continue;
      ++bonds;
      EXPECT_GT(b.distance, 1.99);  // 2.00 Å between chains
    }
    ends += bonds == 1 ? 1 : 0;
  }
  EXPECT_EQ(ends, 60);
  EXPECT_EQ(s.position,
            build_model(chain_recipe("2 Li + S{6}", 240, 1.6), 1, 1).frame.structure.position);
  const Structure glass =
      build_model(chain_recipe("5 Li + PS3{5}", 250, 1.7), 1, 1).frame.structure;
  EXPECT_EQ(glass.formula(), "Li50 P50 S150");
  const NeighborList near = build_neighbor_list(glass, 2.3);
  for (std::size_t i = 0; i < glass.size(); ++i) {
    if (glass.species_of(i).name != "P") continue;
    EXPECT_GE(near.of(i).size(), 3U);
    EXPECT_LE(near.of(i).size(), 4U);
  }
  // Chains are coiled, not stretched: from the first to the last P, over the nearest images.
  const Unit unit = chain_unit("PS3{5}");
  std::vector<std::size_t> former;
  for (std::size_t k = 0; k < unit.size(); ++k) {
    if (unit.elements[k] == "P") former.push_back(k);
  }
  double mean = 0;
  for (std::size_t chain = 0; chain < 10; ++chain) {
    Vec3 d = Vec3::Zero();
    for (std::size_t k = 1; k < former.size(); ++k) {
      d += glass.cell.minimum_image(glass.position[50 + 20 * chain + former[k]] -
                                    glass.position[50 + 20 * chain + former[k - 1]]);
    }
    mean += d.norm() / 10;
  }
  EXPECT_LT(mean, 0.85 * (unit.position[former.back()] - unit.position[former.front()]).norm());
  EXPECT_THAT(melt.notes, ::testing::Contains(HasSubstr("30 chains")));
}

}  // namespace
}  // namespace vitrion
