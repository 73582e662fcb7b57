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
  enum class Kind { minimise, heat, hold, cool, density, glass, production };
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

  /// The parameters of this kind of step.
  Schema schema();
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
/// The temperature at which a step ends.
double end_temperature(const ProtocolStep& step);

/// A commented recipe for a new user, for a composition.
std::string commented_recipe(const std::string& composition);

}  // namespace vitrion
