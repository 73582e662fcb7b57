// Learned potentials on one core: µs for an atom and a step by size of the basis, the share of the
// neighbour list, and how far from the core's peak.
//
// 1,000 atoms of Li, P and S at the number density of a thiophosphate glass. `flops` counts the
// multiply-adds of projections, their derivatives, mixing and readout (twice, forward and back),
// not splines, harmonics or products of invariants; `peak` below is what independent multiply-adds
// reach with vectors of the same width.
#include <benchmark/benchmark.h>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/linear_skeleton.hpp"
#include "learn/network_skeleton.hpp"
#include "neighbor/neighbor_list.hpp"
#include "potential/catalogue.hpp"
#include "potential/learned.hpp"

namespace {

using namespace vitrion;

Frame glass() {
  Frame frame;
  const double a = 2.7;  // 0.05 atoms/Å³
  frame.structure.cell = Cell::cubic(10 * a);
  RandomStream random(1, "bench");
  for (int i = 0; i < 1000; ++i) {
    const Vec3 site(i % 10, i / 10 % 10, i / 100);
    const Vec3 shift(random.uniform(), random.uniform(), random.uniform());
    frame.structure.add(i % 8 < 3 ? "Li" : i % 8 == 3 ? "P" : "S", a * (site + 0.3 * shift));
  }
  return frame;
}

const std::vector<std::string> elements{"Li", "P", "S"};
const std::vector<double> nearest(9, 1.6);

double multiply_adds(const mlp::Model& m, double neighbors) {
  const double lm = (m.l_max + 1) * (m.l_max + 1);
  const double functions = m.radial.functions, projections = m.projections();
  const double pairs = neighbors * lm * (functions * 3 * (1 + m.messages()) + 4);
  const double mixing = m.mixing.empty() ? 0 : 2.0 * m.mixed_channels() * projections * lm;
  const double hidden = static_cast<double>(m.readout.front().hidden_bias.size());
  double below = 0;  // forward, and once more with the way back
  for (const auto& layer : m.below) below += 1.5 * multiply_adds(layer, neighbors);
  return pairs + mixing + 2.0 * m.features_B() * (hidden + 1) + below;
}

void run(benchmark::State& state, const mlp::Model& model) {
  set_threads(1);
  Frame frame = glass();
  const auto atoms = static_cast<double>(frame.size());
  const double neighbors = [&] {
    const auto list = build_neighbor_list(frame.structure, model.radial.pairs.front().cutoff_A);
    double sum = 0;
    for (std::size_t i = 0; i < list.atoms(); ++i) sum += static_cast<double>(list.of(i).size());
    return sum / atoms;
  }();
  MlpProvider provider(model);
  for (auto _ : state) provider.evaluate(frame);
  using benchmark::Counter;
  state.counters["time/atom"] =
      Counter(atoms, Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["features"] = model.features_B();
  state.counters["neighbors"] = neighbors;
  state.counters["flops"] =
      Counter(2 * atoms * multiply_adds(model, neighbors), Counter::kIsIterationInvariantRate);
  state.SetLabel(provider.version());
  set_threads(0);
}

void network(benchmark::State& state) {
  NetworkSkeletonOptions o;
  o.channels = state.range(0);
  o.hidden = state.range(1);
  o.messages = state.range(2);
  o.message_channels = o.messages;
  run(state, make_network_skeleton(elements, nearest, o));
}
BENCHMARK(network)
    ->ArgNames({"channels", "hidden", "messages"})
    ->Args({4, 8, 0})
    ->Args({8, 16, 0})
    ->Args({16, 32, 0})
    ->Args({24, 64, 0})
    ->Args({32, 64, 0})
    ->Args({16, 32, 4})
    ->Args({16, 32, 8})
    ->Args({16, 32, 16});

void shipped(benchmark::State& state, const char* name) {
  run(state, dynamic_cast<const LearnedPotential&>(*load_potential(name)).model());
}
BENCHMARK_CAPTURE(shipped, lps_net, "lps-net");
BENCHMARK_CAPTURE(shipped, lps_net_large, "lps-net-large");

// The largest degree of products of three, with which the number of functions grows.
void linear(benchmark::State& state) {
  LinearSkeletonOptions o;
  o.degrees = {8, 8, static_cast<double>(state.range(0))};
  run(state, make_linear_skeleton(elements, nearest, o));
}
BENCHMARK(linear)->ArgName("degree")->Arg(3)->Arg(5)->Arg(7);

void neighbor_list(benchmark::State& state) {
  set_threads(1);
  const Frame frame = glass();
  for (auto _ : state) benchmark::DoNotOptimize(build_neighbor_list(frame.structure, 6.0));
  state.counters["time/atom"] = benchmark::Counter(
      static_cast<double>(frame.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  set_threads(0);
}
BENCHMARK(neighbor_list);

// Sixteen independent sums hide the latency of a multiply-add.
using Wide = float __attribute__((vector_size(64)));
__attribute__((target("avx512f,fma"))) void multiply_add(Wide* sums, Wide a, Wide b, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (int k = 0; k < 16; ++k) sums[k] = sums[k] * a + b;
  }
}

void peak(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx512f")) {
    state.SkipWithError("needs AVX-512");
    return;
  }
  Wide sums[16] = {};
  const Wide a = Wide{} + 0.999F, b = Wide{} + 0.001F;
  for (auto _ : state) {
    multiply_add(sums, a, b, 10000);
    benchmark::DoNotOptimize(sums);
  }
  state.counters["flops"] =
      benchmark::Counter(2.0 * 16 * 16 * 10000, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(peak);

}  // namespace
