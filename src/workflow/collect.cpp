#include "workflow/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/combine.hpp"
#include "analysis/write.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "coupling/rate_arrhenius.hpp"
#include "dynamics/arrhenius.hpp"
#include "io/formats.hpp"
#include "workflow/stage_run.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

const Result* find(const std::vector<Result>& results, const std::string& name) {
  for (const auto& result : results) {
    if (result.name == name) return &result;
  }
  return nullptr;
}

std::vector<Result> join_replicas(const MeasuredState& state) {
  std::vector<std::string> names;
  for (const auto& replica : state.replicas) {
    for (const auto& result : replica) {
      if (std::find(names.begin(), names.end(), result.name) == names.end())
        names.push_back(result.name);
    }
  }
  std::vector<Result> out;
  for (const auto& name : names) {
    std::vector<Result> same;
    for (const auto& replica : state.replicas) {
      if (const Result* result = find(replica, name)) same.push_back(*result);
    }
    out.push_back(same.size() == 1 ? same.front() : combine_replicas(same));
  }
  return out;
}

// The analyses of production stand in the way of those of the glass only where the glass has none.
std::vector<const Result*> headline(const Collected& collected) {
  std::vector<const Result*> out;
  std::set<std::string> seen;
  for (const auto& state : collected.states) {
    for (const auto& result : state.results) {
      if (seen.insert(result.name).second) out.push_back(&result);
    }
  }
  return out;
}

std::optional<Result> arrhenius_over(const std::vector<MeasuredState>& states,
                                     double report_temperature_K) {
  std::vector<TransportPoint> points;
  for (const auto& state : states) {
    if (!(state.temperature_K > 0)) continue;
    for (std::size_t i = 0; i < state.replicas.size(); ++i) {
      const Result* conductivity = find(state.replicas[i], "conductivity");
      if (conductivity != nullptr)
        points.push_back(transport_point(*conductivity, static_cast<int>(i) + 1));
    }
  }
  if (points.empty()) return std::nullopt;
  ArrheniusOptions options;
  options.target_K = report_temperature_K;
  return fit_arrhenius(points, options);
}

// Arrhenius fits of the events that were counted at two temperatures or more.
std::vector<Result> rates_over(const std::vector<MeasuredState>& states) {
  std::vector<Result> out;
  for (const auto& [analysis, events] :
       {std::pair{"rotation", "turns of units"}, {"sites", "jumps between sites"}}) {
    std::vector<RatePoint> points;
    std::set<double> temperatures;
    for (const auto& state : states) {
      if (!(state.temperature_K > 0)) continue;
      for (const auto& replica : state.replicas) {
        const Result* result = find(replica, analysis);
        if (result == nullptr || !has_rate(*result)) continue;
        points.push_back(rate_point(*result, state.temperature_K));
        temperatures.insert(state.temperature_K);
      }
    }
    if (temperatures.size() < 2) continue;
    out.push_back(fit_rates(points, events));
    out.back().name = fmt::format("{}_arrhenius", analysis);
  }
  return out;
}

}  // namespace

Collected collect(const std::vector<MeasuredState>& states, bool arrhenius,
                  double report_temperature_K) {
  Collected out;
  for (const auto& state : states)
    out.states.push_back({state.id, state.title, state.temperature_K, join_replicas(state)});
  if (!arrhenius) return out;
  out.arrhenius = arrhenius_over(states, report_temperature_K);
  if (auto rates = rates_over(states); !rates.empty())
    out.states.push_back({"all-temperatures", "All temperatures", 0, std::move(rates)});
  return out;
}

void write_collected(const fs::path& folder, const Collected& collected) {
  Json states = Json::array();
  for (const auto& state : collected.states) {
    Json names = Json::array();
    for (const auto& result : state.results) {
      write_result(folder / state.id, result);
      names.push_back(result.name);
    }
    states.push_back({{"id", state.id},
                      {"title", state.title},
                      {"temperature_K", state.temperature_K},
                      {"analyses", names}});
  }
  for (const Result* result : headline(collected)) write_result(folder, *result);
  if (collected.arrhenius) write_result(folder, *collected.arrhenius);
  write_file_atomically(folder / "states.json", Json{{"states", states}}.dump(1) + "\n");
}

Collected read_collected(const fs::path& folder) {
  const fs::path index = folder / "states.json";
  const Json json = Json::parse(read_text_file(index), nullptr, false);
  if (json.is_discarded() || !json.contains("states"))
    throw InputError(
        fmt::format("{}: is not a list of states: run the analysis again", index.string()));
  Collected out;
  for (const auto& entry : json.at("states")) {
    CollectedState state{entry.at("id").get<std::string>(),
                         entry.at("title").get<std::string>(),
                         entry.at("temperature_K").get<double>(),
                         {}};
    for (const auto& name : entry.at("analyses")) {
      state.results.push_back(read_result(folder / state.id / (name.get<std::string>() + ".json")));
    }
    out.states.push_back(std::move(state));
  }
  if (fs::exists(folder / "arrhenius.json")) out.arrhenius = read_result(folder / "arrhenius.json");
  return out;
}

std::string scalar_lines(const Collected& collected) {
  std::string out;
  const auto add = [&](const std::string& where, const Result& result) {
    for (const auto& s : result.scalars) {
      out += fmt::format("{:<14} {:<26} {:>16} {}\n", where, s.key,
                         format_with_error(s.value, s.error), s.unit);
    }
  };
  for (const auto& state : collected.states) {
    for (const auto& result : state.results) add(state.id, result);
  }
  if (collected.arrhenius) add("arrhenius", *collected.arrhenius);
  return out;
}

void run_collect_stage(const RunDirectory& run, const Recipe& recipe) {
  std::vector<MeasuredState> states;
  for (const auto& stage : plan_stages(recipe, timestep_of(recipe))) {
    if (stage.state.empty()) continue;
    auto found = std::find_if(states.begin(), states.end(),
                              [&](const auto& s) { return s.id == stage.state; });
    if (found == states.end()) {
      states.push_back({stage.state, state_title(stage.state), stage.temperature_K, {}});
      found = states.end() - 1;
    }
    found->replicas.push_back(read_results(run.stage_folder(stage.id)));
  }
  // Density and glass stand first, in the order of the protocol; production by temperature.
  std::stable_sort(states.begin(), states.end(), [](const auto& a, const auto& b) {
    const bool pa = a.id.rfind("production", 0) == 0;
    const bool pb = b.id.rfind("production", 0) == 0;
    return pa != pb ? pb : pa && a.temperature_K < b.temperature_K;
  });
  const bool arrhenius = std::any_of(recipe.analyses.begin(), recipe.analyses.end(),
                                     [](const auto& r) { return r.name == "arrhenius"; });
  write_collected(run.results(), collect(states, arrhenius, recipe.report_temperature_K));
}

}  // namespace vitrion
