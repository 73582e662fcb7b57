// LAMMPS against the definition of each potential, evaluated slowly and independently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "engine/force_provider.hpp"
#include "potential/reference.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

// LAMMPS' erfc in the pair style is a polynomial good to 1e-7; its Coulomb constant is 14.399645.
constexpr double energy_tolerance = 3e-6;  // relative
constexpr double force_tolerance = 2e-5;   // eV/Å
constexpr double stress_tolerance = 1e-6;  // eV/Å³

ClassicalForm form_of(const std::string& name) {
  return read_classical_form(data_folder() / "potentials" / (name + ".yaml"));
}

void expect_equal(const std::string& name, const Structure& structure) {
  const auto potential = load_potential(name);
  LammpsProviderOptions options;
  options.kspace_accuracy = 1e-7;
  options.ewald = true;
  const auto lammps = make_lammps_provider(*potential, options);
  Frame frame;
  frame.structure = structure;
  lammps->evaluate(frame);
  const auto want = testing::reference_forces(form_of(name), structure);
  EXPECT_NEAR(*frame.energy_eV, want.energy_eV, energy_tolerance * std::abs(want.energy_eV))
      << name;
  ASSERT_EQ(frame.forces.size(), structure.size());
  for (std::size_t i = 0; i < structure.size(); ++i) {
    EXPECT_LT((frame.forces[i] - want.forces[i]).norm(), force_tolerance) << name << " atom " << i;
  }
  EXPECT_LT((*frame.stress_eV_A3 - want.stress_eV_A3).cwiseAbs().maxCoeff(), stress_tolerance)
      << name << "\n"
      << *frame.stress_eV_A3 << "\n\n"
      << want.stress_eV_A3;
}

Structure rock_salt(double jitter) {
  Structure s;
  s.cell = Cell::cubic(11.28);
  RandomStream random(5, "salt");
  for (int i = 0; i < 64; ++i) {
    const Vec3 r(i % 4, i / 4 % 4, i / 16);
    s.add(static_cast<int>(r.sum()) % 2 == 0 ? "Cl" : "Na",
          2.82 * r +
              jitter * Vec3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)));
  }
  return s;
}

TEST(Forces, EqualTheDefinitionInACube) {
  expect_equal("lps-q07", testing::li3ps4(2, 0.2));
  expect_equal("lps-fm", testing::li3ps4(2, 0.2));
}

TEST(Forces, EqualTheDefinitionInATurnedTriclinicCell) {
  Mat3 deform;  // no standard orientation, tilts of either sign
  deform << 0.01, 0.10, -0.08, -0.12, 0.02, 0.15, 0.09, -0.05, -0.03;
  Structure s = testing::strained(testing::li3ps4(2, 0.2), deform);
  for (auto& r : s.position) r += s.cell.vectors() * Vec3(3, -2, 1);  // not wrapped either
  expect_equal("lps-fm", s);
  expect_equal("lps-q07", s);
}

TEST(Forces, EqualTheDefinitionForSpeciesInAnyOrder) {
  const Structure from = testing::li3ps4(2, 0.2);
  Structure s;
  s.cell = from.cell;
  for (const char* name : {"S", "P", "Li"}) (void)s.species_index(name);
  for (std::size_t i = 0; i < from.size(); ++i) s.add(from.species_of(i).name, from.position[i]);
  ASSERT_EQ(s.species[0].name, "S");
  expect_equal("lps-q07", s);
}

TEST(Forces, EqualTheDefinitionWithoutPhosphorus) {
  Structure s;  // antifluorite Li2S, 5.715 Å
  s.cell = Cell::cubic(5.715);
  for (const Vec3& o : {Vec3(0, 0, 0), Vec3(.5, .5, 0), Vec3(.5, 0, .5), Vec3(0, .5, .5)}) {
    s.add("S", 5.715 * o);
    s.add("Li", 5.715 * (o + Vec3(.25, .26, .25)));
    s.add("Li", 5.715 * (o + Vec3(.75, .24, .25)));
  }
  expect_equal("lps-fm", s);
}

TEST(Forces, EqualTheDefinitionOfTosiAndFumi) { expect_equal("nacl-tosi-fumi", rock_salt(0.2)); }

TEST(Forces, EqualTheDefinitionOfArgon) {
  Structure s;
  s.cell = Cell::orthorhombic(10, 12, 11);  // smaller than twice the cut-off
  RandomStream random(2, "argon");
  for (int i = 0; i < 8; ++i) {
    s.add("Ar", Vec3(5 * (i & 1), 6 * (i >> 1 & 1), 5.5 * (i >> 2 & 1)) +
                    0.3 * Vec3(random.uniform(), random.uniform(), random.uniform()));
  }
  expect_equal("lj-argon", s);
}

// Each pair's curve, with the Coulomb part of an isolated pair by subtraction of a far one.
TEST(Forces, PairCurvesEqualTheDefinition) {
  const ClassicalForm form = form_of("lps-fm");
  const auto potential = load_potential("lps-fm");
  LammpsProviderOptions options;
  options.kspace_accuracy = 1e-7;
  options.ewald = true;
  for (const auto& [a, b] :
       {std::pair{"Li", "S"}, {"P", "S"}, {"S", "S"}, {"P", "P"}, {"Li", "Li"}}) {
    const auto lammps = make_lammps_provider(*potential, options);
    for (const double r : {1.6, 2.0, 2.4, 2.5, 3.5, 6.0, 8.9}) {
      Frame frame;
      frame.structure.cell = Cell::cubic(22);
      frame.structure.add(a, {1, 1, 1});
      frame.structure.add(b, Vec3(1, 1, 1) + r * Vec3(2, -1, 2) / 3);
      lammps->evaluate(frame);
      const auto want = testing::reference_forces(form, frame.structure);
      EXPECT_NEAR(*frame.energy_eV, want.energy_eV, 2e-5) << a << "-" << b << " at " << r;
      EXPECT_LT((frame.forces[0] - want.forces[0]).norm(), force_tolerance)
          << a << "-" << b << " at " << r;
    }
  }
}

TEST(Forces, TheUsualMeshIsAsAccurateAsItSays) {
  const auto potential = load_potential("lps-q07");
  Frame frame;
  frame.structure = testing::li3ps4(2, 0.2);
  make_lammps_provider(*potential)->evaluate(frame);
  const auto want = testing::reference_forces(form_of("lps-q07"), frame.structure);
  double sum = 0;
  for (std::size_t i = 0; i < frame.size(); ++i)
    sum += (frame.forces[i] - want.forces[i]).squaredNorm();
  // 1e-4 of the force between two unit charges at 1 Å is 1.4e-3 eV/Å.
  EXPECT_LT(std::sqrt(sum / static_cast<double>(frame.size())), 1.5e-3);
}

TEST(Forces, AreDerivativesOfTheEnergy) {
  const auto potential = load_potential("lps-q07");
  LammpsProviderOptions options;
  options.kspace_accuracy = 1e-9;  // or pairs that cross the real-space cut-off make steps
  options.ewald = true;
  const auto lammps = make_lammps_provider(*potential, options);
  Frame frame;
  frame.structure = testing::li3ps4(2, 0.2);
  lammps->evaluate(frame);
  const double h = 5e-3;  // LAMMPS' table of the Coulomb energy is rough by some 1e-6 eV
  for (const std::size_t atom : {0u, 3u, 5u}) {
    for (int k = 0; k < 3; ++k) {
      Frame plus = frame;
      Frame minus = frame;
      plus.structure.position[atom][k] += h;
      minus.structure.position[atom][k] -= h;
      lammps->evaluate(plus);
      lammps->evaluate(minus);
      EXPECT_NEAR(frame.forces[atom][k], (*minus.energy_eV - *plus.energy_eV) / (2 * h), 2e-4);
    }
  }
}

TEST(Forces, TwoRanksAgreeWithOne) {
  const auto potential = load_potential("lps-q07");
  Frame one;
  one.structure = testing::li3ps4(2, 0.2);
  Frame two = one;
  LammpsProviderOptions options;
  make_lammps_provider(*potential, options)->evaluate(one);
  options.ranks = 2;
  make_lammps_provider(*potential, options)->evaluate(two);
  EXPECT_NEAR(*one.energy_eV, *two.energy_eV, 1e-9 * std::abs(*one.energy_eV));
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_LT((one.forces[i] - two.forces[i]).norm(), 1e-8);
}

TEST(Forces, RefuseWhatLammpsCannotTake) {
  const auto potential = load_potential("lj-argon");
  const auto lammps = make_lammps_provider(*potential);
  Frame frame;
  EXPECT_THROW(lammps->evaluate(frame), InputError);  // no atoms
  frame.structure.add("Ar", {0, 0, 0});
  EXPECT_THROW(lammps->evaluate(frame), InputError);  // no cell
  frame.structure.cell = Cell::cubic(10);
  frame.structure.position[0][1] = std::nan("");
  EXPECT_THROW(lammps->evaluate(frame), InputError);
  frame.structure.position[0][1] = 0;
  frame.structure.add("Ar", {0, 0, 0});  // on top of each other
  try {
    lammps->evaluate(frame);
    ADD_FAILURE() << "two atoms in one place were accepted";
  } catch (const WorkError& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("Non-numeric"));
  }
  frame.structure.position[1] = {4, 0, 0};  // and it recovers
  EXPECT_NO_THROW(lammps->evaluate(frame));
}

}  // namespace
}  // namespace vitrion
