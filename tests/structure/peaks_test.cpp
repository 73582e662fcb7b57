#include "structure/peaks.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

double gauss(double r, double centre, double width) {
  return std::exp(-0.5 * std::pow((r - centre) / width, 2));
}

double poisson(double mean, RandomStream& random) {
  if (mean > 500) return std::round(mean + std::sqrt(mean) * random.normal());
  const double limit = std::exp(-mean);
  double n = -1;
  for (double p = 1; p > limit; p *= random.uniform()) n += 1;
  return n;
}

// g(r) with the noise of pair counts; `pairs` is their number per Å³ at g = 1.
template <class G>
Curve noisy(const G& g, double pairs, std::uint64_t seed) {
  RandomStream random(seed, "peaks");
  Curve c{0.02, {}, {}};
  for (int k = 0; k < 400; ++k) {
    const double r = 0.02 * (k + 0.5);
    const double expected = pairs * 4 * constants::pi * r * r * 0.02;
    c.expected.push_back(expected);
    c.value.push_back(poisson(expected * g(r), random) / expected);
  }
  return c;
}

// Two shells and a tail that ends at 1, as in a liquid.
double liquid(double r) {
  return 3 * gauss(r, 2.45, 0.2) + 1.2 * gauss(r, 4.1, 0.45) + 1 / (1 + std::exp(-(r - 4) / 0.3));
}

TEST(Peaks, OfALiquid) {
  double true_minimum = 2.45;
  for (double r = 2.45; r < 4.1; r += 1e-3) {
    if (liquid(r) < liquid(true_minimum)) true_minimum = r;
  }
  for (const double pairs : {300.0, 10000.0}) {
    const Curve c = noisy(liquid, pairs, 3);
    const FirstShell shell = find_first_shell(c);
    EXPECT_NEAR(first_peak_A(shell, c), 2.45, pairs > 1000 ? 0.005 : 0.02);
    EXPECT_NEAR(first_minimum_A(shell, c), true_minimum, pairs > 1000 ? 0.03 : 0.1);
    EXPECT_EQ(doubt_about_minimum(shell), "");
  }
}

TEST(Peaks, TheMiddleOfAGap) {
  const auto g = [](double r) { return 30 * gauss(r, 2.05, 0.05) + (r > 3.25 ? 2.0 : 0.0); };
  const Curve c = noisy(g, 1000, 4);
  const FirstShell shell = find_first_shell(c);
  EXPECT_NEAR(first_peak_A(shell, c), 2.05, 0.004);
  EXPECT_NEAR(first_minimum_A(shell, c), (2.05 + 0.2 + 3.25) / 2, 0.12);
}

TEST(Peaks, NoneWhereThereAreNone) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Curve flat = noisy([](double) { return 1.0; }, 100, seed);
    found += find_first_shell(flat).has_minimum ? 1 : 0;
  }
  EXPECT_LE(found, 2);  // four standard errors, sought at 400 places in three smoothings
  const Curve lone = noisy([](double r) { return 10 * gauss(r, 2, 0.1); }, 100, 5);
  const FirstShell shell = find_first_shell(lone);
  EXPECT_TRUE(shell.has_peak);
  EXPECT_TRUE(std::isnan(first_minimum_A(shell, lone)));
  EXPECT_THAT(doubt_about_minimum(shell), ::testing::HasSubstr("does not rise again"));
  const Curve shallow =
      noisy([](double r) { return r < 1.5 ? 0 : 1 + 0.15 * std::cos(3 * (r - 2)); }, 30000, 6);
  EXPECT_THAT(doubt_about_minimum(find_first_shell(shallow)), ::testing::HasSubstr("shallow"));
  EXPECT_FALSE(find_first_shell({0.02, std::vector<double>(50, 0.0), std::vector<double>(50, 1.0)})
                   .has_peak);
}

}  // namespace
}  // namespace vitrion
