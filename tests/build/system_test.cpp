#include "build/system.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/unit.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

SystemSettings settings(const std::string& composition, long atoms, double density) {
  SystemSettings s;
  s.composition = composition;
  s.atoms = atoms;
  s.density_g_cm3 = density;
  return s;
}

// Which unit each atom belongs to, from the plan alone.
std::vector<std::size_t> unit_of_atoms(const SystemPlan& plan) {
  const UnitLibrary library = UnitLibrary::standard();
  std::vector<std::size_t> out;
  std::size_t unit = 0;
  for (const auto& u : plan.units) {
    for (long n = 0; n < u.count; ++n, ++unit)
      out.insert(out.end(), library.get(u.name).size(), unit);
  }
  return out;
}

// The first atom of every unit.
std::vector<std::size_t> unit_heads(const SystemPlan& plan) {
  const auto unit = unit_of_atoms(plan);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < unit.size(); ++i) {
    if (i == 0 || unit[i] != unit[i - 1]) out.push_back(i);
  }
  return out;
}

// Smallest distance between atoms of different units or of different images, over 125 images.
double closest_approach(const Frame& frame, const SystemPlan& plan, const std::string& a,
                        const std::string& b) {
  const Structure& s = frame.structure;
  const auto unit = unit_of_atoms(plan);
  double best = 1e300;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s.species_of(i).name != a) continue;
    for (std::size_t j = 0; j < s.size(); ++j) {
      if (s.species_of(j).name != b) continue;
      // Units may be cut by a face: their own bonds are at the minimum image.
      const Vec3 own = s.cell.minimum_image(s.position[j] - s.position[i]);
      for (int x = -2; x <= 2; ++x) {
        for (int y = -2; y <= 2; ++y) {
          for (int z = -2; z <= 2; ++z) {
            const Vec3 d = s.position[j] - s.position[i] + s.cell.vectors() * Vec3(x, y, z);
            if (unit[i] == unit[j] && (d - own).norm() < 1e-6) continue;
            best = std::min(best, d.norm());
          }
        }
      }
    }
  }
  return best;
}

TEST(Plan, CountsAtomsAndVolume) {
  SystemSettings s = settings("0.75Li2S-0.25P2S5", 256, 1.8);
  const SystemPlan plan = plan_system(s);
  EXPECT_EQ(plan.formula, "Li3PS4");
  EXPECT_EQ(plan.cell_formula, "Li96 P32 S128");
  EXPECT_EQ(plan.atoms, 256);
  EXPECT_EQ(plan.density_source, "given");
  EXPECT_EQ(plan.net_charge_e, 0);
  EXPECT_LT(plan.achieved_composition_error, 1e-12);
  // 32 × (3·6.94 + 30.974 + 4·32.06) amu at 1.8 g/cm³.
  EXPECT_NEAR(plan.volume_A3, 32 * 180.034 * 1.66053906660 / 1.8, 2.0);
  ASSERT_EQ(plan.units.size(), 2U);
  EXPECT_EQ(plan.units[0].name, "Li");
  EXPECT_EQ(plan.units[1].name, "PS4");
  EXPECT_EQ(plan.units[1].count, 32);
  EXPECT_EQ(plan.units[1].charge_e, -3);
  s.density_g_cm3.reset();
  EXPECT_THAT(plan_system(s).density_source, HasSubstr("DOI"));
}

TEST(Plan, RefusesWhatCannotBe) {
  const auto message = [](const SystemSettings& s) {
    try {
      plan_system(s);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  SystemSettings s = settings("", 100, 1.8);
  EXPECT_THAT(message(s), HasSubstr("no composition"));
  s = settings("Li3PS4", 0, 1.8);
  EXPECT_THAT(message(s), HasSubstr("at least one"));
  s = settings("Li3PS4", 256, -1);
  EXPECT_THAT(message(s), HasSubstr("density"));
  s = settings("Li3PS4", 256, 25);
  EXPECT_THAT(message(s), HasSubstr("25 g/cm3"));
  EXPECT_THAT(message(s), HasSubstr("more than any random packing"));
  s = settings("Li3PS4", 256, 1.8);
  s.minimum_distance_A = 4;
  EXPECT_THAT(message(s), HasSubstr("4 Å apart"));
  s = settings("Li3PS4", 256, 1.8);
  s.cell_ratio = {1, 1};
  EXPECT_THAT(message(s), HasSubstr("cell_ratio has 2 numbers"));
  s.cell_ratio = {1, 1, 0};
  EXPECT_THAT(message(s), HasSubstr("cell_ratio"));
  s.cell_ratio = {1, 1, 1};
  s.cell_angles_deg = {10, 20, 170};
  EXPECT_THAT(message(s), HasSubstr("angles"));
  s.cell_angles_deg = {90, 90, 90};
  s.cell_ratio = {1, 1, 2000};
  EXPECT_THAT(message(s), HasSubstr("own image"));
  s = settings("Li3PS4", 256, 1.8);
  s.minimum_distances_A = {{"Li-Si", 2.0}};
  EXPECT_THAT(message(s), HasSubstr("\"Si\", which is not in the system"));
  s.minimum_distances_A = {{"Li", 2.0}};
  EXPECT_THAT(message(s), HasSubstr("pair of elements"));
  s = settings("", 256, 1.8);
  s.units = {{"PS4", 32}, {"Li", 95}};
  EXPECT_THAT(message(s), HasSubstr("net charge of -1 e: add 1 Li"));
  s.units = {{"PS4", 32.5}, {"Li", 96}};
  EXPECT_THAT(message(s), HasSubstr("whole number"));
  s.units = {{"PSS4", 32}, {"Li", 96}};
  EXPECT_THAT(message(s), HasSubstr("did you mean \"PS4\"?"));
  s.units = {{"PS4", 32}, {"Li", 96}};
  s.composition = "Li4P2S7";
  EXPECT_THAT(message(s), HasSubstr("not the composition"));
  s.composition = "Li3PS4";
  EXPECT_EQ(message(s), "accepted");
}

TEST(Plan, SchemaReadsARecipe) {
  SystemSettings s;
  s.schema().read(parse_yaml(
      "composition: 0.7Li2S-0.3P2S5\natoms: 420\ndensity: 1.93 g/cm3\ncell_ratio: [1, 1, 2]\n"
      "cell_angles: [80 deg, 90 deg, 100 deg]\nminimum_distance: 0.21 nm\n"
      "minimum_distances: {Li-Li: 2.5 A}\nunits: {}\n",
      "recipe.yaml"));
  EXPECT_EQ(s.composition, "0.7Li2S-0.3P2S5");
  EXPECT_EQ(s.atoms, 420);
  EXPECT_EQ(s.density_g_cm3, 1.93);
  EXPECT_NEAR(s.minimum_distance_A, 2.1, 1e-12);
  EXPECT_EQ(s.minimum_distances_A.at("Li-Li"), 2.5);
  EXPECT_EQ(s.cell_angles_deg[2], 100);
  s.schema().set("units", "Li:7,PS4:1,P2S7:1", {});
  EXPECT_EQ(plan_system(s).atoms, 21);
  try {
    s.schema().read(parse_yaml("atoms: 5\ncomposition: \"Li3PX4\"\n", "recipe.yaml"));
    FAIL();
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("recipe.yaml:2:19: \"X\""));  // under the X itself
  }
  EXPECT_THROW(s.schema().read(parse_yaml("densty: 1.9 g/cm3\n", "recipe.yaml")), InputError);
}

TEST(Build, KeepsDistancesInSkewedCells) {
  for (const auto& angles : {std::vector<double>{90, 90, 90}, {65, 80, 115}, {120, 100, 62}}) {
    SystemSettings s = settings("7Li+PS4+P2S7", 168, 1.93);
    s.cell_angles_deg = angles;
    s.cell_ratio = {1, 1.2, 0.9};
    s.minimum_distances_A = {{"S-S", 2.6}, {"Li-Li", 2.5}};
    const SystemPlan plan = plan_system(s);
    const Frame frame = build_system(s, 11, 0);
    ASSERT_EQ(frame.size(), static_cast<std::size_t>(plan.atoms));
    EXPECT_NEAR(frame.structure.density_g_cm3(), 1.93, 1e-10);
    EXPECT_NEAR(frame.structure.cell.angles_deg()[2], angles[2], 1e-9);
    EXPECT_NEAR(frame.structure.cell.lengths()[1] / frame.structure.cell.lengths()[0], 1.2, 1e-9);
    EXPECT_GE(closest_approach(frame, plan, "Li", "S"), 2.0);
    EXPECT_GE(closest_approach(frame, plan, "P", "S"), 2.0);
    EXPECT_GE(closest_approach(frame, plan, "S", "S"), 2.6);
    EXPECT_GE(closest_approach(frame, plan, "Li", "Li"), 2.5);
  }
}

TEST(Build, KeepsDistancesToOwnImagesInTinyCells) {
  for (std::uint64_t replica = 0; replica < 5; ++replica) {
    const SystemSettings s = settings("Li3PS4", 8, 1.8);
    const Frame frame = build_system(s, 3, replica);
    ASSERT_EQ(frame.size(), 8U);
    EXPECT_GE(closest_approach(frame, plan_system(s), "S", "S"), 2.0);
    EXPECT_GE(closest_approach(frame, plan_system(s), "Li", "S"), 2.0);
  }
}

TEST(Build, UnitsStayRigidAndAtomsAreListedByUnit) {
  const SystemSettings s = settings("0.8Li2S-0.2P2S5", 190, 1.8);
  const Frame frame = build_system(s, 5, 2);
  const SystemPlan plan = plan_system(s);
  const Structure& st = frame.structure;
  EXPECT_EQ(st.formula(), plan.cell_formula);
  EXPECT_EQ(st.species[0].name, "Li");
  EXPECT_EQ(st.species.back().name, "S");
  EXPECT_EQ(frame.wrapping, Wrapping::wrapped);
  EXPECT_NO_THROW(check_frame(frame));
  const UnitLibrary library = UnitLibrary::standard();
  std::size_t at = 0;
  for (const auto& u : plan.units) {
    const Unit unit = library.get(u.name);
    for (long n = 0; n < u.count; ++n, at += unit.size()) {
      for (std::size_t i = 0; i < unit.size(); ++i) {
        EXPECT_EQ(st.species_of(at + i).name, unit.elements[i]);
        for (std::size_t j = 0; j < i; ++j) {
          const Vec3 d = st.cell.minimum_image(st.position[at + i] - st.position[at + j]);
          EXPECT_NEAR(d.norm(), (unit.position[i] - unit.position[j]).norm(), 1e-9);
        }
        const Vec3 f = st.cell.to_fractional(st.position[at + i]);
        EXPECT_TRUE((f.array() >= 0).all() && (f.array() < 1).all());
      }
    }
  }
}

TEST(Build, IsFixedBySeedAndReplica) {
  const SystemSettings s = settings("0.75Li2S-0.25P2S5", 128, 1.8);
  const Frame a = build_system(s, 42, 0);
  EXPECT_EQ(a.structure.position, build_system(s, 42, 0).structure.position);
  EXPECT_NE(a.structure.position, build_system(s, 42, 1).structure.position);
  EXPECT_NE(a.structure.position, build_system(s, 43, 0).structure.position);
}

// Slabs along each axis hold equal numbers of units, those at the faces too. Units repel, so their
// counts scatter less than Poisson's and χ² is, if anything, too small.
TEST(Build, DensityIsUniformAcrossTheFaces) {
  SystemSettings s = settings("7Li+PS4+P2S7", 2100, 1.93);
  s.cell_angles_deg = {75, 90, 110};
  const auto heads = unit_heads(plan_system(s));
  constexpr int bins = 25;  // of about 1.4 Å
  std::array<std::vector<double>, 3> counts;
  counts.fill(std::vector<double>(bins, 0));
  const int replicas = 4;
  for (int r = 0; r < replicas; ++r) {
    const Frame frame = build_system(s, 7, static_cast<std::uint64_t>(r));
    for (const auto i : heads) {
      const Vec3 f = frame.structure.cell.to_fractional(frame.structure.position[i]);
      for (std::size_t k = 0; k < 3; ++k)
        ++counts[k][static_cast<std::size_t>(f[static_cast<Eigen::Index>(k)] * bins)];
    }
  }
  const double expected = static_cast<double>(heads.size()) * replicas / bins;
  for (const auto& axis : counts) {
    double chi2 = 0;
    for (const double n : axis) chi2 += (n - expected) * (n - expected) / expected;
    EXPECT_LT(chi2, 51.2);  // 99.9 % of χ² with 24 degrees of freedom
    EXPECT_NEAR((axis.front() + axis.back()) / 2, expected, 4 * std::sqrt(expected / 2));
  }
}

TEST(Build, OrientationsAreIsotropic) {
  const SystemSettings s = settings("Li3PS4", 4000, 1.8);
  const SystemPlan plan = plan_system(s);
  const Frame frame = build_system(s, 9, 0);
  const Structure& st = frame.structure;
  Vec3 mean = Vec3::Zero();
  Vec3 squares = Vec3::Zero();
  double count = 0;
  for (const auto i : unit_heads(plan)) {
    if (st.species_of(i).name != "P") continue;
    const Vec3 u = st.cell.minimum_image(st.position[i + 1] - st.position[i]).normalized();
    mean += u;
    squares += u.cwiseProduct(u);
    ++count;
  }
  ASSERT_EQ(count, 500);
  for (int k = 0; k < 3; ++k) {
    EXPECT_NEAR(mean[k] / count, 0, 4 * std::sqrt(1.0 / 3 / count));
    EXPECT_NEAR(squares[k] / count, 1.0 / 3, 4 * std::sqrt(4.0 / 45 / count));
  }
}

TEST(Build, PacksDenselyAndLargely) {
  SystemSettings s = settings("7Li+PS4+P2S7", 5000, 1.93);
  const Frame frame = build_system(s, 1, 0);
  EXPECT_EQ(frame.size(), 4998U);
  EXPECT_NEAR(frame.structure.density_g_cm3(), 1.93, 1e-10);
  s.atoms = 420;
  s.minimum_distance_A = 2.7;  // near what random packing allows
  const Frame dense = build_system(s, 1, 0);
  EXPECT_GE(closest_approach(dense, plan_system(s), "Li", "S"), 2.7);
}

TEST(Build, SaysHowFarItCameWhereItFails) {
  SystemSettings s = settings("LiI", 216, 4.0);
  s.minimum_distance_A =
      3.35;  // spheres would fill 0.7 of the cell: a crystal's share, not a glass's
  try {
    build_system(s, 1, 0);
    FAIL() << "an impossible packing was built";
  } catch (const WorkError& e) {
    EXPECT_THAT(e.what(), HasSubstr("3.35 Å is asked"));
    EXPECT_THAT(e.what(), HasSubstr("lower the minimum distance"));
  }
}

TEST(Build, ManyKindsOfGlass) {
  for (const std::string text :
       {"0.6Na2S-0.4SiS2", "Li10GeP2S12", "Li6PS5Cl", "0.2Li2S-0.8P2S5", "Li4P2S6", "LiI",
        "Li9.54Si1.74P1.44S11.7Cl0.3", "Ag3PS4", "SiO2"}) {
    SystemSettings s;
    s.composition = text;
    s.atoms = 150;
    s.minimum_distance_A = 1.6;
    const SystemPlan plan = plan_system(s);
    const Frame frame = build_system(s, 2, 0);
    EXPECT_EQ(frame.structure.formula(), plan.cell_formula) << text;
    EXPECT_NEAR(frame.structure.density_g_cm3(), plan.density_g_cm3, 1e-9) << text;
  }
}

}  // namespace
}  // namespace vitrion
