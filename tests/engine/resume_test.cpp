// A run that is killed and resumed gives the same bits as one that never broke.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "engine/recording.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

using testing::dynamics;
using testing::Folder;
using ::testing::HasSubstr;
using testing::Recorder;

// Every ensemble and thermostat that keeps something from step to step, with ramps.
Protocol everything() {
  Protocol p;
  p.timestep_ps = 0.001;
  p.initial_temperature_K = 300;
  p.seed = 11;
  p.frame_every_ps = 0.01;
  p.thermo_every_ps = 0.004;
  p.checkpoint_every_ps = 0.035;
  p.frame_velocities = true;
  Segment minimise;
  minimise.kind = Segment::Kind::minimise;
  minimise.label = "minimise";
  minimise.max_iterations = 50;
  Segment heat = dynamics("heat", Ensemble::nvt, 300, 0.08);
  heat.end_K = 600;
  Segment npt = dynamics("npt", Ensemble::npt, 600, 0.08);
  npt.coupling = CellCoupling::anisotropic;
  Segment langevin = dynamics("langevin", Ensemble::nvt, 600, 0.06);
  langevin.thermostat = Thermostat::langevin;
  Segment shape = dynamics("shape", Ensemble::npt, 600, 0.06);
  shape.thermostat = Thermostat::langevin;
  shape.coupling = CellCoupling::triclinic;
  Segment rescale = dynamics("rescale", Ensemble::nvt, 500, 0.04);
  rescale.thermostat = Thermostat::rescale;
  rescale.thermostat_time_ps = 0.01;
  p.segments = {minimise, heat,  npt,     langevin,
                minimise, shape, rescale, dynamics("nve", Ensemble::nve, 300, 0.03)};
  return p;
}

struct LongRun {
  std::unique_ptr<Potential> potential = load_potential("lps-fm");
  std::unique_ptr<DynamicsEngine> engine = make_lammps_engine();
  EngineJob job(const std::filesystem::path& folder) const {
    EngineJob j;
    j.start.structure = testing::li3ps4(2, 0.1);
    j.protocol = everything();
    j.potential = potential.get();
    j.folder = folder;
    return j;
  }
};

bool same_bits(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Vec3)) == 0;
}

void expect_same(const Frame& a, const Frame& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_TRUE(same_bits(a.structure.position, b.structure.position))
      << "positions at step " << a.step;
  EXPECT_TRUE(same_bits(a.velocities, b.velocities)) << "velocities at step " << a.step;
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.structure.cell.vectors(), b.structure.cell.vectors());
  EXPECT_EQ(a.energy_eV, b.energy_eV);
}

void expect_same(const Recorder& a, const Recorder& b, std::size_t first_frame = 0,
                 std::size_t first_record = 0) {
  ASSERT_EQ(a.frames.size(), b.frames.size() + first_frame);
  ASSERT_EQ(a.records.size(), b.records.size() + first_record);
  for (std::size_t i = 0; i < b.frames.size(); ++i)
    expect_same(a.frames[first_frame + i], b.frames[i]);
  for (std::size_t i = 0; i < b.records.size(); ++i) {
    EXPECT_EQ(std::memcmp(&a.records[first_record + i], &b.records[i], sizeof(ThermoRecord)), 0)
        << "record at step " << b.records[i].step;
  }
}

class Resume : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    LongRun s;
    Folder folder;
    whole_ = new Recorder;
    last_ = new Frame(s.engine->run(s.job(folder.path), *whole_, *whole_));
  }
  static void TearDownTestSuite() {
    delete whole_;
    delete last_;
    whole_ = nullptr;
    last_ = nullptr;
  }
  static Recorder* whole_;
  static Frame* last_;
};
Recorder* Resume::whole_ = nullptr;
Frame* Resume::last_ = nullptr;

TEST_F(Resume, TheUnbrokenRunTellsEverythingEvenly) {
  const long steps = total_steps(everything());
  ASSERT_EQ(whole_->frames.size(), static_cast<std::size_t>(steps / 10 + 1));
  ASSERT_EQ(whole_->records.size(), static_cast<std::size_t>(steps / 4 + 1));
  for (std::size_t i = 0; i < whole_->frames.size(); ++i) {
    EXPECT_EQ(whole_->frames[i].step, static_cast<std::int64_t>(10 * i));
    EXPECT_DOUBLE_EQ(*whole_->frames[i].time_ps, 0.01 * static_cast<double>(i));
    EXPECT_EQ(whole_->frames[i].velocities.size(), whole_->frames[i].size());
    EXPECT_EQ(whole_->frames[i].wrapping, Wrapping::wrapped);
    for (const auto& r : whole_->frames[i].structure.position) {
      const Vec3 f = whole_->frames[i].structure.cell.to_fractional(r);
      EXPECT_GE(f.minCoeff(), -1e-12);
      EXPECT_LT(f.maxCoeff(), 1 + 1e-12);
    }
  }
  EXPECT_EQ(last_->step, steps);
  EXPECT_EQ(whole_->labels, (std::vector<std::string>{"minimise", "heat", "npt", "langevin",
                                                      "minimise", "shape", "rescale", "nve"}));
  EXPECT_EQ(last_->structure.formula(), testing::li3ps4(2).formula());
}

TEST_F(Resume, AfterTheWorkerWasKilled) {
  for (const std::size_t at : {3u, 11u, 20u, 27u, 31u}) {
    LongRun s;
    Folder folder;
    Recorder told;
    told.on_frame = [&](std::size_t n) {
      if (n == at) {
        for (const int pid : testing::child_processes()) ::kill(pid, SIGKILL);
      }
    };
    try {
      (void)s.engine->run(s.job(folder.path), told, told);
      ADD_FAILURE() << "the run did not notice the death of its worker";
    } catch (const WorkError& e) {
      EXPECT_THAT(e.what(), HasSubstr("signal 9"));
    }
    const auto checkpoint = s.engine->checkpoint(folder.path);
    ASSERT_TRUE(checkpoint);
    EXPECT_LE(checkpoint->frames, told.frames.size());
    told.go_back_to(*checkpoint);
    told.on_frame = nullptr;
    EngineJob job = s.job(folder.path);
    job.start = Frame();  // not needed any more
    const Frame last = s.engine->run(job, told, told);
    expect_same(*whole_, told);
    expect_same(*last_, last);
    // A finished run is not done again.
    Recorder nothing;
    expect_same(*last_, s.engine->run(job, nothing, nothing));
    EXPECT_TRUE(nothing.frames.empty());
    EXPECT_TRUE(nothing.records.empty());
  }
}

TEST_F(Resume, AfterTheProgramWasKilledAndTheWorkerWentWithIt) {
  Folder folder;
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    LongRun s;
    Recorder told;
    told.on_frame = [&](std::size_t n) {
      if (n != 17) return;
      const int worker = testing::child_processes().at(0);
      (void)!::write(pipe_ends[1], &worker, sizeof worker);
      ::raise(SIGKILL);
    };
    (void)s.engine->run(s.job(folder.path), told, told);
    ::_exit(0);
  }
  int worker = 0;
  ASSERT_EQ(::read(pipe_ends[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    // Whoever adopts the worker may not have reaped it yet: a zombie is gone too.
    const auto left = std::filesystem::path("/proc") / std::to_string(worker) / "exe";
    std::error_code error;
    (void)std::filesystem::read_symlink(left, error);
    gone = static_cast<bool>(error);
    if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(gone) << "the worker outlived its program";
  LongRun s;
  const auto checkpoint = s.engine->checkpoint(folder.path);
  ASSERT_TRUE(checkpoint);
  EXPECT_GT(checkpoint->frames, 0u);
  Recorder told;
  const Frame last = s.engine->run(s.job(folder.path), told, told);
  expect_same(*whole_, told, checkpoint->frames, checkpoint->records);
  expect_same(*last_, last);
}

// Ctrl-C on a terminal reaches the program alone (its worker has a process group of its own).
TEST_F(Resume, AfterCtrlC) {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    watch_interrupts();
    LongRun s;
    Recorder told;
    told.on_frame = [&](std::size_t n) {
      if (n == 22) ::kill(0, SIGINT);
    };
    try {
      (void)s.engine->run(s.job(folder.path), told, told);
    } catch (const Interrupted&) {
      ::_exit(testing::child_processes().empty() && told.frames.size() == 22 ? 0 : 5);
    }
    ::_exit(6);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  LongRun s;
  const auto checkpoint = s.engine->checkpoint(folder.path);
  ASSERT_TRUE(checkpoint);
  Recorder told;
  expect_same(*last_, s.engine->run(s.job(folder.path), told, told));
  expect_same(*whole_, told, checkpoint->frames, checkpoint->records);
}

TEST_F(Resume, RefusesACheckpointOfAnotherProtocol) {
  LongRun s;
  Folder folder;
  Recorder told;
  told.on_frame = [](std::size_t) { throw WorkError("the disk is full"); };
  EXPECT_THROW((void)s.engine->run(s.job(folder.path), told, told), WorkError);
  EXPECT_TRUE(testing::child_processes().empty());  // nothing is left behind
  EngineJob other = s.job(folder.path);
  other.protocol.segments[1].end_K = 700;
  try {
    (void)s.engine->run(other, told, told);
    ADD_FAILURE();
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("another protocol or potential"));
  }
}

}  // namespace
}  // namespace vitrion
