#include "structure/scattering_tables.hpp"

#include <numeric>

#include "base/constants.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;
constexpr double pi = constants::pi;

struct Line {
  double two_theta = 0;
  double intensity = 0;
};

// Textbook lines of antifluorite Li2S: |F|² = 16 (f_S ± …)², multiplicity, Lorentz, polarisation.
std::vector<Line> antifluorite_lines(double a, double wavelength, double b_Li, double b_S) {
  std::map<int, Line> by_square;
  const auto li = *form_factor(3);
  const auto s = *form_factor(16);
  for (int h = -6; h <= 6; ++h) {
    for (int k = -6; k <= 6; ++k) {
      for (int l = -6; l <= 6; ++l) {
        const int m = h * h + k * k + l * l;
        const bool unmixed = (h & 1) == (k & 1) && (k & 1) == (l & 1);
        if (m == 0 || !unmixed) continue;
        const double q = 2 * pi / a * std::sqrt(m);
        const double sine = q * wavelength / (4 * pi);
        if (sine >= 1) continue;
        const double theta = std::asin(sine);
        const double s2 = q * q / (16 * pi * pi);
        // Li at ±(1/4, 1/4, 1/4) of S: 2 cos(π(h + k + l)/2).
        const double f = 4 * (s(q) * std::exp(-b_S * s2) +
                              2 * std::cos(pi * (h + k + l) / 2) * li(q) * std::exp(-b_Li * s2));
        const double lp = (1 + std::pow(std::cos(2 * theta), 2)) /
                          (std::pow(std::sin(theta), 2) * std::cos(theta));
        by_square[m].two_theta = 2 * theta * 180 / pi;
        by_square[m].intensity += f * f * lp;
      }
    }
  }
  std::vector<Line> out;
  for (const auto& [m, line] : by_square) out.push_back(line);
  return out;
}

TEST(Xrd, LinesOfAntifluoriteAreTheTextbookOnes) {
  const double a = 5.72;
  for (const bool damped : {false, true}) {
    // The cell and its supercell scatter alike.
    for (const int repeat : {1, 2}) {
      Settings set{{"method", "bragg"}, {"from", "20 deg"}, {"to", "100 deg"}};
      if (damped) set.emplace_back("debye_waller", "Li:2.5,S:1");
      const Result r = analyse("xrd", {li2s(a, repeat)}, set);
      auto expected = antifluorite_lines(a, 1.5406, damped ? 2.5 : 0, damped ? 1 : 0);
      double strongest = 0;
      std::erase_if(expected, [](const Line& x) { return x.two_theta > 100; });
      for (const auto& x : expected) strongest = std::max(strongest, x.intensity);
      std::erase_if(expected, [&](const Line& x) { return x.intensity < 1.1e-3 * strongest; });
      const auto at = data(r, "lines", "two_theta");
      const auto relative = data(r, "lines", "relative");
      ASSERT_EQ(at.size(), expected.size());
      for (std::size_t k = 0; k < at.size(); ++k) {
        EXPECT_NEAR(at[k], expected[k].two_theta, 1e-6);
        EXPECT_NEAR(relative[k], 100 * expected[k].intensity / strongest, 1e-4);
      }
      // The area under the pattern is that of the lines.
      const auto pattern = data(r, "pattern", "intensity");
      EXPECT_GT(std::accumulate(pattern.begin(), pattern.end(), 0.0), 0);
    }
  }
}

// A gas scatters as its atoms do, each alone.
TEST(Xrd, IdealGasScattersAsItsAtoms) {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 24; ++k) {
    frames.push_back(random_frame(Cell::cubic(16), {{"Li", 100}, {"S", 50}}, 700 + k));
  }
  for (const std::string method : {"direct", "transform"}) {
    const Result r = analyse("xrd", frames,
                             {{"method", method},
                              {"from", "20 deg"},
                              {"to", "80 deg"},
                              {"step", "5 deg"},
                              {"fwhm", "3 deg"},
                              {"polarisation", "false"}});
    const auto q = data(r, "pattern", "q");
    const auto i = data(r, "pattern", "intensity");
    const auto error = data(r, "pattern", "error");
    for (std::size_t k = 0; k < q.size(); ++k) {
      const double self =
          (2 * std::pow((*form_factor(3))(q[k]), 2) + std::pow((*form_factor(16))(q[k]), 2)) / 3;
      EXPECT_NEAR(i[k], self, 5 * error[k] + 0.02 * self) << method << " " << q[k];
      EXPECT_LT(error[k], 0.2 * self);
    }
  }
}

TEST(Xrd, PolarisationAndLorentzFactorsAreTheirFormulae) {
  const Frame f = random_frame(Cell::cubic(14), {{"S", 80}}, 9);
  const Settings common{
      {"from", "20 deg"}, {"to", "80 deg"}, {"step", "10 deg"}, {"fwhm", "0.8 deg"}};
  const auto with = [&](Settings more) {
    more.insert(more.end(), common.begin(), common.end());
    return data(analyse("xrd", {f}, more), "pattern", "intensity");
  };
  const auto bare = with({{"polarisation", "false"}});
  const auto polarised = with({});
  const auto crystal = with({{"monochromator", "26.6 deg"}});
  const auto lorentz = with({{"polarisation", "false"}, {"lorentz", "true"}});
  const double m = std::pow(std::cos(26.6 * pi / 180), 2);
  for (std::size_t k = 0; k < bare.size(); ++k) {
    const double t = (20 + 10 * double(k)) * pi / 180;
    const double c2 = std::pow(std::cos(t), 2);
    // Within the profile the factors change a little.
    EXPECT_NEAR(polarised[k] / bare[k], (1 + c2) / 2, 0.02);
    EXPECT_NEAR(crystal[k] / bare[k], (1 + m * c2) / (1 + m), 0.02);
    const double lp = 1 / (std::pow(std::sin(t / 2), 2) * std::cos(t / 2));
    EXPECT_NEAR(lorentz[k] / bare[k], lp, 0.08 * lp);
  }
}

TEST(Xrd, SaysWhatIsWrong) {
  const Frame f = random_frame(Cell::cubic(14), {{"S", 80}}, 9);
  EXPECT_THAT(failure("xrd", {f}, {{"from", "50 deg"}, {"to", "40 deg"}}),
              HasSubstr("run from 50 to 40°"));
  EXPECT_THAT(failure("xrd", {f}, {{"debye_waller", "Li:2"}}), HasSubstr("no species \"Li\""));
  EXPECT_THAT(failure("xrd", {f}, {{"step", "1e-4 deg"}}), HasSubstr("too many angles"));
  Frame unknown = f;
  unknown.structure.species[0] = {"X", 0, 7.0};
  EXPECT_THAT(failure("xrd", {unknown}), HasSubstr("no X-ray form factor is known for X"));
}

}  // namespace
}  // namespace vitrion
