// Long runs: time and memory of MSD, single and collective, with D, its errors, regimes and the
// non-Gaussian parameter.
//
//   bench_transport [ions [frames [analysis]]]      (5,000 ions x 100,000 frames of msd)
// Steps are drawn from a table, so that making the walk costs little; its time is printed beside.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

#include "analysis/driver.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "dynamics/register.hpp"

namespace vitrion {
namespace {

constexpr double step_A = 0.3;
constexpr double vibration_A = 0.4;

// Brownian walkers that vibrate, in frames of their own.
class Walk : public FrameSource {
 public:
  Walk(std::size_t ions, long frames) : left_(frames), table_(std::size_t{1} << 18) {
    double square = 0;
    for (auto& x : table_) {
      x = random_.normal();
      square += x * x / static_cast<double>(table_.size());
    }
    for (auto& x : table_) x /= std::sqrt(square);  // so that D is known exactly
    frame_.structure.cell = Cell::cubic(50);
    frame_.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < ions; ++i) frame_.structure.add("Li", Vec3::Zero());
    walk_.assign(ions, Vec3::Zero());
  }
  bool next(Frame& out) override {
    if (left_-- == 0) return false;
    const std::size_t mask = table_.size() - 1;
    std::size_t a = random_.below(table_.size());
    std::size_t b = random_.below(table_.size());
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      for (int axis = 0; axis < 3; ++axis) {
        walk_[i][axis] += step_A * table_[a++ & mask];
        frame_.structure.position[i][axis] = walk_[i][axis] + vibration_A * table_[b++ & mask];
      }
    }
    out = frame_;
    return true;
  }
  [[nodiscard]] std::string name() const override { return "walkers"; }

 private:
  long left_;
  RandomStream random_{1, "bench"};
  std::vector<double> table_;
  std::vector<Vec3> walk_;
  Frame frame_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int run(std::size_t ions, long frames, const std::string& name) {
  AnalysisRegistry registry;
  register_dynamics_analyses(registry);
  {
    const auto start = std::chrono::steady_clock::now();
    Walk walk(ions, frames / 100 + 1);
    Frame frame;
    while (walk.next(frame)) {
    }
    fmt::print("making the walk   {:8.1f} s (from a hundredth)\n", 100 * seconds_since(start));
  }
  Walk source(ions, frames);
  std::vector<std::unique_ptr<Analysis>> list;
  list.push_back(registry.make(name));
  list.front()->parameters().set("drift", "none", {});
  DriverOptions options;
  options.series = {0.1, 600.0};
  auto start = std::chrono::steady_clock::now();
  run_analyses(source, list, options);
  fmt::print("reading           {:8.1f} s ({} threads)\n", seconds_since(start), threads());
  start = std::chrono::steady_clock::now();
  const Result result = list.front()->result();
  fmt::print("result            {:8.1f} s\n", seconds_since(start));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory       {:8.0f} MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  fmt::print("processor         {:8.1f} s\n",
             static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec));
  for (const auto& s : result.scalars) {
    fmt::print("{:<22} {:12.5g} ({:.2g}) {}\n", s.key, s.value, s.error, s.unit);
  }
  fmt::print("true D                 {:12.5g}\n", step_A * step_A / (2 * 0.1) * 1e-4);
  for (const auto& [key, value] : result.settings) {
    if (key == "time origins") fmt::print("time origins: {}\n", value);
  }
  return 0;
}

}  // namespace
}  // namespace vitrion

int main(int argc, char** argv) {
  const auto ions = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000UL;
  const auto frames = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 100000L;
  return vitrion::run(ions, frames, argc > 3 ? argv[3] : "msd");
}
