// Speed of S(q) by direct summation, on one core: 5,000 atoms of three species, every reciprocal
// vector of one frame up to 5 1/A.
//
// Beside it, as measured on such a machine: a loop compiled by numba 45 M vectors × atoms a second;
// freud and numpy about 2 s a frame at 5,000 vectors.
#include <benchmark/benchmark.h>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "structure/density_modes_kernel.hpp"
#include "structure/scattering_functions.hpp"

namespace vitrion {
namespace {

Structure gas(std::size_t atoms) {
  Structure s;
  const double length = std::cbrt(static_cast<double>(atoms) / 0.07);
  s.cell = Cell::from_parameters({length, length, length}, {90, 80, 100});
  RandomStream random(1, "bench");
  const char* kinds[] = {"Li", "Li", "Li", "P", "S", "S", "S", "S"};
  for (std::size_t i = 0; i < atoms; ++i) {
    s.add(kinds[i % 8],
          s.cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()}));
  }
  return s;
}

void count_rate(benchmark::State& state, double vectors, double atoms) {
  state.counters["vectors"] = vectors;
  state.counters["q_atom/s"] =
      benchmark::Counter(vectors * atoms, benchmark::Counter::kIsIterationInvariantRate);
}

// All that a frame needs: lines, phases, modes, and the sums over bins.
void frame_of_s_q(benchmark::State& state) {
  set_threads(1);
  const auto atoms = static_cast<std::size_t>(state.range(0));
  const double q_max = static_cast<double>(state.range(1));
  const Structure s = gas(atoms);
  const PairTable table(s);
  const ModeShells shells{0.05, static_cast<std::size_t>(q_max / 0.05)};
  std::vector<double> sums;
  for (auto _ : state) {
    sums = sum_shells(s, table, make_mode_lattice(s.cell, q_max), shells);
    benchmark::DoNotOptimize(sums.data());
  }
  double vectors = 0;
  for (std::size_t k = 0; k < shells.bins; ++k) vectors += sums[k * (2 + table.pairs())];
  count_rate(state, vectors, static_cast<double>(atoms));
  set_threads(0);
}
BENCHMARK(frame_of_s_q)
    ->Args({5000, 5})
    ->Args({5000, 10})
    ->Args({50000, 2})
    ->Unit(benchmark::kMillisecond);

// The inner product alone, in each version that this processor runs.
void modes(benchmark::State& state) {
  const auto versions = mode_versions();
  const auto which = static_cast<std::size_t>(state.range(0));
  if (which >= versions.size()) {
    state.SkipWithError("this processor has no such version");
    return;
  }
  const Structure s = gas(5000);
  const ModeLattice lattice = make_mode_lattice(s.cell, 5);
  const ModeAtoms atoms = make_mode_atoms(s, PairTable(s), lattice);
  std::size_t vectors = 0;
  for (const auto& line : lattice.lines) vectors += static_cast<std::size_t>(2 * line.reach + 1);
  std::vector<std::complex<double>> rho(vectors * atoms.groups);
  ModeTables tables(lattice.highest);
  for (auto _ : state) {
    for (const auto& block : atoms.blocks) {
      tables.fill(block);
      versions[which].run({tables, lattice.lines, atoms.groups, rho.data() + block.group});
    }
    benchmark::DoNotOptimize(rho.data());
  }
  state.SetLabel(versions[which].name);
  count_rate(state, static_cast<double>(vectors), 5000);
}
BENCHMARK(modes)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void transform(benchmark::State& state) {
  std::vector<double> q;
  for (int k = 0; k < 200; ++k) q.push_back(0.05 * (k + 0.5));
  const std::vector<double> g(1000, 1.0);
  for (auto _ : state) {
    const SineTransform sine(g.size(), 0.02, Window::lorch, q);
    benchmark::DoNotOptimize(sine(g, 0.07));
  }
}
BENCHMARK(transform)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrion
