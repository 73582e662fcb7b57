#include "build/unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

double distance(const Unit& u, std::size_t i, std::size_t j) {
  return (u.position[i] - u.position[j]).norm();
}

double angle_deg(const Unit& u, std::size_t i, std::size_t centre, std::size_t j) {
  const Vec3 a = (u.position[i] - u.position[centre]).normalized();
  const Vec3 b = (u.position[j] - u.position[centre]).normalized();
  return std::acos(a.dot(b)) * 180.0 / constants::pi;
}

std::vector<std::size_t> bonded(const Unit& u, std::size_t i, double within) {
  std::vector<std::size_t> out;
  for (std::size_t j = 0; j < u.size(); ++j) {
    if (j != i && distance(u, i, j) < within) out.push_back(j);
  }
  return out;
}

TEST(Units, TetrahedraAreTetrahedral) {
  for (const auto& [name, length] : std::map<std::string, double>{
           {"PS4", 2.05}, {"SiS4", 2.13}, {"GeS4", 2.21}, {"SnS4", 2.39}}) {
    const Unit unit = UnitLibrary::standard().get(name);
    ASSERT_EQ(unit.size(), 5U);
    for (std::size_t i = 1; i < 5; ++i) {
      EXPECT_NEAR(distance(unit, 0, i), length, 2e-4) << name;
      for (std::size_t j = 1; j < i; ++j)
        EXPECT_NEAR(angle_deg(unit, i, 0, j), 109.471, 0.01) << name;
    }
  }
}

TEST(Units, FormersHaveTheirNeighboursAndBridgesTwo) {
  struct Case {
    std::string name;
    std::string former;
    std::size_t coordination;
    int bridges;
  };
  const UnitLibrary library = UnitLibrary::standard();
  for (const auto& c :
       {Case{"P2S7", "P", 4, 1}, Case{"P2S6", "P", 4, 0}, Case{"P2S6_edge", "P", 4, 2},
        Case{"Si2S6", "Si", 4, 2}, Case{"Ge2S6", "Ge", 4, 2}, Case{"P4S10", "P", 4, 6},
        Case{"BS3", "B", 3, 0}}) {
    const Unit unit = library.get(c.name);
    int bridges = 0;
    for (std::size_t i = 0; i < unit.size(); ++i) {
      const auto near = bonded(unit, i, 2.45);
      if (unit.elements[i] != "S") {
        EXPECT_EQ(near.size(), c.coordination) << c.name;
        for (const auto a : near) {
          for (const auto b : near) {
            if (a < b) {
              EXPECT_NEAR(angle_deg(unit, a, i, b), 109.5, 16.5) << c.name;
            }
          }
        }
      } else {
        EXPECT_GE(near.size(), 1U) << c.name;
        if (near.size() == 2) ++bridges;
        for (const auto j : near) EXPECT_NE(unit.elements[j], "S") << c.name;
      }
    }
    EXPECT_EQ(bridges, c.bridges) << c.name;
  }
}

TEST(Units, BondLengthsAndAnglesAreThoseStated) {
  const UnitLibrary library = UnitLibrary::standard();
  const Unit p2s7 = library.get("P2S7");  // atom 0 bridges
  const auto phosphorus = bonded(p2s7, 0, 2.4);
  ASSERT_EQ(phosphorus.size(), 2U);
  EXPECT_NEAR(angle_deg(p2s7, phosphorus[0], 0, phosphorus[1]), 110, 0.01);
  EXPECT_NEAR(distance(p2s7, 0, phosphorus[0]), 2.13, 2e-4);
  const Unit p2s6 = library.get("P2S6");
  std::vector<std::size_t> p;
  for (std::size_t i = 0; i < p2s6.size(); ++i) {
    if (p2s6.elements[i] == "P") p.push_back(i);
  }
  ASSERT_EQ(p.size(), 2U);
  EXPECT_NEAR(distance(p2s6, p[0], p[1]), 2.24, 2e-4);  // 2.2–2.26 Å measured
  const Unit s2 = library.get("S2");
  EXPECT_NEAR(distance(s2, 0, 1), 2.10, 2e-4);
}

TEST(Units, ChargesAreThoseOfTheirFormalIons) {
  // Save for homopolar bonds (P–P, S–S), the charge is the sum of the usual charges.
  const UnitLibrary library = UnitLibrary::standard();
  EXPECT_GE(library.names().size(), 12U);
  for (const auto& name : library.names()) {
    const Unit unit = library.get(name);
    double sum = 0;
    for (const auto& symbol : unit.elements)
      sum += *element::formal_charge(element::require(symbol));
    if (name == "P2S6" || name == "S2") sum += name == "S2" ? 2 : -2;
    if (name == "SO4") sum += 8;  // S is +6 here
    if (name == "BH4") sum -= 8;  // H is −1 here
    EXPECT_EQ(unit.charge_e, sum) << name;
    EXPECT_FALSE(unit.source.empty()) << name;
    const double shortest = name == "BH4" ? 1.2 : name[1] == 'O' ? 1.4 : 1.8;
    for (std::size_t i = 0; i < unit.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) EXPECT_GT(distance(unit, i, j), shortest) << name;
    }
  }
}

TEST(Units, AnyStructureFileIsAUnit) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "azide.xyz";
  write_file_atomically(file, "3\nazide charge=-1\nN 5 0 0\nN 6.18 0 0\nN 3.82 0 0\n");
  const Unit unit = UnitLibrary::standard().get(file.string());
  EXPECT_EQ(unit.charge_e, -1);
  ASSERT_EQ(unit.size(), 3U);
  EXPECT_NEAR(unit.position[0].norm(), 0, 1e-12);
  EXPECT_NEAR(distance(unit, 1, 2), 2.36, 1e-12);
}

TEST(Units, UnknownNamesAreExplained) {
  const UnitLibrary library = UnitLibrary::standard();
  EXPECT_EQ(library.get("Li").charge_e, 1);
  EXPECT_EQ(library.get("S").charge_e, -2);
  const auto message = [&](const std::string& name) {
    try {
      (void)library.get(name);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message("PS44"), HasSubstr("did you mean \"PS4\"?"));
  EXPECT_THAT(message("Fe"), HasSubstr("no usual charge"));
}

TEST(Units, BrokenFilesSayWhereAndWhat) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "vitrion-units";
  make_directory(folder);
  const auto message = [&](const std::string& text) {
    write_file_atomically(folder / "X.yaml", text);
    try {
      UnitLibrary library(folder);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message("name: X\ncharge: -1\nsource: test\natoms:\n  - [S, 0, 0, 0]\n"), "accepted");
  EXPECT_THAT(message("name: X\nsource: test\natoms:\n  - [S, 0, 0, 0]\n"),
              HasSubstr("\"charge\""));
  EXPECT_THAT(message("name: X\ncharge: -1\nsource: t\natoms:\n  - [Zz, 0, 0, 0]\n"),
              HasSubstr("X.yaml:5"));
  EXPECT_THAT(message("name: X\ncharge: -1\nsource: t\natoms:\n  - [S, 0, 0]\n"),
              HasSubstr("[element, x, y, z]"));
  EXPECT_THAT(message("name: X\ncharge: -1\nsource: t\natoms: []\n"),
              HasSubstr("at least one atom"));
  std::filesystem::remove_all(folder);
  EXPECT_THROW(UnitLibrary{folder}, WorkError);
}

}  // namespace
}  // namespace vitrion
