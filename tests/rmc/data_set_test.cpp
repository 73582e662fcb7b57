#include "rmc/data_set.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "rmc/models.hpp"

namespace vitrion::rmc {
namespace {

constexpr double pi = constants::pi;

class DataSetTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) /
        fmt::format("rmc_data_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
    make_directory(folder_);
  }
  std::string file(const std::vector<double>& x, const std::vector<double>& y) {
    std::string text = "# made by a test\n";
    for (std::size_t k = 0; k < x.size(); ++k) text += fmt::format("{} {}\n", x[k], y[k]);
    const auto path = folder_ / "data.txt";
    write_file_atomically(path, text);
    return path.string();
  }
  std::filesystem::path folder_;
};

PairCounts count(const Structure& s, const PairTable& table, double width, std::size_t bins) {
  PairCounts counts(s.cell, table.group_of(), table.groups(), width, bins);
  std::vector<Site> sites;
  for (const Vec3& r : s.position) sites.push_back(site_of(s.cell, r));
  counts.reset(s.cell, sites);
  return counts;
}

// Bonds with a smooth distribution of lengths, so that bins take nothing away on average.
Structure dimers() {
  Structure s;
  s.cell = Cell::cubic(24);
  RandomStream random(5, "dimers");
  for (int k = 0; k < 300; ++k) {
    const Vec3 r = s.cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()});
    const double z = random.uniform(-1, 1);
    const double phi = random.uniform(0, 2 * pi);
    const double rho = std::sqrt(1 - z * z);
    const double length = 2.05 + 0.06 * random.normal();
    s.add("P", r);
    s.add("S", s.cell.wrap(r + length * Vec3(rho * std::cos(phi), rho * std::sin(phi), z)));
  }
  return s;
}

// i(q) = Σ w w' [1/N Σ pairs 2 sin(qr)/(qr) like − ρ ∫ …] with every distance at its own place.
double debye(const Structure& s, const PairTable& table, const Eigen::VectorXd& w, double norm,
             double q, double r_max) {
  double sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = i + 1; j < s.size(); ++j) {
      const double r = s.cell.minimum_image(s.position[j] - s.position[i]).norm();
      if (r >= r_max) continue;
      const auto a = static_cast<Eigen::Index>(table.group_of()[i]);
      const auto b = static_cast<Eigen::Index>(table.group_of()[j]);
      const double n = table.count(static_cast<std::size_t>(a));
      sum += 2 * w[a] * w[b] * (a == b ? n / (n - 1) : 1) * std::sin(q * r) / (q * r);
    }
  }
  const auto atoms = static_cast<double>(s.size());
  Eigen::VectorXd c(w.size());
  for (Eigen::Index g = 0; g < w.size(); ++g) {
    c[g] = table.count(static_cast<std::size_t>(g)) / atoms;
  }
  const double mean = c.dot(w);
  const double x = q * r_max;
  const double hole =
      4 * pi * atoms / s.cell.volume() * (std::sin(x) - x * std::cos(x)) / (q * q * q);
  return (sum / atoms - mean * mean * hole) / norm;
}

TEST_F(DataSetTest, CurvesInQAreThoseOfDebyesSum) {
  const Structure s = dimers();
  const PairTable table(s);
  const std::vector<double> q{0.8, 1.5, 3, 6, 10, 15, 20};
  const PairCounts counts = count(s, table, 0.05, 240);
  const double density = static_cast<double>(s.size()) / s.cell.volume();
  for (const std::string probe : {"neutron", "xray"}) {
    for (const std::string norm : {"average_squared", "squared_average", "barn"}) {
      for (const std::string form : {"S", "i", "F"}) {
        DataSettings d;
        d.file = file(q, std::vector<double>(q.size(), 1.0));
        d.probe = probe;
        d.norm = norm;
        d.form = form;
        d.rebin = 0;
        const DataMap map(d, table, static_cast<double>(s.size()), 0.05, 240);
        const auto y = map.compute(counts, density);
        for (std::size_t k = 0; k < q.size(); ++k) {
          const Eigen::VectorXd w = probe == "neutron" ? map.scatterers().neutron_fm
                                                       : map.scatterers().form_factors(q[k]);
          const Eigen::VectorXd& c = map.scatterers().c;
          double over = probe == "neutron" ? 100 : 1;
          if (norm == "average_squared") over = std::pow(c.dot(w), 2);
          if (norm == "squared_average") over = c.dot(w.cwiseProduct(w));
          const double i = debye(s, table, w, over, q[k], 12);
          const double expected = form == "S" ? 1 + i : form == "F" ? q[k] * i : i;
          // Bins of 0.05 Å leave a random phase of each of 300 bonds: 1/√300 of its spread.
          const double level = std::pow(c.dot(w), 2) / over * (form == "F" ? q[k] : 1);
          EXPECT_NEAR(y[k], expected, 0.012 * level) << probe << norm << form << q[k];
        }
      }
    }
  }
}

TEST_F(DataSetTest, AMoveChangesACurveAsARecountDoes) {
  const Structure s = test::gas(test::skew(18), {{"Li", 90}, {"P", 30}, {"S", 120}}, 1.0);
  const PairTable table(s);
  std::vector<double> q;
  std::vector<double> r;
  for (int k = 1; k <= 90; ++k) {
    q.push_back(0.2 * k);
    r.push_back(0.08 * k);
  }
  const double density = static_cast<double>(s.size()) / s.cell.volume();
  for (const std::string form : {"S", "i", "F", "g", "D", "T", "G"}) {
    for (const std::string probe : {"neutron", "xray"}) {
      DataSettings d;
      d.form = form;
      d.probe = probe;
      d.file = file(d.in_q() ? q : r, std::vector<double>(90, 1.0));
      d.rebin = 0;
      d.sigma_A = d.in_q() ? 0 : 0.06;
      const DataMap map(d, table, static_cast<double>(s.size()), 0.05, 150);
      PairCounts counts = count(s, table, 0.05, 150);
      auto curve = map.compute(counts, density);
      PairChange change;
      counts.clear(change);
      std::vector<float> difference;
      RandomStream random(1, "change");
      for (int n = 0; n < 20; ++n) {
        const std::size_t i = random.below(s.size());
        const Site to =
            counts.site(i) + displacement(s.cell, {random.uniform(-1, 1), random.uniform(), 0.3});
        counts.add_move(i, to, change);
        counts.difference(change, difference);
        map.add_change(table.group_of()[i], difference, density, curve);
        counts.place(i, to);
        counts.commit(table.group_of()[i], change);
        counts.clear(change);
      }
      const auto exact = map.compute(counts, density);
      double largest = 0;
      for (const double v : exact) largest = std::max(largest, std::abs(v));
      for (std::size_t k = 0; k < exact.size(); ++k) {
        EXPECT_NEAR(curve[k], exact[k], 2e-5 * largest) << form << probe << k;
      }
    }
  }
}

TEST_F(DataSetTest, AnIdealGasHasNoStructureInAnyForm) {
  // Many atoms at random: g = 1 within the noise of counting.
  const Structure s = test::gas(Cell::cubic(30), {{"Li", 1500}, {"S", 1500}}, 0);
  const PairTable table(s);
  const PairCounts counts = count(s, table, 0.05, 300);
  const double density = 3000.0 / s.cell.volume();
  std::vector<double> r;
  for (int k = 0; k < 40; ++k) r.push_back(6 + 0.2 * k);
  const auto mean = [&](const std::string& form) {
    DataSettings d;
    d.form = form;
    d.probe = "xray";
    d.file = file(r, std::vector<double>(40, 1.0));
    d.sigma_A = 0.1;
    const DataMap map(d, table, 3000, 0.05, 300);
    const auto y = map.compute(counts, density);
    double sum = 0;
    for (std::size_t k = 0; k < y.size(); ++k) {
      sum += form == "T" ? y[k] / (4 * pi * r[k] * density) : y[k];
    }
    return sum / 40;
  };
  EXPECT_NEAR(mean("g"), 1, 0.01);
  EXPECT_NEAR(mean("T"), 1, 0.01);
  EXPECT_NEAR(mean("G"), 0, 0.01 * 100);  // times ⟨f⟩², which is 90
  EXPECT_NEAR(mean("D"), 0, 0.01 * 4 * pi * 10 * density);
}

TEST_F(DataSetTest, RefinesScaleAndOffsetByLeastSquares) {
  const Structure s = dimers();
  const PairTable table(s);
  std::vector<double> q;
  for (int k = 5; k < 200; ++k) q.push_back(0.1 * k);
  const PairCounts counts = count(s, table, 0.05, 240);
  const double density = static_cast<double>(s.size()) / s.cell.volume();
  DataSettings d;
  d.form = "i";
  d.rebin = 0;
  d.file = file(q, std::vector<double>(q.size(), 1.0));
  const auto y = DataMap(d, table, 600, 0.05, 240).compute(counts, density);
  std::vector<double> measured;
  for (std::size_t k = 0; k < y.size(); ++k) measured.push_back(0.93 * y[k] + 0.02 - 0.003 * q[k]);
  d.file = file(q, measured);
  d.scale.refine = d.offset.refine = d.slope.refine = true;
  const DataMap map(d, table, 600, 0.05, 240);
  DataFit fit(map);
  fit.reset(counts, density, true);
  EXPECT_NEAR(fit.scale, 0.93, 1e-6);
  EXPECT_NEAR(fit.offset, 0.02, 1e-6);
  EXPECT_NEAR(fit.slope, -0.003, 1e-6);
  EXPECT_LT(fit.r2(), 1e-10);
  d.scale.limits = {0.95, 1.05};  // the best within limits is at the edge
  const DataMap bound(d, table, 600, 0.05, 240);
  DataFit held(bound);
  held.reset(counts, density, true);
  EXPECT_DOUBLE_EQ(held.scale, 0.95);
}

TEST_F(DataSetTest, RIsWrights) {
  const Structure s = dimers();
  const PairTable table(s);
  DataSettings d;
  d.rebin = 0;
  d.file = file({1, 2, 3}, {1.5, 0.5, 1.0});
  const PairCounts counts = count(s, table, 0.05, 240);
  const double density = static_cast<double>(s.size()) / s.cell.volume();
  const DataMap map(d, table, 600, 0.05, 240);
  DataFit fit(map);
  fit.reset(counts, density, false);
  EXPECT_NEAR(std::sqrt(fit.r2()), agreement(map.measured(), fit.fitted()).wright, 1e-12);
}

// A hole of radius 2 Å around each atom: D = −4πρr there, whatever the rest.
TEST_F(DataSetTest, FindsTheDensityOfACurve) {
  const Structure s = test::gas(Cell::cubic(26), {{"P", 600}, {"S", 600}}, 1.8);
  const PairTable table(s);
  const double density = 1200.0 / s.cell.volume();
  const PairCounts counts = count(s, table, 0.05, 260);
  std::vector<double> q;
  for (int k = 10; k < 600; ++k) q.push_back(0.05 * k);
  DataSettings d;
  d.probe = "neutron";
  d.rebin = 0;
  d.form = "i";
  d.norm = "barn";
  d.file = file(q, std::vector<double>(q.size(), 1.0));
  const auto y = DataMap(d, table, 1200, 0.05, 260).compute(counts, density);
  d.file = file(q, y);
  const DataMap good(d, table, 1200, 0.05, 260);
  EXPECT_NEAR(examine(good, density, 1.8).density_A3, density, 0.05 * density);
  EXPECT_NO_THROW(check_data(good, density, 1.8));
  try {
    check_data(good, 1.5 * density, 1.8);
    FAIL() << "a density half as high again was taken";
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("slope at low r"));
  }
  std::vector<double> shifted;
  for (const double v : y) shifted.push_back(v + 0.1);
  d.file = file(q, shifted);
  const DataMap bad(d, table, 1200, 0.05, 260);
  EXPECT_THROW(check_data(bad, density, 1.8), InputError);
}

TEST_F(DataSetTest, RefusesWhatIsNotThere) {
  const Structure s = dimers();
  const PairTable table(s);
  DataSettings d;
  d.file = (folder_ / "absent.dat").string();
  EXPECT_THROW(DataMap(d, table, 600, 0.05, 240), InputError);
  d.file = file({1, 2, 3}, {1, 1, 1});
  d.use_errors = true;
  EXPECT_THROW(DataMap(d, table, 600, 0.05, 240), InputError);
  d.use_errors = false;
  d.range = {5, 6};
  EXPECT_THROW(DataMap(d, table, 600, 0.05, 240), InputError);
}

}  // namespace
}  // namespace vitrion::rmc
