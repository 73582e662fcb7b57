// A recipe: the whole of a piece of work as one YAML file, self-describing and validated.
//
//   version, system, potential, engine, protocol: [steps], analyse: [names], replicas, report
//
// Quantities carry units; an unknown key stops with file, line and the nearest name. A resolved
// recipe (every default written out) reads back to the same recipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/registry.hpp"
#include "base/schema.hpp"
#include "build/system.hpp"
#include "engine/protocol.hpp"
#include "workflow/stability_settings.hpp"

namespace vitrion {

/// How the engine runs, for all steps of the protocol.
struct EngineSettings {
  std::optional<double> timestep_ps;  ///< unset: what the potential suggests
  std::string thermostat = "nose-hoover";
  double thermostat_time_ps = 0.1;
  double barostat_time_ps = 1.0;
  std::string cell_coupling = "isotropic";
  double thermo_every_ps = 0.05;
  double checkpoint_every_ps = 5.0;
  long ranks = 1;
  long watch_every = 0;   ///< steps between looks at how far a learned potential extrapolates
  double watch_warn = 5;  ///< grades above it are kept as frames
  double watch_stop = 0;  ///< grades above it end the stage; 0: none does

  Schema schema();
};

/// One step of the protocol as typed; which fields count depends on the kind.
struct ProtocolStep {
  enum class Kind {
    minimise,
    heat,
    hold,
    cool,
    density,
    relaxed_density,
    equation_of_state,
    glass,
    production
  };
  Kind kind = Kind::hold;
  std::string key;  ///< the word in the recipe ("melt" and "hold" are the same kind)

  double from_K = 300;
  double to_K = 300;
  double at_K = 300;
  std::vector<double> temperatures_K;
  double time_ps = 10;
  double equilibrate_ps = 0;  ///< left out of averages and trajectories' analysis
  double rate_K_ps = 1000;
  std::vector<double> rates_K_ps;  ///< cool: one for each stretch
  std::vector<double> through_K;   ///< cool: where stretches meet
  std::optional<double> open_cell_below_K;
  double pressure_GPa = 0;
  std::string ensemble = "nvt";
  double frame_every_ps = 0.5;
  long snapshots = 3;
  double force_tolerance_eV_A = 0.05;
  long max_iterations = 2000;
  long volumes = 7;                     ///< equation_of_state: how many, evenly spaced
  double spread = 0.06;                 ///< to either side, as a fraction of the volume
  std::string fit = "birch-murnaghan";  ///< or quadratic
  std::string density_from = "auto";    ///< glass, production: a density method; auto: as it comes

  /// A step of that kind before anything is read.
  static ProtocolStep with_defaults(Kind kind, const std::string& key);
  /// The parameters of this kind of step.
  Schema schema();
  /// Runs beside the road to the glass, which goes on from the step before it.
  [[nodiscard]] bool is_aside() const;
  /// How many engine runs it is made of (one for each snapshot or volume), 0 where it is one.
  [[nodiscard]] long members() const;
  /// Volume of a member of the equation of state (1 …), as a share of the starting one.
  [[nodiscard]] double volume_scale(long member) const;
  /// Time over which a step averages, behind `equilibrate`.
  [[nodiscard]] double averaged_ps() const;
  static std::optional<Kind> kind_of(const std::string& key);
  static std::vector<std::string> all_keys();
};

/// An analysis with its own parameters as written in the recipe.
struct AnalysisRequest {
  std::string name;
  Node parameters;
};

struct Recipe {
  long version = 1;
  std::string title;
  SystemSettings system;
  std::string potential = "auto";
  EngineSettings engine;
  std::vector<ProtocolStep> protocol;
  std::vector<AnalysisRequest> analyses;
  StabilitySettings stability;
  long replicas = 2;
  long seed = 1;
  double report_temperature_K = 300;  ///< D and σ are extrapolated to it

  Schema schema();
};

/// All analyses that the program knows.
const AnalysisRegistry& analyses();

/// Reads and checks everything that can be told without building atoms. InputError with the place.
Recipe load_recipe(const std::filesystem::path& file);
Recipe parse_recipe(const std::string& text, const std::string& name);
/// YAML with every default; reads back to the same recipe.
std::string write_recipe(Recipe recipe);

/// The engine segments of one step that starts at `temperature_K` (the last one's end).
std::vector<Segment> segments_of(const ProtocolStep& step, const EngineSettings& engine,
                                 double temperature_K);
/// Fixed volume, for the density of vibrational states.
Segment vibration_segment(const StabilitySettings& stability, const EngineSettings& engine,
                          double temperature_K);
/// Those of a crystal: relaxed with its cell at no pressure, then run at a temperature.
std::vector<Segment> crystal_segments(const StabilitySettings& stability,
                                      const EngineSettings& engine, double temperature_K,
                                      CellCoupling coupling);
/// The temperature at which a step ends that began at `before_K`.
double end_temperature(const ProtocolStep& step, double before_K);

/// A commented recipe for a new user, for a composition.
std::string commented_recipe(const std::string& composition);

}  // namespace vitrion
