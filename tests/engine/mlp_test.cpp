// A learned potential in this process and inside LAMMPS: both give what its definition says.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <fstream>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "engine/mlp_provider.hpp"
#include "engine/recording.hpp"
#include "io/formats.hpp"
#include "potential/learned.hpp"
#include "potential/mlp_reference.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

using testing::dynamics;
using testing::Folder;
using ::testing::HasSubstr;
using testing::RandomModel;
using testing::Recorder;

// A model in a file, as the catalogue would have it.
struct Learned {
  explicit Learned(const RandomModel& spec = {}) : Learned(testing::random_model(spec)) {}
  explicit Learned(const mlp::Model& model) {
    mlp::write_model(folder.path / "a model.json", model);
    potential = std::make_unique<LearnedPotential>(folder.path / "a model.json");
  }
  Folder folder;  // with blanks in its name
  std::unique_ptr<LearnedPotential> potential;
};

Structure triclinic(double a, double b, double c) {
  Structure s;
  s.cell = Cell(Mat3{{a, 0.21 * b, -0.3 * c}, {0, b, 0.28 * c}, {0, 0, c}});
  return s;
}

// Atoms at random, none nearer than 1.7 Å to another.
Structure glass(Structure s, int atoms, std::uint64_t seed = 3) {
  RandomStream random(seed, "glass");
  const char* names[] = {"Li", "P", "S"};
  for (const char* name : names) (void)s.species_index(name);
  while (static_cast<int>(s.size()) < atoms) {
    const Vec3 r = s.cell.to_cartesian(Vec3(random.uniform(), random.uniform(), random.uniform()));
    const bool free = std::all_of(s.position.begin(), s.position.end(), [&](const Vec3& other) {
      return s.cell.minimum_image(other - r).norm() > 1.7;
    });
    if (free) s.add(names[s.size() % 3], r);
  }
  return s;
}

Structure turned(Structure s) {
  const Mat3 turn = Eigen::AngleAxisd(0.7, Vec3(1, 2, -1).normalized()).toRotationMatrix();
  s = testing::strained(s, turn - Mat3::Identity());
  for (auto& r : s.position) r += s.cell.vectors() * Vec3(2, -1, 1);  // not wrapped either
  return s;
}

Frame frame_of(const Structure& s) {
  Frame f;
  f.structure = s;
  return f;
}

void expect_equal(const Frame& got, const Frame& want, double tolerance) {
  EXPECT_NEAR(*got.energy_eV, *want.energy_eV, tolerance * std::abs(*want.energy_eV));
  ASSERT_EQ(got.forces.size(), want.forces.size());
  double size = 0;
  for (const auto& f : want.forces) size = std::max(size, f.norm());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_LT((got.forces[i] - want.forces[i]).norm(), tolerance * (1 + size)) << "atom " << i;
  }
  EXPECT_LT((*got.stress_eV_A3 - *want.stress_eV_A3).cwiseAbs().maxCoeff(), tolerance);
}

TEST(MlpProvider, EqualsTheDefinition) {
  const mlp::Model model = testing::random_model();
  MlpProvider provider(model, mlp::Precision::double_);
  Frame got = frame_of(turned(glass(triclinic(4.2, 4.4, 5.1), 6)));
  provider.evaluate(got);
  Structure inside = got.structure;  // the reference looks around the cell alone
  for (auto& r : inside.position) r = inside.cell.wrap(r);
  Frame want = got;
  want.energy_eV = testing::reference_energy(model, inside);
  want.forces = testing::reference_forces(model, inside);
  want.stress_eV_A3 = testing::reference_stress(model, inside);
  expect_equal(got, want, 1e-7);
  EXPECT_THAT(provider.name(), HasSubstr("random"));
}

RandomModel with_messages() {
  RandomModel spec;
  spec.mixed_channels = 2;
  spec.copies = 2;
  spec.hidden = 4;
  spec.messages = 3;
  spec.order = 3;
  return spec;
}

TEST(MlpProvider, EqualsTheDefinitionWithMessages) {
  const mlp::Model model = testing::random_model(with_messages());
  mlp::Model silent = model;  // the same without what messages say
  const auto q = static_cast<std::size_t>(model.projections());
  const auto own = static_cast<std::size_t>(model.element_count() * model.radial.functions);
  for (std::size_t i = 0; i < silent.mixing.size(); ++i) {
    if (i % q >= own) silent.mixing[i] = 0;
  }
  Structure s = glass(triclinic(4.2, 4.4, 5.1), 6);
  for (auto& r : s.position) r = s.cell.wrap(r);
  Frame want = frame_of(s);
  want.energy_eV = testing::reference_energy(model, s);
  want.forces = testing::reference_forces(model, s);
  want.stress_eV_A3 = testing::reference_stress(model, s);
  EXPECT_GT(std::abs(*want.energy_eV - testing::reference_energy(silent, s)), 0.01);
  for (const auto precision : {mlp::Precision::double_, mlp::Precision::single}) {
    MlpProvider provider(model, precision);
    Frame got = frame_of(s);
    provider.evaluate(got);
    expect_equal(got, want, precision == mlp::Precision::double_ ? 1e-7 : 3e-5);
  }
}

TEST(MlpProvider, MessagesGiveTheSameBitsOnAnyNumberOfThreads) {
  MlpProvider provider(testing::random_model(with_messages()));
  Frame frames[2] = {frame_of(glass(triclinic(17, 18, 19), 270)), {}};
  frames[1] = frames[0];
  for (int i = 0; i < 2; ++i) {
    set_threads(i == 0 ? 1 : 3);
    provider.evaluate(frames[i]);
  }
  set_threads(0);
  EXPECT_EQ(*frames[0].energy_eV, *frames[1].energy_eV);
  EXPECT_EQ(frames[0].forces, frames[1].forces);
  EXPECT_EQ(*frames[0].stress_eV_A3, *frames[1].stress_eV_A3);
}

TEST(MlpProvider, GivesTheSameBitsOnAnyNumberOfThreads) {
  RandomModel spec;
  spec.uncertainty = true;
  spec.order = 2;
  MlpProvider provider(testing::random_model(spec));
  Frame frames[2] = {frame_of(glass(triclinic(17, 18, 19), 270)), {}};
  frames[1] = frames[0];
  AtomResponse atoms[2];
  for (int i = 0; i < 2; ++i) {
    set_threads(i == 0 ? 1 : 3);
    atoms[i] = provider.evaluate_atoms(frames[i]);
  }
  set_threads(0);
  EXPECT_EQ(*frames[0].energy_eV, *frames[1].energy_eV);
  EXPECT_EQ(frames[0].forces, frames[1].forces);
  EXPECT_EQ(*frames[0].stress_eV_A3, *frames[1].stress_eV_A3);
  EXPECT_EQ(atoms[0].grade, atoms[1].grade);
  EXPECT_EQ(atoms[0].deviation_eV, atoms[1].deviation_eV);
  EXPECT_GT(*std::min_element(atoms[0].grade.begin(), atoms[0].grade.end()), 0);
  double sum = 0;
  for (const double e : atoms[0].energy_eV) sum += e;
  EXPECT_EQ(sum, *frames[0].energy_eV);
}

TEST(MlpProvider, EvaluatesOpenBoundariesWithoutAStress) {
  MlpProvider provider(testing::random_model());
  Frame frame;
  for (const char* name : {"Li", "P", "S"}) (void)frame.structure.species_index(name);
  frame.structure.add("P", {0, 0, 0});
  frame.structure.add("S", {2, 0, 0});
  provider.evaluate(frame);
  EXPECT_FALSE(frame.stress_eV_A3);
  EXPECT_LT((frame.forces[0] + frame.forces[1]).norm(), 1e-6);
}

TEST(MlpProvider, RefusesWhatCannotBeEvaluated) {
  MlpProvider provider(testing::random_model());
  Frame frame;
  EXPECT_THROW(provider.evaluate(frame), InputError);
  frame.structure = glass(triclinic(6, 6, 6), 3);
  frame.structure.position[2] = frame.structure.position[0];
  EXPECT_THROW(provider.evaluate(frame), InputError);
  frame.structure.position[2][0] += 2;
  frame.structure.add("Cl", {3, 3, 3});
  EXPECT_THROW(provider.evaluate(frame), InputError);
}

TEST(MlpProvider, IsTheQuickestWayForALearnedPotential) {
  const Learned learned;
  EXPECT_EQ(make_provider(*learned.potential)->name(), "vitrion/random");
  EXPECT_EQ(make_provider(*load_potential("lj-argon"))->name(), "LAMMPS/lj-argon");
}

// ---------------------------------------------------------------- inside LAMMPS

void expect_lammps_equals_provider(const Learned& learned, const Structure& s, int ranks) {
  Frame want = frame_of(s);
  make_provider(*learned.potential)->evaluate(want);
  Frame got = frame_of(s);
  LammpsProviderOptions options;
  options.ranks = ranks;
  make_lammps_provider(*learned.potential, options)->evaluate(got);
  expect_equal(got, want, 3e-6);
}

TEST(MlpInLammps, EqualsTheProviderInAnyCell) {
  const Learned learned;
  Structure cube;
  cube.cell = Cell::orthorhombic(11, 12, 13);
  for (const Structure& s :
       {glass(cube, 60), glass(triclinic(11, 12, 13), 60), turned(glass(triclinic(11, 12, 13), 60)),
        glass(triclinic(4.2, 4.4, 5.1), 6), glass(triclinic(3.1, 3.2, 12), 4)}) {
    expect_lammps_equals_provider(learned, s, 1);
  }
}

TEST(MlpInLammps, EqualsTheProviderInEveryForm) {
  for (int form = 0; form < 3; ++form) {
    RandomModel spec;
    spec.seed = 10U + static_cast<unsigned>(form);
    spec.mixed_channels = form > 0 ? 3 : 0;
    spec.copies = form > 0 ? 3 : 1;
    spec.hidden = form > 1 ? 7 : 0;
    expect_lammps_equals_provider(Learned(spec), glass(triclinic(9, 10, 11), 40), 1);
  }
}

TEST(MlpInLammps, TwoRanksAgreeWithTheProvider) {
  const Learned learned;
  expect_lammps_equals_provider(learned, turned(glass(triclinic(11, 12, 13), 60)), 2);
  expect_lammps_equals_provider(learned, glass(triclinic(4.2, 4.4, 5.1), 6), 2);
}

// Ghosts must hear what their owners say, and tell them what they were answered.
TEST(MlpInLammps, EqualsTheProviderWithMessagesOnAnyRanks) {
  const Learned learned(with_messages());
  for (const int ranks : {1, 2}) {
    for (const Structure& s :
         {turned(glass(triclinic(11, 12, 13), 60)), glass(triclinic(4.2, 4.4, 5.1), 6)}) {
      expect_lammps_equals_provider(learned, s, ranks);
    }
  }
}

TEST(MlpInLammps, SpeciesMayStandInAnyOrderAndBeFewer) {
  const Learned learned;
  Structure s = triclinic(9, 9, 9);
  for (const char* name : {"S", "Li"}) (void)s.species_index(name);
  s.add("S", {1, 1, 1});
  s.add("Li", {3, 2, 1});
  s.add("Li", {1, 3.5, 2});
  expect_lammps_equals_provider(learned, s, 1);
}

// Adds commands behind those of a potential.
class WithCommands : public LearnedPotential {
 public:
  WithCommands(const LearnedPotential& potential, std::vector<std::string> commands)
      : LearnedPotential(potential), commands_(std::move(commands)) {}
  [[nodiscard]] EngineInput engine_input(const Structure& structure) const override {
    EngineInput input = LearnedPotential::engine_input(structure);
    if (!style.empty()) input.commands.at(1) = style;
    input.commands.insert(input.commands.end(), commands_.begin(), commands_.end());
    return input;
  }
  std::string style;

 private:
  std::vector<std::string> commands_;
};

class MlpInLammpsPerAtom : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(WithoutAndWithMessages, MlpInLammpsPerAtom, ::testing::Values(0, 3));

TEST_P(MlpInLammpsPerAtom, EnergiesAndStressesAddUp) {
  const Learned learned(GetParam() == 0 ? RandomModel() : with_messages());
  const WithCommands potential(
      *learned.potential,
      {"compute e all pe/atom", "compute v all stress/atom NULL",
       "compute c all centroid/stress/atom NULL",
       "dump d all custom 1 atoms.txt id c_e c_v[1] c_v[2] c_v[3] c_v[4] c_v[5] c_v[6] c_c[1] "
       "c_c[2] c_c[3] c_c[4] c_c[5] c_c[6] c_c[7] c_c[8] c_c[9]",
       "dump_modify d sort id format float %.12g"});
  for (const int ranks : {1, 2}) {
    Frame frame = frame_of(glass(triclinic(9, 10, 11), 30));
    MlpProvider here(learned.potential->model());
    const AtomResponse atoms = here.evaluate_atoms(frame);
    Folder folder;
    LammpsProviderOptions options;
    options.folder = folder.path;
    options.ranks = ranks;
    make_lammps_provider(potential, options)->evaluate(frame);
    std::ifstream in(folder.path / "atoms.txt");
    std::string line;
    while (std::getline(in, line) && line.find("ITEM: ATOMS") == std::string::npos) {
    }
    double sums[16] = {};
    for (std::size_t i = 0; i < frame.size(); ++i) {
      double id = 0, value[16];
      in >> id;
      for (double& v : value) in >> v;
      ASSERT_TRUE(in);
      EXPECT_NEAR(value[0], atoms.energy_eV[i], 1e-5);
      for (int k = 0; k < 16; ++k) sums[k] += value[k];
    }
    EXPECT_NEAR(sums[0], *frame.energy_eV, 1e-8);
    // LAMMPS gives −σ V in bar Å³ — without velocities, the virial alone.
    const Mat3 stress = *frame.stress_eV_A3 * frame.structure.cell.volume();
    const double unit = 1.6021765e6;
    const int place[9][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2},
                             {1, 2}, {1, 0}, {2, 0}, {2, 1}};
    for (int k = 0; k < 9; ++k) {
      const double want = stress(place[k][0], place[k][1]);
      if (k < 6) {
        EXPECT_NEAR(sums[1 + k] / unit, want, 1e-5) << k;
      }
      EXPECT_NEAR(sums[7 + k] / unit, want, 1e-5) << k;
    }
  }
}

// A model without random forces that would tear a crystal apart: weak terms over the core.
mlp::Model calm_model() {
  RandomModel spec;
  spec.order = 2;
  spec.cutoff_A = 4.0;
  mlp::Model m = testing::random_model(spec);
  for (auto& r : m.readout) {
    for (auto& c : r.linear) c *= 0.2;
  }
  for (auto& p : m.radial.pairs) {
    p.core_inner_A = 1.0;
    p.core_outer_A = 2.5;
  }
  return m;
}

TEST(MlpInLammps, ConservesEnergy) {
  const Learned learned(calm_model());
  const WithCommands exact = [&] {
    WithCommands p(*learned.potential, {});
    p.style = "pair_style vitrion/mlp double";
    return p;
  }();
  double drift[2];
  for (int half = 0; half < 2; ++half) {
    EngineJob job;
    Folder folder;
    Recorder told;
    job.potential = &exact;
    job.folder = folder.path;
    job.start.structure = testing::li3ps4(2, 0.1);
    job.protocol.initial_temperature_K = 600;
    job.protocol.timestep_ps = half == 0 ? 0.002 : 0.001;
    job.protocol.thermo_every_ps = 0.002;
    job.protocol.frame_every_ps = 0;
    job.protocol.checkpoint_every_ps = 0.05;
    job.protocol.segments = {dynamics("nve", Ensemble::nve, 600, 0.15)};
    (void)make_lammps_engine()->run(job, told, told);
    double low = 1e9, high = -1e9;
    for (const auto& r : told.records) {
      low = std::min(low, r.potential_eV + r.kinetic_eV);
      high = std::max(high, r.potential_eV + r.kinetic_eV);
    }
    EXPECT_GT(told.records.back().step, 70);
    drift[half] = high - low;
  }
  // Velocity Verlet: the error of the energy goes with the square of the time step.
  EXPECT_LT(drift[0], 0.1);
  EXPECT_NEAR(drift[1] / drift[0], 0.25, 0.1);
}

TEST(MlpInLammps, AKilledRunResumesWithTheSameBits) {
  const Learned learned(calm_model());
  Recorder told[2];
  Frame last[2];
  for (int broken = 0; broken < 2; ++broken) {
    Folder folder;
    EngineJob job;
    job.potential = learned.potential.get();
    job.folder = folder.path;
    job.start.structure = testing::li3ps4(2, 0.1);
    job.protocol.initial_temperature_K = 600;
    job.protocol.frame_every_ps = 0.005;
    job.protocol.thermo_every_ps = 0.005;
    job.protocol.checkpoint_every_ps = 0.02;
    job.protocol.frame_velocities = true;
    Segment npt = dynamics("npt", Ensemble::npt, 600, 0.04);
    npt.coupling = CellCoupling::triclinic;
    job.protocol.segments = {dynamics("nvt", Ensemble::nvt, 600, 0.04), npt};
    if (broken == 1) {
      told[1].on_frame = [](std::size_t n) {
        if (n == 8) throw WorkError("enough");
      };
      EXPECT_THROW((void)make_lammps_engine()->run(job, told[1], told[1]), WorkError);
      told[1].on_frame = nullptr;
      told[1].go_back_to(*make_lammps_engine()->checkpoint(folder.path));
    }
    last[broken] = make_lammps_engine()->run(job, told[broken], told[broken]);
  }
  ASSERT_EQ(told[0].frames.size(), told[1].frames.size());
  for (std::size_t i = 0; i < told[0].frames.size(); ++i) {
    EXPECT_EQ(told[0].frames[i].structure.position, told[1].frames[i].structure.position) << i;
    EXPECT_EQ(told[0].frames[i].velocities, told[1].frames[i].velocities) << i;
  }
  EXPECT_EQ(last[0].structure.position, last[1].structure.position);
}

// Grades of random numbers, which change from step to step.
TEST(MlpInLammps, ExtrapolationIsToldKeptAndStopsTheRun) {
  mlp::Model model = calm_model();
  RandomStream random(4, "grades");
  model.uncertainty.resize(3);
  const auto n = static_cast<std::size_t>(model.features_B());
  for (auto& u : model.uncertainty) {
    for (std::size_t i = 0; i < n * n; ++i) u.active_inverse.push_back(0.1 * random.normal());
  }
  const Learned learned(model);
  MlpProvider here(learned.potential->model());
  std::vector<double> grades[2];
  for (int ranks = 1; ranks <= 2; ++ranks) {
    Folder folder;
    Recorder told;
    EngineJob job;
    job.potential = learned.potential.get();
    job.folder = folder.path;
    job.ranks = ranks;
    job.start.structure = testing::li3ps4(1, 0.1);
    job.protocol.initial_temperature_K = 600;
    job.protocol.timestep_ps = 0.001;
    job.protocol.frame_every_ps = job.protocol.thermo_every_ps = 0.004;
    job.protocol.segments = {dynamics("nvt", Ensemble::nvt, 600, 0.016)};
    job.watch.every_steps = 4;
    (void)make_lammps_engine()->run(job, told, told);
    ASSERT_EQ(told.records.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
      const AtomResponse atoms = here.evaluate_atoms(told.frames[i]);
      const double want = *std::max_element(atoms.grade.begin(), atoms.grade.end());
      EXPECT_NEAR(told.records[i].grade, want, 1e-3 * want);
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path / "extrapolating"));

    // The same again, with limits in the midst of what was found.
    Folder again;
    Recorder stopped;
    job.folder = again.path;
    std::vector<double> found;
    for (const auto& r : told.records) found.push_back(r.grade);
    const auto highest =
        static_cast<std::size_t>(std::max_element(found.begin(), found.end()) - found.begin());
    job.watch.stop = 0.9999 * found[highest];
    job.watch.warn = 0.5 * found[highest];
    try {
      (void)make_lammps_engine()->run(job, stopped, stopped);
      ADD_FAILURE() << "the run was not stopped";
    } catch (const WorkError& e) {
      EXPECT_THAT(e.what(), HasSubstr("the potential extrapolates: atom "));
      EXPECT_THAT(e.what(), HasSubstr(fmt::format("at step {}", 4 * highest)));
    }
    const Frame kept =
        read_first_frame(again.path / "extrapolating" / fmt::format("{:010}.extxyz", 4 * highest));
    EXPECT_EQ(kept.structure.position, told.frames[highest].structure.position);
    EXPECT_FALSE(kept.energy_eV);
  }
}

TEST(MlpInLammps, OnlyALearnedPotentialIsWatched) {
  const auto argon = load_potential("lj-argon");
  Folder folder;
  Recorder told;
  EngineJob job;
  job.potential = argon.get();
  job.folder = folder.path;
  job.start.structure.cell = Cell::cubic(12);
  job.start.structure.add("Ar", {1, 1, 1});
  job.protocol.initial_temperature_K = 10;
  job.protocol.segments = {dynamics("nve", Ensemble::nve, 10, 0.01)};
  job.watch.every_steps = 5;
  EXPECT_THROW((void)make_lammps_engine()->run(job, told, told), InputError);
  job.watch.warn = 3;
  job.watch.stop = 2;
  EXPECT_THROW((void)make_lammps_engine()->run(job, told, told), InputError);
}

std::string failure_of(const Learned& learned, const std::string& style) {
  WithCommands potential(*learned.potential, {});
  potential.style = style;
  Frame frame = frame_of(glass(triclinic(6, 6, 6), 3));
  try {
    make_lammps_provider(potential)->evaluate(frame);
  } catch (const WorkError& e) {
    return e.what();
  }
  return "no error";
}

TEST(MlpInLammps, SaysWhatIsWrong) {
  const Learned learned;
  EXPECT_THAT(failure_of(learned, "pair_style vitrion/mlp fast"), HasSubstr("does not know"));
  EXPECT_THAT(failure_of(learned, "pair_style vitrion/mlp uncertainty_every 5"),
              HasSubstr("no extrapolation grade for Li"));
}

}  // namespace
}  // namespace vitrion
