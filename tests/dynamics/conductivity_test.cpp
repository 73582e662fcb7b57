#include "dynamics/conductivity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "dynamics/arrhenius.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;
using ::testing::HasSubstr;

ConductivityAnalysis conductivity(std::initializer_list<std::pair<const char*, const char*>> set) {
  ConductivityAnalysis out;
  auto schema = out.parameters();
  for (const auto& [key, value] : set) schema.set(key, value, {});
  return out;
}

TEST(Conductivity, UnitsByHandInSI) {
  // 1000 ions of charge e in (40 Å)³ with D = 1e-5 cm²/s at 300 K.
  const double q = 1.602176634e-19;           // C
  const double boltzmann_J_K = 1.380649e-23;  // J/K
  const double volume = 64000e-30;            // m³
  const double D = 1e-9;                      // m²/s
  const double sigma_S_m = 1000 * q * q * D / (volume * boltzmann_J_K * 300);
  EXPECT_NEAR(conductivity_mS_cm(1000, 64000, 1e-5, 300), sigma_S_m * 10, 1e-9 * sigma_S_m);
  EXPECT_NEAR(conductivity_mS_cm(1000, 64000, 1e-5, 300), 968.4, 0.1);
}

TEST(Conductivity, IsConsistentWithItsParts) {
  WalkOptions o;
  o.ions = 40;
  auto a = conductivity({{"temperature", "600 K"}});
  const Result r = analyse(a, walk(o, 1, true));
  const auto value = [&](const char* key) { return r.find_scalar(key)->value; };
  EXPECT_NEAR(value("sigma_ne"), conductivity_mS_cm(40, 27000, value("D_star"), 600), 1e-9);
  EXPECT_NEAR(value("haven_ratio"), value("sigma_ne") / value("sigma_c"), 1e-12);
  EXPECT_NEAR(value("haven_ratio"), value("D_star") / value("D_c"), 1e-12);
  EXPECT_NEAR(value("inverse_haven"), 1 / value("haven_ratio"), 1e-12);
  EXPECT_EQ(r.find_scalar("sigma_c")->unit, "mS/cm");
  const TransportPoint p = transport_point(r, 3);
  EXPECT_EQ(p.temperature_K, 600);
  EXPECT_EQ(p.replica, 3);
  EXPECT_TRUE(p.diffusive);
  EXPECT_NEAR(conductivity_mS_cm(p.n_q2_e2_A3, 1, p.D_cm2_s, 600), value("sigma_ne"), 1e-9);
}

TEST(Conductivity, ChargesScaleSquared) {
  WalkOptions o;
  auto one = conductivity({{"temperature", "600 K"}});
  auto half = conductivity({{"temperature", "600 K"}, {"charges", "Li:0.5"}});
  const auto frames = walk(o, 2, true);
  const Result a = analyse(one, frames);
  const Result b = analyse(half, frames);
  EXPECT_NEAR(b.find_scalar("sigma_c")->value, 0.25 * a.find_scalar("sigma_c")->value, 1e-9);
  EXPECT_NEAR(b.find_scalar("haven_ratio")->value, a.find_scalar("haven_ratio")->value, 1e-9);
}

TEST(Conductivity, OppositeChargesThatMoveTogetherCarryNothing) {
  // Pairs Li+ and F− on one path: D* stays, σ_c vanishes.
  WalkOptions o;
  o.ions = 20;
  auto frames = walk(o, 3);
  for (auto& frame : frames) {
    const auto paths = frame.structure.position;
    RandomStream random(1, "pair", static_cast<std::uint64_t>(&frame - frames.data()));
    for (const auto& r : paths) {
      frame.structure.add("F", r + 0.1 * Vec3(random.normal(), random.normal(), random.normal()));
    }
  }
  auto a = conductivity({{"temperature", "600 K"}, {"mobile", "Li,F"}, {"drift", "none"}});
  const Result r = analyse(a, frames);
  EXPECT_NEAR(r.find_scalar("D_star")->value, 1.25e-5, 0.2e-5);
  const Scalar* sigma = r.find_scalar("sigma_c");
  EXPECT_TRUE(std::isnan(sigma->value) || sigma->value < 0.02 * r.find_scalar("sigma_ne")->value);
}

std::string failure(ConductivityAnalysis analysis, std::vector<Frame> frames,
                    std::optional<double> temperature = std::nullopt) {
  try {
    analyse(analysis, std::move(frames), 1.0, temperature);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Conductivity, AsksForWhatItMisses) {
  WalkOptions o;
  o.frames = 20;
  EXPECT_THAT(failure(conductivity({}), walk(o, 1)), HasSubstr("conductivity.temperature"));
  EXPECT_EQ(failure(conductivity({}), walk(o, 1), 300.0), "");
  EXPECT_THAT(failure(conductivity({{"charges", "Na:1"}}), walk(o, 1), 300.0), HasSubstr("Na"));
  o.species = "P";
  EXPECT_THAT(failure(conductivity({}), walk(o, 1), 300.0), HasSubstr("conductivity.mobile"));
  o.species = "He";
  EXPECT_THAT(failure(conductivity({{"mobile", "He"}}), walk(o, 1), 300.0),
              HasSubstr("conductivity.charges"));
}

TEST(Conductivity, SaysTheFrameAndItsLimits) {
  WalkOptions o;
  auto a = conductivity({{"temperature", "600 K"}});
  EXPECT_THAT(analyse(a, walk(o, 1)).warnings.at(0), HasSubstr("laboratory frame"));
  auto b = conductivity({{"temperature", "600 K"}, {"drift", "cell"}});
  const Result r = analyse(b, walk(o, 1, true));
  EXPECT_THAT(r.warnings, ::testing::Contains(HasSubstr("drift framework")));
}

TEST(Conductivity, TooShortIsAnAnswer) {
  WalkOptions o;
  o.frames = 5;
  auto a = conductivity({{"temperature", "600 K"}});
  const Result r = analyse(a, walk(o, 1, true));
  EXPECT_TRUE(std::isnan(r.find_scalar("sigma_c")->value));
  EXPECT_TRUE(std::isnan(r.find_scalar("haven_ratio")->error));
  EXPECT_GE(r.warnings.size(), 1U);
}

}  // namespace
}  // namespace vitrion
