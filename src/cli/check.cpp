// vitrion check and init: recipes before they run.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/log.hpp"
#include "cli/cli.hpp"
#include "workflow/estimate.hpp"

namespace vitrion::cli {
namespace {

nlohmann::ordered_json as_json(const Recipe& recipe, const RecipeEstimate& e) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const auto& step : e.steps)
    steps.push_back(
        {{"step", step.step}, {"what", step.what}, {"steps", step.steps}, {"bytes", step.bytes}});
  return {{"composition", recipe.system.composition},
          {"formula", e.system.formula},
          {"atoms", e.system.atoms},
          {"cell_formula", e.system.cell_formula},
          {"density_g_cm3", e.system.density_g_cm3},
          {"potential", e.potential},
          {"limits", e.limits},
          {"timestep_ps", e.timestep_ps},
          {"protocol", steps},
          {"replicas", recipe.replicas},
          {"total_steps", e.total_steps},
          {"bytes", e.bytes},
          {"seconds", e.seconds}};
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  struct Options {
    std::string recipe;
    bool json = false;
    bool resolved = false;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "check", "explain what a recipe will do: atoms, steps, expected time and disk");
  verb->add_option("recipe", options->recipe, "the recipe (YAML)")->required();
  verb->add_flag("--json", options->json, "for programs");
  verb->add_flag("--resolved", options->resolved, "print the recipe with every default");
  verb->callback([options, &action] {
    action = [options] {
      const Recipe recipe = load_recipe(options->recipe);
      const RecipeEstimate plan = estimate(recipe);
      if (options->json) {
        fmt::print("{}\n", as_json(recipe, plan).dump(2));
      } else if (options->resolved) {
        fmt::print("{}", write_recipe(recipe));
      } else {
        fmt::print("{}", describe(recipe, plan));
      }
      return 0;
    };
  });
}

void add_init(CLI::App& app, Action& action) {
  struct Options {
    std::string output = "recipe.yaml";
    std::string composition = "0.75Li2S-0.25P2S5";
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("init", "write a commented recipe to start from");
  verb->add_option("-o,--output", options->output, "file to write")->capture_default_str();
  verb->add_option("-c,--composition", options->composition, "of the glass")->capture_default_str();
  verb->add_flag("--keys", options->all, "print every key that a recipe knows, with its meaning");
  verb->callback([options, &action] {
    action = [options] {
      if (options->all) {
        Recipe recipe;
        fmt::print("{}", describe(recipe.schema()));
        for (const auto& key : ProtocolStep::all_keys()) {
          ProtocolStep step = ProtocolStep::with_defaults(*ProtocolStep::kind_of(key), key);
          fmt::print("  protocol: - {}\n{}", key, describe(step.schema(), 4));
        }
        return 0;
      }
      if (std::filesystem::exists(options->output)) {
        throw InputError(
            fmt::format("{}: exists already: name another file with -o", options->output));
      }
      const std::string text = commented_recipe(options->composition);
      estimate(parse_recipe(text, "the recipe for " + options->composition));
      write_file_atomically(options->output, text);
      fmt::print("{}\n", options->output);
      log_info(
          fmt::format("look it over, then: vitrion check {0} && vitrion run {0}", options->output));
      return 0;
    };
  });
}

}  // namespace vitrion::cli
