#include "workflow/stages.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace vitrion {
namespace {

using Kind = ProtocolStep::Kind;

constexpr double small_work = 200;  // of a stage without MD, in MD steps, for the progress bar

double steps_of(const ProtocolStep& step, const Recipe& recipe, double temperature_K,
                double timestep_ps) {
  double steps = 0;
  for (const auto& segment : segments_of(step, recipe.engine, temperature_K)) {
    steps += segment.kind == Segment::Kind::minimise
                 ? static_cast<double>(segment.max_iterations)
                 : static_cast<double>(segment_steps(segment, timestep_ps));
  }
  return steps;
}

class Planner {
 public:
  Planner(const Recipe& recipe, double timestep_ps) : recipe_(recipe), timestep_(timestep_ps) {}

  std::vector<Stage> plan() {
    for (long replica = 1; replica <= recipe_.replicas; ++replica) plan_replica(replica);
    if (!densities_.empty()) {
      add(0, Stage::Kind::densities, "density-methods", 0, 0, densities_, small_work);
      stages_.back().state = "density-methods";
    }
    if (recipe_.stability.is_asked()) plan_stability();
    Stage collect;
    collect.id = "collect";
    collect.kind = Stage::Kind::collect;
    collect.title = "collect the results";
    collect.work = small_work;
    for (const auto& stage : stages_) {
      if (!stage.state.empty()) collect.after.push_back(stage.id);
    }
    if (collect.after.empty()) {
      for (const auto& stage : stages_) collect.after.push_back(stage.id);
    }
    stages_.push_back(std::move(collect));
    return std::move(stages_);
  }

 private:
  void plan_replica(long replica) {
    number_ = 0;
    density_stages_.clear();
    std::string previous = add(replica, Stage::Kind::build, "build", 0, 0, {}, small_work);
    double temperature_K = 300;
    for (std::size_t i = 0; i < recipe_.protocol.size(); ++i) {
      const auto& step = recipe_.protocol[i];
      if (step.kind == Kind::production) {
        for (const double T : step.temperatures_K) {
          const std::string name = fmt::format("{}-{:g}K", step.key, T);
          const auto run = add(replica, Stage::Kind::engine, name, i, T, {previous},
                               steps_of(step, recipe_, T, timestep_));
          take_density(step);
          measure(replica, i, T, run);
        }
        continue;
      }
      if (step.is_aside()) {
        plan_aside(replica, i, previous);
        continue;
      }
      previous = add(replica, Stage::Kind::engine, step.key, i, temperature_K, {previous},
                     steps_of(step, recipe_, temperature_K, timestep_));
      take_density(step);
      temperature_K = end_temperature(step, temperature_K);
      if (step.kind == Kind::density) {
        density_stages_["npt"] = previous;
        densities_.push_back(previous);
      }
      measure(replica, i, temperature_K, previous);
      if (step.kind == Kind::glass) plan_glass(replica, i, previous);
    }
  }

  // A run for each snapshot or volume, and one stage that puts them together.
  void plan_aside(long replica, std::size_t i, const std::string& from) {
    const auto& step = recipe_.protocol[i];
    const bool relaxed = step.kind == Kind::relaxed_density;
    const double temperature_K = relaxed ? 0 : step.at_K;
    std::vector<std::string> members;
    for (long m = 1; m <= step.members(); ++m) {
      members.push_back(add(replica, Stage::Kind::engine, fmt::format("{}-{}", step.key, m), i,
                            temperature_K, {from}, steps_of(step, recipe_, 0, timestep_)));
      stages_.back().member = m;
    }
    const std::string state = state_of(step, temperature_K);
    const std::string id = add(replica, Stage::Kind::analyse, "analyse-" + state, i, temperature_K,
                               std::move(members), small_work);
    stages_.back().state = state;
    density_stages_[relaxed ? "relaxed" : "equation-of-state"] = id;
    densities_.push_back(id);
    if (relaxed) at_rest_.push_back(id);
  }

  // What the stability wants of a glass.
  void plan_glass(long replica, std::size_t i, const std::string& glass) {
    glasses_.push_back(glass);
    const auto& settings = recipe_.stability;
    if (!settings.is_asked() || !(settings.vibrations_ps > 0)) return;
    glasses_.push_back(add(replica, Stage::Kind::vibrations, "vibrations", i,
                           recipe_.protocol[i].at_K, {glass}, settings.vibrations_ps / timestep_));
  }

  void plan_stability() {
    double temperature_K = 300;
    for (const auto& step : recipe_.protocol) {
      if (step.kind == Kind::glass) temperature_K = step.at_K;
    }
    std::vector<std::string> after = glasses_;
    after.insert(after.end(), at_rest_.begin(), at_rest_.end());
    const auto& settings = recipe_.stability;
    for (const auto& crystal : stability_crystals(recipe_)) {
      const double steps =
          static_cast<double>(settings.max_iterations) +
          (settings.equilibrate_ps + settings.time_ps + settings.vibrations_ps) / timestep_;
      after.push_back(add(0, Stage::Kind::crystal,
                          "crystal-" + std::filesystem::path(crystal).stem().string(), 0,
                          temperature_K, {}, steps));
      stages_.back().crystal = crystal;
    }
    add(0, Stage::Kind::stability, "stability", 0, temperature_K, std::move(after), small_work);
    stages_.back().state = "stability";
  }

  // Waits for the stage whose density the last one takes.
  void take_density(const ProtocolStep& step) {
    const auto found = density_stages_.find(step.density_from);
    if (found == density_stages_.end()) return;
    stages_.back().density_stage = found->second;
    auto& after = stages_.back().after;
    if (after.front() != found->second) after.push_back(found->second);
  }

  void measure(long replica, std::size_t step, double temperature_K, const std::string& run) {
    const std::string state = state_of(recipe_.protocol[step], temperature_K);
    if (state.empty() || analyses_for(recipe_, recipe_.protocol[step]).empty()) return;
    add(replica, Stage::Kind::analyse, "analyse-" + state, step, temperature_K, {run}, small_work);
    stages_.back().state = state;
  }

  std::string add(long replica, Stage::Kind kind, const std::string& name, std::size_t step,
                  double temperature_K, std::vector<std::string> after, double work) {
    Stage stage;
    stage.id = replica > 0 ? fmt::format("r{}-{:02}-{}", replica, ++number_, name) : name;
    stage.kind = kind;
    stage.title = replica > 0 ? fmt::format("replica {} · {}", replica, name) : name;
    stage.replica = replica;
    stage.step = step;
    stage.temperature_K = temperature_K;
    stage.after = std::move(after);
    stage.work = work;
    stages_.push_back(std::move(stage));
    return stages_.back().id;
  }

  const Recipe& recipe_;
  double timestep_;
  int number_ = 0;
  std::vector<Stage> stages_;
  std::map<std::string, std::string> density_stages_;  // of a replica, by method
  std::vector<std::string> densities_, glasses_, at_rest_;
};

}  // namespace

std::optional<std::size_t> step_before(const Recipe& recipe, std::size_t step) {
  while (step > 0) {
    if (!recipe.protocol[--step].is_aside()) return step;
  }
  return std::nullopt;
}

std::string state_of(const ProtocolStep& step, double temperature_K) {
  switch (step.kind) {
    case Kind::density: return fmt::format("density-{:g}K", temperature_K);
    case Kind::relaxed_density: return "relaxed-0K";
    case Kind::equation_of_state: return fmt::format("equation-of-state-{:g}K", temperature_K);
    case Kind::glass: return fmt::format("glass-{:g}K", temperature_K);
    case Kind::production: return fmt::format("production-{:g}K", temperature_K);
    default: return "";
  }
}

std::string state_title(const std::string& state) {
  if (state == "density-methods") return "Density by several methods";
  if (state == "stability") return "The glass against crystals";
  const auto dash = state.rfind('-');
  if (dash == std::string::npos) return state;
  const std::string kind = state.substr(0, dash);
  std::string temperature = state.substr(dash + 1);
  if (!temperature.empty() && temperature.back() == 'K')
    temperature.insert(temperature.size() - 1, " ");
  if (kind == "density") return "Density run (NPT) at " + temperature;
  if (kind == "relaxed") return "Snapshots relaxed to " + temperature;
  if (kind == "equation-of-state") return "Equation of state at " + temperature;
  if (kind == "glass") return "Glass at " + temperature;
  return "Production at " + temperature;
}

std::vector<AnalysisRequest> analyses_for(const Recipe& recipe, const ProtocolStep& step) {
  std::vector<AnalysisRequest> out;
  for (const auto& request : recipe.analyses) {
    if (request.name == "arrhenius") continue;
    const Subject subject = analyses().make(request.name)->subject();
    const bool wanted = (step.kind == Kind::density && subject == Subject::thermodynamics) ||
                        (step.kind == Kind::glass && subject == Subject::structure) ||
                        (step.kind == Kind::production && subject != Subject::thermodynamics);
    if (wanted) out.push_back(request);
  }
  return out;
}

std::vector<Stage> plan_stages(const Recipe& recipe, double timestep_ps) {
  return Planner(recipe, timestep_ps).plan();
}

}  // namespace vitrion
