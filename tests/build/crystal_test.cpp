#include "build/crystal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <filesystem>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "build/disorder.hpp"
#include "build/ewald.hpp"
#include "build/supercell.hpp"
#include "build/system.hpp"
#include "io/cif_text.hpp"
#include "io/formats.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path temporary(const std::string& name, const std::string& text) {
  const auto file = std::filesystem::path(::testing::TempDir()) / name;
  write_file_atomically(file, text);
  return file;
}

SystemSettings crystal(const std::string& file, long atoms = 1) {
  SystemSettings s;
  s.method = "crystal";
  s.crystal.file = file;
  s.atoms = atoms;
  return s;
}

TEST(CifText, ReadsQuotesLoopsAndTexts) {
  const auto blocks = parse_cif(
      "#\\#CIF_1.1\ndata_a\n_x 'a dog's life' # said\n_y\n;line\nline\n;\nloop_\n_p _q\n1 'b c'\n"
      "2(3) \"d\"\ndata_b\n_Z ?\n",
      "test");
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].value({"_x"}), "a dog's life");
  EXPECT_EQ(blocks[0].value({"_y"}), "line\nline");
  EXPECT_THAT(*blocks[0].column("_P"), ElementsAre("1", "2(3)"));
  EXPECT_EQ(blocks[1].value({"_z"}), "");
  EXPECT_EQ(cif_number("2.50(3)"), 2.5);
  EXPECT_TRUE(std::isnan(cif_number("?")));
  EXPECT_THROW(parse_cif("data_a\nloop_\n_p _q\n1 2 3\n", "test"), InputError);
  EXPECT_THROW(parse_cif("data_a\n_x 'open\n", "test"), InputError);
  EXPECT_THROW(parse_cif("Li 0 0 0\n", "test"), InputError);
}

// What the program ships: formula, space group as spglib finds it, no contact under 1.8 Å between
// full sites, and the bonds that its chemistry has.
struct Shipped {
  std::string name;
  std::string formula;
  int space_group;
  double density;  // g/cm³, published or from the published cell
};

TEST(Crystals, AreWhatTheySay) {
  for (const Shipped& c :
       {Shipped{"Li2S", "Li8 S4", 225, 1.635}, Shipped{"Na2S", "Na8 S4", 225, 1.865},
        Shipped{"SiS2", "Si4 S8", 72, 2.05}, Shipped{"Si", "Si8", 227, 2.329},
        Shipped{"cubic-Na3PS4", "Na6 P2 S8", 217, 2.211},
        Shipped{"gamma-Li3PS4", "Li6 P2 S8", 31, 1.935},
        Shipped{"beta-Li3PS4", "Li12 P4 S16", 62, 1.853},
        Shipped{"alpha-Li3PS4", "Li12 P4 S16", 60, 1.827},
        Shipped{"Li7P3S11", "Li14 P6 S22", 2, 1.979}, Shipped{"Li4P2S6", "Li4 P2 S6", 162, 2.219},
        Shipped{"Li2P2S6", "Li4 P4 S12", 12, 2.156}, Shipped{"P4S10", "P8 S20", 2, 2.115}}) {
    const Crystal made = load_crystal(c.name);
    EXPECT_EQ(symmetry_of(made).number, c.space_group) << c.name;
    const SystemPlan plan = plan_system(crystal(c.name));
    EXPECT_EQ(plan.cell_formula, c.formula);
    EXPECT_NEAR(plan.density_g_cm3, c.density, 0.005) << c.name;
    // Bonds between like atoms are none of formal charges.
    EXPECT_EQ(plan.net_charge_e, c.name == "Si" ? 32 : c.name == "Li4P2S6" ? 2 : 0) << c.name;
    const Structure s = build_system(crystal(c.name), 1, 0).structure;
    const NeighborList near = build_neighbor_list(s, 2.9);
    for (std::size_t i = 0; i < s.size(); ++i) {
      std::size_t sulfur = 0;
      for (const Neighbor& b : near.of(i)) {
        EXPECT_GT(b.distance, 1.8) << c.name;
        if (s.species_of(b.atom).name == "S" && b.distance < 2.3) ++sulfur;
      }
      const std::string& symbol = s.species_of(i).name;
      if (symbol == "P" || (symbol == "Si" && c.name == "SiS2")) {
        EXPECT_EQ(sulfur, c.name == "Li4P2S6" ? 3U : 4U) << c.name;
      }
    }
  }
  EXPECT_GE(crystal_names().size(), 12U);
}

TEST(Crystals, UnknownNamesAndBrokenFilesAreExplained) {
  const auto message = [](const std::string& file) {
    try {
      (void)load_crystal(file);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message("gama-Li3PS4"), HasSubstr("did you mean \"gamma-Li3PS4\"?"));
  const std::string cell =
      "data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n"
      "_cell_angle_beta 90\n_cell_angle_gamma 90\n";
  const std::string atoms =
      "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
      "_atom_site_occupancy\n";
  EXPECT_THAT(message(temporary("a.cif", cell)), HasSubstr("no atoms"));
  EXPECT_THAT(message(temporary("a.cif", cell + atoms + "Li1 0 0 0 1\n")),
              HasSubstr("no space group"));
  const std::string group = "_symmetry_Int_Tables_number 1\n";
  EXPECT_EQ(message(temporary("a.cif", cell + group + atoms + "Li1+ 0 0 0 1\n")), "accepted");
  EXPECT_THAT(message(temporary("a.cif", cell + group + atoms + "Xy1 0 0 0 1\n")),
              HasSubstr("no element"));
  EXPECT_THAT(message(temporary("a.cif", cell + group + atoms + "Li1 0 0 0 0.7\nNa1 0 0 0 0.7\n")),
              HasSubstr("occupied 1.4 times"));
}

TEST(Crystals, AnyStructureFileIsOne) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "POSCAR";
  write_frame(file, build_system(crystal("Li2S"), 1, 0));
  const Crystal c = load_crystal(file.string());
  EXPECT_EQ(c.sites.size(), 12U);
  EXPECT_EQ(symmetry_of(c).symbol, "Fm-3m");
}

// Madelung constants of rock salt and caesium chloride: 1.747565, 1.762675 (nearest distance 1).
TEST(Ewald, MadelungConstants) {
  const Cell cell = Cell::cubic(2 / std::sqrt(3.0) * 3);
  Eigen::VectorXd q(2);
  q << 1, -1;
  const auto m = ewald_matrix(cell, {Vec3::Zero(), cell.to_cartesian({0.5, 0.5, 0.5})});
  EXPECT_NEAR(0.5 * q.dot(m * q) * 3 / constants::coulomb_eV_A, -1.762675, 1e-5);

  // Rock salt, in a skewed supercell of its primitive cell, each potential being that of the bulk.
  Mat3 h;
  h << 0, 3, 3, 3, 0, 3, 3, 3, 0;
  Crystal nacl{"NaCl", Cell(h), {}};
  nacl.sites = {{Vec3::Zero(), {{"Na", 1.0}}, "Na"}, {Vec3::Constant(0.5), {{"Cl", 1.0}}, "Cl"}};
  IntMatrix skew;
  skew << 2, 1, 0, 0, 2, 1, -1, 0, 2;
  const Crystal big = supercell(nacl, skew);
  EXPECT_EQ(big.sites.size(), 14U);  // det 7
  std::vector<Vec3> position;
  Eigen::VectorXd charge(static_cast<Eigen::Index>(big.sites.size()));
  for (std::size_t i = 0; i < big.sites.size(); ++i) {
    position.push_back(big.cell.to_cartesian(big.sites[i].fraction));
    charge[static_cast<Eigen::Index>(i)] = big.sites[i].occupancy.count("Na") != 0 ? 1 : -1;
  }
  const Eigen::VectorXd potential = ewald_matrix(big.cell, position) * charge;
  for (Eigen::Index i = 0; i < potential.size(); ++i)
    EXPECT_NEAR(potential[i] * charge[i] * 3 / constants::coulomb_eV_A, -1.747565, 2e-5);
}

TEST(Supercell, ShapesAndSizes) {
  const Crystal gamma = load_crystal("gamma-Li3PS4");
  const IntMatrix m = supercell_matrix(gamma.cell, 27, "blocky");
  EXPECT_EQ(m.diagonal(), Eigen::Vector3i(3, 3, 3));
  // fcc's primitive cell has its cube at (−1 1 1 …), four times as large.
  Mat3 h;
  h << 0, 2, 2, 2, 0, 2, 2, 2, 0;
  const Cell primitive(h);
  const IntMatrix cube = supercell_matrix(primitive, 32, "cubic");
  const Cell made(primitive.vectors() * cube.cast<double>());
  EXPECT_NEAR(made.volume(), 512, 1e-6);
  EXPECT_NEAR((made.angles_deg() - Vec3::Constant(90)).norm(), 0, 1e-6);
  const Crystal big = supercell(gamma, m);
  EXPECT_EQ(big.sites.size(), 27 * gamma.sites.size());
  EXPECT_EQ(symmetry_of(big).number, 31);
  EXPECT_THROW(supercell(gamma, IntMatrix::Zero()), InputError);
}

// Half-filled sites of a CsCl-like lattice: the lowest energy of ±1 on it is that of alternation,
// known from all arrangements of a small cell.
TEST(Disorder, EwaldFindsTheLowestOfAllArrangements) {
  Crystal c{"test", Cell::orthorhombic(3, 3, 12), {}};
  for (int k = 0; k < 8; ++k)
    c.sites.push_back({Vec3(0, 0, k / 8.0), {{"Li", 0.5}, {"F", 0.5}}, "A"});
  const auto groups = count_occupants(c);
  EXPECT_EQ(groups[0].counts.at("Li"), 4);
  EXPECT_EQ(groups[0].counts.at("F"), 4);
  std::vector<Vec3> position;
  for (const auto& site : c.sites) position.push_back(c.cell.to_cartesian(site.fraction));
  const Eigen::MatrixXd m = ewald_matrix(c.cell, position);
  double lowest = 1e300;
  for (unsigned code = 0; code < 256; ++code) {
    if (__builtin_popcount(code) != 4) continue;
    Eigen::VectorXd q(8);
    for (int k = 0; k < 8; ++k) q[k] = (code >> k & 1U) != 0 ? 1 : -1;
    lowest = std::min(lowest, 0.5 * q.dot(m * q));
  }
  RandomStream random(1, "test");
  const auto made = resolve_disorder(c, groups, {true, 10, 1.0}, random);
  ASSERT_FALSE(made.energies_eV.empty());
  EXPECT_NEAR(made.energies_eV[0], lowest, 1e-6);
}

TEST(Disorder, SitesTooCloseAreNeverBothTaken) {
  // A chain of split pairs 0.6 Å apart, half filled.
  Crystal c{"split", Cell::orthorhombic(5, 5, 40), {}};
  for (int k = 0; k < 10; ++k) {
    for (const double off : {-0.3, 0.3})
      c.sites.push_back({Vec3(0, 0, (4 * k + 2 + off) / 40), {{"Li", 0.5}}, "Li"});
  }
  RandomStream random(1, "test");
  for (const bool ewald : {false, true}) {
    const Structure s = resolve_disorder(c, count_occupants(c), {ewald, 3, 1.5}, random).structure;
    EXPECT_EQ(s.size(), 10U);
    EXPECT_EQ(build_neighbor_list(s, 1.5).pairs(), 0U);
  }
  for (auto& site : c.sites) site.occupancy["Li"] = 0.9;
  EXPECT_THROW(resolve_disorder(c, count_occupants(c), {false, 3, 1.5}, random), WorkError);
}

TEST(Disorder, SubstitutionsStayNeutral) {
  SystemSettings s = crystal("gamma-Li3PS4", 128);
  s.crystal.substitutions = {{"P>Si", 0.25}};
  try {
    plan_system(s);
    FAIL() << "a charged crystal was accepted";
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("vacancies of anions"));
  }
  // Li3PS4 with a tenth of S by Cl (+0.4 e) and 0.4 of 3 Li left out.
  s.crystal.substitutions = {{"S>Cl", 0.1}};
  s.crystal.vacancies = {{"Li", 0.4 / 3}};
  const SystemPlan plan = plan_system(s);
  EXPECT_EQ(plan.net_charge_e, 0);
  const Frame f = build_system(s, 3, 1);
  EXPECT_EQ(f.structure.formula(), plan.cell_formula);
  EXPECT_GT(plan.atoms_by_element.at("Cl"), 3);
  EXPECT_EQ(f.structure.position, build_system(s, 3, 1).structure.position);
  s.crystal.substitutions = {{"Ge>Si", 0.1}};
  EXPECT_THROW(plan_system(s), InputError);
}

TEST(Disorder, CrystalAtAnotherDensity) {
  SystemSettings s = crystal("Li2S", 300);
  s.density_g_cm3 = 1.5;
  const Frame f = build_system(s, 1, 0);
  EXPECT_NEAR(f.structure.density_g_cm3(), 1.5, 1e-9);
  EXPECT_EQ(f.size(), 324U);
  EXPECT_EQ(symmetry_of(f.structure).number, 225);
}

}  // namespace
}  // namespace vitrion
