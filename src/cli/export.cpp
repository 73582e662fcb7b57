// vitrion export: a learned potential for other programs.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "potential/learned.hpp"
#include "potential/mlp/pace_export.hpp"

namespace vitrion::cli {
namespace {

struct ExportOptions {
  std::string model;
  std::string output;
};

std::string comment_of(const LearnedPotential& potential) {
  return fmt::format("{}: {}\nWritten by vitrion {} from a model with the fingerprint {}.",
                     potential.name(), potential.summary(), VITRION_VERSION,
                     potential.fingerprint());
}

int export_potential(const ExportOptions& options) {
  const auto potential = load_potential(options.model);
  const auto* learned = dynamic_cast<const LearnedPotential*>(potential.get());
  if (learned == nullptr) {
    throw InputError(
        fmt::format("{} is not a learned potential: only those are exported, LAMMPS has the others",
                    options.model));
  }
  const mlp::Model& model = learned->model();
  const mlp::PacePotential pace = mlp::pace_of(model);
  mlp::write_pace(options.output, pace, comment_of(*learned));
  std::size_t functions = 0;
  for (const auto& of_element : pace.functions) functions += of_element.size();
  log_info(fmt::format("{} functions in {}", functions, options.output));
  double core = 0;
  for (const auto& pair : model.radial.pairs) core = std::max(core, pair.core_outer_A);
  log_info(fmt::format(
      "the same energies and forces where no pair is in its core (at most {:.2f} Å wide); inside, "
      "both repel but differ",
      core));
  if (!model.uncertainty.empty())
    log_warning("extrapolation grades and standard deviations are not exported");
  fmt::print("units metal\nnewton on\npair_style pace\npair_coeff * * {} {}\n", options.output,
             join(model.elements, " "));
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto o = std::make_shared<ExportOptions>();
  auto* verb =
      app.add_subcommand("export", "write a linear learned potential for LAMMPS' pair_style pace");
  verb->add_option("model", o->model, "a potential of `vitrion list potentials`, or its file")
      ->required();
  verb->add_option("-o,--output", o->output, "file to write, .yace")->required();
  verb->footer(
      "Examples:\n"
      "  vitrion export lps/lps.json -o lps.yace   prints the lines of a LAMMPS input\n"
      "It takes a linear potential, trained with\n"
      "  linear: {scaling: exponential, envelope: cosine}");
  verb->callback([o, &action] { action = [o] { return export_potential(*o); }; });
}

}  // namespace vitrion::cli
