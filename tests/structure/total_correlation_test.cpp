#include "structure/total_correlation.hpp"

#include <fstream>

#include "base/constants.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;
constexpr double pi = constants::pi;

TEST(TotalCorrelation, IsTheWeightedSumOfThePartials) {
  const Frame f = random_frame(skewed(), {{"Li", 40}, {"P", 8}, {"S", 25}}, 5);
  const Settings range{{"r_max", "7 A"}, {"bin", "0.1 A"}};
  Settings set = range;
  set.emplace_back("isotopes", "7Li");
  const Result r = analyse("total_correlation", {f}, set);
  const Result rdf = analyse("rdf", {f}, range);
  const double n[] = {40, 8, 25};
  const double b[] = {-2.22, 5.13, 2.847};
  const double z[] = {3, 15, 16};
  const std::string names[] = {"Li", "P", "S"};
  const double density = 73 / f.structure.cell.volume();
  const auto at = data(r, "totals", "r");
  std::vector<double> neutron(at.size(), 0.0);
  std::vector<double> xray(at.size(), 0.0);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const auto g = data(rdf, "g_r", names[std::min(i, j)] + "-" + names[std::max(i, j)]);
      for (std::size_t k = 0; k < at.size(); ++k) {
        neutron[k] += n[i] * n[j] / (73 * 73) * b[i] * b[j] * (g[k] - 1);
        xray[k] += n[i] * n[j] * z[i] * z[j] * g[k];
      }
    }
  }
  const double mean = (40 * b[0] + 8 * b[1] + 25 * b[2]) / 73;
  const double electrons = 40 * z[0] + 8 * z[1] + 25 * z[2];
  const auto G = data(r, "totals", "neutron_G");
  const auto D = data(r, "totals", "neutron_D");
  const auto T = data(r, "totals", "neutron_T");
  const auto T_barn = data(r, "totals", "neutron_T_barn");
  const auto g_x = data(r, "totals", "xray_g");
  for (std::size_t k = 0; k < at.size(); ++k) {
    const double sphere = 4 * pi * at[k] * density;
    EXPECT_NEAR(G[k], 0.01 * neutron[k], 1e-9 * (1 + std::abs(G[k])));
    EXPECT_NEAR(D[k], sphere * neutron[k] / (mean * mean), 1e-9 * (1 + std::abs(D[k])));
    EXPECT_NEAR(T[k], D[k] + sphere, 1e-9 * (1 + std::abs(T[k])));
    EXPECT_NEAR(T_barn[k], T[k] * mean * mean * 0.01, 1e-9 * (1 + std::abs(T_barn[k])));
    // Form factors at q = 0 are the electrons to three digits.
    EXPECT_NEAR(g_x[k], xray[k] / (electrons * electrons), 5e-3 * (1 + g_x[k]));
  }
}

// The peak function is the transform of what is measured: its area is 1 (M(0)), and with a
// Gaussian it is the analytic one.
TEST(TotalCorrelation, PeakFunctionsHaveUnitAreaAndTheKnownShapes) {
  const double none = std::numeric_limits<double>::infinity();
  EXPECT_NEAR(peak_function(0.3, 0.2, none, Window::none),
              std::exp(-0.5 * 2.25) / (0.2 * std::sqrt(2 * pi)), 1e-12);
  EXPECT_NEAR(peak_function(0, 0, 20, Window::none), 20 / pi, 1e-12);
  EXPECT_NEAR(peak_function(0.4, 0, 20, Window::none), std::sin(8.0) / (0.4 * pi), 1e-12);
  // Far enough out in q the cut is not seen.
  EXPECT_NEAR(peak_function(0.3, 0.2, 60, Window::none),
              peak_function(0.3, 0.2, none, Window::none), 1e-9);
  // Lorch: the mean of the sharp peak over an interval of 2π/Q.
  double mean = 0;
  const double width = 2 * pi / 20;
  for (int k = 0; k < 2000; ++k) {
    const double x = 0.7 + width * ((k + 0.5) / 2000 - 0.5);
    mean += std::sin(20 * x) / (pi * x) / 2000;
  }
  EXPECT_NEAR(peak_function(0.7, 0, 20, Window::lorch), mean, 1e-6);
}

TEST(TotalCorrelation, BroadeningTurnsAShellIntoItsPeak) {
  // D(r) = δ(r − 3) becomes P(r − 3) − P(r + 3).
  const double width = 0.02;
  std::vector<double> d(400, 0.0);
  d[150] = 1 / width;
  const auto out = PeakBroadening(400, width, 0.15, 25, Window::lorch)(d);
  for (const std::size_t k : {20, 120, 150, 151, 170, 399}) {
    const double r = (double(k) + 0.5) * width;
    EXPECT_NEAR(out[k],
                peak_function(r - 3.01, 0.15, 25, Window::lorch) -
                    peak_function(r + 3.01, 0.15, 25, Window::lorch),
                1e-9);
  }
}

TEST(TotalCorrelation, ComparesAndSaysWhatIsWrong) {
  const Frame f = random_frame(skewed(), {{"Li", 40}, {"S", 25}}, 6);
  const Result plain = analyse("total_correlation", {f}, {{"sigma", "0.1 A"}});
  const auto r = data(plain, "totals", "r");
  const auto t = data(plain, "totals", "neutron_T_barn");
  const std::string file = ::testing::TempDir() + "total-correlation-compare.dat";
  std::ofstream out(file);
  out.precision(17);
  for (std::size_t k = 0; k < r.size(); ++k) out << r[k] << " " << 2 * t[k] << "\n";
  out.close();
  const Result with =
      analyse("total_correlation", {f},
              {{"sigma", "0.1 A"}, {"compare", file}, {"compare_as", "neutron_T_barn"}});
  EXPECT_NEAR(value(with, "r_chi"), 0.5, 1e-9);
  EXPECT_EQ(with.find_table("comparison")->find("measured")->unit, "barn/A2");
  std::ofstream(file) << "100 1\n101 2\n";
  EXPECT_THAT(failure("total_correlation", {f}, {{"compare", file}}), HasSubstr("do not meet"));
  std::filesystem::remove(file);
  Frame unknown = f;
  unknown.structure.species[0] = {"X", 0, 7.0};
  EXPECT_THAT(failure("total_correlation", {unknown}), HasSubstr("needs to know what the atoms"));
  Frame open = f;
  open.structure.cell = Cell();
  EXPECT_THAT(failure("total_correlation", {open}), HasSubstr("needs a cell"));
}

}  // namespace
}  // namespace vitrion
