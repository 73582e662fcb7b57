#include <complex>
#include <fstream>
#include <numeric>

#include "base/constants.hpp"
#include "structure/density_modes_kernel.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;
using Complex = std::complex<double>;
constexpr double two_pi = 2 * constants::pi;

// Σ exp(iq·r) over a group, one atom at a time.
Complex mode(const Structure& s, const PairTable& table, std::size_t group, const Vec3& q) {
  Complex sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (table.group_of()[i] == group) sum += std::polar(1.0, q.dot(s.position[i]));
  }
  return sum;
}

std::vector<Cell> cells() {
  return {Cell::cubic(9.3), skewed(), Cell::from_parameters({4.1, 21.3, 13.1}, {95, 70, 80}),
          // Far from reduced: c leans over three cells.
          Cell((Mat3() << 8, 24, 31, 0, 9, 22, 0, 0, 7).finished())};
}

TEST(DensityModes, EveryVectorOfTheSphereIsThereOnce) {
  for (const Cell& cell : cells()) {
    const double q_max = 3.1;
    const ModeLattice lattice = make_mode_lattice(cell, q_max);
    std::vector<double> found;
    for (const auto& line : lattice.lines) {
      for (int m = -line.reach; m <= line.reach; ++m) {
        double q = 0;
        if (lattice.counts(line, m, q)) found.push_back(q);
      }
    }
    // All vectors of a box that holds the sphere, halved.
    std::vector<double> all;
    const Mat3 reciprocal = two_pi * cell.inverse().transpose();
    Int3 n{};
    for (int d = 0; d < 3; ++d) {
      n[static_cast<std::size_t>(d)] = static_cast<int>(q_max * cell.vector(d).norm() / two_pi) + 1;
    }
    for (int h = -n[0]; h <= n[0]; ++h) {
      for (int k = -n[1]; k <= n[1]; ++k) {
        for (int l = -n[2]; l <= n[2]; ++l) {
          const bool half = h > 0 || (h == 0 && (k > 0 || (k == 0 && l > 0)));
          const double q = (reciprocal * Vec3(h, k, l)).norm();
          if (half && q <= q_max * (1 + 1e-12)) all.push_back(q);
        }
      }
    }
    std::sort(found.begin(), found.end());
    std::sort(all.begin(), all.end());
    ASSERT_EQ(found.size(), all.size());
    for (std::size_t k = 0; k < all.size(); ++k) EXPECT_NEAR(found[k], all[k], 1e-12);
  }
}

TEST(DensityModes, EveryVersionEqualsThePlainSum) {
  for (const Cell& cell : cells()) {
    const Frame f = random_frame(cell, {{"S", 521}, {"Li", 37}, {"P", 1}}, 4);
    const PairTable table(f.structure);
    const ModeLattice lattice = make_mode_lattice(cell, 4);
    const ModeAtoms atoms = make_mode_atoms(f.structure, table, lattice);
    const std::span<const ModeLine> lines(lattice.lines);
    for (const auto& version : mode_versions()) {
      // The first and the last line, and an odd number of them in the middle.
      for (const auto part : {lines.first(1), lines.subspan(lines.size() / 2, 3), lines.last(1)}) {
        std::vector<Complex> modes;
        density_modes(atoms, lattice, part, modes);
        std::fill(modes.begin(), modes.end(), Complex());
        ModeTables tables(lattice.highest);
        for (const auto& block : atoms.blocks) {
          tables.fill(block);
          version.run({tables, part, atoms.groups, modes.data() + block.group});
        }
        std::size_t at = 0;
        for (const auto& line : part) {
          for (int m = -line.reach; m <= line.reach; ++m) {
            const Vec3 q = lattice.reciprocal * Vec3(line.h, line.k, line.l0 + m);
            for (std::size_t g = 0; g < 3; ++g, ++at) {
              EXPECT_LT(std::abs(modes[at] - mode(f.structure, table, g, q)), 1e-9) << version.name;
            }
          }
        }
        EXPECT_EQ(at, modes.size());
      }
    }
  }
}

// Beyond q_full each vector is kept with the probability (q_full/q)²: as many in each shell.
TEST(DensityModes, ThinningKeepsTheSameNumberInEachShell) {
  const Cell cell = skewed();
  const double q_full = 3;
  std::array<double, 4> kept{};
  std::array<double, 4> all{};
  const int frames = 60;
  const auto count = [&](const ModeLattice& lattice, std::array<double, 4>& shells) {
    for (const auto& line : lattice.lines) {
      for (int m = -line.reach; m <= line.reach; ++m) {
        double q = 0;
        if (lattice.counts(line, m, q)) shells[std::min<std::size_t>(3, std::size_t(q / 2))] += 1;
      }
    }
  };
  for (std::uint64_t k = 0; k < frames; ++k) count(make_mode_lattice(cell, 8, {q_full, k}), kept);
  count(make_mode_lattice(cell, 8), all);
  EXPECT_EQ(kept[0], frames * all[0]);
  // Integral of q² min(1, q_full²/q²) over each shell, in units of q² dq.
  const auto share = [&](double low, double high) {
    double sum = 0;
    double whole = 0;
    for (double q = low + 0.0005; q < high; q += 0.001) {
      sum += std::min(q * q, q_full * q_full);
      whole += q * q;
    }
    return sum / whole;
  };
  for (std::size_t s = 1; s < 4; ++s) {
    const double expected = share(2.0 * double(s), 2.0 * double(s) + 2);
    EXPECT_NEAR(kept[s] / (frames * all[s]), expected, 0.02) << s;
  }
}

TEST(StructureFactor, EqualsTheDefinitionInTriclinicCells) {
  for (const Cell& cell : cells()) {
    const Frame f = random_frame(cell, {{"Li", 23}, {"P", 4}, {"S", 11}}, 5);
    const Result r = analyse("structure_factor", {f}, {{"q_max", "3 1/A"}, {"bin", "0.25 1/A"}});
    const PairTable table(f.structure);
    const Mat3 reciprocal = two_pi * cell.inverse().transpose();
    std::vector<double> count(12, 0.0);
    std::vector<std::vector<double>> sum(6, std::vector<double>(12, 0.0));
    for (int h = -40; h <= 40; ++h) {
      for (int k = -40; k <= 40; ++k) {
        for (int l = -40; l <= 40; ++l) {
          const Vec3 q = reciprocal * Vec3(h, k, l);
          if (q.norm() > 3 || (h == 0 && k == 0 && l == 0)) continue;
          const auto bin = static_cast<std::size_t>(q.norm() / 0.25);
          count[bin] += 0.5;
          for (std::size_t a = 0; a < 3; ++a) {
            for (std::size_t b = a; b < 3; ++b) {
              sum[table.pair(a, b)][bin] +=
                  0.5 * std::real(mode(f.structure, table, a, q) *
                                  std::conj(mode(f.structure, table, b, q)));
            }
          }
        }
      }
    }
    const auto q = data(r, "s_q", "q");
    const auto n = data(r, "s_q", "count");
    std::size_t row = 0;
    for (std::size_t k = 0; k < 12; ++k) {
      if (count[k] == 0) continue;
      ASSERT_LT(row, q.size());
      EXPECT_NEAR(q[row], 0.25 * (double(k) + 0.5), 1e-12);
      EXPECT_EQ(n[row], count[k]);
      for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = a; b < 3; ++b) {
          const double self = a == b ? table.count(a) : 0;
          const double s = 1 + 38 / (table.count(a) * table.count(b)) *
                                   (sum[table.pair(a, b)][k] / count[k] - self);
          EXPECT_NEAR(data(r, "s_q", table.pair_name(a, b))[row], s, 1e-9 * (1 + std::abs(s)));
        }
      }
      ++row;
    }
    EXPECT_EQ(row, q.size());
  }
}

TEST(StructureFactor, IdealGasIsOneWithinItsErrors) {
  for (const Cell& cell : {Cell::cubic(14), skewed()}) {
    std::vector<Frame> frames;
    for (std::uint64_t k = 0; k < 64; ++k) {
      frames.push_back(random_frame(cell, {{"Li", 60}, {"S", 30}, {"P", 10}}, 100 + k));
    }
    const Result r = analyse("structure_factor", frames, {{"q_max", "6 1/A"}, {"bin", "0.5 1/A"}});
    double square = 0;
    double terms = 0;
    for (const std::string name : {"Li-Li", "Li-P", "Li-S", "P-S", "S-S", "neutron", "xray"}) {
      const auto s = data(r, "s_q", name);
      const auto error = data(r, "errors", name);
      for (std::size_t k = 0; k < s.size(); ++k) {
        EXPECT_NEAR(s[k], 1, 5 * error[k]) << name << " " << k;
        square += std::pow((s[k] - 1) / error[k], 2);
        ++terms;
      }
    }
    EXPECT_NEAR(square / terms, 1, 0.6);
  }
}

// Full order: S = N at the lattice's reflections, 0 between, and nothing at forbidden ones.
TEST(StructureFactor, BraggPeaksOfCubicLattices) {
  const double a = 4;
  const int n = 2;  // then the first reflections are alone in their bins
  struct Lattice {
    std::vector<Vec3> basis;
    std::vector<int> allowed;  // h² + k² + l²
  };
  const Lattice fcc{{{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}}, {3, 4, 8, 11, 12}};
  const Lattice bcc{{{0, 0, 0}, {.5, .5, .5}}, {2, 4, 6, 8, 10, 12}};
  for (const auto& lattice : {fcc, bcc}) {
    Frame f;
    f.structure.cell = Cell::cubic(a * n);
    for (int i = 0; i < n * n * n; ++i) {
      const Vec3 corner(i % n, i / n % n, i / n / n);
      for (const auto& site : lattice.basis) f.structure.add("Ar", (corner + site) * a);
    }
    const double atoms = double(f.size());
    const Result r = analyse("structure_factor", {f}, {{"q_max", "5.6 1/A"}, {"bin", "0.01 1/A"}});
    const auto q = data(r, "s_q", "q");
    const auto s = data(r, "s_q", "Ar-Ar");
    const auto count = data(r, "s_q", "count");
    for (std::size_t k = 0; k < q.size(); ++k) {
      // Vectors of the large cell fall into a bin together with those of the lattice.
      double expected = 0;
      for (const int m : lattice.allowed) {
        const double at = two_pi / a * std::sqrt(m);
        if (std::abs(at - q[k]) > 0.005) continue;
        double multiplicity = 0;
        for (int h = -4; h <= 4; ++h) {
          for (int i = -4; i <= 4; ++i) {
            for (int l = -4; l <= 4; ++l) multiplicity += h * h + i * i + l * l == m ? 0.5 : 0;
          }
        }
        expected = atoms * multiplicity / count[k];
      }
      EXPECT_NEAR(s[k], expected, 1e-8 * atoms) << q[k];
    }
    EXPECT_NEAR(*std::max_element(s.begin(), s.end()), atoms, 1e-6);
  }
}

// Each frame brings the vectors of its own cell.
TEST(StructureFactor, BinsTheVectorsOfEachFramesCell) {
  const Result r = analyse("structure_factor", {li2s(5.6), li2s(6.2)},
                           {{"q_max", "3 1/A"}, {"bin", "0.01 1/A"}});
  const auto q = data(r, "s_q", "q");
  const auto s = data(r, "s_q", "S-S");
  const auto count = data(r, "s_q", "count");
  for (const double a : {5.6, 6.2}) {
    const double at = two_pi / a * std::sqrt(3.0);
    bool found = false;
    for (std::size_t k = 0; k < q.size(); ++k) {
      if (std::abs(q[k] - at) > 0.005) continue;
      found = true;
      // 12 atoms, 4 S: |ρ|² = 16, S = 1 + 12/16 (16 − 4); four of the vectors, in half the frames.
      EXPECT_NEAR(s[k], 10, 1e-9);
      EXPECT_EQ(count[k], 2);
    }
    EXPECT_TRUE(found) << a;
  }
}

// Soft spheres packed at random: a liquid-like structure with a clear first peak.
Frame packed(double length, int n, double apart, std::uint64_t seed) {
  RandomStream random(seed, "packed");
  Frame f;
  f.structure.cell = Cell::cubic(length);
  while (f.size() < static_cast<std::size_t>(n)) {
    const Vec3 at(random.uniform(0, length), random.uniform(0, length), random.uniform(0, length));
    const bool free = std::all_of(
        f.structure.position.begin(), f.structure.position.end(),
        [&](const Vec3& r) { return f.structure.cell.minimum_image(at - r).norm() > apart; });
    if (free) f.structure.add(f.size() % 3 == 0 ? "S" : "Li", at);
  }
  return f;
}

TEST(StructureFactor, TheTwoMethodsAgreeOnALiquid) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 24; ++k) frames.push_back(packed(22, 220, 2.9, 40 + k));
  const std::vector<std::pair<std::string, std::string>> common{
      {"q_max", "8 1/A"}, {"q_min", "1 1/A"}, {"bin", "0.2 1/A"}};
  auto direct = common;
  auto transform = common;
  transform.emplace_back("method", "transform");
  transform.emplace_back("window", "none");
  const Result a = analyse("structure_factor", frames, direct);
  const Result b = analyse("structure_factor", frames, transform);
  for (const std::string name : {"Li-Li", "Li-S", "S-S", "neutron", "xray"}) {
    const auto x = data(a, "s_q", name);
    const auto y = data(b, "s_q", name);
    const auto error_x = data(a, "errors", name);
    const auto error_y = data(b, "errors", name);
    ASSERT_EQ(x.size(), y.size());
    const double spread =
        *std::max_element(x.begin(), x.end()) - *std::min_element(x.begin(), x.end());
    EXPECT_GT(spread, 0.2) << name;
    for (std::size_t k = 0; k < x.size(); ++k) {
      EXPECT_NEAR(x[k], y[k], 5 * std::hypot(error_x[k], error_y[k]) + 0.01) << name << " " << k;
    }
  }
}

TEST(StructureFactor, PartialsSumToTheTotalsAndConventionsAreThere) {
  const Frame f = random_frame(skewed(), {{"Li", 40}, {"S", 25}}, 6);
  const Result r = analyse("structure_factor", {f, f, f},
                           {{"q_max", "4 1/A"},
                            {"isotopes", "7Li"},
                            {"ions", "Li1+"},
                            {"conventions", "ashcroft_langreth,bhatia_thornton"}});
  const double c[] = {40.0 / 65, 25.0 / 65};
  const double b[] = {-2.22, 2.847};
  const auto ll = data(r, "s_q", "Li-Li");
  const auto ls = data(r, "s_q", "Li-S");
  const auto ss = data(r, "s_q", "S-S");
  const auto total = data(r, "s_q", "neutron");
  const auto i = data(r, "totals", "neutron_i");
  const auto F = data(r, "totals", "neutron_F");
  const auto al = data(r, "s_q_ashcroft_langreth", "Li-S");
  const auto nn = data(r, "s_q_bhatia_thornton", "N-N");
  const auto q = data(r, "s_q", "q");
  for (std::size_t k = 0; k < ll.size(); ++k) {
    const double distinct = c[0] * c[0] * b[0] * b[0] * (ll[k] - 1) +
                            2 * c[0] * c[1] * b[0] * b[1] * (ls[k] - 1) +
                            c[1] * c[1] * b[1] * b[1] * (ss[k] - 1);
    const double mean = c[0] * b[0] + c[1] * b[1];
    EXPECT_NEAR(i[k], 0.01 * distinct, 1e-9);
    EXPECT_NEAR(total[k], 1 + distinct / (mean * mean), 1e-6 * std::abs(total[k]));
    EXPECT_NEAR(F[k], q[k] * distinct / (mean * mean), 0.03 * std::abs(F[k]) + 1e-9);
    EXPECT_NEAR(al[k], std::sqrt(c[0] * c[1]) * (ls[k] - 1), 1e-9);
    EXPECT_NEAR(nn[k], c[0] * c[0] * ll[k] + 2 * c[0] * c[1] * ls[k] + c[1] * c[1] * ss[k], 1e-9);
    EXPECT_NEAR(data(r, "totals", "number")[k], nn[k], 1e-9);
  }
}

TEST(StructureFactor, ComparesWithAMeasuredCurve) {
  const Frame f = random_frame(skewed(), {{"Li", 40}, {"S", 25}}, 6);
  const Result plain = analyse("structure_factor", {f}, {{"q_max", "4 1/A"}});
  const std::string file = ::testing::TempDir() + "structure-factor-compare.dat";
  const auto q = data(plain, "s_q", "q");
  auto y = data(plain, "s_q", "xray");
  double square = 0;
  for (double& v : y) {
    square += v * v;
    v *= 1.1;
  }
  std::ofstream out(file);
  out.precision(17);
  out << "q S\n0.001 7\n";  // below the first vector: left out
  for (std::size_t k = 0; k < q.size(); ++k) out << q[k] << " " << y[k] << "\n";
  out.close();
  const Result r = analyse("structure_factor", {f}, {{"q_max", "4 1/A"}, {"compare", file}});
  EXPECT_NEAR(value(r, "r_chi"), 0.1 / 1.1, 1e-9);
  const double sum = std::accumulate(y.begin(), y.end(), 0.0);
  EXPECT_NEAR(value(r, "r_chi_printed"), 0.1 * std::sqrt(square) / sum, 1e-9);
  EXPECT_EQ(data(r, "comparison", "measured"), y);
  const auto drawn = std::find_if(r.plots.begin(), r.plots.end(),
                                  [](const Plot& p) { return p.table == "comparison"; });
  ASSERT_NE(drawn, r.plots.end());
  EXPECT_EQ(drawn->series, (std::vector<std::string>{"measured", "computed"}));
  EXPECT_THAT(failure("structure_factor", {f}, {{"q_max", "4 1/A"}, {"compare", "/no/such/file"}}),
              HasSubstr("/no/such/file"));
  EXPECT_THAT(failure("structure_factor", {f}, {{"q_max", "0.0005 1/A"}, {"bin", "0.0005 1/A"}}),
              HasSubstr("no reciprocal vector"));
  std::filesystem::remove(file);
}

TEST(StructureFactor, SaysWhatIsWrong) {
  Frame open = random_frame(Cell::cubic(8), {{"Li", 10}}, 1);
  open.structure.cell = Cell();
  EXPECT_THAT(failure("structure_factor", {open}), HasSubstr("needs a cell"));
  EXPECT_THAT(failure("structure_factor", {open}, {{"method", "transform"}}),
              HasSubstr("needs a cell"));
  Frame slab = random_frame(Cell::cubic(8), {{"Li", 10}}, 1);
  slab.structure.cell = Cell(slab.structure.cell.vectors(), Vec3::Zero(), {true, true, false});
  EXPECT_THAT(failure("structure_factor", {slab}), HasSubstr("periodic in all directions"));
  const Frame f = random_frame(Cell::cubic(8), {{"Li", 10}}, 1);
  EXPECT_THAT(failure("structure_factor", {f}, {{"bin", "20 1/A"}}), HasSubstr("wider than q_max"));
  EXPECT_THAT(failure("structure_factor", {f}, {{"bin", "1e-5 1/A"}}), HasSubstr("too many"));
  EXPECT_THAT(failure("structure_factor", {f}, {{"conventions", "faber"}}),
              HasSubstr("there is no convention \"faber\""));
  EXPECT_THAT(
      failure("structure_factor", {f}, {{"q_max", "4000 1/A"}, {"bin", "1 1/A"}, {"vectors", "0"}}),
      HasSubstr("too many: choose a smaller q_max"));
  Frame unknown = f;
  unknown.structure.species[0] = {"X", 0, 7.0};
  const Result r = analyse("structure_factor", {unknown}, {{"q_max", "3 1/A"}});
  EXPECT_EQ(r.find_table("s_q")->find("neutron"), nullptr);
  const std::string all = std::accumulate(r.warnings.begin(), r.warnings.end(), std::string());
  EXPECT_THAT(all, HasSubstr("no neutron length is known for X"));
  EXPECT_THAT(all, HasSubstr("no X-ray form factor is known for X"));
  EXPECT_THAT(all, HasSubstr("1 frame is too few for errors"));
}

}  // namespace
}  // namespace vitrion
