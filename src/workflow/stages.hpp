// A recipe resolved to stages: what runs, in what order, on what it depends.
//
// Each replica is a chain build → … → glass → production at each temperature. Beside it stand the
// runs of relaxed_density (one for each snapshot) and of equation_of_state (one for each volume);
// whatever is measured has an analysis stage behind it. Crystals for the stability run alone, and
// one last stage collects the results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workflow/recipe.hpp"

namespace vitrion {

struct Stage {
  enum class Kind {
    build,
    engine,
    crystal,     ///< one crystal, relaxed and run at the temperature of the glass
    vibrations,  ///< a glass at its temperature, its frames close together
    analyse,     ///< a trajectory, or the runs beside the road together
    densities,   ///< the table of density methods
    stability,   ///< the glass against the crystals
    collect
  };
  std::string id;  ///< folder under stages/, "r1-05-cool"
  Kind kind = Kind::engine;
  std::string title;     ///< "replica 1 · cool"
  long replica = 0;      ///< 1-based; 0: for all
  std::size_t step = 0;  ///< of the protocol (engine stages, and analyses of their trajectories)
  long member = 0;       ///< 1-based, of a step of several runs beside the road; 0: on the road
  std::string crystal;   ///< name or file, of a crystal's stage
  std::string density_stage;  ///< whose density is taken before it starts; "": none
  double temperature_K = 0;   ///< of a production run or a measured state; else that of the start
  std::string state;          ///< of analyses: "glass-300K"; "" elsewhere
  std::vector<std::string> after;  ///< ids of the stages it needs
  double work = 0;                 ///< MD steps, or a small number for the others
};

/// In an order in which they can run one by one.
std::vector<Stage> plan_stages(const Recipe& recipe, double timestep_ps);

/// The crystals of the stability, "auto" resolved; InputError where one cannot serve.
std::vector<std::string> stability_crystals(const Recipe& recipe);

/// The road's step (behind which all before it are no asides) from which a step starts, if any.
std::optional<std::size_t> step_before(const Recipe& recipe, std::size_t step);

/// The state measured by a step ("density-300K", "glass-300K", "production-600K"), or "".
std::string state_of(const ProtocolStep& step, double temperature_K);
/// In words for the report: "glass at 300 K".
std::string state_title(const std::string& state);

/// The analyses of the recipe that make sense on a state: density on the density run, structure on
/// the glass and on production, transport on production.
std::vector<AnalysisRequest> analyses_for(const Recipe& recipe, const ProtocolStep& step);

}  // namespace vitrion
