// The slow reference against its own energy: forces and stress are derivatives, Madelung's
// constant.
#include "potential/reference.hpp"

#include <gtest/gtest.h>

#include "base/constants.hpp"
#include "base/data_files.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

ClassicalForm form_of(const std::string& name) {
  return read_classical_form(data_folder() / "potentials" / (name + ".yaml"));
}

TEST(Reference, EwaldGivesTheMadelungConstantOfRockSalt) {
  ClassicalForm form;
  form.charges = {{"Na", 1}, {"Cl", -1}};
  Structure s;
  s.cell = Cell::cubic(5.64);
  for (int i = 0; i < 8; ++i) {
    const Vec3 r(i & 1, (i >> 1) & 1, (i >> 2) & 1);
    s.add(static_cast<int>(r.sum()) % 2 == 0 ? "Na" : "Cl", 2.82 * r);
  }
  const auto got = testing::reference_forces(form, s);
  // M = 1.747 564 594 633 182 (per ion pair, nearest-neighbour distance)
  EXPECT_NEAR(got.energy_eV, -4 * 1.747564594633182 * constants::coulomb_eV_A / 2.82, 1e-9);
}

TEST(Reference, ForcesAndStressAreDerivativesOfTheEnergy) {
  const ClassicalForm form = form_of("lps-fm");
  Mat3 shear;
  shear << 0.02, 0.05, -0.03, 0, -0.01, 0.04, 0, 0, 0.03;
  const Structure s = testing::strained(testing::li3ps4(1, 0.25, 3), shear);
  const auto got = testing::reference_forces(form, s);
  const double h = 1e-4;
  for (const std::size_t atom : {0u, 3u, 6u}) {
    for (int k = 0; k < 3; ++k) {
      Structure plus = s;
      Structure minus = s;
      plus.position[atom][k] += h;
      minus.position[atom][k] -= h;
      const double f = -(testing::reference_forces(form, plus).energy_eV -
                         testing::reference_forces(form, minus).energy_eV) /
                       (2 * h);
      EXPECT_NEAR(got.forces[atom][k], f, 1e-5);
    }
  }
  for (int i = 0; i < 3; ++i) {
    for (int j = i; j < 3; ++j) {
      Mat3 e = Mat3::Zero();
      e(i, j) += 0.5 * h;
      e(j, i) += 0.5 * h;
      const double de = testing::reference_forces(form, testing::strained(s, e)).energy_eV -
                        testing::reference_forces(form, testing::strained(s, -e)).energy_eV;
      EXPECT_NEAR(got.stress_eV_A3(i, j), de / (2 * h) / s.cell.volume(), 2e-6);
    }
  }
}

}  // namespace
}  // namespace vitrion
