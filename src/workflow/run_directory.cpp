#include "workflow/run_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.hpp"
#include "base/log.hpp"
#include "potential/catalogue.hpp"
#include "workflow/stability.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

// Of a stage's folder, what is a result; the rest is bookkeeping and may differ between tries.
bool is_output(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "final.extxyz" || name == "trajectory.nc" || name == "thermo.csv" ||
         name.rfind("snapshot", 0) == 0 ||
         (file.extension() == ".json" && name != "status.json" && name != "checkpoint.json");
}

}  // namespace

RunDirectory RunDirectory::create(const fs::path& root, const fs::path& recipe_file,
                                  const Recipe& recipe) {
  std::error_code error;
  if (fs::exists(root / "resolved.yaml", error)) {
    throw InputError(fmt::format(
        "{}: already holds a run: continue it with `vitrion resume {}`, or name another "
        "folder with -o",
        root.string(), root.string()));
  }
  if (fs::exists(root, error) && !fs::is_directory(root, error)) {
    throw InputError(fmt::format("{}: is a file: name a folder with -o", root.string()));
  }
  make_directory(root / "stages");
  make_directory(root / "results");
  write_file_atomically(root / "recipe.yaml", read_text_file(recipe_file));
  write_file_atomically(root / "resolved.yaml", write_recipe(recipe));
  return RunDirectory(root);
}

RunDirectory RunDirectory::open(const fs::path& root) {
  std::error_code error;
  if (!fs::exists(root / "resolved.yaml", error)) {
    throw InputError(
        fmt::format("{}: is not the folder of a run (it has no resolved.yaml): start one with "
                    "`vitrion run RECIPE.yaml -o {}`",
                    root.string(), root.string()));
  }
  return RunDirectory(root);
}

Recipe RunDirectory::recipe() const { return load_recipe(root_ / "resolved.yaml"); }

StageStatus RunDirectory::status(const std::string& id) const {
  const fs::path file = stage_folder(id) / "status.json";
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  const Json json = Json::parse(read_text_file(file), nullptr, false);
  if (json.is_discarded() || !json.is_object()) return {};  // a broken status means: not done
  StageStatus status;
  status.state = json.value("state", "waiting");
  status.inputs = json.value("inputs", "");
  status.outputs = json.value("outputs", "");
  status.wall_s = json.value("wall_s", 0.0);
  status.error = json.value("error", "");
  return status;
}

void RunDirectory::set_status(const std::string& id, const StageStatus& status) const {
  make_directory(stage_folder(id));
  const Json json = {{"state", status.state},
                     {"inputs", status.inputs},
                     {"outputs", status.outputs},
                     {"wall_s", status.wall_s},
                     {"error", status.error}};
  write_file_atomically(stage_folder(id) / "status.json", json.dump(2) + "\n");
}

FolderLock::FolderLock(const fs::path& folder, const std::string& what, double patience_s) {
  make_directory(folder);
  fd_ = ::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw WorkError(fmt::format("{}: cannot be locked for {}", folder.string(), what));
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(patience_s);
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::close(fd_);
      throw WorkError(fmt::format("{}: another process works there ({}): wait for it or stop it",
                                  folder.string(), what));
    }
    check_interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string potential_of(const Recipe& recipe) {
  if (recipe.potential != "auto") return recipe.potential;
  std::map<std::string, double> atoms;
  for (const auto& [symbol, count] : plan_system(recipe.system).atoms_by_element) {
    atoms[symbol] = static_cast<double>(count);
  }
  return choose_potential(atoms);
}

double timestep_of(const Recipe& recipe) {
  if (recipe.engine.timestep_ps) return *recipe.engine.timestep_ps;
  return load_potential(potential_of(recipe))->suggested_timestep_ps();
}

std::string stage_inputs(const RunDirectory& run, const Recipe& recipe, const Stage& stage) {
  Recipe copy = recipe;
  std::string text = fmt::format("{} {} {} {} {}\n", stage.id, recipe.seed, stage.replica,
                                 stage.temperature_K, stage.state);
  switch (stage.kind) {
    case Stage::Kind::build: text += write_yaml(copy.system.schema().write()); break;
    case Stage::Kind::engine:
      text += write_yaml(copy.engine.schema().write()) +
              write_yaml(copy.protocol[stage.step].schema().write()) +
              load_potential(potential_of(recipe))->fingerprint();
      if (stage.member > 0) text += fmt::format(" {}", stage.member);
      if (copy.protocol[stage.step].density_from == "given")
        text += fmt::format(" {}", plan_system(recipe.system).density_g_cm3);
      break;
    case Stage::Kind::crystal:
      text += write_yaml(copy.engine.schema().write()) +
              write_yaml(copy.stability.schema().write()) + stage.crystal +
              load_potential(potential_of(recipe))->fingerprint() +
              fingerprint_crystal(stage.crystal);
      break;
    case Stage::Kind::vibrations:
      text += write_yaml(copy.engine.schema().write()) +
              write_yaml(copy.stability.schema().write()) +
              load_potential(potential_of(recipe))->fingerprint();
      break;
    case Stage::Kind::densities: text += write_yaml(copy.system.schema().write()); break;
    case Stage::Kind::stability: text += write_yaml(copy.stability.schema().write()); break;
    case Stage::Kind::analyse:
      if (copy.protocol[stage.step].is_aside()) {
        text += write_yaml(copy.protocol[stage.step].schema().write());
        break;
      }
      [[fallthrough]];
    case Stage::Kind::collect:
      for (const auto& request : recipe.analyses)
        text += request.name + write_yaml(request.parameters);
      text += fmt::format("{}", recipe.report_temperature_K);
      break;
  }
  for (const auto& id : stage.after) text += id + run.status(id).outputs + "\n";
  return fingerprint(text);
}

std::string stage_outputs(const RunDirectory& run, const Stage& stage) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(run.stage_folder(stage.id))) {
    if (entry.is_regular_file() && is_output(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const auto& file : files) text += file.filename().string() + fingerprint_file(file);
  return fingerprint(text);
}

}  // namespace vitrion
