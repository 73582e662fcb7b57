#include "build/network_build.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "build/packing.hpp"
#include "build/separation.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

constexpr int stages = 40;  // of the temperature, from hot to cold
constexpr int quenches = 4;

struct PreparedNetwork {
  PreparedSystem system;  // the cell, and the modifiers as units
  NetworkForm form;
  NetworkCounts counts;
  std::map<std::string, long> atoms;  // of the network alone
};

NetworkForm form_of(const SystemSettings& settings, const std::map<std::string, long>& atoms) {
  if (settings.network.form != "auto") {
    std::filesystem::path file = settings.network.form;
    if (!std::filesystem::exists(file))
      file = data_folder() / "networks" / (settings.network.form + ".yaml");
    if (!std::filesystem::exists(file)) {
      throw InputError(
          fmt::format("there is no network \"{}\": give a file, or a name of data/networks",
                      settings.network.form));
    }
    return read_network_form(file);
  }
  std::vector<std::string> elements;
  for (const auto& [symbol, n] : atoms) elements.push_back(symbol);
  return find_network_form(elements);
}

PreparedNetwork prepare(const SystemSettings& settings) {
  PreparedNetwork out;
  const auto atoms = whole_atoms(settings);
  out.form = form_of(settings, atoms);
  SystemPlan& plan = out.system.plan;
  for (const auto& [symbol, n] : atoms) {
    const bool anion =
        std::find(out.form.anions.begin(), out.form.anions.end(), symbol) != out.form.anions.end();
    if (anion || out.form.formers.count(symbol) != 0) {
      out.atoms[symbol] = n;
      // Every bond that can occur must be described.
      if (anion) {
        for (const auto& [former, z] : out.form.formers) {
          if (atoms.count(former) != 0) (void)out.form.bond(former, symbol);
        }
      }
    } else {
      out.system.units.emplace_back(single_ion(symbol), n);
      plan.units.push_back(
          {symbol, n, static_cast<double>(out.system.units.back().first.charge_e)});
    }
  }
  out.counts = count_links(out.atoms, out.form);
  plan = plan_of_structure(atoms, 1);
  if (out.counts.anions == 0) plan.net_charge_e = 0;
  set_density(settings, out.system);
  const auto& c = out.counts;
  plan.notes.push_back(fmt::format(
      "network ({}): {} formers with {} bonds, {} bridging and {} terminal anions; {} proposals, "
      "kT from {:g} to {:g} eV",
      out.form.name, c.formers, c.bonds, c.bridging, c.terminal,
      settings.network.sweeps * (c.anions > 0 ? c.bridging : c.bonds / 2), settings.network.hot_eV,
      settings.network.cold_eV));
  return out;
}

// The modifiers go where the network leaves room, as far from it as they can.
Structure add_modifiers(const SystemSettings& settings, PreparedNetwork& made, Structure network,
                        RandomStream& random) {
  if (made.system.units.empty()) return network;
  made.system.fixed = std::move(network);
  const MinimumDistances least = minimum_distances(settings, made.system.plan.atoms_by_element);
  for (const double wanted : {2.4, 2.2, 2.0, 1.8}) {
    MinimumDistances distances = least;
    for (auto& [pair, d] : distances) d = std::max(d, wanted);
    if (wanted <= settings.minimum_distance_A) break;
    try {
      RandomStream copy = random;
      return pack_units(made.system, distances, copy);
    } catch (const WorkError& e) {
      log_detail(e.what());
    }
  }
  return pack_units(made.system, least, random);
}

}  // namespace

SystemPlan plan_network(const SystemSettings& settings) { return prepare(settings).system.plan; }

BuiltSystem build_network(const SystemSettings& settings, std::uint64_t seed,
                          std::uint64_t replica) {
  PreparedNetwork made = prepare(settings);
  RandomStream random(seed, "build.network", replica);
  Network network = random_network(made.atoms, made.system.cell, made.form, random);
  const auto& c = made.counts;
  const long links = c.anions > 0 ? c.bridging : c.bonds / 2;
  const long each = settings.network.sweeps * links / (stages + quenches);
  Network::SwitchCount total;
  const auto begin = std::chrono::steady_clock::now();
  Progress progress("network", "proposals", static_cast<std::uint64_t>(each * (stages + quenches)));
  for (int stage = 0; stage < stages + quenches; ++stage) {
    const double x = std::min(1.0, stage / (stages - 1.0));
    const double kT =
        settings.network.hot_eV * std::pow(settings.network.cold_eV / settings.network.hot_eV, x);
    const auto done = network.transpose(each, stage < stages ? kT : 1e-6, random);
    total.proposed += done.proposed;
    total.accepted += done.accepted;
    network.relax(20, 0.05);
    progress.note(fmt::format("kT = {:.3f} eV", kT));
    progress.update(static_cast<std::uint64_t>(total.proposed));
  }
  progress.finish();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  network.relax(1000, 0.01);
  BuiltSystem out;
  out.notes = describe_network(network);
  if (total.proposed > 0) {
    out.notes.push_back(
        fmt::format("bond transposition: {} of {} proposals accepted, {:.0f} a "
                    "second",
                    total.accepted, total.proposed,
                    static_cast<double>(total.proposed) / std::max(seconds, 1e-9)));
  }
  out.frame.structure = add_modifiers(settings, made, network.structure(), random);
  return out;
}

}  // namespace vitrion
