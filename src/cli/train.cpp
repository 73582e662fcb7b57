// vitrion train: a potential from labelled frames.
#include <fmt/format.h>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "learn/train.hpp"
#include "report/run_report.hpp"
#include "workflow/collect.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct TrainOptions {
  std::string recipe;
  std::string output;
  bool keys = false;
};

int train_potential(const TrainOptions& options) {
  if (options.keys) {
    TrainingRecipe any;
    fmt::print("{}", describe(any.schema()));
    return 0;
  }
  if (options.recipe.empty()) {
    fmt::print("{}", commented_training_recipe());
    return 0;
  }
  const TrainingRecipe recipe = load_training_recipe(options.recipe);
  const fs::path folder = options.output.empty() ? fs::path(recipe.name) : fs::path(options.output);
  make_directory(folder / "results");
  const Training training = train(recipe, folder);
  const fs::path model = folder / (recipe.name + ".json");
  mlp::write_model(model, training.model);
  fs::remove(folder / fit_state_name);
  write_collected(folder / "results", {{{"training", "", 0, training.results}}, std::nullopt});
  const fs::path report =
      write_analysis_report(folder, recipe.name, "Training of a potential: " + recipe.summary);
  for (const auto& result : training.results) {
    if (result.name != "training") continue;
    for (const auto& s : result.scalars) {
      fmt::print("{:<14} {:>14} {}\n", s.key, format_with_error(s.value, s.error), s.unit);
    }
  }
  log_info(fmt::format("potential in {}, report in {}", model.string(), report.string()));
  fmt::print("{}\n", fs::absolute(model).lexically_normal().string());
  return 0;
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto o = std::make_shared<TrainOptions>();
  auto* verb = app.add_subcommand("train", "make a potential from labelled frames");
  verb->add_option("recipe", o->recipe, "YAML; without one, an example is printed");
  verb->add_option("-o,--output", o->output, "folder for the model, its scores and report.html");
  verb->add_flag("--keys", o->keys, "print every key of a recipe with its meaning");
  verb->footer(
      "Examples:\n"
      "  vitrion train > potential.yaml        an example to start from\n"
      "  vitrion train potential.yaml -o lps   → lps/NAME.json, lps/report.html\n"
      "  vitrion train potential.yaml -o lps   again, after a stop: a network's fit goes on\n"
      "  vitrion evaluate lps/NAME.json other-frames.extxyz");
  verb->callback([o, &action] { action = [o] { return train_potential(*o); }; });
}

}  // namespace vitrion::cli
