// Speed of the analyses of rotation and coupling: a whole run of 512 units (PS4) and 2,440 Li,
// 5,000 atoms, held in memory. Items are frames.
#include <benchmark/benchmark.h>

#include "analysis/driver.hpp"
#include "base/rng.hpp"
#include "coupling/coupling.hpp"
#include "coupling/rotation.hpp"

namespace vitrion {
namespace {

constexpr std::size_t per_edge = 8;
constexpr double spacing = 5.8;

std::vector<Frame> run_of(std::size_t frames) {
  RandomStream random(1, "bench");
  const Cell cell = Cell::cubic(per_edge * spacing);
  const auto gauss = [&] { return Vec3(random.normal(), random.normal(), random.normal()); };
  std::vector<Vec3> li(2440);
  for (auto& r : li) {
    r = cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()});
  }
  std::vector<Frame> out(frames);
  for (auto& frame : out) {
    Structure& s = frame.structure;
    s.cell = cell;
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < per_edge * per_edge * per_edge; ++i) {
      const Vec3 centre = spacing * Vec3(static_cast<double>(i % per_edge),
                                         static_cast<double>(i / per_edge % per_edge),
                                         static_cast<double>(i / per_edge / per_edge));
      s.add("P", centre);
      for (const auto& u : tetrahedron()) s.add("S", centre + 2.05 * u + 0.1 * gauss());
    }
    for (auto& r : li) {
      r += 0.1 * gauss();
      s.add("Li", r);
    }
  }
  return out;
}

template <class A>
void whole_run(benchmark::State& state) {
  const auto frames = run_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    MemorySource source(frames);
    std::vector<std::unique_ptr<Analysis>> list;
    list.push_back(std::make_unique<A>());
    DriverOptions options;
    options.series = {0.02, 500.0};
    run_analyses(source, list, options);
    benchmark::DoNotOptimize(list[0]->result());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(whole_run<RotationAnalysis>)->Arg(600)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(whole_run<CouplingAnalysis>)->Arg(600)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace vitrion
