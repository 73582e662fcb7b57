#include "build/monte_carlo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/system.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

SystemSettings cell(const std::map<std::string, double>& units, double edge) {
  SystemSettings s;
  s.units = units;
  s.cell_lengths_A = {edge, edge, edge};
  s.minimum_distance_A = 1.8;
  return s;
}

PairEnergy energy_for(const PreparedSystem& system, const ClassicalForm& form, double cutoff,
                      double core) {
  MinimumDistances cores;
  std::vector<std::string> names;
  for (const auto& [a, n] : system.plan.atoms_by_element) {
    for (const auto& [b, m] : system.plan.atoms_by_element) cores[std::minmax(a, b)] = core;
  }
  const UnitEnsemble order(system,
                           std::make_shared<PairEnergy>(form, std::vector<Species>{}, cores, 1.0));
  return {form, order.structure().species, cores, cutoff};
}

TEST(PairEnergy, TableFollowsThePotentialAndEndsSmoothly) {
  const ClassicalForm form = classical_form_for("nacl-tosi-fumi", {"Na", "Cl"});
  const PreparedSystem system = prepare_system(cell({{"Na", 2}, {"Cl", 2}}, 20));
  const PairEnergy e = energy_for(system, form, 9, 1.8);
  for (double r = 1.81; r < 9.5; r += 0.0137) {
    EXPECT_NEAR(e(0, 1, r * r), e.exact(0, 1, r), 2e-4 + 1e-3 * std::abs(e.exact(0, 1, r)));
  }
  EXPECT_EQ(e(0, 1, 1.79 * 1.79), PairEnergy::overlap);
  EXPECT_EQ(e(0, 1, 81.0), 0);
  EXPECT_NEAR(e.exact(0, 1, 8.999), 0, 1e-4);
  // Near contact the attraction is close to the bare one, less what the shift takes.
  EXPECT_LT(e.exact(0, 1, 2.8), -1.5);
  EXPECT_THROW(classical_form_for("auto", {"Xe", "U"}), InputError);
}

TEST(MonteCarlo, EnergyIsKeptThroughAllMoves) {
  for (const double edge : {19.0, 41.0}) {  // all pairs, and bins
    const double scale = std::pow(edge / 19, 3);
    const double n = std::round(12 * scale);
    SystemSettings s = cell({{"Li", 3 * n}, {"PS4", n}}, edge);
    s.cell_angles_deg = {90, 90, 80};
    const PreparedSystem system = prepare_system(s);
    const ClassicalForm form = classical_form_for("lps-fm", {"Li", "P", "S"});
    const auto energy = std::make_shared<PairEnergy>(energy_for(system, form, 9, 2.0));
    UnitEnsemble made(system, energy);
    RandomStream random(1, "test");
    ASSERT_TRUE(made.insert_all(0.3, 8, random));
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-6 * std::abs(made.energy_eV()));
    for (int k = 0; k < 4; ++k)
      made.sweep(0.1, edge < 30 ? std::nullopt : std::optional(0.0), random);
    EXPECT_NEAR(made.energy_eV(), made.recount(), 1e-6 * std::abs(made.energy_eV()));
    // The model says the same, counted pair by pair over a neighbour list.
    const Structure st = made.structure();
    const NeighborList near = build_neighbor_list(st, 9);
    double sum = 0;
    for (std::size_t i = 0; i < st.size(); ++i) {
      for (const Neighbor& b : near.of(i)) {
        const bool own = i >= static_cast<std::size_t>(system.units[0].second) &&
                         b.atom >= static_cast<std::size_t>(system.units[0].second) &&
                         (i - static_cast<std::size_t>(system.units[0].second)) / 5 ==
                             (b.atom - static_cast<std::size_t>(system.units[0].second)) / 5;
        if (!own) sum += 0.5 * (*energy)(st.kind[i], st.kind[b.atom], b.distance * b.distance);
      }
    }
    EXPECT_NEAR(made.energy_eV(), sum, 1e-6 * std::abs(sum));
    // Adopting the model gives it back.
    PreparedSystem moved = system;
    moved.cell = st.cell;
    UnitEnsemble again(moved, energy);
    again.adopt(st);
    EXPECT_NEAR(again.energy_eV(), made.energy_eV(), 1e-3 * std::abs(sum));
  }
}

// One Na+ and one Cl−: the mean energy is an integral over their distance.
TEST(MonteCarlo, TwoIonsFollowBoltzmann) {
  const PreparedSystem system = prepare_system(cell({{"Na", 1}, {"Cl", 1}}, 20));
  const ClassicalForm form = classical_form_for("nacl-tosi-fumi", {"Na", "Cl"});
  const auto energy = std::make_shared<PairEnergy>(energy_for(system, form, 9, 1.8));
  const double kT = 1.0;
  double z = 0;
  double u = 0;
  const double h = 1e-3;
  for (double r = 1.8 + h / 2; r < 9; r += h) {
    const double w = 4 * constants::pi * r * r * h * std::exp(-energy->exact(1, 0, r) / kT);
    z += w;
    u += w * energy->exact(1, 0, r);
  }
  z += 8000 - 4.0 / 3 * constants::pi * 729;
  UnitEnsemble made(system, energy);
  RandomStream random(3, "test");
  ASSERT_TRUE(made.insert_all(kT, 4, random));
  std::vector<double> blocks;
  for (int b = 0; b < 20; ++b) {
    double sum = 0;
    for (int k = 0; k < 6000; ++k) {
      made.sweep(kT, std::nullopt, random);
      sum += made.energy_eV() / 6000;
    }
    if (b > 0) blocks.push_back(sum);
  }
  double mean = 0;
  for (const double b : blocks) mean += b / 19;
  double var = 0;
  for (const double b : blocks) var += (b - mean) * (b - mean) / 18;
  EXPECT_NEAR(mean, u / z, 4.5 * std::sqrt(var / 19));
  EXPECT_LT(std::sqrt(var / 19), 0.1 * std::abs(u / z));
}

// Without forces the volume is that of an ideal gas: ⟨V⟩ = (N + 1) kT/p.
TEST(MonteCarlo, IdealGasHasItsVolume) {
  const PreparedSystem system = prepare_system(cell({{"Na", 4}, {"Cl", 4}}, 20));
  ClassicalForm none;
  none.elements = {"Na", "Cl"};
  const auto energy = std::make_shared<PairEnergy>(energy_for(system, none, 2, 1e-3));
  UnitEnsemble made(system, energy);
  RandomStream random(5, "test");
  ASSERT_TRUE(made.insert_all(0.1, 1, random));
  const double kT = 0.1;
  const double pressure = 9 * kT / 8000;
  double sum = 0;
  const int sweeps = 20000;
  for (int k = 0; k < sweeps; ++k) {
    made.sweep(kT, pressure, random);
    sum += made.structure().cell.volume() / sweeps;
  }
  EXPECT_NEAR(sum, 8000, 500);
}

TEST(MonteCarlo, ARecipeBuildsACell) {
  SystemSettings s;
  s.schema().read(
      parse_yaml("method: monte-carlo\ncomposition: Li3PS4\natoms: 160\ndensity: 1.7 g/cm3\n"
                 "monte_carlo: {potential: lps-fm, sweeps: 10, equilibrate: 6, copies: 3, "
                 "temperature: 500 K}\n",
                 "test"));
  const SystemPlan plan = plan_system(s);
  ASSERT_FALSE(plan.notes.empty());
  EXPECT_THAT(plan.notes[0], HasSubstr("lps-fm"));
  const BuiltSystem built = build_model(s, 1, 1);
  EXPECT_EQ(built.frame.structure.formula(), "Li60 P20 S80");
  EXPECT_NEAR(built.frame.structure.density_g_cm3(), 1.7, 1e-9);
  EXPECT_EQ(built.frame.structure.position, build_model(s, 1, 1).frame.structure.position);
  const NeighborList near = build_neighbor_list(built.frame.structure, 2.3);
  for (std::size_t i = 0; i < 80; ++i) {
    if (built.frame.structure.species_of(i).name != "P") continue;
    EXPECT_EQ(near.of(i).size(), 4U);  // each P keeps its own four S and no other
  }
  s.monte_carlo.potential = "lps-net";
  EXPECT_THROW(plan_system(s), InputError);
}

}  // namespace
}  // namespace vitrion
