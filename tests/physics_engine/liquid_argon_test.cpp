// Liquid argon at Rahman's state point: 864 atoms, 94.4 K, 1.374 g/cm³.
//
// A. Rahman, Phys. Rev. 136, A405 (1964), DOI 10.1103/PhysRev.136.A405: D = 2.43e-5 cm²/s, first
// peak of g(r) at 3.7 Å (1.09 σ). The height of the peak for this potential is 2.84.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/constants.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "engine/recording.hpp"
#include "physics_engine/samples_of_motion.hpp"

namespace vitrion {
namespace {

constexpr double sigma_A = 3.4;

Structure fcc_argon() {
  Structure s;
  const double mass_g = 864 * 39.948 * constants::amu_A3_in_g_cm3;
  const double edge = std::cbrt(mass_g / 1.374);
  s.cell = Cell::cubic(edge);
  const double a = edge / 6;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      for (int k = 0; k < 6; ++k) {
        for (const Vec3& b : {Vec3(0, 0, 0), Vec3(.5, .5, 0), Vec3(.5, 0, .5), Vec3(0, .5, .5)}) {
          s.add("Ar", a * (Vec3(i, j, k) + b));
        }
      }
    }
  }
  return s;
}

// Slope of the mean square displacement between two lags, by least squares, over 6.
double diffusivity_A2_ps(const std::vector<double>& msd, std::size_t from, std::size_t to,
                         double dt_ps) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
  for (std::size_t i = from; i <= to; ++i) {
    const double t = static_cast<double>(i) * dt_ps;
    sx += t, sy += msd[i], sxx += t * t, sxy += t * msd[i], n += 1;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx) / 6;
}

TEST(LiquidArgon, StructureAndDiffusionAtRahmansStatePoint) {
  const auto potential = load_potential("lj-argon");
  testing::Folder folder;
  testing::Recorder melt;
  testing::Recorder told;
  EngineJob job;
  job.potential = potential.get();
  job.folder = folder.path;
  job.start.structure = fcc_argon();
  job.protocol.timestep_ps = potential->suggested_timestep_ps();
  job.protocol.initial_temperature_K = 200;  // melts, then falls to about half
  job.protocol.frame_every_ps = 0;
  job.protocol.thermo_every_ps = 1;
  job.protocol.checkpoint_every_ps = 100;
  job.protocol.segments = {testing::dynamics("melt", Ensemble::nvt, 150, 10),
                           testing::dynamics("settle", Ensemble::nvt, 94.4, 30)};
  const auto engine = make_lammps_engine();
  Frame liquid = engine->run(job, melt, melt);
  // A slow thermostat keeps the state point and leaves the motion as it is.
  testing::Folder second;
  job.folder = second.path;
  job.start = std::move(liquid);
  job.protocol.initial_temperature_K = 94.4;
  Segment sample = testing::dynamics("liquid", Ensemble::nvt, 94.4, 160);
  sample.thermostat_time_ps = 1;
  job.protocol.segments = {testing::dynamics("settle", Ensemble::nvt, 94.4, 10), sample};
  job.protocol.frame_every_ps = 0.2;
  (void)engine->run(job, told, told);
  std::vector<Frame> frames(told.frames.begin() + 50, told.frames.end());

  double temperature = 0;
  int records = 0;
  for (const auto& r : told.records) {
    if (r.time_ps > 10) temperature += r.temperature_K, ++records;
  }
  temperature /= records;
  EXPECT_NEAR(temperature, 94.4, 1);
  EXPECT_NEAR(told.records.back().density_g_cm3, 1.374, 1e-3);

  std::vector<Frame> some;
  for (std::size_t i = 0; i < frames.size(); i += 10) some.push_back(frames[i]);
  const double width = 0.05;
  const auto g = testing::pair_distribution(some, 8, width);
  const auto peak = std::max_element(g.begin(), g.end());
  EXPECT_NEAR(*peak, 2.84, 0.06);
  EXPECT_NEAR((static_cast<double>(peak - g.begin()) + 0.5) * width / sigma_A, 1.09, 0.02);

  const auto msd = testing::mean_square_displacement(frames, 50);
  const double d_cm2_s = diffusivity_A2_ps(msd, 10, 50, 0.2) * constants::A2_ps_in_cm2_s;
  std::printf("T = %.1f K, g_max = %.3f, D = %.3g cm²/s\n", temperature, *peak, d_cm2_s);
  // The statistical error is about 2 %; a run of 1 ns gives 2.42e-5.
  EXPECT_NEAR(d_cm2_s, 2.45e-5, 0.15e-5);
}

}  // namespace
}  // namespace vitrion
