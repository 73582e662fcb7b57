// vitrion evaluate: the errors of a potential against labelled frames.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "cli/read_options.hpp"
#include "learn/dataset.hpp"
#include "learn/score_frames.hpp"
#include "report/run_report.hpp"
#include "workflow/collect.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct EvaluateOptions {
  std::string model;
  std::vector<std::string> data;
  std::vector<std::string> phases;
  ReadFlags read;
  ScoreOptions score;
  long every = 1;
  std::string output;
  bool json = false;
};

Dataset load(const EvaluateOptions& options) {
  DatasetOptions how;
  how.read = options.read.options();
  how.every = options.every;
  how.show_progress = true;
  for (const auto& given : options.phases)
    for (const auto& name : split(given, ',')) how.phases.push_back(name);
  Dataset data = load_dataset({options.data.begin(), options.data.end()}, how);
  for (const auto& note : data.notes) log_warning(note);
  return data;
}

std::string cell_of(const Column& column, std::size_t row) {
  if (row < column.text.size()) return column.text[row];
  const double v = column.data[row];
  if (!std::isfinite(v)) return "-";
  if (v == std::round(v) && std::abs(v) < 1e9) return fmt::format("{:.0f}", v);
  return std::abs(v) < 10 ? fmt::format("{:.2f}", v) : fmt::format("{:.1f}", v);
}

// A table in columns of even width; units stand below the names.
std::string table_text(const Table& table) {
  const std::size_t rows =
      std::max(table.columns.front().text.size(), table.columns.front().data.size());
  std::vector<std::vector<std::string>> lines(rows + 2);
  for (const auto& column : table.columns) {
    lines[0].push_back(column.name);
    lines[1].push_back(column.unit);
    for (std::size_t i = 0; i < rows; ++i) lines[i + 2].push_back(cell_of(column, i));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t k = 0; k < line.size(); ++k) {
      std::size_t width = 0;
      for (const auto& other : lines) width = std::max(width, other[k].size());
      const bool words = !table.columns[k].text.empty();
      text +=
          words ? fmt::format("{:<{}}  ", line[k], width) : fmt::format("{:>{}}  ", line[k], width);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

std::string result_text(const Result& result) {
  std::string out;
  for (const auto& s : result.scalars)
    out += fmt::format("{:<14} {:>14} {}\n", s.key, format_with_error(s.value, s.error), s.unit);
  for (const char* name : {"by_phase", "by_element", "by_temperature"}) {
    const Table* table = result.find_table(name);
    if (table != nullptr && table->columns.size() > 2) out += "\n" + table_text(*table);
  }
  return out;
}

int evaluate(const EvaluateOptions& options) {
  const auto potential = load_potential(options.model);
  const Dataset data = load(options);
  std::vector<std::size_t> all(data.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Result result =
      score_frames(*make_provider(*potential), data, all, options.score,
                   "evaluate " + potential->name(),
                   [&](const Structure& structure) { potential->require_species(structure); })
          .result();
  result.settings.emplace_back("model", potential->name());
  result.settings.emplace_back("fingerprint of the model", potential->fingerprint());
  std::vector<std::string> files;
  for (const auto& file : data.files) files.push_back(fs::path(file).filename().string());
  result.settings.emplace_back("data", join(files, ", "));
  if (options.every > 1)
    result.settings.emplace_back("every", fmt::format("{} frames of each file", options.every));
  for (const auto& reference : potential->references()) result.references.push_back(reference);
  for (const auto& note : data.notes) result.warnings.push_back(note);
  if (options.json) {
    fmt::print("{}\n", to_json(result).dump(1));
  } else {
    fmt::print("{}", result_text(result));
  }
  for (const auto& warning : result.warnings) log_warning(warning);
  if (options.output.empty()) {
    if (!options.json) log_info("all tables, among them the worst frames, are written with -o DIR");
    return 0;
  }
  const fs::path folder = options.output;
  make_directory(folder / "results");
  write_collected(folder / "results", {{{"evaluate", "", 0, {result}}}, std::nullopt});
  const fs::path report =
      write_analysis_report(folder, potential->name(), "Errors on " + join(files, ", "));
  log_info(
      fmt::format("results in {}, report in {}", (folder / "results").string(), report.string()));
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto o = std::make_shared<EvaluateOptions>();
  auto* verb = app.add_subcommand("evaluate", "the errors of a potential against labelled frames");
  verb->add_option("model", o->model, "a potential of `vitrion list potentials`, or its file")
      ->required();
  verb->add_option("data", o->data, "files or folders of frames with energies, forces or stresses")
      ->required();
  verb->add_option("--shift", o->score.shift,
                   "what is fitted to take different zeros out of the energies: per-element, or "
                   "none (default)")
      ->check(CLI::IsMember({"per-element", "none"}));
  verb->add_option("--phase", o->phases, "only these phases (names of files, or config_type)");
  verb->add_option("--every", o->every, "only every so many frames of each file")
      ->check(CLI::PositiveNumber);
  o->read.add_to(*verb);
  verb->add_option("-o,--output", o->output, "folder for results/*.json, *.csv and report.html");
  verb->add_flag("--json", o->json, "print the result as JSON");
  verb->footer(
      "Examples:\n"
      "  vitrion evaluate lps-q07 glasses.extxyz --shift per-element\n"
      "  vitrion evaluate model.yaml test/ --phase Li3PS4,Li7P3S11 -o scores");
  verb->callback([o, &action] { action = [o] { return evaluate(*o); }; });
}

}  // namespace vitrion::cli
