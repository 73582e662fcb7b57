// The main job on a very small glass: whole, killed and resumed, failed and resumed.
#include <fcntl.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

const std::string recipe =
    "version: 1\n"
    "system: {composition: 0.75Li2S-0.25P2S5, atoms: 64, density: 1.7 g/cm3}\n"
    "engine: {checkpoint_every: 0.15 ps, timestep: 1.5 fs}\n"
    "protocol:\n"
    "  - minimise: {force_tolerance: 0.5, max_iterations: 200}\n"
    "  - heat: {from: 300 K, to: 700 K, rate: 2 K/fs}\n"
    "  - melt: {at: 700 K, time: 0.5 ps}\n"
    "  - density: {at: 300 K, time: 0.5 ps, equilibrate: 0.1 ps}\n"
    "  - glass: {at: 300 K, time: 0.5 ps, equilibrate: 0.1 ps, snapshots: 2, frame_every: 30 fs}\n"
    "  - production: {at: [500 K, 600 K, 700 K], time: 0.9 ps, frame_every: 15 fs}\n"
    "replicas: 2\n";

// What a run made, without what may differ between two runs: times, host, logs.
std::map<std::string, std::string> outputs(const fs::path& run) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file()) continue;
    if (name == "final.extxyz" || name == "trajectory.nc" || name == "thermo.csv" ||
        (entry.path().parent_path().string().find("/results") != std::string::npos &&
         entry.path().extension() == ".json")) {
      out[fs::relative(entry.path(), run).string()] = fingerprint_file(entry.path());
    }
  }
  return out;
}

class Run : public CliTest {
 protected:
  // Starts a run and kills its whole family after a while, as a crash of the machine would.
  void run_and_kill(const std::string& arguments, std::chrono::milliseconds after) const {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      const int null = ::open("/dev/null", O_RDWR);
      for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
      const std::string command =
          "cd '" + folder_.string() + "' && exec '" VITRION_BUILD_DIR "/vitrion' " + arguments;
      ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    std::this_thread::sleep_for(after);
    ::kill(-pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
  }
};

TEST_F(Run, KilledAtManyMomentsEndsAsTheUnbrokenRun) {
  write("r.yaml", recipe);
  const Outcome whole = vitrion("run r.yaml -o whole");
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_THAT(whole.out, HasSubstr("whole/report.html"));
  for (const char* name : {"density", "rdf", "angles", "coordination", "speciation", "msd",
                           "conductivity", "arrhenius"}) {
    EXPECT_TRUE(exists(std::string("whole/results/") + name + ".json")) << name;
  }
  const auto manifest = nlohmann::json::parse(slurp("whole/manifest.json"));
  EXPECT_TRUE(manifest.at("complete").get<bool>());

  run_and_kill("run r.yaml -o broken", std::chrono::milliseconds(1500));
  for (int i = 0; i < 4; ++i)
    run_and_kill("resume broken", std::chrono::milliseconds(1100 + 700 * i));
  const Outcome resumed = vitrion("resume broken");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const auto expected = outputs(folder_ / "whole");
  EXPECT_GT(expected.size(), 30U);
  EXPECT_EQ(outputs(folder_ / "broken"), expected);
  // Nothing is left to do, and nothing is done twice.
  const Outcome again = vitrion("resume broken");
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(outputs(folder_ / "broken"), expected);
  expect_refused("run r.yaml -o whole", "already holds a run");
}

TEST_F(Run, AnEngineThatDiesIsSaidAndTheRestIsKept) {
  // A step far too long: atoms are lost within a few steps.
  std::string text = recipe;
  text.replace(text.find("timestep: 1.5 fs"), 16, "timestep: 60 fs");
  write("r.yaml", text);
  const Outcome o = vitrion("run r.yaml -o out");
  EXPECT_EQ(o.code, 1);
  EXPECT_THAT(o.err, ::testing::AllOf(HasSubstr("failed"), HasSubstr("vitrion resume out")));
  EXPECT_TRUE(exists("out/stages/r1-01-build/final.extxyz"));
  EXPECT_TRUE(exists("out/report.html"));
  EXPECT_THAT(slurp("out/report.html"), HasSubstr("not finished"));
}

TEST_F(Run, InterruptedItSaysHowToGoOn) {
  write("r.yaml", recipe);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    const int null = ::open("/dev/null", O_RDWR);
    const int err = ::open((folder_ / "err.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(err, 2);
    ::chdir(folder_.c_str());
    ::execl(VITRION_BUILD_DIR "/vitrion", "vitrion", "run", "r.yaml", "-o", "out",
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  ::kill(-pid, SIGINT);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(slurp("err.txt"), HasSubstr("vitrion resume out"));
  EXPECT_EQ(vitrion("resume out").code, 0);
}

}  // namespace
}  // namespace vitrion::cli_test
