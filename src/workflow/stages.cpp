#include "workflow/stages.hpp"

#include <fmt/format.h>

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
    Stage collect;
    collect.id = "collect";
    collect.kind = Stage::Kind::collect;
    collect.title = "collect the results";
    collect.work = small_work;
    for (const auto& stage : stages_) {
      if (stage.kind == Stage::Kind::analyse) collect.after.push_back(stage.id);
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
    std::string previous = add(replica, Stage::Kind::build, "build", 0, 0, {}, small_work);
    double temperature_K = 300;
    for (std::size_t i = 0; i < recipe_.protocol.size(); ++i) {
      const auto& step = recipe_.protocol[i];
      if (step.kind == Kind::production) {
        for (const double T : step.temperatures_K) {
          const std::string name = fmt::format("{}-{:g}K", step.key, T);
          const auto run = add(replica, Stage::Kind::engine, name, i, T, {previous},
                               steps_of(step, recipe_, T, timestep_));
          measure(replica, i, T, run);
        }
        continue;
      }
      previous = add(replica, Stage::Kind::engine, step.key, i, temperature_K, {previous},
                     steps_of(step, recipe_, temperature_K, timestep_));
      if (step.kind != Kind::minimise) temperature_K = end_temperature(step);
      measure(replica, i, temperature_K, previous);
    }
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
    stage.id = fmt::format("r{}-{:02}-{}", replica, ++number_, name);
    stage.kind = kind;
    stage.title = fmt::format("replica {} · {}", replica, name);
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
};

}  // namespace

std::string state_of(const ProtocolStep& step, double temperature_K) {
  switch (step.kind) {
    case Kind::density: return fmt::format("density-{:g}K", temperature_K);
    case Kind::glass: return fmt::format("glass-{:g}K", temperature_K);
    case Kind::production: return fmt::format("production-{:g}K", temperature_K);
    default: return "";
  }
}

std::string state_title(const std::string& state) {
  const auto dash = state.find('-');
  if (dash == std::string::npos) return state;
  const std::string kind = state.substr(0, dash);
  std::string temperature = state.substr(dash + 1);
  if (!temperature.empty() && temperature.back() == 'K')
    temperature.insert(temperature.size() - 1, " ");
  if (kind == "density") return "Density run (NPT) at " + temperature;
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
