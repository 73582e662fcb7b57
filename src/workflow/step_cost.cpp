#include "workflow/step_cost.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "engine/mlp_provider.hpp"
#include "potential/learned.hpp"

namespace vitrion {
namespace {

// 320 atoms of the shipped recipe on one core.
constexpr double classical_s = 1 / 1.2e5;

// Sites of a cubic lattice, a little shifted, at the plan's number density.
Frame crowd(const SystemPlan& plan, int side) {
  const double per_atom_A3 = plan.volume_A3 / static_cast<double>(plan.atoms);
  const double a = std::cbrt(per_atom_A3);
  Frame frame;
  frame.structure.cell = Cell::cubic(a * side);
  std::vector<std::string> symbols;
  for (const auto& [symbol, count] : plan.atoms_by_element) {
    const double share = static_cast<double>(count) / static_cast<double>(plan.atoms);
    symbols.insert(symbols.end(), static_cast<std::size_t>(std::ceil(share * 100)), symbol);
  }
  RandomStream random(1, "time of a step");
  for (int i = 0; i < side * side * side; ++i) {
    const Vec3 site(i % side, i / side % side, i / side / side);
    const Vec3 shift(random.uniform(), random.uniform(), random.uniform());
    frame.structure.add(symbols[random.below(symbols.size())], a * (site + 0.2 * shift));
  }
  return frame;
}

}  // namespace

double atom_step_seconds(const Potential& potential, const SystemPlan& plan) {
  const auto* learned = dynamic_cast<const LearnedPotential*>(&potential);
  if (learned == nullptr || plan.atoms <= 0) return classical_s;
  MlpProvider provider(learned->model());
  Frame frame = crowd(plan, 8);
  provider.evaluate(frame);  // the first fills tables and caches
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    provider.evaluate(frame);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best * std::max(1, threads()) / static_cast<double>(frame.size());
}

}  // namespace vitrion
