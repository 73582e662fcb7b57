#include "workflow/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "potential/catalogue.hpp"
#include "workflow/run_directory.hpp"
#include "workflow/stability.hpp"
#include "workflow/stages.hpp"
#include "workflow/step_cost.hpp"

namespace vitrion {
namespace {

using Kind = ProtocolStep::Kind;

// A species list with one atom of each element, for asking the potential.
Structure probe(const SystemPlan& plan) {
  Structure s;
  s.cell = Cell::cubic(20);
  for (const auto& [symbol, count] : plan.atoms_by_element) {
    if (count > 0) s.add(symbol, Vec3::Zero());
  }
  return s;
}

std::string taken_density(const ProtocolStep& step) {
  return step.density_from == "auto" ? "" : fmt::format(", at the {} density", step.density_from);
}

// Engine runs of a step that may go side by side.
double runs_of(const ProtocolStep& step) {
  if (step.is_aside()) return static_cast<double>(step.members());
  return step.kind == Kind::production ? static_cast<double>(step.temperatures_K.size()) : 1.0;
}

std::string words(const ProtocolStep& step, double duration_ps) {
  switch (step.kind) {
    case Kind::minimise: return fmt::format("to forces under {} eV/A", step.force_tolerance_eV_A);
    case Kind::heat:
      return fmt::format("{:g} K to {:g} K at {:g} K/fs, {:.3g} ps", step.from_K, step.to_K,
                         step.rate_K_ps / 1000, duration_ps);
    case Kind::hold:
      return fmt::format("{:g} K, {}, {:.3g} ps", step.at_K, step.ensemble, duration_ps);
    case Kind::cool: {
      std::string by;
      for (std::size_t i = 0; i < step.rates_K_ps.size(); ++i) {
        by += fmt::format("{}{:g} K/fs", i == 0 ? "" : ", ", step.rates_K_ps[i] / 1000);
        if (i < step.through_K.size()) by += fmt::format(" to {:g} K", step.through_K[i]);
      }
      return fmt::format("to {:g} K: {}; {:.3g} ps", step.to_K, by, duration_ps);
    }
    case Kind::density:
      return fmt::format("NPT at {:g} K and {:g} GPa, {:.3g} ps, the first {:g} ps left out",
                         step.at_K, step.pressure_GPa, duration_ps, step.equilibrate_ps);
    case Kind::relaxed_density:
      return fmt::format("{} snapshots relaxed with their cells at {:g} GPa", step.snapshots,
                         step.pressure_GPa);
    case Kind::equation_of_state:
      return fmt::format("NVT at {:g} K and {} volumes within ±{:g} %, {:.3g} ps each", step.at_K,
                         step.volumes, 100 * step.spread, duration_ps);
    case Kind::glass:
      return fmt::format("NVT at {:g} K, {:.3g} ps, {} snapshots{}", step.at_K, duration_ps,
                         step.snapshots, taken_density(step));
    case Kind::production: {
      std::vector<std::string> at;
      for (const double T : step.temperatures_K) at.push_back(fmt::format("{:g}", T));
      return fmt::format("{} at {} K, {:g} ps each{}", step.ensemble, join(at, ", "), step.time_ps,
                         taken_density(step));
    }
  }
  return "";
}

StageEstimate estimate_step(const Recipe& recipe, const ProtocolStep& step, double before_K,
                            double timestep_ps, double atoms) {
  StageEstimate out;
  out.step = step.key;
  double duration_ps = 0;
  for (const auto& segment : segments_of(step, recipe.engine, before_K)) {
    if (segment.kind == Segment::Kind::minimise) {
      out.steps += static_cast<double>(segment.max_iterations) / 4;  // mostly converged long before
    } else {
      out.steps += static_cast<double>(segment_steps(segment, timestep_ps));
      duration_ps += segment.duration_ps;
    }
  }
  const double runs = runs_of(step);
  out.steps *= runs;
  // Single-precision positions and 2-byte image flags, thermo lines of ~100 bytes, the last frame.
  const bool still = step.kind == Kind::minimise || step.is_aside();
  const double frames = still ? 1 : duration_ps / step.frame_every_ps + 1;
  out.bytes = runs * (frames * atoms * 18 + duration_ps / recipe.engine.thermo_every_ps * 100 +
                      atoms * 150);
  out.what = words(step, duration_ps);
  return out;
}

// The crystals of the stability, all of them.
StageEstimate estimate_crystals(const Recipe& recipe, double timestep_ps, long glass_atoms,
                                std::size_t* count) {
  const auto names = stability_crystals(recipe);
  *count = names.size();
  StageEstimate out;
  out.step = "stability";
  const StabilitySettings& s = recipe.stability;
  const double duration_ps = s.equilibrate_ps + s.time_ps + s.vibrations_ps;
  const double frames_ps = s.vibrations_ps > 0 ? 100 : 10 / s.time_ps;
  for (const auto& name : names) {
    const auto atoms = static_cast<double>(plan_system(crystal_settings(recipe, name)).atoms);
    // In steps of the glass: a crystal of another size takes another time.
    out.steps += (static_cast<double>(s.max_iterations) / 4 + duration_ps / timestep_ps) * atoms /
                 static_cast<double>(glass_atoms);
    // Velocities double what a frame takes.
    out.bytes += frames_ps * duration_ps * atoms * 30 +
                 duration_ps / recipe.engine.thermo_every_ps * 100 + atoms * 150;
  }
  const auto glass = static_cast<double>(glass_atoms) * static_cast<double>(recipe.replicas);
  out.steps += s.vibrations_ps / timestep_ps * static_cast<double>(recipe.replicas);
  out.bytes += s.vibrations_ps * 100 * glass * 30;
  out.what = fmt::format("{} relaxed, then {:g} ps NPT each", join(names, ", "), duration_ps);
  return out;
}

}  // namespace

RecipeEstimate estimate(const Recipe& recipe) {
  RecipeEstimate out;
  out.system = plan_system(recipe.system);
  out.potential = potential_of(recipe);
  const auto potential = load_potential(out.potential);
  potential->require_species(probe(out.system));
  out.limits = potential->limits();
  out.timestep_ps = timestep_of(recipe);
  double before_K = 300;
  const auto atoms = static_cast<double>(out.system.atoms);
  double alone = 0, beside = 0, widest = 1;
  for (const auto& step : recipe.protocol) {
    out.steps.push_back(estimate_step(recipe, step, before_K, out.timestep_ps, atoms));
    before_K = end_temperature(step, before_K);
    if (step.kind == Kind::production || step.is_aside()) {
      beside += out.steps.back().steps;
      widest = std::max(widest, runs_of(step));
    } else {
      alone += out.steps.back().steps;
    }
    out.total_steps += out.steps.back().steps * static_cast<double>(recipe.replicas);
    out.bytes += out.steps.back().bytes * static_cast<double>(recipe.replicas);
  }
  if (recipe.stability.is_asked()) {
    std::size_t crystals = 0;
    out.steps.push_back(estimate_crystals(recipe, out.timestep_ps, out.system.atoms, &crystals));
    beside += out.steps.back().steps;
    widest = std::max(widest, static_cast<double>(crystals));
    out.total_steps += out.steps.back().steps;
    out.bytes += out.steps.back().bytes;
  }
  out.jobs = std::max(1, threads() / static_cast<int>(recipe.engine.ranks));
  const double at_once =
      static_cast<double>(std::min<long>(threads(), out.jobs * recipe.engine.ranks));
  // No faster than one replica's chain of stages, whose productions alone may run side by side.
  const double chain = alone + beside * std::ceil(widest / std::max(1.0, at_once)) / widest;
  out.seconds = std::max(out.total_steps / std::max(1.0, at_once),
                         chain / static_cast<double>(recipe.engine.ranks)) *
                atoms * atom_step_seconds(*potential, out.system);
  return out;
}

std::string describe(const Recipe& recipe, const RecipeEstimate& e) {
  std::string out;
  const auto line = [&](const std::string& key, const std::string& value) {
    out += fmt::format("{:<12} {}\n", key, value);
  };
  std::string units;
  for (const auto& unit : e.system.units)
    units += fmt::format("{}{} {}", units.empty() ? "" : " + ", unit.count, unit.name);
  line("glass",
       fmt::format("{}: {} atoms, {}",
                   recipe.system.composition.empty() ? e.system.formula : recipe.system.composition,
                   e.system.atoms, e.system.cell_formula));
  if (!units.empty()) line("units", units);
  for (const auto& note : e.system.notes) line("", note);
  line("density", fmt::format("{:.3f} g/cm3 ({}), {:.1f} A3", e.system.density_g_cm3,
                              e.system.density_source, e.system.volume_A3));
  if (e.system.achieved_composition_error > 1e-9) {
    line("composition", fmt::format("met to {:.2g} in atomic fraction with so many atoms",
                                    e.system.achieved_composition_error));
  }
  line("potential", e.potential);
  for (const auto& limit : e.limits) line("", "limit: " + limit);
  line("time step", fmt::format("{:g} fs", e.timestep_ps * 1000));
  for (const auto& step : e.steps)
    line(step.step, fmt::format("{} ({:.3g} steps)", step.what, step.steps));
  std::vector<std::string> names;
  for (const auto& request : recipe.analyses) names.push_back(request.name);
  line("analyse", join(names, ", "));
  line("replicas", fmt::format("{} from seed {}", recipe.replicas, recipe.seed));
  line("in all", fmt::format("{:.3g} steps, about {} of disk, roughly {} with {} stage{} at once",
                             e.total_steps, format_bytes(e.bytes), format_duration(e.seconds),
                             e.jobs, e.jobs == 1 ? "" : "s"));
  return out;
}

}  // namespace vitrion
