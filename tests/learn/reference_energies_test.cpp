#include "learn/reference_energies.hpp"

#include "learn/samples.hpp"

namespace vitrion::learn_test {
namespace {

using ::testing::HasSubstr;

void add(Dataset& data, std::size_t li, std::size_t p, std::size_t s, double energy_eV) {
  if (data.files.empty()) data.files.push_back("a");
  Frame frame = lattice_frame(li, p, s);
  frame.energy_eV = energy_eV;
  data.samples.push_back({frame, "a", 0, static_cast<std::int64_t>(data.size())});
}

TEST(ReferenceEnergies, ExactWhereCompositionsSpanTheElements) {
  Dataset data;
  const auto energy = [](double li, double p, double s) {
    return -203.1 * li - 178.2 * p - 277.9 * s;
  };
  add(data, 2, 0, 1, energy(2, 0, 1));
  add(data, 3, 1, 4, energy(3, 1, 4));
  add(data, 3, 1, 0, energy(3, 1, 0));  // Li2S and P2S5 alone span two dimensions
  add(data, 7, 3, 11, energy(7, 3, 11));
  const auto found = fit_reference_energies(data);
  EXPECT_EQ(found.rank, 3);
  EXPECT_EQ(found.frames, 4U);
  EXPECT_TRUE(found.notes.empty());
  EXPECT_NEAR(found.per_atom_eV.at("Li"), -203.1, 1e-8);
  EXPECT_NEAR(found.per_atom_eV.at("P"), -178.2, 1e-8);
  EXPECT_NEAR(found.per_atom_eV.at("S"), -277.9, 1e-8);
  EXPECT_NEAR(found.residual_eV_per_atom, 0, 1e-9);
  EXPECT_NEAR(found.of(lattice_frame(1, 1, 1).structure), energy(1, 1, 1), 1e-7);
}

TEST(ReferenceEnergies, DegenerateCompositionsGetTheLeastNormAndANote) {
  // Only Li3PS4: e·x = E/N has the least-norm solution e = (E/N) x/|x|², x the fractions.
  Dataset data;
  const double per_atom = -250.0;
  add(data, 3, 1, 4, 8 * per_atom);
  add(data, 6, 2, 8, 16 * per_atom + 0.16);
  const auto found = fit_reference_energies(data);
  EXPECT_EQ(found.rank, 1);
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_THAT(found.notes[0], HasSubstr("1 of 3"));
  const double norm = (9.0 + 1.0 + 16.0) / 64.0;
  EXPECT_NEAR(found.per_atom_eV.at("S"), (per_atom + 0.005) * 0.5 / norm, 1e-8);
  EXPECT_NEAR(found.of(lattice_frame(3, 1, 4).structure), 8 * (per_atom + 0.005), 1e-8);
  EXPECT_NEAR(found.residual_eV_per_atom, 0.005, 1e-9);
}

TEST(ReferenceEnergies, OnlyFramesAskedForAndOnlyWithEnergies) {
  Dataset data;
  add(data, 1, 0, 0, -200);
  add(data, 1, 0, 0, -400);
  data.samples.push_back(data.samples[0]);
  data.samples.back().frame.energy_eV.reset();
  const std::vector<std::size_t> first{0, 2};
  EXPECT_DOUBLE_EQ(fit_reference_energies(data, first).per_atom_eV.at("Li"), -200);
  EXPECT_NEAR(fit_reference_energies(data).per_atom_eV.at("Li"), -300, 1e-9);
  const std::vector<std::size_t> unlabelled{2};
  EXPECT_THAT(refused([&] { fit_reference_energies(data, unlabelled); }),
              HasSubstr("no frame has an energy"));
}

TEST(ReferenceEnergies, AnElementWithoutOneIsNamed) {
  const auto given = given_reference_energies({{"Li", -1}});
  EXPECT_DOUBLE_EQ(given.of(lattice_frame(4, 0, 0).structure), -4);
  EXPECT_THAT(refused([&] { static_cast<void>(given.of(lattice_frame(1, 0, 1).structure)); }),
              HasSubstr("no reference energy for \"S\""));
}

}  // namespace
}  // namespace vitrion::learn_test
