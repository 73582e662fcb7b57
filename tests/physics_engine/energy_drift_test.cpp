// Conservation of energy with the suggested time step.
#include <gtest/gtest.h>

#include "engine/lammps/lammps_engine.hpp"
#include "engine/recording.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

void expect_no_drift(const std::string& name, double temperature_K) {
  const auto potential = load_potential(name);
  testing::Folder folder;
  testing::Recorder told;
  EngineJob job;
  job.potential = potential.get();
  job.folder = folder.path;
  job.start.structure = testing::li3ps4(2, 0.05);
  job.protocol.timestep_ps = potential->suggested_timestep_ps();
  job.protocol.initial_temperature_K = temperature_K;
  job.protocol.frame_every_ps = 0;
  job.protocol.thermo_every_ps = 0.03;
  job.protocol.checkpoint_every_ps = 2;
  Segment minimise;
  minimise.kind = Segment::Kind::minimise;
  job.protocol.segments = {minimise, testing::dynamics("settle", Ensemble::nvt, temperature_K, 1.5),
                           testing::dynamics("nve", Ensemble::nve, temperature_K, 9)};
  (void)make_lammps_engine()->run(job, told, told);
  // Slope of the total energy by least squares.
  double sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
  for (const auto& r : told.records) {
    if (r.segment != 2) continue;
    const double e = (r.potential_eV + r.kinetic_eV) / static_cast<double>(job.start.size());
    sx += r.time_ps, sy += e, sxx += r.time_ps * r.time_ps, sxy += r.time_ps * e, n += 1;
  }
  const double drift = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  std::printf("%s at %g K: %.2g eV/atom/ps\n", name.c_str(), temperature_K, drift);
  EXPECT_LT(std::abs(drift), 1e-4);
  EXPECT_GT(n, 250);
}

TEST(EnergyDrift, LpsQ07) { expect_no_drift("lps-q07", 600); }
TEST(EnergyDrift, LpsFm) { expect_no_drift("lps-fm", 600); }

}  // namespace
}  // namespace vitrion
