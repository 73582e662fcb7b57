#include "engine/lammps/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"

namespace vitrion {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int format_version = 1;

json load(const fs::path& file) {
  try {
    json j = json::parse(read_text_file(file));
    if (j.at("version") != format_version) {
      throw InputError(fmt::format(
          "{}: written by another version of the program: remove the folder and run again",
          file.string()));
    }
    return j;
  } catch (const json::exception& e) {
    throw InputError(
        fmt::format("{}: not a checkpoint of this program ({}): remove the folder and run again",
                    file.string(), e.what()));
  }
}

void remove_other_states(const fs::path& folder, const std::string& keep) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool state = name.rfind("state-", 0) == 0 && entry.path().extension() == ".lammps";
    const bool unfinished = name.rfind(".state-", 0) == 0;
    if ((state && name != keep) || unfinished) fs::remove(entry.path(), error);
  }
}

}  // namespace

std::optional<StoredCheckpoint> read_checkpoint(const fs::path& folder) {
  const fs::path file = folder / "checkpoint.json";
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  const json j = load(file);
  try {
    StoredCheckpoint c;
    c.counts.step = j.at("step");
    c.counts.frames = j.at("frames");
    c.counts.records = j.at("records");
    c.segment = j.at("segment");
    c.state = j.at("state");
    if (!fs::exists(folder / c.state, error)) {
      throw InputError(fmt::format("{}: the state {} is missing: remove the folder and run again",
                                   file.string(), c.state));
    }
    return c;
  } catch (const json::exception& e) {
    throw InputError(
        fmt::format("{}: not a checkpoint of this program ({}): remove the folder and run again",
                    file.string(), e.what()));
  }
}

void commit_checkpoint(const fs::path& folder, const StoredCheckpoint& c) {
  commit_file(folder / c.state);
  const json j{{"version", format_version},   {"step", c.counts.step}, {"frames", c.counts.frames},
               {"records", c.counts.records}, {"segment", c.segment},  {"state", c.state}};
  write_file_atomically(folder / "checkpoint.json", j.dump(1) + "\n");
  remove_other_states(folder, c.state);
}

void write_run(const fs::path& folder, const StoredRun& run) {
  json j = run.map.to_json();
  j["version"] = format_version;
  j["fingerprint"] = run.fingerprint;
  write_file_atomically(folder / "run.json", j.dump() + "\n");
}

StoredRun read_run(const fs::path& folder) {
  const json j = load(folder / "run.json");
  try {
    return {j.at("fingerprint"), FrameMap::from_json(j)};
  } catch (const json::exception& e) {
    throw InputError(fmt::format("{}: not complete ({}): remove the folder and run again",
                                 (folder / "run.json").string(), e.what()));
  }
}

}  // namespace vitrion
