#include "report/run_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/text.hpp"
#include "io/formats.hpp"
#include "report/literature.hpp"
#include "report/report.hpp"
#include "workflow/collect.hpp"
#include "workflow/estimate.hpp"
#include "workflow/manifest.hpp"
#include "workflow/thermo_log.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_history_points = 2000;  // of a replica; more are not seen on a page

ThermalHistory history_of(const RunDirectory& run, const Recipe& recipe,
                          const std::vector<Stage>& stages, long replica, double atoms) {
  ThermalHistory out;
  out.label = fmt::format("replica {}", replica);
  double start_ps = 0;
  std::vector<ThermoRecord> all;
  for (const auto& stage : stages) {
    if (stage.replica != replica || stage.kind != Stage::Kind::engine || stage.member > 0) continue;
    const auto& step = recipe.protocol[stage.step];
    // Production runs branch off the glass; the history is the road to it.
    if (step.kind == ProtocolStep::Kind::production || step.kind == ProtocolStep::Kind::minimise)
      continue;
    const fs::path file = run.stage_folder(stage.id) / "thermo.csv";
    if (!fs::exists(file)) break;
    out.stages.emplace_back(start_ps, step.key);
    double end_ps = 0;
    for (auto record : read_thermo(file)) {
      end_ps = record.time_ps;
      record.time_ps += start_ps;
      all.push_back(record);
    }
    start_ps += end_ps;
  }
  const std::size_t stride = std::max<std::size_t>(1, all.size() / most_history_points);
  for (std::size_t i = 0; i < all.size(); i += stride) {
    out.time_ps.push_back(all[i].time_ps);
    out.temperature_K.push_back(all[i].temperature_K);
    out.density_g_cm3.push_back(all[i].density_g_cm3);
    out.potential_eV_atom.push_back(all[i].potential_eV / atoms);
    out.pressure_GPa.push_back(all[i].pressure_GPa);
  }
  return out;
}

std::string glass_name(const Recipe& recipe, const SystemPlan& plan) {
  return recipe.system.composition.empty() ? plan.formula : recipe.system.composition;
}

void add_facts(ReportInput& in, const Recipe& recipe, const RecipeEstimate& plan) {
  const auto fact = [&](const std::string& key, const std::string& value) {
    in.facts.emplace_back(key, value);
  };
  std::string units;
  for (const auto& unit : plan.system.units)
    units += fmt::format("{}{} {}", units.empty() ? "" : " + ", unit.count, unit.name);
  fact("Composition", glass_name(recipe, plan.system));
  fact("Cell", fmt::format("{} ({} atoms)", plan.system.cell_formula, plan.system.atoms));
  fact("Packed from", fmt::format("{} at {:.3f} g/cm³ ({})", units, plan.system.density_g_cm3,
                                  plan.system.density_source));
  fact("Potential", plan.potential);
  fact("Time step", fmt::format("{:g} fs", plan.timestep_ps * 1000));
  fact("Thermostat", recipe.engine.thermostat);
  for (const auto& step : plan.steps) fact(step.step, step.what);
  fact("Replicas", fmt::format("{}, from independent random packings", recipe.replicas));
}

// The last whole structure on the road: the glass, else whatever replica 1 reached.
void add_structure(ReportInput& in, const RunDirectory& run, const Recipe& recipe,
                   const std::vector<Stage>& stages) {
  fs::path best;
  std::string caption;
  for (const auto& stage : stages) {
    if (stage.replica != 1 || stage.member > 0 || stage.kind == Stage::Kind::analyse) continue;
    if (stage.kind == Stage::Kind::engine &&
        recipe.protocol[stage.step].kind == ProtocolStep::Kind::production)
      continue;
    const fs::path file = run.stage_folder(stage.id) / "final.extxyz";
    if (run.status(stage.id).state == "done" && fs::exists(file)) {
      best = file;
      caption =
          fmt::format("Replica 1 after “{}”",
                      stage.kind == Stage::Kind::build ? "build" : recipe.protocol[stage.step].key);
    }
  }
  if (best.empty()) return;
  in.structure = read_first_frame(best);
  in.structure_caption = caption;
}

void add_results(ReportInput& in, const fs::path& folder) {
  if (!fs::exists(folder / "states.json")) return;
  Collected collected = read_collected(folder);
  for (auto& state : collected.states) {
    in.states.push_back({state.id, state.title, state.temperature_K, std::move(state.results)});
  }
  in.arrhenius = std::move(collected.arrhenius);
}

// A warning that several analyses or states share is said once.
void add_warnings(ReportInput& in) {
  struct Said {
    std::string text;
    std::vector<std::string> by, where;
  };
  std::vector<Said> said;
  const auto once = [](std::vector<std::string>& list, const std::string& one) {
    if (!one.empty() && std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  };
  const auto add = [&](const std::string& where, const Result& result) {
    for (const auto& warning : result.warnings) {
      auto found =
          std::find_if(said.begin(), said.end(), [&](const Said& s) { return s.text == warning; });
      if (found == said.end()) found = said.insert(said.end(), {warning, {}, {}});
      once(found->by, result.name);
      once(found->where, where);
    }
  };
  for (const auto& state : in.states) {
    // Of a single state there is nothing to tell apart.
    for (const auto& result : state.results) add(in.states.size() > 1 ? state.title : "", result);
  }
  if (in.arrhenius) add("", *in.arrhenius);
  for (const auto& s : said) {
    in.warnings.push_back(
        fmt::format("{}: {}{}", join(s.by, ", "), s.text,
                    s.where.empty() ? "" : fmt::format(" ({})", join(s.where, "; "))));
  }
}

std::string flat(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_provenance(ReportInput& in, const nlohmann::ordered_json& manifest) {
  for (const auto& [key, value] : manifest.items()) {
    if (key == "stages" || key == "complete") continue;
    if (value.is_object()) {
      for (const auto& [inner, text] : value.items())
        in.provenance.emplace_back(key + " " + inner, flat(text));
    } else {
      in.provenance.emplace_back(
          key, key == "process_seconds" ? format_duration(value.get<double>()) : flat(value));
    }
  }
}

std::vector<std::string> citations(const Potential& potential) {
  std::vector<std::string> out = {fmt::format("vitrion {} — from the composition of a glassy ion "
                                              "conductor to its conductivity, with error bars.",
                                              VITRION_VERSION),
                                  "A. P. Thompson et al., LAMMPS, Comput. Phys. Commun. 271, "
                                  "108171 (2022), https://doi.org/10.1016/j.cpc.2021.108171"};
  for (const auto& reference : potential.references()) out.push_back(reference);
  return out;
}

}  // namespace

fs::path write_run_report(const RunDirectory& run) {
  const Recipe recipe = run.recipe();
  const RecipeEstimate plan = estimate(recipe);
  const auto stages = plan_stages(recipe, plan.timestep_ps);
  const auto potential = load_potential(plan.potential);
  const auto manifest = make_manifest(run);
  ReportInput in;
  in.title = recipe.title.empty() ? glass_name(recipe, plan.system) + " glass" : recipe.title;
  in.subtitle =
      fmt::format("{} · {} atoms · {} replica{} · {}", plan.system.formula, plan.system.atoms,
                  recipe.replicas, recipe.replicas == 1 ? "" : "s", plan.potential);
  in.complete = manifest.at("complete").get<bool>();
  add_facts(in, recipe, plan);
  in.potential_name = potential->name();
  in.potential_summary = potential->summary();
  in.potential_provenance = potential->provenance();
  in.potential_limits = potential->limits();
  for (long replica = 1; replica <= recipe.replicas; ++replica) {
    in.histories.push_back(
        history_of(run, recipe, stages, replica, static_cast<double>(plan.system.atoms)));
  }
  add_structure(in, run, recipe, stages);
  add_results(in, run.results());
  add_literature(in, plan.system);
  add_warnings(in);
  add_provenance(in, manifest);
  in.citations = citations(*potential);
  in.resolved_recipe = write_recipe(recipe);
  write_file_atomically(run.root() / "report.html", render_report(in));
  return run.root() / "report.html";
}

fs::path write_analysis_report(const fs::path& folder, const std::string& title,
                               const std::string& subtitle) {
  ReportInput in;
  in.title = title;
  in.subtitle = subtitle;
  add_results(in, folder / "results");
  add_warnings(in);
  in.provenance.emplace_back("vitrion", VITRION_VERSION);
  in.citations = {fmt::format("vitrion {}", VITRION_VERSION)};
  write_file_atomically(folder / "report.html", render_report(in));
  return folder / "report.html";
}

fs::path write_report_of(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "resolved.yaml", error))
    return write_run_report(RunDirectory::open(folder));
  if (!fs::exists(folder / "results" / "states.json", error)) {
    throw InputError(
        fmt::format("{}: holds neither a run nor results: name a folder of `vitrion run` or "
                    "`vitrion analyse -o`",
                    folder.string()));
  }
  const Collected collected = read_collected(folder / "results");
  std::string input = folder.filename().string();
  for (const auto& state : collected.states) {
    for (const auto& result : state.results) {
      for (const auto& [key, value] : result.settings) {
        if (key == "input") input = value;
      }
    }
  }
  return write_analysis_report(folder, fs::path(input).filename().string());
}

std::string summary_lines(const RunDirectory& run) {
  if (!fs::exists(run.results() / "states.json")) return "";
  const Collected collected = read_collected(run.results());
  std::string out;
  const auto show = [&](const Result& result, const std::string& where,
                        std::initializer_list<const char*> prefixes) {
    for (const auto& scalar : result.scalars) {
      for (const char* prefix : prefixes) {
        if (scalar.key.rfind(prefix, 0) != 0) continue;
        out += fmt::format("  {:<22} {:>16} {:<8} {}\n", scalar.key,
                           format_with_error(scalar.value, scalar.error), scalar.unit, where);
      }
    }
  };
  for (const auto& state : collected.states) {
    for (const auto& result : state.results) {
      if (result.name == "density") show(result, state.title, {"density"});
      if (result.name == "speciation")
        show(result, state.title, {"fraction_PS4", "fraction_P2S7", "fraction_P2S6"});
      if (result.name == "conductivity") show(result, state.title, {"sigma_ne", "haven_ratio"});
    }
  }
  if (collected.arrhenius) show(*collected.arrhenius, "", {"E_a", "D_300K", "sigma_300K"});
  return out;
}

}  // namespace vitrion
