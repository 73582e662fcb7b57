// Speed of the loops of van Hove functions and intermediate scattering functions, on one core.
//
// Items are pairs for which a distance is computed, or (wave vector, atom, lag) triples.
#include <benchmark/benchmark.h>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "dynamics/displacements.hpp"
#include "dynamics/distinct_pairs.hpp"
#include "dynamics/mean_square.hpp"
#include "dynamics/wave_vectors.hpp"

namespace vitrion {
namespace {

std::vector<Vec3> points(std::size_t n, double edge_A) {
  RandomStream random(1, "points");
  std::vector<Vec3> out(n);
  for (auto& r : out) r = edge_A * Vec3(random.uniform(), random.uniform(), random.uniform());
  return out;
}

// 1,875 Li of a glass of 5,000 atoms, to 10 A and to half the box.
void distinct_pairs(benchmark::State& state) {
  constexpr double edge = 46.5;
  const Cell cell = Cell::cubic(edge);
  const auto from = points(1875, edge);
  const double r_max = static_cast<double>(state.range(0));
  std::vector<double> counts(static_cast<std::size_t>(20 * r_max), 0.0);
  std::size_t pairs = 0;
  for (auto _ : state) pairs += count_distances(cell, from, from, true, r_max, counts);
  benchmark::DoNotOptimize(counts);
  state.SetItemsProcessed(static_cast<std::int64_t>(pairs));
  double inside = 0;
  for (const double n : counts) inside += n;
  state.counters["in range/s"] = benchmark::Counter(inside, benchmark::Counter::kIsRate);
}
BENCHMARK(distinct_pairs)->Arg(10)->Arg(23)->Unit(benchmark::kMillisecond);

// F_s: 5,000 atoms and six shells of 24 vectors, one lag.
void self_scattering(benchmark::State& state) {
  const std::vector<double> wanted = {0.6, 1.0, 1.5, 2.0, 2.5, 3.0};
  const WaveVectors q = find_wave_vectors(Cell::cubic(46.5), wanted, 0.1, 24);
  RandomStream random(1, "steps");
  std::vector<float> step(3 * 5000);
  for (auto& x : step) x = static_cast<float>(random.normal());
  std::vector<double> sums(q.size(), 0.0);
  for (auto _ : state) add_cosines(q, step.data(), step.size() / 3, sums);
  benchmark::DoNotOptimize(sums);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(q.size() * 5000));
}
BENCHMARK(self_scattering)->Unit(benchmark::kMillisecond);

// rho(q) of the same atoms.
void density_waves(benchmark::State& state) {
  const std::vector<double> wanted = {0.6, 1.0, 1.5, 2.0, 2.5, 3.0};
  const WaveVectors q = find_wave_vectors(Cell::cubic(46.5), wanted, 0.1, 24);
  const auto s = points(5000, 1.0);
  std::vector<std::complex<double>> rho(q.size(), 0.0);
  for (auto _ : state) add_phases(q, s, rho);
  benchmark::DoNotOptimize(rho);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(q.size() * 5000));
}
BENCHMARK(density_waves)->Unit(benchmark::kMillisecond);

// 1,875 ions and 500 frames at all lags, each ion's and all together: what freud takes 230 ms for
// without the second.
void mean_square(benchmark::State& state) {
  set_threads(static_cast<int>(state.range(0)));
  Frame frame;
  frame.structure.cell = Cell::cubic(46.5);
  for (const Vec3& r : points(1875, 46.5)) frame.structure.add("Li", r);
  DisplacementStore store(frame, {}, choose_drift_frame("none", frame.structure, {}));
  RandomStream random(1, "walk");
  for (std::int64_t t = 0; t < 500; ++t) {
    store.consume({frame, t, 0.1 * static_cast<double>(t), nullptr, &frame.structure.position});
    for (Vec3& r : frame.structure.position) {
      r += 0.05 * Vec3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1));
    }
  }
  const std::vector<double> all(1, 1.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(mean_square_displacement(store, 0, store.atoms()));
    benchmark::DoNotOptimize(mean_square_displacement(collective_path(store, all)));
  }
  set_threads(0);
}
BENCHMARK(mean_square)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrion
