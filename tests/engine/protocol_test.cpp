#include "engine/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "engine/protocol_json.hpp"
#include "engine/velocities.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

using ::testing::HasSubstr;

Protocol sample() {
  Protocol p;
  Segment minimise;
  minimise.kind = Segment::Kind::minimise;
  Segment heat;
  heat.label = "heat";
  heat.start_K = 300;
  heat.end_K = 1000;
  heat.duration_ps = 0.7;
  p.segments = {minimise, heat};
  p.timestep_ps = 0.002;
  return p;
}

std::string failure(const Protocol& p) {
  try {
    check_protocol(p);
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Protocol, CountsSteps) {
  const Protocol p = sample();
  EXPECT_EQ(segment_steps(p.segments[0], 0.002), 0);
  EXPECT_EQ(segment_steps(p.segments[1], 0.002), 350);
  EXPECT_EQ(total_steps(p), 350);
  Segment tiny = p.segments[1];
  tiny.duration_ps = 1e-6;
  EXPECT_EQ(segment_steps(tiny, 0.002), 1);
}

TEST(Protocol, RefusesNonsense) {
  EXPECT_EQ(failure(sample()), "no error");
  Protocol p = sample();
  p.segments[1].end_K = 0;
  EXPECT_THAT(failure(p), HasSubstr("segment \"heat\": temperatures must be more than 0 K"));
  p = sample();
  p.segments[1].duration_ps = -1;
  EXPECT_THAT(failure(p), HasSubstr("duration"));
  p = sample();
  p.timestep_ps = 2;
  EXPECT_THAT(failure(p), HasSubstr("check its unit"));
  p = sample();
  p.frame_every_ps = 1e-4;
  EXPECT_THAT(failure(p), HasSubstr("frames is shorter"));
  p = sample();
  p.segments[1].thermostat_time_ps = 1e-4;
  EXPECT_THAT(failure(p), HasSubstr("thermostat"));
  p.segments.clear();
  EXPECT_THAT(failure(p), HasSubstr("no segment"));
}

TEST(Protocol, GoesThroughJsonUnchanged) {
  Protocol p = sample();
  p.initial_temperature_K = 321.123456789;
  p.segments[1].ensemble = Ensemble::npt;
  p.segments[1].thermostat = Thermostat::langevin;
  p.segments[1].coupling = CellCoupling::triclinic;
  p.seed = 4000000000U;
  const auto json = protocol_to_json(p);
  const Protocol q = protocol_from_json(nlohmann::json::parse(json.dump()));
  EXPECT_EQ(protocol_to_json(q).dump(), json.dump());
  EXPECT_EQ(*q.initial_temperature_K, *p.initial_temperature_K);
  EXPECT_EQ(q.segments[1].coupling, CellCoupling::triclinic);
  EXPECT_THROW(protocol_from_json(nlohmann::json::parse("{}")), InputError);
}

TEST(Velocities, HaveTheTemperatureAndNoMomentum) {
  const Structure s = testing::li3ps4(3);
  const auto v = maxwell_boltzmann(s, 450, 7);
  const double n = static_cast<double>(s.size());
  EXPECT_NEAR(kinetic_energy_eV(s, v), 1.5 * (n - 1) * constants::boltzmann_eV_K * 450, 1e-9);
  Vec3 momentum = Vec3::Zero();
  std::vector<double> by_species(3);
  for (std::size_t i = 0; i < s.size(); ++i) {
    momentum += s.species_of(i).mass_amu * v[i];
    by_species[s.kind[i]] += s.species_of(i).mass_amu * v[i].squaredNorm();
  }
  EXPECT_LT(momentum.norm(), 1e-9);
  // Equipartition, within three standard deviations of the mean of χ² over 3N values.
  const auto counts = s.counts();
  for (std::size_t k = 0; k < 3; ++k) {
    const double m = static_cast<double>(3 * counts[k]);
    const double t = by_species[k] * constants::amu_A2_ps2_in_eV / (m * constants::boltzmann_eV_K);
    EXPECT_NEAR(t / 450, 1, 3 * std::sqrt(2 / m)) << s.species[k].name;
  }
  EXPECT_EQ(maxwell_boltzmann(s, 450, 7)[5], v[5]);
  EXPECT_NE(maxwell_boltzmann(s, 450, 8)[5], v[5]);
}

}  // namespace
}  // namespace vitrion
