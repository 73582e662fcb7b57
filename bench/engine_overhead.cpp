// What streaming costs: the same dynamics by the engine (a frame every 50 fs, checkpoints) and by
// plain `lmp` on the commands that the worker gave to LAMMPS.
//
//   engine_overhead [STEPS=600] [ROUNDS=21]
//
// Prints processor time of both and their ratio. Needs the program `lmp`. A machine's speed may
// drift by more than what is measured: the two take turns, each round gives one ratio, and the
// median counts, with the interval that holds it at 95 % (order statistics).
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "engine/lammps/lammps_engine.hpp"
#include "potential/samples.hpp"

namespace {

using namespace vitrion;
namespace fs = std::filesystem;

double processor_seconds() {
  double total = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage u{};
    getrusage(who, &u);
    total += static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
             1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
  }
  return total;
}

template <class F>
double measure(F&& body) {
  const double used = processor_seconds();
  body();
  return processor_seconds() - used;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

// Keeps the first state file, from which plain LAMMPS shall start.
class Keeper : public FrameSink, public EngineObserver {
 public:
  explicit Keeper(fs::path folder) : folder_(std::move(folder)) {}
  void write(const Frame&) override {
    if (frames_++ == 0) fs::copy_file(folder_ / "state-0-0.lammps", folder_ / "start.lammps");
  }
  void close() override {}
  void flush() override {}

 private:
  fs::path folder_;
  int frames_ = 0;
};

// The commands up to the first run, from the kept state, and then one run.
void write_plain_input(const fs::path& trace, const fs::path& input, long steps) {
  std::ifstream in(trace);
  std::ofstream out(input);
  std::string line;
  bool reading = false;
  while (std::getline(in, line)) {
    if (line.rfind("read_restart", 0) == 0) {
      reading = true;
      line = "box tilt large\nread_restart start.lammps";
    }
    if (reading && line.rfind("run ", 0) == 0) break;
    if (reading) out << line << '\n';
  }
  out << fmt::format("thermo 1000\nrun {}\n", steps);
}

}  // namespace

int main(int argc, char** argv) {
  const long steps = argc > 1 ? std::atol(argv[1]) : 600;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 21;
  const auto potential = load_potential("lps-q07");
  std::vector<double> engine;
  std::vector<double> plain;
  std::size_t atoms = 0;
  for (int i = 0; i < rounds; ++i) {
    std::string pattern = (fs::temp_directory_path() / "vitrion-bench-XXXXXX").string();
    const fs::path folder = ::mkdtemp(pattern.data());
    ::setenv("VITRION_LAMMPS_TRACE", (folder / "trace").c_str(), 1);
    EngineJob job;
    job.potential = potential.get();
    job.folder = folder;
    job.start.structure = testing::li3ps4(5, 0.1);
    atoms = job.start.size();
    job.protocol.timestep_ps = 0.0015;
    job.protocol.initial_temperature_K = 600;
    Segment nvt;
    nvt.start_K = nvt.end_K = 600;
    nvt.duration_ps = static_cast<double>(steps) * job.protocol.timestep_ps;
    job.protocol.segments = {nvt};
    Keeper keeper(folder);
    engine.push_back(measure([&] { (void)make_lammps_engine()->run(job, keeper, keeper); }));
    write_plain_input(folder / "trace", folder / "plain.in", steps);
    const std::string command =
        fmt::format("cd {} && lmp -in plain.in > plain.out 2>&1", folder.string());
    plain.push_back(measure([&] {
      if (std::system(command.c_str()) != 0) fmt::print("lmp failed: see {}\n", folder.string());
    }));
    fs::remove_all(folder);
  }
  fmt::print("{} atoms, {} steps of lps-q07, a frame every 50 fs\n", atoms, steps);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < engine.size(); ++i) ratios.push_back(engine[i] / plain[i]);
  std::sort(ratios.begin(), ratios.end());
  const auto n = static_cast<double>(ratios.size());
  const auto place = [&](double k) {
    return ratios[static_cast<std::size_t>(std::clamp(k, 0.0, n - 1))];
  };
  fmt::print("engine: {:.2f} s, lmp: {:.2f} s of processor time (medians of {} rounds)\n",
             median(engine), median(plain), ratios.size());
  fmt::print("ratio:  {:.3f}, 95 % interval {:.3f} to {:.3f}\n", median(ratios),
             place(std::floor((n - 1) / 2 - 0.98 * std::sqrt(n))),
             place(std::ceil((n - 1) / 2 + 0.98 * std::sqrt(n))));
}
