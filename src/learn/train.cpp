#include "learn/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/document.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/network_uncertainty.hpp"
#include "learn/reference_energies.hpp"
#include "learn/score_frames.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

void check_findings(const DataReport& report, bool accept) {
  std::size_t shown = 0;
  for (const auto& finding : report.findings) {
    if (shown++ < 20) log_warning(finding.text());
  }
  if (report.findings.size() > 20) {
    log_warning(
        fmt::format("and {} more: see results/data_check.json", report.findings.size() - 20));
  }
  if (report.errors() > 0 && !accept) {
    throw InputError(fmt::format(
        "the data have {} errors (above): mend or remove the frames, or set accept_findings: true",
        report.errors()));
  }
}

std::vector<const Structure*> structures_of(const Dataset& data,
                                            std::span<const std::size_t> which) {
  std::vector<const Structure*> out;
  for (const auto i : which) out.push_back(&data.samples[i].frame.structure);
  return out;
}

ReferenceEnergies references(const TrainingRecipe& recipe, const Dataset& data,
                             const Split& split) {
  return recipe.reference_eV.empty() ? fit_reference_energies(data, split.train)
                                     : given_reference_energies(recipe.reference_eV);
}

// One row of the learning curve each time the fit reports.
struct Curve {
  Table table;
  Curve() {
    table.name = "learning_curve";
    for (const auto& [name, unit] : {std::pair{"epoch", ""},
                                     {"learning_rate", ""},
                                     {"train_force", "meV/A"},
                                     {"validation_force", "meV/A"},
                                     {"train_energy", "meV/atom"},
                                     {"validation_energy", "meV/atom"}}) {
      table.columns.push_back({name, unit, {}, {}});
    }
  }
  void add(const NetworkProgress& p) {
    const double row[]{p.epoch,
                       p.learning_rate,
                       1e3 * p.train.force_rmse(),
                       1e3 * p.validation.force_rmse(),
                       1e3 * p.train.energy_rmse(),
                       1e3 * p.validation.energy_rmse()};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      table.columns[i].data.push_back(row[i]);
    }
  }
};

mlp::Model train_network(const TrainingRecipe& recipe, const Dataset& data, const Split& split,
                         Result& report) {
  const auto elements = data.elements();
  const auto distances =
      smallest_distances(structures_of(data, split.train), elements, recipe.network.cutoff_A);
  mlp::Model model = make_network_skeleton(elements, distances, recipe.network);
  const auto zero = references(recipe, data, split);
  for (std::size_t z = 0; z < elements.size(); ++z) {
    model.reference_energy_eV[z] = zero.of(Composition{{elements[z], 1}});
  }
  const auto training = pack_frames(data, split.train, model);
  const auto held_out = pack_frames(data, split.validation, model);
  std::vector<PackedFrame> some;
  for (std::size_t i = 0; i < training.size();
       i += std::max<std::size_t>(1, training.size() / 200)) {
    some.push_back(training[i]);
  }
  standardise_features(model, some);
  Curve curve;
  Progress progress("train " + recipe.name, "steps", 1000);
  fit_network(model, training, held_out, recipe.fit, [&](const NetworkProgress& p) {
    curve.add(p);
    progress.note(fmt::format("force {:.0f} meV/A, held out {:.0f}", 1e3 * p.train.force_rmse(),
                              1e3 * p.validation.force_rmse()));
    progress.update(static_cast<std::uint64_t>(std::min(1.0, p.done) * 1000));
  });
  progress.finish();
  add_active_sets(model, training);
  report.tables.push_back(std::move(curve.table));
  Plot plot;
  plot.title = "Learning curve";
  plot.table = "learning_curve";
  plot.x = "epoch";
  plot.series = {"train_force", "validation_force"};
  plot.errors = {"", ""};
  plot.x_label = "epochs";
  plot.y_label = "force RMSE (meV/Å)";
  report.plots.push_back(std::move(plot));
  return model;
}

mlp::Model train_linear(const TrainingRecipe& recipe, const Dataset& data, const Split& split,
                        Result& report) {
  std::optional<Progress> bar;
  std::string now;
  const auto tell = [&](const std::string& stage, std::size_t done, std::size_t total) {
    if (stage != now) {
      if (bar) bar->finish();
      bar.emplace(stage, "frames", total);
      now = stage;
    }
    bar->update(done);
  };
  auto fit = fit_linear(data, split, linear_skeleton_for(data, split, recipe.linear),
                        recipe.linear_fit, tell);
  if (bar) bar->finish();
  report.settings.emplace_back("coefficients", std::to_string(fit.report.columns));
  return fit.model;
}

}  // namespace

Training train(const TrainingRecipe& recipe) {
  DatasetOptions how;
  how.show_progress = true;
  const Dataset data = load_dataset({recipe.data.begin(), recipe.data.end()}, how);
  for (const auto& note : data.notes) log_warning(note);
  Training out;
  const DataReport findings = check_data(data);
  out.results.push_back(findings.result());
  check_findings(findings, recipe.accept_findings);
  const Split split = split_dataset(data, recipe.split);
  for (const auto& warning : split.warnings) log_warning(warning);
  Result report;
  report.name = "training";
  report.summary = "how " + recipe.name + " was trained; errors are root mean squares";
  report.settings = split.settings;
  report.settings.emplace_back("frames",
                               fmt::format("{} train, {} validation, {} test", split.train.size(),
                                           split.validation.size(), split.test.size()));
  report.warnings = split.warnings;
  out.model = recipe.kind == "linear" ? train_linear(recipe, data, split, report)
                                      : train_network(recipe, data, split, report);
  out.model.name = recipe.name;
  out.model.summary = recipe.summary;
  out.model.limits = recipe.limits;
  out.model.references = recipe.references;
  out.model.timestep_ps = recipe.timestep_ps;
  std::vector<std::string> files;
  for (const auto& file : data.files) files.push_back(fs::path(file).filename().string());
  out.model.provenance =
      fmt::format("trained by vitrion on {} frames of {}", split.train.size(), join(files, ", "));
  const auto& held_out = split.test.empty() ? split.validation : split.test;
  if (!held_out.empty()) {
    MlpProvider provider(out.model);
    Result scores = score_frames(provider, data, held_out, {}, "score " + out.model.name).result();
    scores.settings.emplace_back("frames", split.test.empty()
                                               ? "those of validation, by which the fit was chosen"
                                               : "those of the test, which the fit never saw");
    for (const auto& s : scores.scalars) report.scalars.push_back(s);
    const Scalar* force = scores.find_scalar("force_rmse");
    const Scalar* energy = scores.find_scalar("energy_rmse");
    if (force != nullptr && energy != nullptr) {
      out.model.provenance += fmt::format(
          "; on {} held-out frames the root mean square errors were {:.0f} meV/A and {:.1f} "
          "meV/atom",
          held_out.size(), force->value, energy->value);
    }
    out.results.push_back(std::move(scores));
  }
  out.results.push_back(std::move(report));
  return out;
}

}  // namespace vitrion
