#include "rmc/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/document.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "io/formats.hpp"
#include "structure/bonds.hpp"

namespace vitrion::rmc {
namespace fs = std::filesystem;
namespace {

// A list of sections of one kind.
template <class Settings>
void add_list(Schema& schema, const std::string& key, std::vector<Settings>& field,
              const std::string& help) {
  Settings example;
  std::string keys;
  for (const auto& name : example.schema().keys()) keys += (keys.empty() ? "" : ", ") + name;
  schema.custom(
      key, "list of sections", help + "; each has: " + keys,
      [&field, key](const Node& node) {
        if (!node.is_list()) {
          throw InputError(node.where, fmt::format("{} should be a list (\"- …\"), not {}", key,
                                                   kind_name(node)));
        }
        field.clear();
        for (const auto& item : node.items) {
          field.emplace_back();
          field.back().schema().read(item);
        }
      },
      [&field] {
        Node out = Node::make_list();
        for (auto& item : field) out.items.push_back(item.schema().write());
        return out;
      });
}

}  // namespace

Schema MoveSettings::schema() {
  Schema s("moves");
  s.quantity("step", step_A, Dimension::length, "longest displacement of an atom, at the start",
             positive)
      .quantity("largest_step", largest_step_A, Dimension::length, "to which it may be tuned",
                positive)
      .quantity("acceptance", acceptance, Dimension::none,
                "share of accepted moves towards which steps are tuned; 0: they stay",
                Bounds{0, 0.95})
      .quantity("translate", weight[0], Dimension::none, "weight of moves of one atom",
                not_negative)
      .quantity("jump", weight[5], Dimension::none,
                "weight of long moves of one atom, which mend what short ones cannot", not_negative)
      .quantity("jump_step", jump_A, Dimension::length, "longest jump", positive)
      .quantity("swap", weight[1], Dimension::none, "weight of swaps", not_negative)
      .quantity("unit_translate", weight[2], Dimension::none, "weight of translations of units",
                not_negative)
      .quantity("unit_rotate", weight[3], Dimension::none, "weight of rotations of units",
                not_negative)
      .quantity("volume", weight[4], Dimension::none,
                "weight of changes of the volume, each of which counts all pairs anew (1e-4 is "
                "much)",
                not_negative)
      .texts("swap_pairs", swap, "species that may change places, like Li-P")
      .quantity_map("unit_bonds", unit_bonds, Dimension::length,
                    "pairs nearer than this in the starting model are of one rigid unit, like P-S: "
                    "2.6 A",
                    positive)
      .quantity("unit_step", unit_step_A, Dimension::length, "longest translation of a unit",
                positive)
      .quantity("unit_angle", unit_angle_deg, Dimension::none, "largest rotation, degrees",
                positive)
      .quantity("volume_step", volume_step, Dimension::none, "largest relative change", positive)
      .quantity("lowest_density", lowest_density, Dimension::number_density,
                "where the volume may go; 0: anywhere", not_negative)
      .quantity("highest_density", highest_density, Dimension::number_density,
                "where the volume may go; 0: anywhere", not_negative)
      .texts("fixed", fixed, "species that never move")
      .quantities("fixed_z", fixed_z_A, Dimension::length,
                  "atoms of the start with z between these two never move");
  return s;
}

Schema RmcRecipe::schema() {
  Schema start("start");
  start
      .text("file", start_file,
            "a model to refine (the last frame of any file that vitrion reads); empty: packed at "
            "random as `system` says")
      .section("system", system.schema(), "composition, atoms and density of a random start")
      .optional_quantity("density", density_g_cm3, Dimension::density,
                         "the file's cell is scaled to it; auto: as it is", positive);
  Schema annealing("annealing");
  annealing.quantity("from", temperature_start, Dimension::none, "T_chi at the start", positive)
      .quantity("to", temperature_end, Dimension::none, "T_chi at the end", positive)
      .quantity("share", anneal, Dimension::none, "share of the run in which it falls",
                Bounds{0, 0.95});
  Schema run("run");
  run.quantity("moves", moves_per_atom, Dimension::none, "tried, for each atom and chain", positive)
      .quantity("block", block_per_atom, Dimension::none,
                "moves an atom between exact recomputations, checkpoints and exchanges", positive)
      .integer("chains", chains, "independent configurations", Bounds{1, 64})
      .flag("exchange", exchange,
            "chains run at rising T_chi and exchange it (replica exchange); the coldest counts")
      .quantity("ladder", ladder, Dimension::none, "ratio of T_chi of neighbouring chains",
                Bounds{1, 1e6, true})
      .integer("samples", samples, "configurations kept of each chain after the annealing",
               Bounds{1, 1000});
  Schema forces("forces");
  forces
      .text("potential", potential,
            "of the catalogue, or a file: forces relax the model in between; empty: no forces")
      .integer("every", relax_every, "blocks between relaxations", Bounds{1, 1e6})
      .integer("steps", relax_steps, "steps downhill of each", Bounds{1, 1000})
      .quantity("largest_step", relax_largest_A, Dimension::length, "of an atom in a step",
                positive)
      .quantity("energy_weight", energy_weight, Dimension::none,
                "W_E in C + W_E E/N (E in eV): a relaxation is accepted by exp(-change/T_chi); 0: "
                "always",
                not_negative);
  Schema s("rmc");
  s.integer("version", version, "of this form; 1", Bounds{1, 1})
      .text("title", title, "for the report")
      .section("start", start, "the starting model")
      .optional_quantity("range", range_A, Dimension::length,
                         "pairs are counted up to here; auto: half the smallest height of the cell",
                         positive)
      .quantity("bin", bin_A, Dimension::length, "width of the bins of distances",
                Bounds{0.005, 0.2});
  add_list(s, "data", data, "measured curves");
  s.quantity("minimum_distance", minimum_distance_A, Dimension::length,
             "of all pairs that are not named below", not_negative)
      .quantity_map("minimum_distances", minimum_distances_A, Dimension::length,
                    "by pair, like P-S: 1.9 A", not_negative);
  add_list(s, "coordination", coordination, "numbers of neighbours");
  add_list(s, "units", units, "tetrahedra and how they are connected");
  add_list(s, "bonds", bonds, "lengths of bonds");
  add_list(s, "angles", angles, "angles between bonds");
  add_list(s, "bond_valence", valences, "bond valence sums");
  s.quantity_map("keep_bonds", keep_bonds, Dimension::length,
                 "neighbours of the starting model within these distances stay within them",
                 positive)
      .section("moves", moves.schema(), "how the model is changed")
      .section("annealing", annealing, "temperature of acceptance, exp(-change of R_chi^2/T_chi)")
      .section("run", run, "length, chains and samples")
      .section("energy", energy.schema(), "energy in every move (hybrid reverse Monte Carlo)")
      .section("forces", forces, "alternation with a potential")
      .texts("analyse", analyse, "analyses of the kept configurations, as in `list analyses`")
      .integer("seed", seed, "of all random numbers");
  return s;
}

RmcRecipe load_rmc_recipe(const fs::path& file) {
  const std::string text = read_text_file(file);
  const Node document = parse_yaml(text, file.string());
  RmcRecipe recipe;
  recipe.schema().read(document);
  recipe.fingerprint = vitrion::fingerprint(text);
  if (recipe.data.empty() && recipe.energy.potential.empty()) {
    throw InputError(
        fmt::format("{}: names no data: give data: [{{file: FILE, probe: neutron, form: S}}], or "
                    "energy: {{potential: NAME}} for Monte Carlo by energy alone",
                    file.string()));
  }
  if (recipe.temperature_end > recipe.temperature_start) {
    throw InputError(fmt::format("{}: annealing rises from {} to {}: let it fall", file.string(),
                                 recipe.temperature_start, recipe.temperature_end));
  }
  const fs::path folder = fs::absolute(file).parent_path();
  const auto absolute = [&](std::string& path) {
    path = (folder / path).lexically_normal().string();
    if (!fs::exists(path)) {
      throw InputError(fmt::format("{}: there is no file {}", file.string(), path));
    }
  };
  if (!recipe.start_file.empty()) absolute(recipe.start_file);
  for (auto& d : recipe.data) {
    if (d.file.empty()) {
      throw InputError(fmt::format("{}: an entry of data names no file", file.string()));
    }
    if (d.name.empty()) d.name = fs::path(d.file).stem().string();
    absolute(d.file);
  }
  for (std::size_t k = 0; k < recipe.data.size(); ++k) {
    for (std::size_t j = 0; j < k; ++j) {
      if (recipe.data[j].name == recipe.data[k].name) {
        recipe.data[k].name += "_" + recipe.data[k].probe;
      }
    }
  }
  return recipe;
}

Node resolved_recipe(RmcRecipe& recipe) {
  Node out = recipe.schema().write();
  if (recipe.start_file.empty()) return out;
  // What would be packed has no place beside a file, and an empty composition cannot be read.
  for (auto& entry : out.entries) {
    if (entry.key != "start") continue;
    std::erase_if(entry.value.entries, [](const auto& e) { return e.key == "system"; });
  }
  return out;
}

Structure starting_structure(const RmcRecipe& recipe, long chain) {
  if (recipe.start_file.empty()) {
    if (recipe.system.composition.empty() && recipe.system.units.empty()) {
      throw InputError("start: give a file, or a composition under start.system");
    }
    return build_system(recipe.system, static_cast<std::uint64_t>(recipe.seed),
                        static_cast<std::uint64_t>(chain))
        .structure;
  }
  Structure s = read_last_frame(recipe.start_file).structure;
  if (!s.cell.fully_periodic()) {
    throw InputError(
        fmt::format("{}: has no periodic cell, and a density is needed", recipe.start_file));
  }
  if (recipe.density_g_cm3) {
    const double factor = std::cbrt(s.density_g_cm3() / *recipe.density_g_cm3);
    const Cell scaled(s.cell.vectors() * factor, s.cell.origin(), s.cell.periodic());
    for (Vec3& r : s.position) r = scaled.to_cartesian(s.cell.to_fractional(r));
    s.cell = scaled;
  }
  return s;
}

ChainSetup make_setup(const RmcRecipe& recipe, const Structure& start,
                      std::vector<std::string>& notes) {
  ChainSetup out;
  out.table = PairTable(start);
  out.width_A = recipe.bin_A;
  out.moves = recipe.moves;
  out.seed = static_cast<std::uint64_t>(recipe.seed);
  const std::size_t groups = out.table.groups();
  const double half = 0.5 * start.cell.heights().minCoeff();
  // A cell that breathes must not become too small for the range.
  const double room = recipe.moves.weight[4] > 0 ? 0.95 * half : half;
  if (recipe.range_A && *recipe.range_A > half) {
    throw InputError(
        fmt::format("range is {:.2f} A, and half the smallest height of the cell is "
                    "{:.2f} A: leave range out, or take more atoms",
                    *recipe.range_A, half));
  }
  out.bins = static_cast<std::size_t>(recipe.range_A.value_or(room) / recipe.bin_A);
  out.shortest = PairDistances(groups);
  for (std::size_t a = 0; a < groups; ++a) {
    for (std::size_t b = 0; b < groups; ++b) out.shortest.set(a, b, recipe.minimum_distance_A);
  }
  for (const auto& [pair, distance] : recipe.minimum_distances_A) {
    const auto [a, b] = parse_pair(out.table, pair, "minimum_distances");
    out.shortest.set(a, b, distance);
  }
  double first = out.shortest.largest();
  for (const double d : out.shortest.value) first = std::min(first, d);
  const double density = static_cast<double>(start.size()) / start.cell.volume();
  for (const auto& d : recipe.data) {
    out.data.push_back(std::make_shared<DataMap>(d, out.table, static_cast<double>(start.size()),
                                                 out.width_A, out.bins));
    for (const auto& w : out.data.back()->scatterers().warnings) notes.push_back(w);
    for (auto& note : check_data(*out.data.back(), density, first)) notes.push_back(note);
  }
  const auto add = [&](std::unique_ptr<Constraint> c) { out.constraints.push_back(std::move(c)); };
  for (const auto& c : recipe.coordination) add(make_coordination(c, out.table));
  for (const auto& c : recipe.units) add(make_units(c, out.table));
  for (const auto& c : recipe.bonds) add(make_bond(c, out.table));
  for (const auto& c : recipe.angles) add(make_angle(c, out.table));
  for (const auto& c : recipe.valences) add(make_valence(c, out.table));
  if (!recipe.keep_bonds.empty()) add(make_keep(recipe.keep_bonds, out.table));
  if (!recipe.energy.potential.empty()) {
    std::string text;
    out.energy = make_move_energy(recipe.energy.potential, start, text);
    if (0.5 * start.cell.heights().minCoeff() < out.energy->reach_A()) {
      throw InputError(fmt::format(
          "energy: {} looks as far as {:.2f} A, and half the smallest height of the cell is "
          "{:.2f} A: take more atoms",
          recipe.energy.potential, out.energy->reach_A(), half));
    }
    out.pressure_eV_A3 = recipe.energy.pressure_GPa / constants::eV_A3_in_GPa;
    notes.push_back("energy of every move by " + text);
  }
  return out;
}

std::string commented_rmc_recipe() {
  return R"(# Reverse Monte Carlo: vitrion rmc this-file.yaml -o DIR
version: 1
start:
  # file: glass.extxyz          # refine a model; or pack one at random:
  system: {composition: 0.75Li2S-0.25P2S5, atoms: 3000, density: 1.9 g/cm3}
data:                           # any number of sets
  - {file: neutron.dat, probe: neutron, form: S, isotopes: [7Li], range: [0.6, 20]}
  - {file: xray.dat, probe: xray, form: S, ions: [Li1+], range: [0.6, 20], refine_scale: true}
minimum_distance: 2.0 A
minimum_distances: {P-S: 1.85 A, Li-S: 2.1 A, P-P: 2.0 A, S-S: 2.9 A}
units:                          # P tetrahedra; a bridging S has two P, others one
  - {former: P, anion: S, cutoff: 2.6 A, shares: {PS4: 0.8, P2S7: 0.15, P2S6: 0.05}}
# coordination: [{centre: Li, neighbor: S, distance: [0 A, 3.2 A], mean: 4, weight: 1e-3}]
# angles: [{angle: S-P-S, cutoff: 2.6 A, degrees: 109.47, width: 4.5}]
# energy: {potential: lps-q07, temperature: 500 K}   # every move by exp(-dE/kT) too (hybrid)
moves: {step: 0.1 A, acceptance: 0.3}
annealing: {from: 1e-5, to: 1e-7}
run: {moves: 500, chains: 2}
analyse: [rdf, angles, coordination, speciation]
)";
}

}  // namespace vitrion::rmc
