// Speed of structural analyses beyond pairs, on a random packing of 5,000 atoms in three species,
// one core. Voronoi cells stand beside voro++ alone, which is what there is to lose.
#include <benchmark/benchmark.h>

#include <voro++/voro++.hh>

#include "analysis/driver.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "structure/register.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {
namespace {

// A shaken simple cubic lattice: no two atoms on top of each other, no order of neighbours.
Frame shaken(std::size_t atoms) {
  Frame f;
  const auto n = static_cast<int>(std::ceil(std::cbrt(static_cast<double>(atoms))));
  const double step = 2.6;
  f.structure.cell = Cell::cubic(n * step);
  RandomStream random(1, "bench");
  const char* kinds[] = {"Li", "S", "Li", "S", "P", "S", "Li", "S"};
  std::size_t made = 0;
  for (int k = 0; k < n * n * n && made < atoms; ++k) {
    const Vec3 off(random.uniform(-.4, .4), random.uniform(-.4, .4), random.uniform(-.4, .4));
    f.structure.add(kinds[made++ % 8], step * (Vec3(k % n, k / n % n, k / n / n) + off));
  }
  return f;
}

// With `faces` what an analysis needs: neighbours, areas and edges of faces too.
template <bool faces>
void voro_alone(benchmark::State& state) {
  const Frame f = shaken(5000);
  const double edge = f.structure.cell.vector(0)[0];
  const int blocks = static_cast<int>(std::cbrt(5000 / 5.0)) + 1;
  for (auto _ : state) {
    voro::container_periodic box(edge, 0, edge, 0, 0, edge, blocks, blocks, blocks, 8);
    int id = 0;
    for (const auto& r : f.structure.position) box.put(id++, r[0], r[1], r[2]);
    voro::voronoicell_neighbor cell;
    voro::c_loop_all_periodic loop(box);
    double volume = 0;
    std::vector<int> neighbors, edges;
    std::vector<double> areas;
    if (loop.start()) do {
        if (!box.compute_cell(cell, loop)) continue;
        volume += cell.volume();
        if constexpr (faces) {
          cell.neighbors(neighbors);
          cell.face_areas(areas);
          cell.face_orders(edges);
          volume += areas[0] + edges[0] + neighbors[0];
        }
      } while (loop.inc());
    benchmark::DoNotOptimize(volume);
  }
  state.counters["us/atom"] = benchmark::Counter(
      5000e-6, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(voro_alone<false>)->Unit(benchmark::kMillisecond);
BENCHMARK(voro_alone<true>)->Unit(benchmark::kMillisecond);

void voronoi_cells(benchmark::State& state) {
  const Frame f = shaken(5000);
  const VoronoiChoice all{std::vector<bool>(5000, true), std::vector<bool>(5000, true)};
  for (auto _ : state) {
    double faces = 0;
    each_voronoi_cell(f.structure, all, {0.01, 0.05}, "bench",
                      [&](std::size_t, const VoronoiCell& cell) {
                        faces += static_cast<double>(cell.faces.size());
                      });
    benchmark::DoNotOptimize(faces);
  }
  state.counters["us/atom"] = benchmark::Counter(
      5000e-6, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(voronoi_cells)->Unit(benchmark::kMillisecond);

void analyse(benchmark::State& state, const char* name) {
  AnalysisRegistry registry;
  register_structure_analyses(registry);
  set_threads(1);
  const Frame f = shaken(5000);
  for (auto _ : state) {
    std::vector<std::unique_ptr<Analysis>> list;
    list.push_back(registry.make(name));
    MemorySource source({f});
    run_analyses(source, list, {});
    benchmark::DoNotOptimize(list.front()->result());
  }
  set_threads(0);
}
BENCHMARK_CAPTURE(analyse, voronoi, "voronoi")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, environments, "environments")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, networks, "networks")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, mixing, "mixing")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, sublattice, "sublattice")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analyse, voids, "voids")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrion
