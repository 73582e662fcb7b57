// The steps of a protocol and the settings of engine and stability: their keys and defaults.
#include <limits>

#include "workflow/recipe.hpp"

namespace vitrion {
namespace {

using Kind = ProtocolStep::Kind;

const Bounds step_temperature_bounds{0, 20000, true};

}  // namespace

Schema EngineSettings::schema() {
  Schema s("engine");
  s.optional_quantity("timestep", timestep_ps, Dimension::time,
                      "one MD step; auto: what the potential suggests", positive)
      .choice("thermostat", thermostat, {"nose-hoover", "langevin", "rescale"},
              "how the temperature is held")
      .quantity("thermostat_time", thermostat_time_ps, Dimension::time, "its relaxation time",
                positive)
      .quantity("barostat_time", barostat_time_ps, Dimension::time,
                "relaxation time of the pressure", positive)
      .choice("cell_coupling", cell_coupling, {"isotropic", "anisotropic", "triclinic"},
              "how the cell may change under pressure")
      .quantity("thermo_every", thermo_every_ps, Dimension::time,
                "between records of T, P, density, energy", positive)
      .quantity("checkpoint_every", checkpoint_every_ps, Dimension::time,
                "between points from which a killed run goes on", positive)
      .integer("ranks", ranks, "MPI ranks of each engine process; 1 starts it plainly", {1, 4096})
      .integer("watch_every", watch_every,
               "steps between looks at how far a learned potential extrapolates; 0: never",
               not_negative)
      .quantity("watch_warn", watch_warn, Dimension::none,
                "extrapolation grade above which frames are kept in extrapolating/", not_negative)
      .quantity("watch_stop", watch_stop, Dimension::none,
                "extrapolation grade that ends a stage; 0: none does", not_negative);
  return s;
}

std::vector<std::string> ProtocolStep::all_keys() {
  return {"minimise",          "heat",  "melt",      "hold", "cool", "density", "relaxed_density",
          "equation_of_state", "glass", "production"};
}

std::optional<ProtocolStep::Kind> ProtocolStep::kind_of(const std::string& key) {
  if (key == "minimise") return Kind::minimise;
  if (key == "heat") return Kind::heat;
  if (key == "melt" || key == "hold") return Kind::hold;
  if (key == "cool") return Kind::cool;
  if (key == "density") return Kind::density;
  if (key == "relaxed_density") return Kind::relaxed_density;
  if (key == "equation_of_state") return Kind::equation_of_state;
  if (key == "glass") return Kind::glass;
  if (key == "production") return Kind::production;
  return std::nullopt;
}

bool ProtocolStep::is_aside() const {
  return kind == Kind::relaxed_density || kind == Kind::equation_of_state;
}

long ProtocolStep::members() const {
  if (kind == Kind::relaxed_density) return snapshots;
  if (kind == Kind::equation_of_state) return volumes;
  return 0;
}

double ProtocolStep::volume_scale(long member) const {
  return 1 + spread * (2 * static_cast<double>(member - 1) / static_cast<double>(volumes - 1) - 1);
}

double ProtocolStep::averaged_ps() const {
  // The time of a density run holds its equilibration; elsewhere that goes before.
  return kind == Kind::density ? time_ps - equilibrate_ps : time_ps;
}

Schema StabilitySettings::schema() {
  Schema s("stability");
  s.texts("crystals", crystals,
          "names in data/crystals or files; auto: all there whose elements the glass has and the "
          "potential serves; empty: not asked")
      .integer("atoms", atoms, "about so many in a crystal's cell", {1, 1e7})
      .quantity("time", time_ps, Dimension::time, "of a crystal at the temperature of the glass",
                positive)
      .quantity("equilibrate", equilibrate_ps, Dimension::time, "before it, left out", not_negative)
      .quantity("vibrations", vibrations_ps, Dimension::time,
                "of a further run of glass and crystals for the density of states; 0 ps: left out",
                not_negative)
      .quantity("force_tolerance", force_tolerance_eV_A, Dimension::none,
                "largest force left in a relaxed crystal, eV/A", positive)
      .integer("max_iterations", max_iterations, "of the relaxation, at most", {1, 1e8});
  return s;
}

Schema ProtocolStep::schema() {
  Schema s(key.empty() ? "step" : key);
  const auto frames = [&] {
    s.quantity("frame_every", frame_every_ps, Dimension::time, "between frames of the trajectory",
               positive);
  };
  const auto at_for = [&](const std::string& help) {
    s.quantity("at", at_K, Dimension::temperature, help, step_temperature_bounds)
        .quantity("time", time_ps, Dimension::time, "how long", positive);
  };
  const auto density_from_key = [&] {
    s.choice(
        "density_from", density_from, {"auto", "given", "npt", "relaxed", "equation-of-state"},
        "the cell is scaled to this density before it starts; auto: as the step before left it");
  };
  switch (kind) {
    case Kind::minimise:
      s.quantity("force_tolerance", force_tolerance_eV_A, Dimension::none,
                 "largest force left, eV/A", positive)
          .integer("max_iterations", max_iterations, "at most so many", {1, 1e8});
      break;
    case Kind::heat:
      s.quantity("from", from_K, Dimension::temperature, "start (Maxwell-Boltzmann velocities)",
                 step_temperature_bounds)
          .quantity("to", to_K, Dimension::temperature, "end", step_temperature_bounds)
          .quantity("rate", rate_K_ps, Dimension::rate, "how fast", positive)
          .choice("ensemble", ensemble, {"nvt", "npt"}, "fixed volume or pressure")
          .quantity("pressure", pressure_GPa, Dimension::pressure, "for npt");
      frames();
      break;
    case Kind::hold:
      at_for("temperature");
      s.choice("ensemble", ensemble, {"nvt", "npt", "nve"}, "fixed volume, pressure or energy")
          .quantity("pressure", pressure_GPa, Dimension::pressure, "for npt");
      frames();
      break;
    case Kind::cool:
      s.quantity("to", to_K, Dimension::temperature, "end", step_temperature_bounds)
          .quantities("rates", rates_K_ps, Dimension::rate,
                      "one for each stretch (fast-slow-fast: three)", positive)
          .quantities("through", through_K, Dimension::temperature,
                      "where the stretches meet, falling", step_temperature_bounds)
          .optional_quantity(
              "open_cell_below", open_cell_below_K, Dimension::temperature,
              "below it the cell follows the pressure; auto: fixed volume throughout",
              step_temperature_bounds)
          .quantity("pressure", pressure_GPa, Dimension::pressure, "once the cell is open");
      frames();
      break;
    case Kind::density:
      at_for("temperature of the NPT run");
      s.quantity("equilibrate", equilibrate_ps, Dimension::time, "left out of the average",
                 not_negative)
          .quantity("pressure", pressure_GPa, Dimension::pressure, "pressure");
      frames();
      break;
    case Kind::relaxed_density:
      s.integer("snapshots", snapshots,
                "of the run before it, evenly spread, each relaxed to 0 K with its cell",
                {1, 10000})
          .quantity("force_tolerance", force_tolerance_eV_A, Dimension::none,
                    "largest force left, eV/A", positive)
          .integer("max_iterations", max_iterations, "at most so many", {1, 1e8})
          .quantity("pressure", pressure_GPa, Dimension::pressure, "pressure");
      break;
    case Kind::equation_of_state:
      at_for("temperature of the NVT runs");
      s.quantity("equilibrate", equilibrate_ps, Dimension::time, "before each, left out",
                 not_negative)
          .integer("volumes", volumes, "of the cell, evenly spaced about that of the step before",
                   {4, 100})
          .quantity("spread", spread, Dimension::none,
                    "how far the volumes go to either side, as a fraction", {0.001, 0.4})
          .choice("fit", fit, {"birch-murnaghan", "quadratic"}, "of the pressure against volume")
          .quantity("pressure", pressure_GPa, Dimension::pressure,
                    "at which the density is wanted");
      break;
    case Kind::glass:
      at_for("temperature of the NVT run at the density found");
      s.quantity("equilibrate", equilibrate_ps, Dimension::time, "before it, left out",
                 not_negative)
          .integer("snapshots", snapshots, "structures written out, evenly spread", {1, 10000});
      density_from_key();
      frames();
      break;
    case Kind::production:
      s.quantities("at", temperatures_K, Dimension::temperature,
                   "temperatures, each a run of its own", step_temperature_bounds)
          .quantity("time", time_ps, Dimension::time, "length of each", positive)
          .quantity("equilibrate", equilibrate_ps, Dimension::time, "before it, left out",
                    not_negative)
          .choice("ensemble", ensemble, {"nvt", "nve"}, "at the density found");
      density_from_key();
      frames();
      break;
  }
  return s;
}

ProtocolStep ProtocolStep::with_defaults(Kind kind, const std::string& key) {
  ProtocolStep step;
  step.kind = kind;
  step.key = key;
  if (kind == Kind::production) step.frame_every_ps = 0.05;
  if (kind == Kind::glass || kind == Kind::density) step.frame_every_ps = 0.1;
  if (kind == Kind::equation_of_state) {
    step.time_ps = 5;
    step.equilibrate_ps = 2;
  }
  if (kind == Kind::relaxed_density) {
    step.snapshots = 5;
    step.force_tolerance_eV_A = 0.005;
    step.max_iterations = 5000;
  }
  return step;
}

}  // namespace vitrion
