// Speed of the loops of van Hove functions and intermediate scattering functions, on one core.
//
// Items are pairs for which a distance is computed, or (wave vector, atom, lag) triples.
#include <benchmark/benchmark.h>

#include "base/rng.hpp"
#include "dynamics/distinct_pairs.hpp"

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

}  // namespace
}  // namespace vitrion
