// vitrion label: energies, forces and stresses of frames, from first principles.
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/cli.hpp"
#include "cli/read_options.hpp"
#include "engine/cp2k/cp2k_provider.hpp"
#include "engine/cp2k/input.hpp"
#include "learn/label.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct LabelOptions {
  std::vector<std::string> frames;
  std::string recipe;
  std::string output;
  std::string command;
  ReadFlags read;
  bool keys = false;
  bool show_input = false;
};

LabelRecipe recipe_of(const LabelOptions& options) {
  if (options.recipe.empty()) {
    throw InputError("--recipe FILE is required: `vitrion label` alone prints one to start from");
  }
  LabelRecipe recipe = load_label_recipe(options.recipe);
  if (!options.command.empty()) recipe.cp2k.command = options.command;
  return recipe;
}

int work(const LabelOptions& options) {
  if (options.keys) {
    LabelRecipe any;
    fmt::print("{}", describe(any.schema()));
    return 0;
  }
  if (options.frames.empty()) {
    fmt::print("{}", commented_label_recipe());
    return 0;
  }
  const LabelRecipe recipe = recipe_of(options);
  const std::vector<Frame> frames =
      load_frames({options.frames.begin(), options.frames.end()}, options.read.options());
  if (options.show_input) {
    fmt::print("{}", cp2k_input(frames.at(0).structure, recipe.cp2k));
    return 0;
  }
  if (options.output.empty()) throw InputError("-o FILE is required: where the labels go");
  if (format_of_name(options.output) != "extxyz") {
    throw InputError(fmt::format(
        "{}: labels are written as extended XYZ: give a name that ends with .extxyz, .extxyz.gz or "
        ".extxyz.zst",
        options.output));
  }
  // Beside the labels, so that an output that explains a failure is found.
  Cp2kProvider provider(recipe.cp2k, options.output + ".cp2k");
  const Labelling done = label_frames(
      frames, provider,
      [&](const Structure& structure) { return level_of_theory(structure, recipe.cp2k); },
      options.output);
  if (done.left_out.empty()) {
    fs::remove_all(options.output + ".cp2k");
  }
  log_info(fmt::format("{} of {} frames labelled now, {} before", done.labelled, frames.size(),
                       done.before));
  if (!done.left_out.empty()) {
    throw WorkError(
        fmt::format("{} of {} frames are without labels; the same call tries them again",
                    done.left_out.size(), frames.size()));
  }
  fmt::print("{}\n", fs::absolute(options.output).lexically_normal().string());
  return 0;
}

}  // namespace

void add_label(CLI::App& app, Action& action) {
  auto o = std::make_shared<LabelOptions>();
  auto* verb = app.add_subcommand("label", "energies, forces and stresses of frames, by CP2K");
  verb->add_option("frames", o->frames, "files of frames; without one, a recipe is printed");
  verb->add_option("--recipe", o->recipe, "YAML: the level of theory");
  verb->add_option("-o,--output", o->output,
                   "extxyz for the labels; frames that it holds already are skipped");
  verb->add_option("--command", o->command,
                   "what runs CP2K, for example \"mpirun -np 4 cp2k.popt\"");
  verb->add_flag("--show-input", o->show_input, "print CP2K's input of the first frame, and stop");
  verb->add_flag("--keys", o->keys, "print every key of a recipe with its meaning");
  o->read.add_to(*verb);
  verb->footer(
      "Examples:\n"
      "  vitrion label > pbe.yaml                                     an example to start from\n"
      "  vitrion label glasses.extxyz --recipe pbe.yaml --show-input  what CP2K would be given\n"
      "  vitrion label glasses.extxyz --recipe pbe.yaml -o labels.extxyz\n"
      "  vitrion label glasses.extxyz --recipe pbe.yaml -o labels.extxyz   again: goes on");
  verb->callback([o, &action] { action = [o] { return work(*o); }; });
}

}  // namespace vitrion::cli
