#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

// Independent walkers (D = 1e-5 cm2/s, a frame each 0.1 ps) among fixed S, folded into the cell.
std::string walkers(int frames, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> step(0, std::sqrt(2 * 0.1 * 0.1));  // 2 D dt, D = 0.1 A2/ps
  std::uniform_real_distribution<double> place(0, 15);
  std::vector<std::array<double, 3>> r(60);
  for (auto& x : r) x = {place(random), place(random), place(random)};
  std::string out;
  for (int t = 0; t < frames; ++t) {
    out += std::to_string(r.size()) +
           "\nLattice=\"15 0 0 0 15 0 0 0 15\" Properties=species:S:1:pos:R:3\n";
    for (std::size_t i = 0; i < r.size(); ++i) {
      out += i < 40 ? "Li" : "S";
      for (double& x : r[i]) {
        if (t > 0 && i < 40) x += step(random);
        out += " " + std::to_string(x - 15 * std::floor(x / 15));
      }
      out += "\n";
    }
  }
  return out;
}

using Analyse = CliTest;

TEST_F(Analyse, WritesResultsUnderTheirFixedNames) {
  write("w.extxyz", walkers(300, 1));
  const Outcome o = vitrion(
      "analyse w.extxyz -a rdf,msd,conductivity --dt 100fs -T 600K --set rdf.r_max=7A --set "
      "msd.drift=none -o out");
  ASSERT_EQ(o.code, 0) << o.err;
  const auto rdf = nlohmann::json::parse(slurp("out/results/rdf.json"));
  EXPECT_TRUE(rdf.at("tables").at("g_r").at("columns").contains("Li-S"));
  EXPECT_TRUE(rdf.at("tables").at("running_cn").at("columns").contains("Li>S"));
  EXPECT_LE(rdf.at("tables").at("g_r").at("columns").at("r").at("data").back().get<double>(), 7.0);
  const auto msd = nlohmann::json::parse(slurp("out/results/msd.json"));
  const auto d = msd.at("scalars").at("D_Li");
  EXPECT_EQ(d.at("unit"), "cm2/s");
  EXPECT_NEAR(d.at("value").get<double>(), 1e-5, 5 * d.at("error").get<double>());
  EXPECT_LT(d.at("error").get<double>(), 0.4e-5);
  const auto sigma = nlohmann::json::parse(slurp("out/results/conductivity.json"));
  for (const char* key : {"sigma_ne", "sigma_c", "haven_ratio"})
    EXPECT_TRUE(sigma.at("scalars").contains(key)) << key;
  EXPECT_TRUE(exists("out/results/rdf.g_r.csv"));
  EXPECT_TRUE(exists("out/report.html"));
  EXPECT_THAT(o.err, HasSubstr("wrapped"));  // folded positions without images are said to be so
}

TEST_F(Analyse, SameBitsWithAnyNumberOfThreads) {
  write("w.extxyz", walkers(60, 2));
  std::string first;
  for (const char* n : {"1", "2", "4"}) {
    const Outcome o = vitrion(std::string("--threads ") + n +
                              " analyse w.extxyz -a rdf,coordination,msd --dt 100fs --json");
    ASSERT_EQ(o.code, 0) << o.err;
    if (first.empty()) first = o.out;
    EXPECT_EQ(o.out, first) << n;
  }
}

TEST_F(Analyse, TemperaturesMakeAnArrheniusSeries) {
  for (const char* name : {"a", "b", "c"})
    write(std::string(name) + ".extxyz", walkers(600, static_cast<unsigned>(name[0])));
  const Outcome o = vitrion(
      "analyse a.extxyz b.extxyz c.extxyz -a msd,conductivity,arrhenius -T 500K,600K,700K --dt "
      "100fs -o out");
  ASSERT_EQ(o.code, 0) << o.err;
  const auto fit = nlohmann::json::parse(slurp("out/results/arrhenius.json"));
  EXPECT_NEAR(fit.at("scalars").at("E_a").at("value").get<double>(), 0.0, 0.2);
  EXPECT_EQ(fit.at("tables").at("points").at("columns").at("T").at("data").size(), 3U);
}

TEST_F(Analyse, FoldersOfSystemsMakeACompensationLine) {
  std::string folders;
  for (const int system : {1, 2, 3}) {
    std::string files;
    for (const int k : {0, 1, 2}) {
      files += " " + std::to_string(system) + std::to_string(k) + ".extxyz";
      write(files.substr(files.rfind(' ') + 1),
            walkers(300, static_cast<unsigned>(10 * system + k)));
    }
    const std::string out = "system-" + std::to_string(system);
    const Outcome o =
        vitrion("analyse" + files + " -a conductivity,arrhenius -T 500K,600K,700K --dt " +
                "100fs -o " + out);
    ASSERT_EQ(o.code, 0) << o.err;
    folders += " " + out;
  }
  const Outcome o = vitrion("analyse" + folders + " -a compensation -o all");
  ASSERT_EQ(o.code, 0) << o.err;
  const auto line = nlohmann::json::parse(slurp("all/results/compensation.json"));
  // The same walk three times over: the spread is that of the errors.
  EXPECT_GT(line.at("scalars").at("p_one_system").at("value").get<double>(), 0.001);
  EXPECT_EQ(line.at("tables").at("systems").at("columns").at("E_a").at("data").size(), 3U);
  EXPECT_NE(slurp("all/report.html").find("Meyer-Neldel"), std::string::npos);
  expect_refused("analyse system-1 absent -a compensation", "holds no results/arrhenius.json");
  expect_refused("analyse system-1 -a compensation,rdf", "use -a compensation alone");
}

TEST_F(Analyse, WrongCallsAndFilesGetOneSentence) {
  write("w.extxyz", walkers(8, 3));
  expect_refused("analyse w.extxyz -a rfd", "did you mean \"rdf\"");
  expect_refused("analyse w.extxyz -a rdf --set rdf.rmax=3A", "did you mean \"r_max\"");
  expect_refused("analyse w.extxyz -a rdf --set rdf.r_max=3", "lacks a unit");
  expect_refused("analyse w.extxyz -a rdf --set msd.drift=none", "not among the analyses");
  expect_refused("analyse w.extxyz -a msd", "--dt");
  expect_refused("analyse w.extxyz -a msd --dt 2", "lacks a unit");
  expect_refused("analyse w.extxyz -a arrhenius", "msd,conductivity,arrhenius");
  expect_refused("analyse absent.dump -a rdf", "no such file");
  write("mixed.extxyz",
        walkers(1, 4) +
            "1\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi 0 0 0\n");
  expect_refused("analyse mixed.extxyz -a rdf -o out", "frame 2");
  write("t.dump",
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n0 5\n0 5\n0 "
        "5\nITEM: ATOMS id type x y z\n1 1 0 0 0\n");
  expect_refused("analyse t.dump -a rdf", "--types");
  EXPECT_EQ(vitrion("analyse t.dump -a density --types 1=Li").code, 0);
}

}  // namespace
}  // namespace vitrion::cli_test
