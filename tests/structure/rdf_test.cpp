#include <bit>
#include <numeric>

#include "base/constants.hpp"
#include "core/element.hpp"
#include "structure/helpers.hpp"
#include "structure/pair_histogram.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

// Every image within reach, one pair at a time.
std::vector<std::uint32_t> brute_force(const Structure& s, const PairTable& table, double r_max,
                                       std::size_t bins) {
  std::vector<std::uint32_t> ordered(table.pairs() * bins, 0);
  Int3 m{};
  for (int k = 0; k < 3; ++k) {
    m[static_cast<std::size_t>(k)] = static_cast<int>(std::ceil(r_max / s.cell.heights()[k])) + 1;
  }
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = 0; j < s.size(); ++j) {
      const Vec3 d0 = s.cell.wrap(s.position[j]) - s.cell.wrap(s.position[i]);
      for (int a = -m[0]; a <= m[0]; ++a) {
        for (int b = -m[1]; b <= m[1]; ++b) {
          for (int c = -m[2]; c <= m[2]; ++c) {
            if (i == j && a == 0 && b == 0 && c == 0) continue;
            const double r = (d0 + s.cell.vectors() * Vec3(a, b, c)).norm();
            if (r >= r_max) continue;
            const std::size_t p = table.pair(table.group_of()[i], table.group_of()[j]);
            ++ordered[p * bins + static_cast<std::size_t>(r / r_max * static_cast<double>(bins))];
          }
        }
      }
    }
  }
  for (auto& n : ordered) n /= 2;  // every pair was met from both its ends
  return ordered;
}

TEST(PairHistogram, EqualsBruteForceInAnyCellAtAnyRange) {
  // Odd lengths: an atom's own images must not lie on the edge of a bin.
  const Cell slab = Cell::from_parameters({4.1713, 21.317, 17.113}, {95, 70, 80});
  for (const Cell& cell : {Cell::cubic(9.1317), skewed(), slab}) {
    for (const double r_max : {2.0, 4.3, 7.7, 16.0}) {
      const Frame f = random_frame(cell, {{"S", 23}, {"Li", 17}, {"P", 1}}, 3);
      const PairTable table(f.structure);
      PairHistogram histogram(r_max, 40);
      EXPECT_EQ(histogram.count(f.structure, table), brute_force(f.structure, table, r_max, 40))
          << "r_max " << r_max;
    }
  }
}

TEST(PairHistogram, SeesNoImagesThroughOpenFaces) {
  Frame f;
  f.structure.cell =
      Cell(Vec3(10, 10, 10).asDiagonal().toDenseMatrix(), Vec3::Zero(), {true, true, false});
  f.structure.add("Li", {0.5, 5, 0.5});
  f.structure.add("Li", {9.5, 5, 0.5});   // 1 Å through the face
  f.structure.add("Li", {0.5, 5, 12.0});  // outside an open face: 11.5 and √133.25 Å away
  const PairTable table(f.structure);
  PairHistogram histogram(4, 4);
  EXPECT_EQ(histogram.count(f.structure, table), (std::vector<std::uint32_t>{0, 1, 0, 0}));
}

// A gas without structure has g = 1 for every pair, from the first bins with counts to the last.
TEST(Rdf, IdealGasIsOneInCubicAndTriclinicCells) {
  for (const Cell& cell : {Cell::cubic(10), skewed()}) {
    std::vector<Frame> frames;
    for (std::uint64_t k = 0; k < 60; ++k) {
      frames.push_back(random_frame(cell, {{"Li", 60}, {"S", 30}, {"P", 10}}, 100 + k));
    }
    const Result r = analyse("rdf", frames, {{"r_max", "4 A"}, {"bin", "0.5 A"}});
    for (const std::string pair : {"Li-Li", "Li-P", "Li-S", "P-S", "S-S", "total"}) {
      const auto g = data(r, "g_r", pair);
      const auto at = data(r, "g_r", "r");
      ASSERT_EQ(g.size(), 8U);
      for (std::size_t k = 2; k < g.size(); ++k) {
        // Expected counts: a tolerance of five standard deviations of them.
        const double na = pair[0] == 'L' || pair == "total" ? 60 : pair[0] == 'P' ? 10 : 30;
        const double nb = pair.back() == 'i' ? 60 : pair.back() == 'P' ? 10 : 30;
        const double shell = 4 * constants::pi * at[k] * at[k] * 0.5;
        const double expected = 60 * na * nb / 2 * shell / cell.volume();
        EXPECT_NEAR(g[k], 1, 5 / std::sqrt(expected)) << pair << " at " << at[k];
      }
    }
  }
}

TEST(Rdf, PartialsSumToTheTotalAndRunningNumbersToCounts) {
  const Frame f = random_frame(skewed(), {{"Li", 40}, {"P", 8}, {"S", 25}}, 5);
  const Result r = analyse("rdf", {f}, {{"r_max", "7 A"}, {"bin", "0.1 A"}});
  const std::vector<std::pair<std::string, double>> n{{"Li", 40}, {"P", 8}, {"S", 25}};
  const auto total = data(r, "g_r", "total");
  const double all = 73;
  std::vector<double> sum(total.size(), 0.0);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = a; b < 3; ++b) {
      const auto g = data(r, "g_r", n[a].first + "-" + n[b].first);
      const double pairs = a == b ? n[a].second * (n[a].second - 1) : 2 * n[a].second * n[b].second;
      for (std::size_t k = 0; k < g.size(); ++k) sum[k] += g[k] * pairs / (all * (all - 1));
    }
  }
  for (std::size_t k = 0; k < total.size(); ++k)
    EXPECT_NEAR(sum[k], total[k], 1e-12 * (1 + total[k]));
  // What Li has of S, times the Li, is what S has of Li, times the S.
  const auto li_s = data(r, "running_cn", "Li>S");
  const auto s_li = data(r, "running_cn", "S>Li");
  for (std::size_t k = 0; k < li_s.size(); ++k) EXPECT_NEAR(40 * li_s[k], 25 * s_li[k], 1e-9);
  const NeighborList list = build_neighbor_list(f.structure, 7.0);
  double count = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    if (f.structure.species_of(i).name != "Li") continue;
    for (const auto& x : list.of(i)) count += f.structure.species_of(x.atom).name == "S" ? 1 : 0;
  }
  EXPECT_NEAR(li_s.back(), count / 40, 1e-12);
}

// Shells of antifluorite: Li–S a√3/4 (8 Li around S, 4 S around Li), Li–Li a/2 (6), S–S a/√2 (12).
TEST(Rdf, ShellsOfAntifluorite) {
  const double a = 5.72;
  const Result r = analyse("rdf", {li2s(a), li2s(a), li2s(a)}, {{"r_max", "6 A"}});
  EXPECT_NEAR(value(r, "first_peak_Li-S"), a * std::sqrt(3) / 4, 0.011);
  EXPECT_NEAR(value(r, "first_peak_Li-Li"), a / 2, 0.011);
  EXPECT_NEAR(value(r, "first_peak_S-S"), a / std::sqrt(2), 0.011);
  EXPECT_EQ(r.find_scalar("first_peak_Li-S")->error, 0);
  // An empty gap between shells: its middle.
  const double next = a * std::sqrt(11) / 4;
  EXPECT_NEAR(value(r, "first_minimum_Li-S"), (a * std::sqrt(3) / 4 + next) / 2, 0.1);
  const auto at = data(r, "running_cn", "r");
  const auto cn = [&](const std::string& pair, double x) {
    for (std::size_t k = 0; k < at.size(); ++k) {
      if (at[k] >= x) return data(r, "running_cn", pair)[k];
    }
    return -1.0;
  };
  EXPECT_NEAR(cn("Li>S", 2.6), 4, 1e-12);
  EXPECT_NEAR(cn("S>Li", 2.6), 8, 1e-12);
  EXPECT_NEAR(cn("Li>Li", 3.0), 6, 1e-12);
  EXPECT_NEAR(cn("S>S", 4.2), 12, 1e-12);
}

// When the cell breathes and the atoms with it, an ideal gas stays at 1: each frame's own volume.
TEST(Rdf, NormalisesByTheVolumeOfEachFrame) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 40; ++k) {
    frames.push_back(random_frame(Cell::cubic(k % 2 == 0 ? 8.0 : 16.0), {{"Li", 200}}, 200 + k));
  }
  const auto g = data(analyse("rdf", frames, {{"r_max", "4 A"}, {"bin", "0.5 A"}}), "g_r", "Li-Li");
  for (std::size_t k = 2; k < g.size(); ++k) EXPECT_NEAR(g[k], 1, 0.05);
}

// A peak of known centre and width in a gas of pairs; its spread over seeds must match the errors.
TEST(Rdf, ErrorsOfThePeakMatchItsSpread) {
  constexpr int runs = 24;
  double mean = 0;
  double square = 0;
  double claimed = 0;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    RandomStream random(seed, "peak");
    std::vector<Frame> frames;
    for (int k = 0; k < 32; ++k) {
      Frame f;
      f.structure.cell = Cell::cubic(30);
      for (int i = 0; i < 40; ++i) {
        const Vec3 at(random.uniform(0, 30), random.uniform(0, 30), random.uniform(0, 30));
        const Vec3 way = Vec3(random.normal(), random.normal(), random.normal()).normalized();
        f.structure.add("P", at);
        f.structure.add("S", at + way * (2.06 + 0.08 * random.normal()));
      }
      frames.push_back(f);
    }
    const Result r = analyse("rdf", frames, {{"r_max", "4 A"}});
    const Scalar* peak = r.find_scalar("first_peak_P-S");
    EXPECT_THAT(peak->how, HasSubstr("jackknife over 32 blocks"));
    mean += peak->value / runs;
    square += peak->value * peak->value / runs;
    claimed += peak->error * peak->error / runs;
  }
  const double spread = std::sqrt((square - mean * mean) * runs / (runs - 1));
  // The maximum of the Gaussian over r² lies 2σ²/r below its centre.
  EXPECT_NEAR(mean, 2.06 - 2 * 0.08 * 0.08 / 2.06, 0.006);
  EXPECT_LT(std::sqrt(claimed), 2.0 * spread);
  EXPECT_GT(std::sqrt(claimed), 0.5 * spread);
}

TEST(Rdf, BroadeningKeepsTheAreaAndAnIdealGas) {
  const Frame f = li2s(5.72);
  const auto sharp = analyse("rdf", {f}, {{"r_max", "6 A"}});
  const auto broad = analyse("rdf", {f}, {{"r_max", "6 A"}, {"sigma", "0.15 A"}});
  const auto r = data(sharp, "g_r", "r");
  const auto area = [&](const Result& result) {
    const auto g = data(result, "g_r", "Li-S");
    double sum = 0;
    for (std::size_t k = 0; k < g.size(); ++k) sum += r[k] < 3.5 ? g[k] : 0;
    return sum;
  };
  EXPECT_NEAR(area(broad), area(sharp), 1e-3 * area(sharp));
  const auto g = data(broad, "g_r", "Li-S");
  EXPECT_LT(*std::max_element(g.begin(), g.end()), 0.2 * area(sharp));
}

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

TEST(Rdf, SameBitsWithAnyNumberOfThreads) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 45; ++k) {
    frames.push_back(random_frame(skewed(), {{"Li", 30}, {"P", 10}, {"S", 30}}, 300 + k));
  }
  for (const std::string name : {"density", "rdf", "angles", "coordination", "speciation",
                                 "structure_factor", "total_correlation", "xrd"}) {
    set_threads(1);
    const Result one = analyse(name, frames);
    set_threads(4);
    const Result four = analyse(name, frames);
    set_threads(0);
    ASSERT_EQ(one.scalars.size(), four.scalars.size());
    ASSERT_FALSE(one.tables.empty());
    for (std::size_t k = 0; k < one.scalars.size(); ++k) {
      EXPECT_EQ(bits(four.scalars[k].value), bits(one.scalars[k].value)) << one.scalars[k].key;
      EXPECT_EQ(bits(four.scalars[k].error), bits(one.scalars[k].error)) << one.scalars[k].key;
    }
    for (std::size_t t = 0; t < one.tables.size(); ++t) {
      for (std::size_t c = 0; c < one.tables[t].columns.size(); ++c) {
        const auto& x = one.tables[t].columns[c];
        const auto& y = four.tables[t].columns[c];
        EXPECT_EQ(x.text, y.text);
        ASSERT_EQ(x.data.size(), y.data.size());
        for (std::size_t k = 0; k < x.data.size(); ++k) {
          EXPECT_EQ(bits(x.data[k]), bits(y.data[k])) << name << " " << x.name;
        }
      }
    }
  }
}

TEST(Rdf, SaysWhatIsWrong) {
  Frame open = random_frame(Cell::cubic(8), {{"Li", 10}}, 1);
  open.structure.cell = Cell();
  EXPECT_THAT(failure("rdf", {open}), HasSubstr("rdf needs a cell"));
  EXPECT_THAT(failure("density", {open}), HasSubstr("density needs a cell"));
  const Frame f = random_frame(Cell::cubic(12), {{"Li", 200}}, 1);
  EXPECT_THAT(failure("rdf", {f}, {{"bin", "20 A"}}), HasSubstr("wider than r_max"));
  const Result r = analyse("rdf", {f, f}, {{"r_max", "8 A"}});
  EXPECT_TRUE(std::isnan(r.find_scalar("first_peak_Li-Li")->error));
  const std::string all = std::accumulate(r.warnings.begin(), r.warnings.end(), std::string());
  EXPECT_THAT(all, HasSubstr("2 frames are too few for errors"));
  EXPECT_THAT(all, HasSubstr("exceeds half the smallest height"));
  EXPECT_THAT(all, HasSubstr("Li-Li: g(r) has no first peak"));
  // Small cells: the default stays within half a height, large ones: 10 Å.
  EXPECT_NEAR(data(analyse("rdf", {f}), "running_cn", "r").back(), 6.0, 1e-9);
  const Frame large = random_frame(Cell::cubic(30), {{"Li", 20}}, 1);
  EXPECT_NEAR(data(analyse("rdf", {large}), "running_cn", "r").back(), 10.0, 1e-9);
}

TEST(Density, MeanDriftAndTime) {
  RandomStream random(8, "density");
  std::vector<Frame> frames;
  for (int k = 0; k < 64; ++k) {
    Frame f;
    f.structure.cell = Cell::cubic(10 * std::cbrt(1 + 0.01 * random.normal()));
    f.structure.add("Li", {0, 0, 0});
    f.structure.add("S", {5, 5, 5});
    frames.push_back(f);
  }
  DriverOptions options;
  options.series.dt_ps = 0.5;
  const Result r = analyse("density", frames, {}, options);
  const double mass = element::mass_amu(3) + element::mass_amu(16);
  EXPECT_NEAR(value(r, "density"), mass * 1.66053906660 / 1000, 5e-3 * value(r, "density"));
  const double sd = 0.01 * value(r, "density") / 8;
  EXPECT_GT(r.find_scalar("density")->error, 0.6 * sd);
  EXPECT_LT(r.find_scalar("density")->error, 2.5 * sd);
  EXPECT_NEAR(data(r, "density", "t")[3], 1.5, 1e-12);
  EXPECT_EQ(r.tables[0].columns[0].unit, "ps");
  EXPECT_TRUE(r.warnings.empty());

  for (std::size_t k = 0; k < 32; ++k) frames[k].structure.cell = Cell::cubic(10.5);
  for (std::size_t k = 0; k < 32; ++k)
    frames[k].structure.cell = Cell::cubic(10.5 + 1e-4 * static_cast<double>(k));
  EXPECT_THAT(analyse("density", frames).warnings, ::testing::Contains(HasSubstr("drifts")));
  EXPECT_EQ(analyse("density", frames).tables[0].columns[0].unit, "frame");
}

}  // namespace
}  // namespace vitrion
