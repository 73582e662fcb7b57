// Stages that put several runs together: snapshots at rest, the equation of state, the table of
// densities, and the glass against crystals.
#include <fmt/format.h>

#include <cmath>

#include "analysis/write.hpp"
#include "base/constants.hpp"
#include "base/files.hpp"
#include "build/plan.hpp"
#include "engine/force_provider.hpp"
#include "io/formats.hpp"
#include "numeric/statistics.hpp"
#include "potential/catalogue.hpp"
#include "workflow/density_methods.hpp"
#include "workflow/stability.hpp"
#include "workflow/stage_run.hpp"
#include "workflow/thermo_log.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

using Kind = ProtocolStep::Kind;

// The records of a run from a time on, one field of them.
std::vector<double> series(const std::vector<ThermoRecord>& records, double from_ps,
                           double ThermoRecord::*field) {
  std::vector<double> out;
  for (const auto& r : records) {
    if (r.time_ps >= from_ps - 1e-9) out.push_back(r.*field);
  }
  return out;
}

Estimate mean_of_run(const std::vector<ThermoRecord>& records, double from_ps,
                     double ThermoRecord::*field, double factor = 1) {
  const Estimate e = blocked_mean(series(records, from_ps, field));
  return {factor * e.value, std::abs(factor) * e.error};
}

Frame last_frame(const RunDirectory& run, const std::string& id) {
  return read_first_frame(run.stage_folder(id) / "final.extxyz");
}

void relaxed(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const auto potential = load_potential(potential_of(recipe));
  const auto forces = make_provider(*potential);
  std::vector<RelaxedSnapshot> snapshots;
  for (const auto& id : stage.after) {
    Frame frame = last_frame(run, id);
    forces->evaluate(frame);
    const double pressure = -frame.stress_eV_A3->trace() / 3 * constants::eV_A3_in_GPa;
    snapshots.push_back({frame.structure.density_g_cm3(),
                         *frame.energy_eV / static_cast<double>(frame.size()), pressure});
  }
  Result result = relaxed_density_result(snapshots, recipe.protocol[stage.step].pressure_GPa);
  result.settings.emplace_back("state", stage.state);
  write_result(run.stage_folder(stage.id), result);
}

void equation_of_state(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const ProtocolStep& step = recipe.protocol[stage.step];
  EquationOfStateInput in;
  for (std::size_t i = 0; i < stage.after.size(); ++i) {
    const Frame frame = last_frame(run, stage.after[i]);
    const auto records = read_thermo(run.stage_folder(stage.after[i]) / "thermo.csv");
    const double volume = frame.structure.cell.volume();
    in.points.push_back(
        {volume, mean_of_run(records, step.equilibrate_ps, &ThermoRecord::pressure_GPa)});
    in.scales.push_back(step.volume_scale(static_cast<long>(i) + 1));
    in.mass_amu = frame.structure.mass_amu();
    in.atoms = frame.size();
  }
  in.form = step.fit;
  in.pressure_GPa = step.pressure_GPa;
  Result result = equation_of_state_result(in);
  result.settings.emplace_back("state", stage.state);
  result.settings.emplace_back("temperature", fmt::format("{:g} K", step.at_K));
  result.settings.emplace_back(
      "each volume", fmt::format("{:g} ps after {:g} ps", step.time_ps, step.equilibrate_ps));
  write_result(run.stage_folder(stage.id), result);
}

// What the model was packed at: a measured value where the recipe gives one.
DensityByMethod given_density(const Recipe& recipe) {
  const SystemPlan plan = plan_system(recipe.system);
  const bool given = recipe.system.density_g_cm3.has_value();
  return {given ? "given" : "packed",
          not_known,
          {{plan.density_g_cm3,
            given ? recipe.system.density_error_g_cm3.value_or(not_known) : not_known}},
          plan.density_source};
}

const Stage& stage_of(const std::vector<Stage>& stages, const std::string& id) {
  for (const auto& stage : stages) {
    if (stage.id == id) return stage;
  }
  throw WorkError(fmt::format("there is no stage {}", id));
}

DensityByMethod& method_of(std::vector<DensityByMethod>& all, const DensityByMethod& like) {
  for (auto& m : all) {
    if (m.method == like.method) return m;
  }
  all.push_back(like);
  return all.back();
}

double mass_volume_density(double mass_amu, double volume_A3) {
  return mass_amu * constants::amu_A3_in_g_cm3 / volume_A3;
}

std::string formula_of(const Structure& structure) {
  std::map<std::string, long> atoms;
  for (std::size_t i = 0; i < structure.size(); ++i) ++atoms[structure.species_of(i).name];
  return plan_of_structure(atoms, structure.cell.volume()).formula;
}

PhaseEnergies crystal_energies(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const Frame frame = last_frame(run, stage.id);
  const auto records = read_thermo(run.stage_folder(stage.id) / "thermo.csv");
  if (records.empty()) throw WorkError(fmt::format("{}: has no record of its run", stage.id));
  const auto n = static_cast<double>(frame.size());
  const double from = recipe.stability.equilibrate_ps;
  PhaseEnergies out;
  out.name = fs::path(stage.crystal).stem().string();
  out.fractions = fractions_of(frame.structure);
  out.formula = formula_of(frame.structure);
  out.atoms = static_cast<long>(frame.size());
  // The first record is the relaxed crystal: the dynamics has not moved it yet.
  out.at_rest = {records.front().potential_eV / n, 0};
  const auto& first = records.front();
  out.rest_g_cm3 = first.density_g_cm3;
  // Its pressure is that at rest and the kinetic part of the velocities just drawn.
  out.pressure_left_GPa =
      first.pressure_GPa - 2.0 / 3.0 * first.kinetic_eV / first.volume_A3 * constants::eV_A3_in_GPa;
  // The run at no pressure ends where that of the vibrations begins, at fixed volume.
  const double until = from + recipe.stability.time_ps;
  std::vector<ThermoRecord> open_cell;
  for (const auto& r : records) {
    if (r.time_ps <= until + 1e-9) open_cell.push_back(r);
  }
  out.at_temperature = mean_of_run(open_cell, from, &ThermoRecord::potential_eV, 1 / n);
  const Estimate volume = mean_of_run(open_cell, from, &ThermoRecord::volume_A3);
  if (recipe.stability.vibrations_ps > 0) {
    out.vibrations =
        vibrations_of_run(run.stage_folder(stage.id) / "trajectory.nc", until, stage.temperature_K);
  }
  const double density = mass_volume_density(frame.structure.mass_amu(), volume.value);
  out.density_g_cm3 = {density, density * volume.error / volume.value};
  out.published_g_cm3 = plan_system(crystal_settings(recipe, stage.crystal)).density_g_cm3;
  return out;
}

}  // namespace

void run_aside_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  if (recipe.protocol[stage.step].kind == Kind::relaxed_density) {
    relaxed(run, recipe, stage);
  } else {
    equation_of_state(run, recipe, stage);
  }
}

void run_densities_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const auto stages = plan_stages(recipe, timestep_of(recipe));
  std::vector<DensityByMethod> methods{given_density(recipe)};
  for (const auto& id : stage.after) {
    const ProtocolStep& step = recipe.protocol[stage_of(stages, id).step];
    const fs::path folder = run.stage_folder(id);
    if (step.kind == Kind::density) {
      const Estimate volume = mean_of_run(read_thermo(folder / "thermo.csv"), step.equilibrate_ps,
                                          &ThermoRecord::volume_A3);
      const double density =
          mass_volume_density(last_frame(run, id).structure.mass_amu(), volume.value);
      method_of(methods, {"npt", step.at_K, {}, "mean volume, blocks"})
          .replicas.push_back({density, density * volume.error / volume.value});
      continue;
    }
    const bool rest = step.kind == Kind::relaxed_density;
    const Result result =
        read_result(folder / (rest ? "relaxed_density.json" : "equation_of_state.json"));
    const Scalar& density = *result.find_scalar("density");
    method_of(methods,
              {rest ? "relaxed" : "equation-of-state", rest ? 0 : step.at_K, {}, density.how})
        .replicas.push_back({density.value, density.error});
  }
  write_result(run.stage_folder(stage.id), density_methods_result(methods));
}

void run_stability_stage(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  const auto stages = plan_stages(recipe, timestep_of(recipe));
  std::map<long, GlassEnergies> glass;  // by replica
  std::vector<PhaseEnergies> crystals;
  Fractions composition;
  for (const auto& id : stage.after) {
    const Stage& part = stage_of(stages, id);
    if (part.kind == Stage::Kind::crystal) {
      crystals.push_back(crystal_energies(run, recipe, part));
      continue;
    }
    GlassEnergies& g = glass[part.replica];
    if (part.kind == Stage::Kind::analyse) {
      const Result result = read_result(run.stage_folder(id) / "relaxed_density.json");
      const Scalar& energy = *result.find_scalar("energy");
      g.at_rest = Estimate{energy.value, energy.error};
      continue;
    }
    if (part.kind == Stage::Kind::vibrations) {
      g.vibrations =
          vibrations_of_run(run.stage_folder(id) / "trajectory.nc", 0, part.temperature_K);
      continue;
    }
    const Frame frame = last_frame(run, id);
    composition = fractions_of(frame.structure);
    const auto n = static_cast<double>(frame.size());
    const auto records = read_thermo(run.stage_folder(id) / "thermo.csv");
    const double from = recipe.protocol[part.step].equilibrate_ps;
    g.at_temperature = mean_of_run(records, from, &ThermoRecord::potential_eV, 1 / n);
    g.pressure_GPa = mean_of_run(records, from, &ThermoRecord::pressure_GPa);
    g.volume_A3_atom = frame.structure.cell.volume() / n;
  }
  std::vector<GlassEnergies> replicas;
  for (const auto& [replica, g] : glass) replicas.push_back(g);
  write_result(run.stage_folder(stage.id),
               stability_result(composition, stage.temperature_K, replicas, crystals));
}

}  // namespace vitrion
