#include "workflow/manifest.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {
namespace {

using Json = nlohmann::ordered_json;

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind("model name", 0) == 0) return std::string(trim(line.substr(line.find(':') + 1)));
  }
  return "unknown";
}

double memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Json machine_facts() {
  utsname name{};
  uname(&name);
  return {{"vitrion", VITRION_VERSION},
          {"compiler", "g++ " __VERSION__},
          {"lammps", make_lammps_engine()->version()},
          {"system", fmt::format("{} {}", name.sysname, name.release)},
          {"processor", processor()},
          {"cores", threads()},
          {"memory", format_bytes(memory_bytes())}};
}

Json make_manifest(const RunDirectory& run) {
  const Recipe recipe = run.recipe();
  const auto potential = load_potential(potential_of(recipe));
  Json stages = Json::object();
  double wall = 0;
  bool complete = true;
  for (const auto& stage : plan_stages(recipe, timestep_of(recipe))) {
    const StageStatus status = run.status(stage.id);
    stages[stage.id] = {{"state", status.state},
                        {"wall_s", status.wall_s},
                        {"inputs", status.inputs},
                        {"outputs", status.outputs}};
    if (!status.error.empty()) stages[stage.id]["error"] = status.error;
    wall += status.wall_s;
    complete = complete && status.state == "done";
  }
  Json json = machine_facts();
  json["written"] = fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  json["complete"] = complete;
  json["recipe"] = fingerprint_file(run.root() / "resolved.yaml");
  json["potential"] = {{"name", potential->name()}, {"fingerprint", potential->fingerprint()}};
  json["seed"] = recipe.seed;
  json["replicas"] = recipe.replicas;
  json["process_seconds"] = wall;
  json["stages"] = std::move(stages);
  return json;
}

void write_manifest(const RunDirectory& run) {
  write_file_atomically(run.root() / "manifest.json", make_manifest(run).dump(2) + "\n");
}

}  // namespace vitrion
