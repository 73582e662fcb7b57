// Speed of the analyses and of packing, on glasses of 5,000 atoms (1,875 Li, 625 P, 2,500 S).
//
// Beside them, as measured on one core of such a machine: all pairs to 10 A, freud 78 ms a frame;
// MSD of 1,875 ions x 500 frames at all lags, freud 230 ms; packing 5,000 atoms, Packmol 3.4 s.
#include <benchmark/benchmark.h>

#include "analysis/driver.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "build/system.hpp"
#include "dynamics/register.hpp"
#include "structure/register.hpp"

namespace vitrion {
namespace {

Frame glass(long atoms) {
  SystemSettings settings;
  settings.composition = "0.75Li2S-0.25P2S5";
  settings.atoms = atoms;
  settings.density_g_cm3 = 1.9;
  return build_system(settings, 1, 1);
}

// The same glass again and again, its atoms moved a little each time.
class Moving : public FrameSource {
 public:
  Moving(Frame start, long frames) : frame_(std::move(start)), left_(frames) {}
  bool next(Frame& out) override {
    if (left_-- == 0) return false;
    for (auto& r : frame_.structure.position) {
      r += 0.05 * Vec3(random_.uniform(-1, 1), random_.uniform(-1, 1), random_.uniform(-1, 1));
    }
    frame_.wrapping = Wrapping::unwrapped;
    out = frame_;
    return true;
  }
  [[nodiscard]] std::string name() const override { return "bench"; }

 private:
  Frame frame_;
  RandomStream random_{1, "bench"};
  long left_;
};

void analyse(benchmark::State& state, const char* name, long frames) {
  AnalysisRegistry registry;
  register_structure_analyses(registry);
  register_dynamics_analyses(registry);
  set_threads(static_cast<int>(state.range(0)));
  const Frame start = glass(5000);
  DriverOptions options;
  options.series = {0.1, 600.0};
  for (auto _ : state) {
    std::vector<std::unique_ptr<Analysis>> list;
    list.push_back(registry.make(name));
    Moving source(start, frames);
    run_analyses(source, list, options);
    benchmark::DoNotOptimize(list.front()->result());
  }
  state.counters["ms/frame"] = benchmark::Counter(
      static_cast<double>(frames) * 1e-3,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  set_threads(0);
}

BENCHMARK_CAPTURE(analyse, rdf_10A, "rdf", 16)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, angles, "angles", 16)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, speciation, "speciation", 16)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, msd, "msd", 500)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void packing(benchmark::State& state) {
  SystemSettings settings;
  settings.composition = "7Li+PS4+P2S7";
  settings.atoms = state.range(0);
  settings.density_g_cm3 = 1.93;
  for (auto _ : state) benchmark::DoNotOptimize(build_system(settings, 1, 1));
}
BENCHMARK(packing)->Arg(1000)->Arg(5000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrion
