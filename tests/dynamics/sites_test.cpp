#include "dynamics/sites.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/walkers.hpp"
#include "io/formats.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::Contains;
using ::testing::HasSubstr;

// One vacancy on a lattice with `basis` (in half cell edges), n cells each way: its jumps, without
// frames. The tracer correlation factors are exact sums over random walks of the vacancy.
std::vector<SiteJump> vacancy_walk(const std::vector<Int3>& directions, int n, std::size_t jumps,
                                   std::uint64_t seed, std::size_t& ions) {
  RandomStream random(seed, "vacancy");
  const auto index = [n](Int3 at) {
    for (auto& x : at) x = ((x % n) + n) % n;
    return static_cast<std::size_t>((at[0] * n + at[1]) * n + at[2]);
  };
  ions = static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  std::vector<std::uint32_t> who(ions);
  for (std::size_t i = 0; i < ions; ++i) who[i] = static_cast<std::uint32_t>(i);
  Int3 hole{0, 0, 0};
  std::vector<SiteJump> out;
  for (std::size_t k = 0; k < jumps; ++k) {
    const Int3& d = directions[random.below(directions.size())];
    const Int3 from{hole[0] + d[0], hole[1] + d[1], hole[2] + d[2]};
    const std::uint32_t ion = who[index(from)];
    out.push_back({ion, static_cast<std::uint32_t>(index(from)),
                   static_cast<std::uint32_t>(index(hole)), static_cast<double>(k),
                   Vec3(-d[0], -d[1], -d[2])});
    who[index(hole)] = ion;
    hole = from;
  }
  return out;
}

std::vector<Int3> axes() {
  return {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
}

std::vector<Int3> face_diagonals() {
  std::vector<Int3> out;
  for (const int a : {-1, 1}) {
    for (const int b : {-1, 1}) {
      out.push_back({a, b, 0});
      out.push_back({a, 0, b});
      out.push_back({0, a, b});
    }
  }
  return out;
}

// Compaan & Haven, Trans. Faraday Soc. 52, 786 (1956): 0.6531 and 0.7815.
TEST(JumpCorrelation, VacanciesInSimpleAndFaceCentredCubicLattices) {
  const std::pair<std::vector<Int3>, double> cases[] = {{axes(), 0.6531},
                                                        {face_diagonals(), 0.7815}};
  for (const auto& [directions, exact] : cases) {
    std::size_t ions = 0;
    const auto jumps = vacancy_walk(directions, 16, 400000, 7, ions);
    const auto f = correlation_factors(jumps, ions, 20);
    EXPECT_NEAR(f.back().value, exact, 3.5 * f.back().error);
    EXPECT_LT(f.back().error, 0.012);
    // A vacancy that has just let an ion pass is behind it: it goes back at once with 1/z.
    EXPECT_LT(f.front().value, 1 - 2.0 / static_cast<double>(directions.size()) + 0.02);
    // All jumps together are those of the vacancy, which forgets.
    const Estimate all = collective_factor(jumps, 400000, 32);
    EXPECT_NEAR(all.value, 1, 3.5 * std::max(all.error, 0.1));
  }
}

TEST(JumpCorrelation, ThereAndBackIsNoDiffusion) {
  std::vector<SiteJump> jumps;
  for (std::size_t k = 0; k < 400; ++k) {
    jumps.push_back({static_cast<std::uint32_t>(k % 4), 0, 1, static_cast<double>(k),
                     Vec3(k / 4 % 2 == 0 ? 1 : -1, 0, 0)});
  }
  const auto f = correlation_factors(jumps, 4, 99);
  EXPECT_NEAR(f.back().value, 0, 1e-12);
  EXPECT_NEAR(f.front().value, 1 - 2 * 0.99, 1e-12);
}

// A simple cubic lattice gas in a skewed and breathing cell that drifts; ions vibrate, and go over
// the face between sites and back.
struct Gas {
  std::vector<Frame> frames;
  std::size_t jumps = 0;
  double square = 0;
};

constexpr int edge = 5;
constexpr double spacing = 3.0;

Gas lattice_gas(std::size_t vacancies, std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "lattice gas");
  constexpr std::size_t sites = edge * edge * edge;
  const auto place = [](std::size_t s) -> Vec3 {
    return Vec3(static_cast<double>(s / (edge * edge)), static_cast<double>(s / edge % edge),
                static_cast<double>(s % edge)) /
           edge;
  };
  std::vector<int> ion_at(sites, -1);
  std::vector<std::size_t> at;
  for (std::size_t s = vacancies; s < sites; ++s) {
    ion_at[s] = static_cast<int>(at.size());
    at.push_back(s);
  }
  std::vector<std::size_t> rested(at.size(), 0);
  Gas out;
  const auto step_of = [](std::size_t s, std::uint64_t way) {
    Int3 r{static_cast<int>(s / (edge * edge)), static_cast<int>(s / edge % edge),
           static_cast<int>(s % edge)};
    auto& x = r[way / 2];
    x = (x + (way % 2 == 0 ? 1 : edge - 1)) % edge;
    return static_cast<std::size_t>((r[0] * edge + r[1]) * edge + r[2]);
  };
  for (std::size_t t = 0; t < count; ++t) {
    const double scale = 1 + 0.01 * std::sin(0.1 * static_cast<double>(t));
    const double a = edge * spacing * scale;
    Mat3 h;
    h << a, 0.1 * a, 0, 0, a, 0.05 * a, 0, 0, a;
    Frame frame;
    frame.structure.cell = Cell(h);
    frame.wrapping = Wrapping::wrapped;
    const Vec3 drift(0.001 * static_cast<double>(t), 0, -0.002 * static_cast<double>(t));
    for (std::size_t i = 0; i < at.size(); ++i) {
      Vec3 r = h * place(at[i]) + drift;
      // Now and then over the face, 1.7 Å off, for a frame.
      if (random.uniform() < 0.01) r.x() += 1.7 * scale;
      r += 0.1 * Vec3(random.normal(), random.normal(), random.normal());
      frame.structure.add("Li", frame.structure.cell.wrap(r));
    }
    for (std::size_t s = 0; s < sites; ++s) {
      const Vec3 r = h * (place(s) + Vec3::Constant(0.5 / edge)) + drift;
      frame.structure.add(s % 2 == 0 ? "S" : "Cl", frame.structure.cell.wrap(r));
    }
    out.frames.push_back(std::move(frame));
    for (int tries = 0; tries < 3; ++tries) {
      const std::size_t i = random.below(at.size());
      const std::size_t to = step_of(at[i], random.below(6));
      if (ion_at[to] >= 0 || t < rested[i] || t + 2 > count) continue;
      ion_at[to] = static_cast<int>(i);
      ion_at[at[i]] = -1;
      at[i] = to;
      rested[i] = t + 3;
      out.jumps += 1;
    }
  }
  out.square = static_cast<double>(out.jumps) * spacing * spacing;
  return out;
}

SitesAnalysis sites(const std::vector<std::pair<std::string, std::string>>& settings) {
  SitesAnalysis out;
  for (const auto& [key, value] : settings) out.parameters().set(key, value, {});
  return out;
}

double value(const Result& r, const std::string& key) { return r.find_scalar(key)->value; }

TEST(Sites, EveryJumpOfALatticeGasIsFoundWithoutAReference) {
  const Gas gas = lattice_gas(25, 2500, 3);
  ASSERT_GT(gas.jumps, 700U);
  const Result r = analyse(*std::make_unique<SitesAnalysis>(sites({})), gas.frames, 0.1, 700.0);
  EXPECT_EQ(value(r, "sites"), 125);
  EXPECT_EQ(value(r, "jumps"), static_cast<double>(gas.jumps));
  const double ion_time = 100 * 250.0;
  EXPECT_NEAR(value(r, "jump_rate"), static_cast<double>(gas.jumps) / ion_time, 1e-9);
  EXPECT_NEAR(value(r, "D_random"), value(r, "jump_rate") * 9.0 / 6 * 1e-4,
              0.02 * value(r, "D_random"));  // skewed: steps are not all 3 Å
  EXPECT_EQ(value(r, "doubly_occupied"), 0);
  // Classes by anions around; their occupancies add up.
  double ions = 0;
  const Table& classes = *r.find_table("classes");
  for (std::size_t c = 0; c < classes.columns[0].text.size(); ++c) {
    ions += classes.find("sites")->data[c] * classes.find("occupancy")->data[c];
  }
  EXPECT_NEAR(ions, 100, 1e-6);
  double counted = 0;
  for (const double n : r.find_table("rates")->find("count")->data) counted += n;
  EXPECT_EQ(counted, static_cast<double>(gas.jumps));
}

TEST(Sites, AReferenceOfOneCellNamesSitesAndBarriersFollow) {
  const Gas gas = lattice_gas(25, 800, 4);
  const auto file = std::filesystem::temp_directory_path() / "vitrion_sites_reference.extxyz";
  Frame reference;
  Mat3 h;
  h << spacing, 0.1 * spacing, 0, 0, spacing, 0.05 * spacing, 0, 0, spacing;
  reference.structure.cell = Cell(h);
  reference.structure.add("Na", Vec3(0.05, 0, 0));
  write_frame(file, reference);
  const Result r = analyse(
      *std::make_unique<SitesAnalysis>(sites(
          {{"reference", file.string()}, {"site_species", "Na"}, {"attempt_frequency", "5 THz"}})),
      gas.frames, 0.1, 700.0);
  EXPECT_EQ(value(r, "sites"), 125);
  EXPECT_EQ(value(r, "jumps"), static_cast<double>(gas.jumps));
  EXPECT_NEAR(value(r, "jump_barrier"),
              constants::boltzmann_eV_K * 700 * std::log(5 / value(r, "jump_rate")), 1e-9);
  const Table& rates = *r.find_table("rates");
  EXPECT_NEAR(rates.find("rate_error")->data[0],
              rates.find("rate")->data[0] / std::sqrt(rates.find("count")->data[0]), 1e-9);
  EXPECT_THROW(analyse(*std::make_unique<SitesAnalysis>(sites({{"reference", file.string()}})),
                       gas.frames, 0.1),
               InputError);  // no Li in it
  Frame other = reference;
  other.structure.cell = Cell::cubic(4);
  write_frame(file, other);
  EXPECT_THROW(analyse(*std::make_unique<SitesAnalysis>(
                           sites({{"reference", file.string()}, {"site_species", "Na"}})),
                       gas.frames, 0.1),
               InputError);
  std::filesystem::remove(file);
}

TEST(Sites, IonsThatStayGiveABound) {
  const Gas gas = lattice_gas(0, 60, 5);  // full: nowhere to go
  std::vector<std::string> texts;
  for (const int n : {1, 2}) {
    set_threads(n);
    const Result r = analyse(*std::make_unique<SitesAnalysis>(sites({})), gas.frames, 0.1, 700.0);
    texts.push_back(to_json(r).dump());
    EXPECT_EQ(value(r, "jumps"), 0);
    EXPECT_THAT(r.warnings, Contains(HasSubstr("no ion jumped")));
    double least = 1e300;
    for (const double x : r.find_table("rates")->find("rate_bound_95")->data) {
      least = std::min(least, x);
    }
    EXPECT_GT(least * 125 * 6.0, 2.995);  // the time in one class is less than that in all
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
}

}  // namespace
}  // namespace vitrion
