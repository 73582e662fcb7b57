// vitrion rmc: a model from measured diffraction, by reverse Monte Carlo.
#include <fmt/format.h>

#include "analysis/driver.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "io/formats.hpp"
#include "report/run_report.hpp"
#include "rmc/run.hpp"
#include "workflow/collect.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct RmcOptions {
  std::string recipe;
  std::string output;
  bool keys = false;
  bool check = false;
};

// The asked analyses over the samples of one chain.
std::vector<Result> analyse_chain(const rmc::RmcRun& run, std::size_t chain) {
  std::vector<std::unique_ptr<Analysis>> list;
  for (const auto& name : run.recipe.analyse) list.push_back(analyses().make(name));
  std::vector<Result> out;
  if (list.empty()) return out;
  std::vector<Frame> frames;
  for (const auto& file : run.samples[chain]) frames.push_back(read_last_frame(file));
  MemorySource source(std::move(frames), fmt::format("samples of chain {}", chain + 1));
  DriverOptions options;
  options.warn_if_wrapped = false;
  run_analyses(source, list, options);
  for (const auto& analysis : list) out.push_back(analysis->result());
  return out;
}

void write_models(const rmc::RmcRun& run, const fs::path& folder) {
  for (const std::size_t c : rmc::counting_chains(run)) {
    Frame frame;
    frame.structure = run.chains[c]->structure();
    frame.wrapping = Wrapping::wrapped;
    for (const char* format : {"extxyz", "rmc6f"}) {
      write_frame(folder / fmt::format("model-{}.{}", c + 1, format), frame);
    }
  }
}

int refine(const RmcOptions& options) {
  if (options.keys) {
    rmc::RmcRecipe any;
    fmt::print("{}", describe(any.schema()));
    return 0;
  }
  if (options.recipe.empty()) {
    fmt::print("{}", rmc::commented_rmc_recipe());
    return 0;
  }
  rmc::RmcRecipe recipe = rmc::load_rmc_recipe(options.recipe);
  for (const auto& name : recipe.analyse) static_cast<void>(analyses().make(name));
  if (options.check) {
    std::vector<std::string> notes;
    const Structure start = rmc::starting_structure(recipe, 0);
    const rmc::ChainSetup setup = rmc::make_setup(recipe, start, notes);
    fmt::print("{}, {:.4f} g/cm3, {:.5f} atoms/A3\n", start.formula(), start.density_g_cm3(),
               static_cast<double>(start.size()) / start.cell.volume());
    for (const auto& note : notes) fmt::print("{}\n", note);
    return 0;
  }
  const fs::path folder =
      options.output.empty() ? fs::path(options.recipe).stem() : fs::path(options.output);
  make_directory(folder / "results");
  write_file_atomically(folder / "recipe.yaml", read_text_file(options.recipe));
  write_file_atomically(folder / "resolved.yaml", write_yaml(rmc::resolved_recipe(recipe)));
  watch_interrupts();
  const rmc::RmcRun run = rmc::run_rmc(recipe, folder);
  write_models(run, folder);
  MeasuredState state{"ensemble", "Ensemble", 0, {}};
  for (const std::size_t c : rmc::counting_chains(run)) {
    state.replicas.push_back(analyse_chain(run, c));
  }
  Collected collected = collect({state}, false, 300);
  collected.states.front().results.insert(collected.states.front().results.begin(),
                                          rmc::rmc_result(run));
  write_collected(folder / "results", collected);
  const fs::path report = write_analysis_report(folder, recipe.title, "Reverse Monte Carlo");
  const Result& result = collected.states.front().results.front();
  for (const auto& s : result.scalars) {
    fmt::print("{:<32} {:>14} {}\n", s.key, format_with_error(s.value, s.error), s.unit);
  }
  if (const Table* table = result.find_table("constraints")) {
    for (std::size_t k = 0; k < table->columns[3].data.size(); ++k) {
      fmt::print("{}: {} = {:.4f} (target {:g})\n", table->columns[0].text[k],
                 table->columns[1].text[k], table->columns[4].data[k], table->columns[3].data[k]);
    }
  }
  for (const auto& warning : result.warnings) log_warning(warning);
  log_info(fmt::format("models, fits and report in {}", report.parent_path().string()));
  fmt::print("{}\n", fs::absolute(report).lexically_normal().string());
  return 0;
}

}  // namespace

void add_rmc(CLI::App& app, Action& action) {
  auto o = std::make_shared<RmcOptions>();
  auto* verb = app.add_subcommand("rmc", "make or refine a model from diffraction data");
  verb->add_option("recipe", o->recipe, "YAML; without one, an example is printed");
  verb->add_option("-o,--output", o->output,
                   "folder for models, fits and report.html; a run that was stopped there goes on");
  verb->add_flag("--keys", o->keys, "print every key of a recipe with its meaning");
  verb->add_flag("--check", o->check, "read everything, say what the data tell, and stop");
  verb->footer(
      "Examples:\n"
      "  vitrion rmc > glass.yaml            an example to start from\n"
      "  vitrion rmc glass.yaml --check      densities and limits of the data\n"
      "  vitrion rmc glass.yaml -o glass     → glass/model-1.extxyz, .rmc6f, glass/report.html\n"
      "  vitrion rmc glass.yaml -o glass     again: goes on from glass/checkpoint.json");
  verb->callback([o, &action] { action = [o] { return refine(*o); }; });
}

}  // namespace vitrion::cli
