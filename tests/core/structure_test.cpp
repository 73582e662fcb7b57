#include "core/structure.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

TEST(Element, KnowsSymbolsMassesAndCharges) {
  EXPECT_EQ(element::atomic_number("Li"), 3);
  EXPECT_EQ(element::symbol(16), "S");
  EXPECT_NEAR(element::mass_amu(15), 30.974, 0.001);
  EXPECT_EQ(element::from_mass(6.94), 3);
  EXPECT_EQ(element::from_mass(500), 0);
  EXPECT_DOUBLE_EQ(*element::formal_charge(element::atomic_number("S")), -2);
  EXPECT_EQ(element::atomic_number("Qq"), 0);
  EXPECT_THROW(element::require("Lj"), InputError);
}

// Li2S: a = 5.715 Å, four formula units of 45.94 amu.
TEST(Structure, DensityOfAntifluoriteLi2S) {
  Structure s;
  s.cell = Cell::cubic(5.715);
  for (int i = 0; i < 8; ++i) s.add("Li", Vec3::Zero());
  for (int i = 0; i < 4; ++i) s.add("S", Vec3::Zero());
  EXPECT_NEAR(s.density_g_cm3(), 1.635, 0.002);
  EXPECT_EQ(s.formula(), "Li8 S4");
  EXPECT_EQ(*s.find_species("S"), 1U);
}

}  // namespace
}  // namespace vitrion
