// From the steps of a recipe to the segments of an engine.
#include <fmt/format.h>

#include "workflow/recipe.hpp"

namespace vitrion {
namespace {

using Kind = ProtocolStep::Kind;

Thermostat thermostat_of(const std::string& name) {
  if (name == "langevin") return Thermostat::langevin;
  if (name == "rescale") return Thermostat::rescale;
  return Thermostat::nose_hoover;
}

CellCoupling coupling_of(const std::string& name) {
  if (name == "anisotropic") return CellCoupling::anisotropic;
  if (name == "triclinic") return CellCoupling::triclinic;
  return CellCoupling::isotropic;
}

Ensemble ensemble_of(const std::string& name) {
  if (name == "npt") return Ensemble::npt;
  if (name == "nve") return Ensemble::nve;
  return Ensemble::nvt;
}

Segment dynamics(const EngineSettings& engine, const std::string& label, Ensemble ensemble,
                 double start_K, double end_K, double duration_ps) {
  Segment s;
  s.label = label;
  s.ensemble = ensemble;
  s.thermostat = thermostat_of(engine.thermostat);
  s.coupling = coupling_of(engine.cell_coupling);
  s.start_K = start_K;
  s.end_K = end_K;
  s.duration_ps = duration_ps;
  s.thermostat_time_ps = engine.thermostat_time_ps;
  s.barostat_time_ps = engine.barostat_time_ps;
  return s;
}

Segment minimisation(const std::string& label, double force_tolerance_eV_A, long max_iterations) {
  Segment s;
  s.kind = Segment::Kind::minimise;
  s.label = label;
  s.force_tolerance_eV_A = force_tolerance_eV_A;
  s.max_iterations = max_iterations;
  return s;
}

// Each stretch between two temperatures, split where the cell opens.
std::vector<Segment> cooling(const ProtocolStep& step, const EngineSettings& engine,
                             double from_K) {
  std::vector<double> turns{from_K};
  turns.insert(turns.end(), step.through_K.begin(), step.through_K.end());
  turns.push_back(step.to_K);
  std::vector<Segment> out;
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    const std::string label = fmt::format("{} {}", step.key, i + 1);
    const auto stretch = [&](double hot, double cold, Ensemble ensemble) {
      out.push_back(
          dynamics(engine, label, ensemble, hot, cold, (hot - cold) / step.rates_K_ps[i]));
      out.back().pressure_GPa = step.pressure_GPa;
    };
    const double open = step.open_cell_below_K.value_or(0);
    if (turns[i + 1] >= open) {
      stretch(turns[i], turns[i + 1], Ensemble::nvt);
    } else if (turns[i] <= open) {
      stretch(turns[i], turns[i + 1], Ensemble::npt);
    } else {
      stretch(turns[i], open, Ensemble::nvt);
      stretch(open, turns[i + 1], Ensemble::npt);
    }
  }
  return out;
}

}  // namespace

Segment vibration_segment(const StabilitySettings& stability, const EngineSettings& engine,
                          double temperature_K) {
  return dynamics(engine, "vibrations", Ensemble::nvt, temperature_K, temperature_K,
                  stability.vibrations_ps);
}

// One run gives both: the first record of the dynamics is the relaxed crystal.
std::vector<Segment> crystal_segments(const StabilitySettings& stability,
                                      const EngineSettings& engine, double temperature_K,
                                      CellCoupling coupling) {
  Segment relax = minimisation("relax", stability.force_tolerance_eV_A, stability.max_iterations);
  relax.relax_cell = true;
  relax.coupling = coupling;
  Segment run = dynamics(engine, "crystal", Ensemble::npt, temperature_K, temperature_K,
                         stability.equilibrate_ps + stability.time_ps);
  run.coupling = coupling;
  std::vector<Segment> out{relax, run};
  if (stability.vibrations_ps > 0)
    out.push_back(vibration_segment(stability, engine, temperature_K));
  return out;
}

std::vector<Segment> segments_of(const ProtocolStep& step, const EngineSettings& engine,
                                 double temperature_K) {
  const auto with_pressure = [&](Segment s) {
    s.pressure_GPa = step.pressure_GPa;
    return s;
  };
  switch (step.kind) {
    case Kind::minimise:
      return {minimisation(step.key, step.force_tolerance_eV_A, step.max_iterations)};
    case Kind::relaxed_density: {
      Segment s = minimisation(step.key, step.force_tolerance_eV_A, step.max_iterations);
      s.relax_cell = true;
      s.coupling = coupling_of(engine.cell_coupling);
      return {with_pressure(s)};
    }
    case Kind::equation_of_state: {
      // Temperature and pressure settle before the volume's pressure is averaged.
      std::vector<Segment> out;
      if (step.equilibrate_ps > 0) {
        out.push_back(dynamics(engine, "equilibrate", Ensemble::nvt, step.at_K, step.at_K,
                               step.equilibrate_ps));
      }
      out.push_back(dynamics(engine, step.key, Ensemble::nvt, step.at_K, step.at_K, step.time_ps));
      return out;
    }
    case Kind::heat:
      return {with_pressure(dynamics(engine, step.key, ensemble_of(step.ensemble), step.from_K,
                                     step.to_K, (step.to_K - step.from_K) / step.rate_K_ps))};
    case Kind::hold:
      return {with_pressure(dynamics(engine, step.key, ensemble_of(step.ensemble), step.at_K,
                                     step.at_K, step.time_ps))};
    case Kind::cool: return cooling(step, engine, temperature_K);
    case Kind::density:
      return {with_pressure(
          dynamics(engine, step.key, Ensemble::npt, step.at_K, step.at_K, step.time_ps))};
    case Kind::glass:
      return {dynamics(engine, step.key, Ensemble::nvt, step.at_K, step.at_K,
                       step.equilibrate_ps + step.time_ps)};
    case Kind::production: {
      // Equilibration always has a thermostat, also where production itself has none.
      std::vector<Segment> out;
      if (step.equilibrate_ps > 0) {
        out.push_back(dynamics(engine, "equilibrate", Ensemble::nvt, temperature_K, temperature_K,
                               step.equilibrate_ps));
      }
      out.push_back(dynamics(engine, step.key, ensemble_of(step.ensemble), temperature_K,
                             temperature_K, step.time_ps));
      return out;
    }
  }
  return {};
}

double end_temperature(const ProtocolStep& step, double before_K) {
  if (step.kind == Kind::minimise || step.is_aside()) return before_K;
  if (step.kind == Kind::heat || step.kind == Kind::cool) return step.to_K;
  return step.at_K;
}

std::string commented_recipe(const std::string& composition) {
  return fmt::format(R"(# A recipe of vitrion: from a composition to its ionic conductivity.
# Quantities carry their units ("300 K", "2 fs", "0.05 K/fs", "1.9 g/cm3").
#   vitrion check RECIPE.yaml   explains what it will do, how long, how much disk
#   vitrion run RECIPE.yaml     does it; killed at any moment, `vitrion resume DIR` goes on
version: 1
title: ""                         # of the report; empty: made from the composition

system:
  composition: "{}"   # any number of components, any elements; or "3 Li + PS4"
  atoms: 480                      # about so many; whole units are taken
  density: auto                   # of the packed model, such as 1.9 g/cm3; auto: measured, where known
  minimum_distance: 2.0 A         # between atoms of different units

potential: auto                   # see `vitrion list potentials`; auto: a learned one where there is one
                                  # for the elements, else a classical one made for the composition

engine:
  timestep: auto                  # what the potential suggests
  thermostat: nose-hoover         # or langevin, rescale
  ranks: 1                        # MPI ranks of each run; replicas share the cores first

# The melt-quench of the review: Maxwell-Boltzmann start at 300 K, 1 K/fs up, melt at fixed volume,
# three-stage cooling (fast, slow, fast), density by NPT, then production at that density.
# Melt hot enough to move and cool enough not to tear the anions: the report's speciation shows it.
protocol:
  - minimise: {{force_tolerance: 0.1, max_iterations: 2000}}
  - heat: {{from: 300 K, to: 900 K, rate: 1 K/fs}}
  - melt: {{at: 900 K, time: 10 ps}}
  - cool:
      to: 300 K
      through: [700 K, 450 K]                      # fast to 700 K, slow to 450 K, fast to 300 K
      rates: [0.1 K/fs, 0.02 K/fs, 0.05 K/fs]
      open_cell_below: 700 K                       # fixed volume above, pressure below
  - density: {{at: 300 K, time: 20 ps, equilibrate: 5 ps, pressure: 0 GPa}}
  - glass: {{at: 300 K, time: 10 ps, equilibrate: 2 ps, snapshots: 3}}
  - production: {{at: [500 K, 575 K, 650 K, 725 K], time: 60 ps, equilibrate: 3 ps}}

analyse: [density, rdf, angles, coordination, speciation, msd, conductivity, arrhenius]

replicas: 2                       # independent samples; their scatter is part of every error
seed: 1
report_temperature: 300 K         # to which diffusion and conductivity are extrapolated
)",
                     composition);
}

}  // namespace vitrion
