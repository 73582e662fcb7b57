#include "learn/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/document.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/network_start.hpp"
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

// What a network is trained on and judged by.
struct Frames {
  const Dataset& data;
  const Split& split;
  const ReferenceEnergies& zero;
  Dataset drawn;  ///< further structures, with a committee's labels
};

// With numbers drawn at random.
mlp::Model fresh_network(const Frames& frames, const NetworkSkeletonOptions& shape) {
  const auto elements = frames.data.elements();
  const auto distances =
      smallest_distances(structures_of(frames.data, frames.split.train), elements, shape.cutoff_A);
  mlp::Model model = make_network_skeleton(elements, distances, shape);
  for (std::size_t z = 0; z < elements.size(); ++z) {
    model.reference_energy_eV[z] = frames.zero.of(Composition{{elements[z], 1}});
  }
  const auto& train = frames.split.train;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < train.size(); i += std::max<std::size_t>(1, train.size() / 200)) {
    some.push_back(train[i]);
  }
  standardise_features(model, pack_frames(frames.data, some, model));
  return model;
}

mlp::Model fit_one(const Frames& frames, mlp::Model model, const NetworkFitOptions& fit,
                   const std::string& title, const fs::path& state_file, Curve& curve) {
  auto training = pack_frames(frames.data, frames.split.train, model);
  const auto held_out = pack_frames(frames.data, frames.split.validation, model);
  const std::size_t labelled = training.size();
  std::vector<std::size_t> drawn(frames.drawn.size());
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  for (auto& f : pack_frames(frames.drawn, drawn, model)) training.push_back(std::move(f));
  Progress progress(title, "steps", 1000);
  const auto watch = [&](const NetworkProgress& p) {
    curve.add(p);
    progress.note(fmt::format("force {:.0f} meV/A, held out {:.0f}", 1e3 * p.train.force_rmse(),
                              1e3 * p.validation.force_rmse()));
    const auto done = static_cast<std::uint64_t>(std::min(1.0, p.done) * 1000);
    if (p.earlier) progress.begin_at(done);
    progress.update(done);
  };
  fit_network(model, training, held_out, fit, watch, state_file);
  progress.finish();
  training.resize(labelled);
  add_active_sets(model, training);
  return model;
}

// Root mean square force error of the mean of `members` on some frames, meV/Å.
double mean_error(std::span<const mlp::Model> members, const Dataset& data,
                  std::span<const std::size_t> which) {
  std::vector<Sample> said;
  for (const auto i : which) {
    said.emplace_back();
    said.back().frame.structure = data.samples[i].frame.structure;
  }
  label_by_mean(members, said);
  Scores scores;
  for (std::size_t k = 0; k < said.size(); ++k) {
    scores.add(data.samples[which[k]], said[k].frame, data.files[data.samples[which[k]].file]);
  }
  return scores.result().find_scalar("force_rmse")->value;
}

// Member k (from 0): as an earlier run of this recipe left it, or trained now and kept.
mlp::Model member_of(const TrainingRecipe& recipe, const Frames& frames, const fs::path& folder,
                     long k) {
  const CommitteeOptions& o = recipe.committee;
  const std::string name = fmt::format("{}-{}", recipe.name, k + 1);
  const std::string provenance = fmt::format("member {}, recipe {}", k + 1, recipe.fingerprint);
  const fs::path file = folder / (name + ".json");
  if (fs::exists(file)) {
    mlp::Model kept = mlp::read_model(file);
    if (kept.provenance == provenance) {
      log_info(fmt::format("{} is from an earlier run of this recipe", file.string()));
      return kept;
    }
  }
  NetworkSkeletonOptions shape = recipe.network;
  shape.cutoff_A = o.cutoffs_A[static_cast<std::size_t>(k) % o.cutoffs_A.size()];
  shape.channels = o.channels;
  shape.hidden = o.hidden;
  shape.seed += k + 1;
  NetworkFitOptions fit = recipe.fit;
  fit.epochs = o.epochs;
  fit.seed += static_cast<std::uint64_t>(k) + 1;
  Curve curve;
  make_directory(folder);
  mlp::Model model = fit_one(frames, fresh_network(frames, shape), fit,
                             fmt::format("train member {} of {}", k + 1, o.members),
                             folder / fit_state_name, curve);
  model.name = name;
  model.provenance = provenance;
  mlp::write_model(file, model);
  fs::remove(folder / fit_state_name);
  return model;
}

// The members, and structures labelled by their mean.
std::vector<mlp::Model> train_committee(const TrainingRecipe& recipe, Frames& frames,
                                        const fs::path& folder, Result& report) {
  const CommitteeOptions& o = recipe.committee;
  std::vector<mlp::Model> members;
  Table table;
  table.name = "committee";
  for (const auto& [name, unit] : {std::pair{"member", ""},
                                   {"cutoff", "A"},
                                   {"validation_force", "meV/A"},
                                   {"mean_so_far", "meV/A"}}) {
    table.columns.push_back({name, unit, {}, {}});
  }
  for (long k = 0; k < o.members; ++k) {
    members.push_back(member_of(recipe, frames, folder, k));
    const std::span<const mlp::Model> all(members);
    const double row[]{static_cast<double>(k + 1), members.back().radial.pairs.front().cutoff_A,
                       mean_error(all.last(1), frames.data, frames.split.validation),
                       mean_error(all, frames.data, frames.split.validation)};
    log_detail(fmt::format("member {}: {:.1f} meV/A on validation frames, the mean {:.1f}", k + 1,
                           row[2], row[3]));
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      table.columns[i].data.push_back(row[i]);
    }
  }
  report.tables.push_back(std::move(table));
  std::vector<const Sample*> starts;
  for (const auto i : frames.split.train) starts.push_back(&frames.data.samples[i]);
  const auto walks = plan_walks(starts, o.sampling);
  {
    Progress progress("draw structures", "walks", walks.size());
    frames.drawn.files = {"structures that the committee labelled"};
    frames.drawn.samples = sample_walks(members.front(), walks, o.sampling,
                                        [&](std::size_t done) { progress.update(done); });
    progress.finish();
  }
  Progress progress("label structures", "frames", frames.drawn.size());
  const auto apart = label_by_mean(members, frames.drawn.samples,
                                   [&](std::size_t done) { progress.update(done); });
  progress.finish();
  report.settings.emplace_back(
      "committee",
      fmt::format("{} networks, whose mean labelled {} further structures; their forces there "
                  "differ from it by {:.0f} meV/A",
                  members.size(), frames.drawn.size(), 1e3 * apart));
  return members;
}

mlp::Model train_network(const TrainingRecipe& recipe, const Dataset& data, const Split& split,
                         const fs::path& folder, Training& out, Result& report) {
  const auto zero = references(recipe, data, split);
  Frames frames{data, split, zero, {}};
  make_directory(folder);
  if (recipe.committee.members > 0)
    out.members = train_committee(recipe, frames, folder / "members", report);
  Curve curve;
  mlp::Model first = recipe.start.empty()
                         ? fresh_network(frames, recipe.network)
                         : network_start(recipe.start, data, split.train, recipe.reference_eV);
  if (!recipe.start.empty()) {
    first.provenance = fmt::format("from {} ({})", first.name, first.provenance);
    report.settings.emplace_back("start", first.provenance);
  }
  mlp::Model model = fit_one(frames, std::move(first), recipe.fit, "train " + recipe.name,
                             folder / fit_state_name, curve);
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

Training train(const TrainingRecipe& recipe, const fs::path& folder) {
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
  report.settings.emplace_back(
      "frames", fmt::format("{} train, {} validation, {} test", split.training_frames(),
                            split.validation.size(), split.test.size()));
  report.warnings = split.warnings;
  out.model = recipe.kind == "linear" ? train_linear(recipe, data, split, report)
                                      : train_network(recipe, data, split, folder, out, report);
  out.model.name = recipe.name;
  out.model.summary = recipe.summary;
  for (const auto& mixture : recipe.made_for) {
    out.model.made_for.push_back(vitrion::split(mixture, '-'));
  }
  out.model.limits = recipe.limits;
  out.model.references = recipe.references;
  out.model.timestep_ps = recipe.timestep_ps;
  std::vector<std::string> files;
  for (const auto& file : data.files) files.push_back(fs::path(file).filename().string());
  const std::string start = out.model.provenance;
  out.model.provenance =
      fmt::format("trained by vitrion on {} frames of {}{}{}", split.training_frames(),
                  join(files, ", "), start.empty() ? "" : ", ", start);
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
