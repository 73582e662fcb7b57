#include "rmc/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "engine/force_provider.hpp"
#include "io/formats.hpp"
#include "rmc/checkpoint.hpp"

namespace vitrion::rmc {
namespace fs = std::filesystem;
namespace {

// Downhill along the forces, no atom by more than `largest_step` in a step: so the few that are
// squeezed do not hold back the others. A step that raises the energy is taken back and halved.
// Only free atoms move.
double relax(Structure& structure, ForceProvider& forces, const RmcRecipe& recipe,
             const std::vector<std::uint32_t>& free, double& energy_before) {
  Frame frame;
  frame.structure = structure;
  forces.evaluate(frame);
  double energy = frame.energy_eV.value();
  energy_before = energy;
  double squares = 0;
  for (const auto i : free) squares += frame.forces[i].squaredNorm();
  const double typical = std::sqrt(squares / static_cast<double>(free.size()));
  if (!(typical > 0)) return energy;
  double per_force = 0.5 * recipe.relax_largest_A / typical;  // Å²/eV
  for (long n = 0; n < recipe.relax_steps; ++n) {
    Frame next;
    next.structure = frame.structure;
    for (const auto i : free) {
      const Vec3 d = per_force * frame.forces[i];
      next.structure.position[i] += d * std::min(1.0, recipe.relax_largest_A / d.norm());
    }
    forces.evaluate(next);
    if (next.energy_eV.value() < energy) {
      energy = next.energy_eV.value();
      frame = std::move(next);
      per_force *= 1.3;
    } else {
      per_force *= 0.5;
    }
  }
  structure = frame.structure;
  return energy;
}

// Atoms that came nearer than their minimum distance, or broke a bond that is to be kept, go back
// to where they were. True where any did.
bool take_back(const Chain& chain, const Structure& old, Structure& now) {
  NearAtoms near = chain.near();
  bool any = false;
  bool again = true;
  const auto back = [&](std::uint32_t i) {
    if (now.position[i] == old.position[i]) return;
    now.position[i] = old.position[i];
    again = any = true;
  };
  while (again) {  // each turn puts at least one more atom back
    again = false;
    std::vector<Site> sites;
    for (const Vec3& r : now.position) sites.push_back(site_of(now.cell, r));
    near.reset(now.cell, sites);
    for (const auto& [i, j] : near.overlapping()) {
      const auto apart = [&, i = i, j = j](const Structure& s) {
        return s.cell.minimum_image(s.position[i] - s.position[j]).norm();
      };
      if (apart(now) >= apart(old) - 1e-6) continue;
      back(i);
      back(j);
    }
    for (const auto& c : chain.constraints()) {
      if (!c->hard()) continue;
      for (const auto i : c->offenders(near)) back(i);
    }
  }
  return any;
}

class Work {
 public:
  Work(const RmcRecipe& recipe, fs::path folder) : folder_(std::move(folder)) {
    run_.recipe = recipe;
    std::vector<Structure> starts;
    for (long c = 0; c < recipe.chains; ++c) {
      starts.push_back(starting_structure(recipe, c));
      if (!recipe.start_file.empty()) {  // one file serves all
        for (long k = 1; k < recipe.chains; ++k) starts.push_back(starts.front());
        break;
      }
    }
    run_.setup = std::make_unique<ChainSetup>(make_setup(recipe, starts.front(), run_.notes));
    for (std::size_t c = 0; c < starts.size(); ++c) {
      run_.chains.push_back(std::make_unique<Chain>(*run_.setup, starts[c], c));
      run_.rank.push_back(static_cast<long>(c));
    }
    run_.history.resize(starts.size());
    run_.samples.resize(starts.size());
    for (const auto& c : run_.chains.front()->constraints()) {
      run_.best.push_back(c->values());
      for (auto& v : run_.best.back()) v.value = std::numeric_limits<double>::max();
    }
    atoms_ = static_cast<double>(starts.front().size());
    const auto tried = std::max(1.0, std::round(recipe.block_per_atom * atoms_));
    block_moves_ = static_cast<std::uint64_t>(tried);
    run_.blocks = static_cast<std::uint64_t>(
        std::max(1.0, std::ceil(recipe.moves_per_atom * atoms_ / tried)));
    if (!recipe.potential.empty()) {
      potential_ = load_potential(recipe.potential);
      potential_->require_species(starts.front());
      forces_ = make_provider(*potential_);
    }
    const std::size_t overlaps = run_.chains.front()->near().overlaps();
    if (overlaps > 0) {
      run_.notes.push_back(
          fmt::format("the start has {} pairs nearer than their minimum distance; "
                      "they may only move apart",
                      overlaps));
    }
  }

  RmcRun go() {
    const fs::path checkpoint = folder_ / "checkpoint.json";
    make_directory(folder_ / "ensemble");
    if (fs::exists(checkpoint)) {
      read_checkpoint(checkpoint, run_);
      log_info(fmt::format("going on from block {} of {}", run_.done, run_.blocks));
    }
    Progress progress("rmc", "blocks", run_.blocks);
    progress.begin_at(run_.done);
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t before = run_.done;
    auto saved = start;
    while (run_.done < run_.blocks) {
      block();
      const auto now = std::chrono::steady_clock::now();
      run_.seconds = std::chrono::duration<double>(now - start).count();
      run_.moves_per_s = static_cast<double>((run_.done - before) * block_moves_) *
                         static_cast<double>(run_.chains.size()) / run_.seconds;
      const HistoryRow& row = run_.history[cold()].back();
      std::string note;
      for (std::size_t k = 0; k < row.r_chi.size(); ++k) {
        note +=
            fmt::format("R({}) = {:.4f}, ", run_.setup->data[k]->settings().label(), row.r_chi[k]);
      }
      progress.note(note + fmt::format("{:.0f} moves/s", run_.moves_per_s));
      progress.update(run_.done);
      if (std::chrono::duration<double>(now - saved).count() > 20 || interrupt_requested() ||
          run_.done == run_.blocks) {
        write_checkpoint(checkpoint, run_);
        saved = now;
      }
      if (interrupt_requested()) {
        progress.finish();
        check_interrupt();
      }
    }
    progress.finish(fmt::format("{} blocks of {} moves", run_.blocks, block_moves_));
    evaluate_samples();
    return std::move(run_);
  }

 private:
  [[nodiscard]] std::size_t cold() const {
    for (std::size_t c = 0; c < run_.rank.size(); ++c) {
      if (run_.rank[c] == 0) return c;
    }
    return 0;
  }

  [[nodiscard]] double base_temperature() const {
    const RmcRecipe& r = run_.recipe;
    const double at = static_cast<double>(run_.done) / static_cast<double>(run_.blocks);
    const double share = r.anneal > 0 ? std::min(1.0, at / r.anneal) : 1;
    return r.temperature_start * std::pow(r.temperature_end / r.temperature_start, share);
  }

  // Falls while T_χ falls.
  [[nodiscard]] double energy_temperature() const {
    const EnergySettings& e = run_.recipe.energy;
    const double from = e.start_temperature_K.value_or(e.temperature_K);
    const RmcRecipe& r = run_.recipe;
    const double at = static_cast<double>(run_.done) / static_cast<double>(run_.blocks);
    const double share = r.anneal > 0 ? std::min(1.0, at / r.anneal) : 1;
    return from * std::pow(e.temperature_K / from, share);
  }

  void block() {
    const double base = base_temperature();
    std::vector<double> temperature;
    for (const long rank : run_.rank) {
      temperature.push_back(run_.recipe.exchange ? base * std::pow(run_.recipe.ladder, rank)
                                                 : base);
    }
    const double temperature_K = energy_temperature();
    std::vector<BlockReport> report(run_.chains.size());
    parallel_for(run_.chains.size(), [&](std::size_t c) {
      report[c] = run_.chains[c]->run_block(block_moves_, temperature[c], temperature_K);
    });
    ++run_.done;
    const bool with_forces =
        forces_ && run_.done % static_cast<std::uint64_t>(run_.recipe.relax_every) == 0;
    for (std::size_t c = 0; c < run_.chains.size(); ++c) {
      double energy = std::numeric_limits<double>::quiet_NaN();
      if (with_forces) energy = relax_chain(c, temperature[c]);
      if (run_.setup->energy) energy = run_.chains[c]->energy_eV() / atoms_;
      note_block(c, report[c], temperature[c], energy);
    }
    if (run_.recipe.exchange) exchange(base);
    keep_samples();
  }

  static std::vector<double> hard_of(const Chain& chain) {
    std::vector<double> out;
    for (const auto& c : chain.constraints()) {
      if (c->hard()) out.push_back(c->penalty());
    }
    return out;
  }

  // The energy of an atom afterwards.
  double relax_chain(std::size_t c, double temperature) {
    Chain& chain = *run_.chains[c];
    const double cost = chain.cost();
    const std::vector<double> hard = hard_of(chain);
    const ChainState state = chain.state();
    const Structure old = chain.structure();
    Structure now = old;
    double before = 0;
    double after = relax(now, *forces_, run_.recipe, chain.free_atoms(), before);
    if (take_back(chain, old, now)) {
      Frame frame;
      frame.structure = now;
      forces_->evaluate(frame);
      after = frame.energy_eV.value();
    }
    chain.set_positions(now);
    ++run_.relaxations;
    const std::vector<double> then = hard_of(chain);
    bool good = true;
    for (std::size_t k = 0; k < hard.size(); ++k) good = good && then[k] <= hard[k] + 1e-12;
    if (good && run_.recipe.energy_weight > 0) {
      const double change =
          chain.cost() - cost + run_.recipe.energy_weight * (after - before) / atoms_;
      RandomStream random(run_.setup->seed, fmt::format("rmc relax {}", c), run_.done);
      good = change <= -temperature * std::log(1 - random.uniform());
    }
    if (good) {
      ++run_.relaxations_kept;
      return after / atoms_;
    }
    chain.restore(state);
    return before / atoms_;
  }

  void evaluate_samples() {
    if (!forces_) return;
    for (const auto& files : run_.samples) {
      auto& out = run_.sample_energy_eV_atom.emplace_back();
      for (const auto& file : files) {
        Frame frame;
        frame.structure = read_last_frame(file).structure;
        forces_->evaluate(frame);
        out.push_back(frame.energy_eV.value() / atoms_);
      }
    }
  }

  void note_block(std::size_t c, const BlockReport& report, double temperature, double energy) {
    HistoryRow row;
    row.moves_per_atom =
        static_cast<double>(run_.done) * static_cast<double>(block_moves_) / atoms_;
    row.temperature = temperature;
    row.cost = run_.chains[c]->cost();
    row.penalty = report.penalty;
    double tried = 0;
    double accepted = 0;
    for (std::size_t k = 0; k < move_kinds; ++k) {
      tried += static_cast<double>(report.tried[k]);
      accepted += static_cast<double>(report.accepted[k]);
    }
    row.acceptance = accepted / tried;
    row.step_A = run_.chains[c]->steps_now()[0];
    row.density_A3 = run_.chains[c]->number_density();
    row.energy_eV_atom = energy;
    for (const auto& fit : run_.chains[c]->fits()) row.r_chi.push_back(std::sqrt(fit.r2()));
    run_.history[c].push_back(std::move(row));
    run_.largest_drift = std::max(run_.largest_drift, report.drift);
    run_.largest_energy_drift_eV = std::max(run_.largest_energy_drift_eV, report.energy_drift_eV);
    const auto& constraints = run_.chains[c]->constraints();
    for (std::size_t k = 0; k < constraints.size(); ++k) {
      const auto values = constraints[k]->values();
      for (std::size_t v = 0; v < values.size(); ++v) {
        ConstraintValue& best = run_.best[k][v];
        if (std::abs(values[v].value - values[v].target) < std::abs(best.value - best.target)) {
          best.value = values[v].value;
        }
      }
    }
  }

  // Neighbours on the ladder change places with min(1, exp((1/T_i − 1/T_j)(C_i − C_j))).
  void exchange(double base) {
    RandomStream random(run_.setup->seed, "rmc exchange", run_.done);
    const auto n = static_cast<long>(run_.chains.size());
    std::vector<std::size_t> at(run_.chains.size());
    for (std::size_t c = 0; c < at.size(); ++c) at[static_cast<std::size_t>(run_.rank[c])] = c;
    for (long k = static_cast<long>(run_.done % 2); k + 1 < n; k += 2) {
      const std::size_t i = at[static_cast<std::size_t>(k)];
      const std::size_t j = at[static_cast<std::size_t>(k + 1)];
      const double low = base * std::pow(run_.recipe.ladder, static_cast<double>(k));
      const double high = low * run_.recipe.ladder;
      const double power = (1 / low - 1 / high) * (run_.chains[i]->cost() - run_.chains[j]->cost());
      if (std::log(1 - random.uniform()) < power) std::swap(run_.rank[i], run_.rank[j]);
    }
  }

  // Evenly over what follows the annealing; the last block always.
  void keep_samples() {
    const auto first = static_cast<std::uint64_t>(
        std::ceil(run_.recipe.anneal * static_cast<double>(run_.blocks)));
    if (run_.done < first) return;
    const auto every =
        std::max<std::uint64_t>(1, (run_.blocks - std::min(first, run_.blocks - 1)) /
                                       static_cast<std::uint64_t>(run_.recipe.samples));
    if ((run_.blocks - run_.done) % every != 0) return;
    for (std::size_t c = 0; c < run_.chains.size(); ++c) {
      if (run_.recipe.exchange && run_.rank[c] != 0) continue;
      Frame frame;
      frame.structure = run_.chains[c]->structure();
      frame.step = static_cast<std::int64_t>(run_.done);
      frame.wrapping = Wrapping::wrapped;
      const fs::path file =
          folder_ / "ensemble" / fmt::format("chain{}-{:06}.extxyz", c + 1, run_.done);
      write_frame(file, frame);
      run_.samples[c].push_back(file);
    }
  }

  fs::path folder_;
  RmcRun run_;
  double atoms_ = 0;
  std::uint64_t block_moves_ = 0;
  std::unique_ptr<Potential> potential_;
  std::unique_ptr<ForceProvider> forces_;
};

}  // namespace

RmcRun run_rmc(const RmcRecipe& recipe, const fs::path& folder) {
  return Work(recipe, folder).go();
}

std::vector<std::size_t> counting_chains(const RmcRun& run) {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < run.chains.size(); ++c) {
    if (!run.samples[c].empty()) out.push_back(c);
  }
  return out;
}

}  // namespace vitrion::rmc
