// Argon (Lennard-Jones): methods that must agree on a crystal do, and its melt lies above it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "analysis/write.hpp"
#include "base/constants.hpp"
#include "base/files.hpp"
#include "engine/force_provider.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "io/formats.hpp"
#include "potential/catalogue.hpp"
#include "workflow/density_methods.hpp"
#include "workflow/stability.hpp"
#include "workflow/stage_run.hpp"

namespace vitrion {
namespace {
namespace fs = std::filesystem;

// Of an atom of fcc Lennard-Jones argon at a volume per atom, cut at 8.5 Å.
double fcc_energy_eV(double volume_A3) {
  const double half = std::cbrt(4 * volume_A3) / 2;
  double sum = 0;
  for (int i = -5; i <= 5; ++i) {
    for (int j = -5; j <= 5; ++j) {
      for (int k = -5; k <= 5; ++k) {
        const double r = half * std::sqrt(i * i + j * j + k * k);
        if ((i + j + k) % 2 != 0 || r < 1 || r > 8.5) continue;
        const auto pair = [](double d) {
          const double s = std::pow(3.4 / d, 6);
          return 4 * 0.010340799914574215 * (s * s - s);
        };
        sum += 0.5 * (pair(r) - pair(8.5));
      }
    }
  }
  return sum;
}

class Argon : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "vitrion-argon-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write_file_atomically(folder_ / "argon.cif", R"(data_argon
_cell_length_a 5.31
_cell_length_b 5.31
_cell_length_c 5.31
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt "F m -3 m"
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Ar Ar 0 0 0
)");
  }
  void TearDown() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  // All stages one after another, in this process.
  RunDirectory run(const std::string& protocol, const std::string& vibrations) const {
    const std::string cif = (folder_ / "argon.cif").string();
    const fs::path file = folder_ / "recipe.yaml";
    write_file_atomically(
        file,
        "version: 1\nsystem: {method: crystal, atoms: 108, density_source: a test, crystal: "
        "{file: " +
            cif +
            "}}\npotential: lj-argon\nengine: {thermo_every: 0.1 ps, thermostat_time: 0.5 ps, " +
            "barostat_time: 2 ps}\nprotocol:\n" + protocol +
            "analyse: [density]\nreplicas: 1\nstability: {crystals: [" + cif +
            "], atoms: 108, time: 6 ps, equilibrate: 2 ps, vibrations: " + vibrations + "}\n");
    const Recipe recipe = load_recipe(file);
    auto out = RunDirectory::create(folder_ / "run", file, recipe);
    for (const auto& stage : plan_stages(recipe, timestep_of(recipe)))
      run_stage(out, stage.id, [](double, double, const std::string&) {});
    return out;
  }

  static double scalar(const RunDirectory& run, const std::string& analysis,
                       const std::string& key) {
    return read_result(run.results() / (analysis + ".json")).find_scalar(key)->value;
  }
  static double error(const RunDirectory& run, const std::string& analysis,
                      const std::string& key) {
    return read_result(run.results() / (analysis + ".json")).find_scalar(key)->error;
  }

  fs::path folder_;
};

TEST_F(Argon, VolumeAtRestIsThatOfTheEquationOfState) {
  const auto potential = load_potential("lj-argon");
  const auto forces = make_provider(*potential);
  Frame start;
  start.structure.cell = Cell::cubic(3 * 5.2);
  for (int i = 0; i < 27; ++i) {
    const Vec3 o = 5.2 * Vec3(i % 3, i / 3 % 3, i / 9);
    for (const Vec3& r : {Vec3(0, 0, 0), Vec3(0, .5, .5), Vec3(.5, 0, .5), Vec3(.5, .5, 0)})
      start.structure.add("Ar", o + 5.2 * r);
  }
  std::vector<PressurePoint> points;
  for (double share = 0.97; share < 1.035; share += 0.01) {
    Frame frame = start;
    scale_volume(frame, share);
    forces->evaluate(frame);
    points.push_back({frame.structure.cell.volume(),
                      {-frame.stress_eV_A3->trace() / 3 * constants::eV_A3_in_GPa, 0}});
  }
  const auto eos = fit_equation_of_state(points, "birch-murnaghan", 0);

  struct Nothing : FrameSink, EngineObserver {
    void write(const Frame&) override {}
    void close() override {}
    void flush() override {}
  } nothing;
  EngineJob job;
  job.start = start;
  job.potential = potential.get();
  job.folder = folder_;
  Segment relax;
  relax.kind = Segment::Kind::minimise;
  relax.relax_cell = true;
  relax.force_tolerance_eV_A = 1e-6;
  job.protocol.segments = {relax};
  job.protocol.timestep_ps = 0.01;
  const Frame at_rest = make_lammps_engine()->run(job, nothing, nothing);
  EXPECT_NEAR(eos.volume_A3.value / at_rest.structure.cell.volume(), 1, 5e-4);
  // B = V d²E/dV² of the lattice sum, written apart from the engine.
  const double v = eos.volume_A3.value / 108;
  const double h = 0.01 * v;
  const double curvature =
      (fcc_energy_eV(v + h) - 2 * fcc_energy_eV(v) + fcc_energy_eV(v - h)) / (h * h);
  EXPECT_NEAR(eos.bulk_modulus_GPa.value / (v * curvature * constants::eV_A3_in_GPa), 1, 0.02);
  EXPECT_GT(fcc_energy_eV(v + h), fcc_energy_eV(v));
  EXPECT_GT(fcc_energy_eV(v - h), fcc_energy_eV(v));
}

TEST_F(Argon, CrystalHasOneDensityByEveryMethodAndNoEnergyAboveItself) {
  const RunDirectory done = run(
      "  - density: {at: 30 K, time: 30 ps, equilibrate: 5 ps}\n"
      "  - relaxed_density: {snapshots: 1}\n"
      "  - equation_of_state: {at: 30 K, volumes: 4, spread: 0.03, time: 10 ps, equilibrate: 3 "
      "ps}\n"
      "  - glass: {at: 30 K, time: 10 ps, equilibrate: 3 ps, density_from: equation-of-state}\n",
      "6 ps");
  const double npt = scalar(done, "density_methods", "density_npt");
  const double eos = scalar(done, "density_methods", "density_equation-of-state");
  const double spread = std::hypot(error(done, "density_methods", "density_npt"),
                                   error(done, "density_methods", "density_equation-of-state"));
  EXPECT_NEAR(npt, eos, 4 * spread);
  EXPECT_LT(spread, 0.01 * npt);
  // Heat expands it.
  EXPECT_GT(scalar(done, "density_methods", "density_relaxed"), npt + 0.01);
  EXPECT_NEAR(scalar(done, "stability", "energy_above_crystals_0K"), 0, 0.01);
  EXPECT_NEAR(scalar(done, "stability", "energy_above_crystals_30K"), 0,
              4 * error(done, "stability", "energy_above_crystals_30K") + 0.05);
  // Crystal and "glass" are one and the same: so are their vibrations.
  EXPECT_NEAR(scalar(done, "stability", "vibrational_entropy_above_crystals_30K"), 0, 0.15);
  EXPECT_NEAR(scalar(done, "stability", "free_energy_above_crystals_30K"), 0, 0.5);
  // Debye's function at 30 K: 1.24 k_B for the 92 K of measured heat capacities at rest, 1.7 for
  // 75 K; this crystal is expanded and its field cut short.
  EXPECT_NEAR(scalar(done, "stability", "vibrational_entropy_of_glass_30K"), 1.5, 0.3);
  const auto glass = read_first_frame(done.stage_folder("r1-11-glass") / "final.extxyz");
  EXPECT_NEAR(glass.structure.density_g_cm3(), eos, 1e-4);
}

TEST_F(Argon, QuenchedMeltLiesAboveTheCrystal) {
  const RunDirectory done =
      run("  - melt: {at: 1000 K, time: 6 ps}\n"
          "  - cool: {to: 20 K, through: [], rates: [0.05 K/fs], open_cell_below: 60 K}\n"
          "  - glass: {at: 20 K, time: 20 ps, equilibrate: 4 ps}\n"
          "  - relaxed_density: {snapshots: 1}\n",
          "0 ps");
  const double at_rest = scalar(done, "stability", "energy_above_crystals_0K");
  const double above = scalar(done, "stability", "energy_above_crystals_20K");
  // Of the 77 meV that bind an atom of fcc argon with this cut-off, a quenched packing lacks some.
  EXPECT_GT(at_rest, 1);
  EXPECT_LT(at_rest, 12);
  EXPECT_NEAR(above, at_rest, 3);  // 20 K adds 2.6 meV to each
}

}  // namespace
}  // namespace vitrion
