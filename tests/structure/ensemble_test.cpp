#include "structure/ensemble.hpp"

#include "base/constants.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

std::vector<Frame> structures(int count, double step_eV) {
  std::vector<Frame> out;
  for (int k = 0; k < count; ++k) {
    Frame f = li2s(5.71 + 0.05 * k);
    RandomStream random(static_cast<std::uint64_t>(k), "ensemble");
    for (auto& r : f.structure.position) r += 0.05 * Vec3(random.uniform(), random.uniform(), 0);
    f.energy_eV = -40 + step_eV * k;
    out.push_back(f);
  }
  return out;
}

TEST(Ensemble, WeightsAreBoltzmanns) {
  const double kT = constants::boltzmann_eV_K * 1000;
  const auto frames = structures(6, 0.5 * kT);
  const Settings set{{"temperatures", "1000K"}, {"xrd.to", "40deg"}, {"xrd.step", "0.5deg"}};
  DriverOptions options;
  options.chunk_frames = 2;
  const Result r = analyse("ensemble", frames, set, options);
  double z = 0;
  double squares = 0;
  for (int k = 0; k < 6; ++k) z += std::exp(-0.5 * k);
  const auto w = data(r, "weights", "1000K");
  for (int k = 0; k < 6; ++k) {
    EXPECT_NEAR(w[static_cast<std::size_t>(k)], std::exp(-0.5 * k) / z, 1e-12);
    squares += std::pow(std::exp(-0.5 * k) / z, 2);
  }
  EXPECT_NEAR(value(r, "effective_structures_1000K"), 1 / squares, 1e-9);
  // g and pattern are the weighted means of those of each structure by itself.
  std::vector<double> g(data(r, "g_total", "1000K").size(), 0.0);
  std::vector<double> x(data(r, "pattern", "1000K").size(), 0.0);
  for (std::size_t k = 0; k < 6; ++k) {
    const Result one = analyse("rdf", {frames[k]}, {{"bin", "0.05A"}, {"r_max", "5A"}});
    const Result pattern =
        analyse("xrd", {frames[k]}, {{"method", "bragg"}, {"to", "40deg"}, {"step", "0.5deg"}});
    const auto total = data(one, "g_r", "total");
    ASSERT_EQ(total.size(), g.size());
    for (std::size_t i = 0; i < g.size(); ++i) g[i] += w[k] * total[i];
    const auto intensity = data(pattern, "pattern", "intensity");
    ASSERT_EQ(intensity.size(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += w[k] * intensity[i];
  }
  const auto found = data(r, "g_total", "1000K");
  for (std::size_t i = 0; i < g.size(); ++i) EXPECT_NEAR(found[i], g[i], 1e-9);
  const auto intensity = data(r, "pattern", "1000K");
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(intensity[i], x[i], 1e-6 * (1 + x[i]));
}

TEST(Ensemble, ColdOnesAreOneStructure) {
  const auto frames = structures(6, 0.5);
  const Result cold = analyse("ensemble", frames, {{"temperatures", "10K"}, {"with_xrd", "false"}});
  const Result one = analyse("rdf", {frames[0]}, {{"bin", "0.05A"}, {"r_max", "5A"}});
  const auto found = data(cold, "g_total", "10K");
  const auto alone = data(one, "g_r", "total");
  ASSERT_EQ(found.size(), alone.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], alone[i], 1e-9);
  EXPECT_THAT(cold.warnings, ::testing::Contains(HasSubstr("only 1.0 of 6 structures")));
  // The energy of one atom of 12 is a twelfth.
  const Result part = analyse("ensemble", frames,
                              {{"temperatures", "1000K"}, {"atoms", "1"}, {"with_xrd", "false"}});
  const auto w = data(part, "weights", "1000K");
  EXPECT_NEAR(std::log(w[0] / w[1]), 0.5 / 12 / (constants::boltzmann_eV_K * 1000), 1e-9);
}

TEST(Ensemble, WeightedMeansHaveTheJackknifeError) {
  const std::vector<double> equal(50, 1.0 / 50);
  std::vector<double> values;
  RandomStream random(4, "values");
  for (int k = 0; k < 50; ++k) values.push_back(random.normal());
  const Estimate plain = mean_and_error(values);
  const Estimate found = weighted_mean(equal, values);
  EXPECT_NEAR(found.value, plain.value, 1e-12);
  EXPECT_NEAR(found.error, plain.error, 1e-12);
  auto frames = structures(2, 0);
  frames[1].energy_eV.reset();
  EXPECT_THAT(failure("ensemble", frames, {{"with_xrd", "false"}}),
              HasSubstr("frame 2 has no energy"));
}

}  // namespace
}  // namespace vitrion
