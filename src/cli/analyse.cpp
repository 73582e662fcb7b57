// vitrion analyse: measure trajectories from anywhere.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/driver.hpp"
#include "analysis/write.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/cli.hpp"
#include "cli/read_options.hpp"
#include "dynamics/compensation.hpp"
#include "report/run_report.hpp"
#include "workflow/collect.hpp"
#include "workflow/recipe.hpp"

namespace vitrion::cli {
namespace fs = std::filesystem;
namespace {

struct AnalyseOptions {
  std::vector<std::string> files;
  std::vector<std::string> analyses;
  std::vector<std::string> settings;
  std::vector<std::string> temperatures;
  ReadFlags read;
  std::string dt;
  std::string output;
  long stride = 1;
  long first = 0;
  long last = -1;
  bool join = false;
  bool json = false;
};

// Several files read one behind the other as one series.
class JoinedSource : public FrameSource {
 public:
  JoinedSource(std::vector<std::string> files, ReadOptions options)
      : files_(std::move(files)), options_(std::move(options)) {}
  bool next(Frame& frame) override {
    while (true) {
      if (!inner_) {
        if (at_ == files_.size()) return false;
        inner_ = open_source(files_[at_++], options_);
      }
      if (inner_->next(frame)) return true;
      inner_.reset();
    }
  }
  [[nodiscard]] std::string name() const override {
    return inner_ ? inner_->name() : files_.front();
  }

 private:
  std::vector<std::string> files_;
  ReadOptions options_;
  std::unique_ptr<FrameSource> inner_;
  std::size_t at_ = 0;
};

std::vector<std::string> wanted(const AnalyseOptions& options) {
  std::vector<std::string> names;
  for (const auto& given : options.analyses) {
    for (const auto& name : split(given, ',')) {
      if (name.empty()) continue;
      if (name != "arrhenius" && name != "compensation")
        static_cast<void>(analyses().make(name));  // refuses unknown names before any reading
      names.push_back(name);
    }
  }
  if (names.empty())
    throw InputError(
        "no analysis was named: choose with -a, for example -a rdf,msd (see `vitrion list "
        "analyses`)");
  return names;
}

std::vector<std::unique_ptr<Analysis>> make(const AnalyseOptions& options) {
  std::vector<std::unique_ptr<Analysis>> out;
  const auto names = wanted(options);
  for (const auto& name : names) {
    if (name != "arrhenius" && name != "compensation") out.push_back(analyses().make(name));
  }
  for (const auto& setting : options.settings) {
    const auto equals = setting.find('=');
    const auto dot = setting.find('.');
    if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
      throw InputError(fmt::format(
          "--set {}: should read ANALYSIS.KEY=VALUE, for example --set rdf.r_max=10A", setting));
    }
    const std::string name = setting.substr(0, dot);
    bool found = false;
    for (const auto& analysis : out) {
      if (analysis->name() != name) continue;
      found = true;
      analysis->parameters().set(setting.substr(dot + 1, equals - dot - 1),
                                 setting.substr(equals + 1), {"--set " + setting, 0, 0});
    }
    if (!found)
      throw InputError(fmt::format("--set {}: \"{}\" is not among the analyses of -a{}", setting,
                                   name, did_you_mean(name, names)));
  }
  return out;
}

std::unique_ptr<FrameSource> open(const AnalyseOptions& options,
                                  const std::vector<std::string>& files, const ReadOptions& read) {
  std::unique_ptr<FrameSource> source;
  if (files.size() == 1) {
    source = open_source(files.front(), read);
  } else {
    source = std::make_unique<JoinedSource>(files, read);
  }
  const std::int64_t last = options.last < 0 ? INT64_MAX : options.last;
  if (options.stride == 1 && options.first == 0 && last == INT64_MAX) return source;
  return std::make_unique<StridedSource>(std::move(source), options.first, last, options.stride);
}

std::vector<Result> measure(const AnalyseOptions& options, const std::vector<std::string>& files,
                            std::optional<double> temperature_K) {
  auto list = make(options);
  const auto source = open(options, files, options.read.options());
  DriverOptions driver;
  if (!options.dt.empty()) {
    const double dt = parse_quantity(options.dt, Dimension::time, {"--dt", 0, 0});
    if (!(dt > 0)) throw InputError("--dt must be more than 0 fs");
    driver.series.dt_ps = dt * static_cast<double>(options.stride);
  }
  driver.series.temperature_K = temperature_K;
  driver.show_progress = true;
  const DriverReport report = run_analyses(*source, list, driver);
  for (const auto& warning : report.warnings)
    log_warning(fmt::format("{}: {}", files.front(), warning));
  std::vector<Result> results;
  for (const auto& analysis : list) {
    Result result = analysis->result();
    for (const auto& warning : report.warnings) result.warnings.push_back(warning);
    std::string names;
    for (const auto& file : files)
      names += (names.empty() ? "" : ", ") + fs::path(file).filename().string();
    result.settings.emplace_back("input", names);
    result.settings.emplace_back("frames", std::to_string(report.frames));
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<double> temperatures(const AnalyseOptions& options) {
  std::vector<double> out;
  for (const auto& given : options.temperatures) {
    for (const auto& text : split(given, ',')) {
      const double T = parse_quantity(text, Dimension::temperature, {"--temperature", 0, 0});
      if (!(T > 0)) throw InputError("--temperature must be more than 0 K");
      out.push_back(T);
    }
  }
  return out;
}

// Files are parts of one series (--join), temperatures of their own (as many --temperature as
// files), or replicas.
std::vector<MeasuredState> measure_all(const AnalyseOptions& options) {
  const auto T = temperatures(options);
  const auto id = [](double t) { return t > 0 ? fmt::format("{:g}K", t) : std::string("all"); };
  const auto title = [](double t) {
    return t > 0 ? fmt::format("{:g} K", t) : std::string("All frames");
  };
  std::vector<MeasuredState> states;
  if (options.join || options.files.size() == 1 || T.size() <= 1) {
    if (T.size() > 1) throw InputError("several temperatures need as many files, and no --join");
    const double t = T.empty() ? 0 : T.front();
    MeasuredState state{id(t), title(t), t, {}};
    const auto known = T.empty() ? std::nullopt : std::optional<double>(t);
    if (options.join) {
      state.replicas.push_back(measure(options, options.files, known));
    } else {
      for (const auto& file : options.files)
        state.replicas.push_back(measure(options, {file}, known));
    }
    return {state};
  }
  if (T.size() != options.files.size()) {
    throw InputError(
        fmt::format("there are {} temperatures for {} files: give one for each, in order", T.size(),
                    options.files.size()));
  }
  for (std::size_t i = 0; i < T.size(); ++i) {
    auto found = std::find_if(states.begin(), states.end(),
                              [&](const auto& s) { return s.temperature_K == T[i]; });
    if (found == states.end()) {
      states.push_back({id(T[i]), title(T[i]), T[i], {}});
      found = states.end() - 1;
    }
    found->replicas.push_back(measure(options, {options.files[i]}, T[i]));
  }
  std::sort(states.begin(), states.end(),
            [](const auto& a, const auto& b) { return a.temperature_K < b.temperature_K; });
  return states;
}

// Folders of runs or of analyses with an Arrhenius fit each, taken as systems.
Collected compensate(const AnalyseOptions& options) {
  std::vector<CompensationPoint> points;
  for (const fs::path folder : options.files) {
    fs::path file = folder / "results" / "arrhenius.json";
    if (!fs::exists(file)) file = folder / "arrhenius.json";
    if (!fs::exists(file)) {
      throw InputError(
          fmt::format("{}: holds no results/arrhenius.json: compensation needs folders "
                      "that analyse or run has written with arrhenius",
                      folder.string()));
    }
    const fs::path name = folder.has_filename() ? folder : folder.parent_path();
    points.push_back(compensation_point(read_result(file), name.filename().string()));
  }
  Collected out;
  out.states.push_back({"systems", "All systems", 0, {fit_compensation(points)}});
  return out;
}

// "500.nc, 600.nc, 700.nc"; of many the first and how many more.
std::string title_of(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const fs::path file : files) {
    names.push_back((file.has_filename() ? file : file.parent_path()).filename().string());
  }
  if (names.size() <= 4) return join(names, ", ");
  return fmt::format("{} and {} more", names.front(), names.size() - 1);
}

int analyse(const AnalyseOptions& options) {
  make(options);  // every mistake in the call before any file is read
  const auto names = wanted(options);
  const bool systems = std::find(names.begin(), names.end(), "compensation") != names.end();
  if (systems && names.size() > 1)
    throw InputError("compensation reads results, not trajectories: use -a compensation alone");
  const bool arrhenius = std::find(names.begin(), names.end(), "arrhenius") != names.end();
  if (arrhenius && names.size() == 1)
    throw InputError(
        "arrhenius needs what varies with temperature: use -a msd,conductivity,arrhenius, or "
        "-a rotation,arrhenius");
  const Collected collected =
      systems ? compensate(options) : collect(measure_all(options), arrhenius, 300);
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& state : collected.states) {
      for (const auto& result : state.results) all[state.id][result.name] = to_json(result);
    }
    if (collected.arrhenius) all["arrhenius"] = to_json(*collected.arrhenius);
    fmt::print("{}\n", all.dump(1));
  } else {
    fmt::print("{}", scalar_lines(collected));
  }
  if (options.output.empty()) {
    if (!options.json) log_info("tables, plots and the report are written with -o DIR");
    return 0;
  }
  const fs::path folder = options.output;
  make_directory(folder / "results");
  write_collected(folder / "results", collected);
  const std::string subtitle = systems                    ? "Comparison of systems"
                               : options.files.size() > 1 ? "Analysis of trajectories"
                                                          : "Analysis of a trajectory";
  const fs::path report = write_analysis_report(folder, title_of(options.files), subtitle);
  log_info(
      fmt::format("results in {}, report in {}", (folder / "results").string(), report.string()));
  return 0;
}

}  // namespace

void add_analyse(CLI::App& app, Action& action) {
  auto options = std::make_shared<AnalyseOptions>();
  auto* verb = app.add_subcommand("analyse", "measure trajectories from anywhere");
  verb->add_option("trajectories", options->files,
                   "files; several are replicas, or temperatures, or with --join one series")
      ->required();
  verb->add_option("-a,--analyses", options->analyses,
                   "names, comma-separated; see `vitrion list analyses`")
      ->required();
  verb->add_option("--set", options->settings,
                   "a parameter: ANALYSIS.KEY=VALUE, for example rdf.r_max=10A")
      ->expected(1)
      ->take_all();
  verb->add_option("--dt", options->dt, "time between the frames of the file, for example 2fs");
  verb->add_option("-T,--temperature", options->temperatures,
                   "of the run, for example 600K; one for each file makes an Arrhenius series");
  verb->add_option("--first", options->first, "first frame, counted from 0")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--last", options->last, "stop before this frame")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--stride", options->stride, "every so many frames")->check(CLI::PositiveNumber);
  verb->add_flag("--join", options->join, "the files are parts of one series, in order");
  options->read.add_to(*verb);
  verb->add_option("-o,--output", options->output,
                   "folder for results/*.json, *.csv and report.html");
  verb->add_flag("--json", options->json, "print the results as JSON");
  verb->footer(
      "Examples:\n"
      "  vitrion analyse XDATCAR.gz -a rdf,msd --dt 100fs -o li6ps5cl\n"
      "  vitrion analyse run.dump -a speciation --types 1=Li,2=P,3=S\n"
      "  vitrion analyse 500.nc 600.nc 700.nc -a msd,conductivity,arrhenius -T 500K,600K,700K -o "
      "transport\n"
      "  vitrion analyse transport-75 transport-70 transport-67 -a compensation -o compare\n"
      "  vitrion analyse glass.extxyz -a rdf --set rdf.r_max=8A --set rdf.bin=0.05A");
  verb->callback([options, &action] { action = [options] { return analyse(*options); }; });
}

}  // namespace vitrion::cli
