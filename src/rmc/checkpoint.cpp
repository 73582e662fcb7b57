#include "rmc/checkpoint.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace vitrion::rmc {
namespace {

using Json = nlohmann::ordered_json;

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }
double number(const Json& j) {
  return j.is_null() ? std::numeric_limits<double>::quiet_NaN() : j.get<double>();
}

Json chain_json(const ChainState& s) {
  Json out;
  out["cell"] = std::vector<double>(s.cell.data(), s.cell.data() + 9);
  std::vector<std::int32_t> sites;
  for (const Site& x : s.sites) sites.insert(sites.end(), {x.x, x.y, x.z});
  out["sites"] = sites;
  out["step"] = s.step;
  out["refined"] = s.refined;
  out["blocks"] = s.blocks;
  return out;
}

ChainState chain_state(const Json& j) {
  ChainState out;
  const auto cell = j.at("cell").get<std::vector<double>>();
  for (int k = 0; k < 9; ++k) out.cell.data()[k] = cell.at(static_cast<std::size_t>(k));
  const auto sites = j.at("sites").get<std::vector<std::int32_t>>();
  for (std::size_t k = 0; k + 2 < sites.size(); k += 3) {
    out.sites.push_back({sites[k], sites[k + 1], sites[k + 2]});
  }
  out.step = j.at("step").get<std::array<double, move_kinds>>();
  out.refined = j.at("refined").get<std::vector<double>>();
  out.blocks = j.at("blocks").get<std::uint64_t>();
  return out;
}

Json row_json(const HistoryRow& r) {
  Json out = Json::array({r.moves_per_atom, r.temperature, r.cost, r.penalty, r.acceptance,
                          r.step_A, r.density_A3, number(r.energy_eV_atom)});
  for (const double x : r.r_chi) out.push_back(x);
  return out;
}

HistoryRow row_of(const Json& j) {
  HistoryRow r;
  r.moves_per_atom = j.at(0);
  r.temperature = j.at(1);
  r.cost = j.at(2);
  r.penalty = j.at(3);
  r.acceptance = j.at(4);
  r.step_A = j.at(5);
  r.density_A3 = j.at(6);
  r.energy_eV_atom = number(j.at(7));
  for (std::size_t k = 8; k < j.size(); ++k) r.r_chi.push_back(j.at(k));
  return r;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const RmcRun& run) {
  Json out;
  out["version"] = 1;
  out["recipe"] = run.recipe.fingerprint;
  out["done"] = run.done;
  out["largest_drift"] = run.largest_drift;
  out["largest_energy_drift"] = run.largest_energy_drift_eV;
  out["relaxations"] = {run.relaxations, run.relaxations_kept};
  out["rank"] = run.rank;
  out["chains"] = Json::array();
  for (const auto& chain : run.chains) out["chains"].push_back(chain_json(chain->state()));
  out["history"] = Json::array();
  for (const auto& rows : run.history) {
    Json list = Json::array();
    for (const auto& row : rows) list.push_back(row_json(row));
    out["history"].push_back(std::move(list));
  }
  out["best"] = Json::array();
  for (const auto& values : run.best) {
    Json list = Json::array();
    for (const auto& v : values) list.push_back(v.value);
    out["best"].push_back(std::move(list));
  }
  out["samples"] = Json::array();
  for (const auto& files : run.samples) {
    Json list = Json::array();
    for (const auto& f : files) list.push_back(f.filename().string());
    out["samples"].push_back(std::move(list));
  }
  write_file_atomically(file, out.dump());
}

void read_checkpoint(const std::filesystem::path& file, RmcRun& run) {
  try {
    const Json j = Json::parse(read_text_file(file));
    if (j.at("recipe") != run.recipe.fingerprint) {
      throw InputError(
          fmt::format("{}: belongs to another recipe: choose another folder with -o, "
                      "or remove it",
                      file.string()));
    }
    if (j.at("chains").size() != run.chains.size()) {
      throw InputError(fmt::format("{}: has {} chains", file.string(), j.at("chains").size()));
    }
    run.done = j.at("done");
    run.largest_drift = j.at("largest_drift");
    run.largest_energy_drift_eV = j.value("largest_energy_drift", 0.0);
    if (j.contains("relaxations")) {
      run.relaxations = j.at("relaxations").at(0);
      run.relaxations_kept = j.at("relaxations").at(1);
    }
    run.rank = j.at("rank").get<std::vector<long>>();
    for (std::size_t c = 0; c < run.chains.size(); ++c) {
      run.chains[c]->restore(chain_state(j.at("chains").at(c)));
      for (const auto& row : j.at("history").at(c)) run.history[c].push_back(row_of(row));
      for (const auto& f : j.at("samples").at(c)) {
        run.samples[c].push_back(file.parent_path() / "ensemble" / f.get<std::string>());
      }
    }
    for (std::size_t k = 0; k < run.best.size(); ++k) {
      for (std::size_t v = 0; v < run.best[k].size(); ++v) {
        run.best[k][v].value = j.at("best").at(k).at(v);
      }
    }
  } catch (const nlohmann::json::exception& e) {
    throw InputError(fmt::format("{}: is not a whole checkpoint ({}): remove it to start anew",
                                 file.string(), e.what()));
  }
}

}  // namespace vitrion::rmc
