// Moves a second of reverse Monte Carlo on one core, against the number of atoms, data sets and
// constraints: a 75Li2S-25P2S5 glass packed from PS4 units, synthetic S(q) of 400 points.
//
// Beside it, as measured on such a machine for 5,000 atoms with X-ray and neutron S(q),
// coordination and minimum distances: fullrmc 1,120 moves/s; RMCProfile's users report 70–720.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>

#include "base/files.hpp"
#include "base/parallel.hpp"
#include "build/system.hpp"
#include "rmc/chain.hpp"

namespace vitrion::rmc {
namespace {

enum : std::int64_t { minimum_distances = 1, coordination = 2, units = 4 };

const Structure& glass(long atoms) {
  static std::map<long, Structure> made;
  auto at = made.find(atoms);
  if (at != made.end()) return at->second;
  SystemSettings s;
  s.composition = "0.75Li2S-0.25P2S5";
  s.atoms = atoms;
  s.density_g_cm3 = 1.9;
  return made[atoms] = build_system(s, 1, 0).structure;
}

DataSettings data_file(const std::string& probe) {
  const auto file = std::filesystem::temp_directory_path() / "vitrion_rmc_bench.dat";
  std::string text;
  for (int k = 0; k < 400; ++k) {
    const double q = 0.5 + 0.0475 * k;
    text += fmt::format("{} {}\n", q, 1 + std::exp(-0.1 * q) * std::sin(2.1 * q) * 0.3);
  }
  write_file_atomically(file, text);
  DataSettings d;
  d.file = file.string();
  d.probe = probe;
  d.rebin = 0;
  return d;
}

void moves(benchmark::State& state) {
  set_threads(1);
  const Structure& start = glass(state.range(0));
  ChainSetup setup;
  setup.table = PairTable(start);
  const std::size_t groups = setup.table.groups();
  setup.shortest = PairDistances(groups);
  const double range =
      std::min(0.5 * start.cell.heights().minCoeff(), static_cast<double>(state.range(3)));
  setup.bins = static_cast<std::size_t>(range / setup.width_A);
  if (state.range(2) & minimum_distances) {
    for (std::size_t a = 0; a < groups; ++a) {
      for (std::size_t b = 0; b < groups; ++b) setup.shortest.set(a, b, 2.0);
    }
    setup.shortest.set(setup.table.group("P"), setup.table.group("S"), 1.9);
  }
  if (state.range(2) & coordination) {
    CoordinationSettings c;
    c.centre = "P";
    c.neighbor = "S";
    c.shares = {{"4", 1.0}};
    setup.constraints.push_back(make_coordination(c, setup.table));
    c.centre = "Li";
    c.distance_A = {0, 3.2};
    setup.constraints.push_back(make_coordination(c, setup.table));
  }
  if (state.range(2) & units) {
    UnitSettings u;
    u.shares = {{"PS4", 0.9}, {"P2S7", 0.1}};
    setup.constraints.push_back(make_units(u, setup.table));
  }
  const auto add = [&](const std::string& probe) {
    setup.data.push_back(std::make_shared<DataMap>(data_file(probe), setup.table,
                                                   static_cast<double>(start.size()), setup.width_A,
                                                   setup.bins));
  };
  if (state.range(1) > 0) add("xray");
  if (state.range(1) > 1) add("neutron");
  setup.moves.acceptance = 0;
  Chain chain(setup, start, 0);
  std::uint64_t tried = 0;
  std::uint64_t weighed = 0;
  std::uint64_t accepted = 0;
  for (auto _ : state) {
    const BlockReport report = chain.run_block(20000, 1e-6);
    tried += report.tried[0];
    weighed += report.tried[0] - report.refused[0];
    accepted += report.accepted[0];
  }
  state.counters["moves/s"] =
      benchmark::Counter(static_cast<double>(tried), benchmark::Counter::kIsRate);
  state.counters["weighed/s"] =
      benchmark::Counter(static_cast<double>(weighed), benchmark::Counter::kIsRate);
  state.counters["accepted"] = static_cast<double>(accepted) / static_cast<double>(tried);
  set_threads(0);
}
// Atoms, data sets, constraints (bits), longest range in Å.
BENCHMARK(moves)
    ->ArgNames({"atoms", "data", "constraints", "range"})
    ->Args({1000, 2, 7, 100})
    ->Args({5000, 0, 1, 100})
    ->Args({5000, 1, 1, 100})
    ->Args({5000, 2, 0, 100})
    ->Args({5000, 2, 1, 100})
    ->Args({5000, 2, 3, 100})
    ->Args({5000, 2, 7, 100})
    ->Args({5000, 2, 7, 15})
    ->Args({20000, 2, 7, 15})
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);

}  // namespace
}  // namespace vitrion::rmc
