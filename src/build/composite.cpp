#include "build/composite.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "build/crystal_model.hpp"
#include "build/density.hpp"
#include "build/packing.hpp"
#include "build/separation.hpp"
#include "build/stoichiometry.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double worst_strain = 0.12;
constexpr double bond_factor = 1.25;  // of covalent radii: what belongs to a former

struct Layer {
  std::string label;
  double from_A = 0;
  double to_A = 0;
  long atoms = 0;
  double strain = 0;
};

struct Stack {
  PreparedSystem system;  // slabs as fixed atoms, glass as units with regions
  std::vector<Layer> layers;
  std::vector<std::size_t> layer_of_fixed;
  std::vector<std::size_t> layer_of_unit;  // of each kind
};

// The crystal with the wanted axis as its third.
Crystal turned(const Crystal& crystal, const std::string& normal) {
  IntMatrix m = IntMatrix::Identity();
  if (normal == "a") m << 0, 0, 1, 1, 0, 0, 0, 1, 0;  // b, c, a
  if (normal == "b") m << 0, 1, 0, 0, 0, 1, 1, 0, 0;  // c, a, b
  return supercell(crystal, m);
}

double charge(const std::string& symbol) {
  return element::formal_charge(element::require(symbol)).value_or(0);
}

// Moves the anions of each former to it, so that no polyhedron is cut by the faces of the slab;
// formers that share anions go together, by the first of them.
void keep_polyhedra_whole(Structure& s) {
  const NeighborList near = build_neighbor_list(s, 3.0);
  std::vector<char> seen(s.size(), 0);
  for (std::uint32_t start = 0; start < s.size(); ++start) {
    if (charge(s.species_of(start).name) < 3 || seen[start] != 0) continue;
    std::vector<std::uint32_t> open{start};
    seen[start] = 1;
    for (std::size_t k = 0; k < open.size() && open.size() < 60; ++k) {
      const std::uint32_t i = open[k];
      const int z = element::require(s.species_of(i).name);
      for (const Neighbor& b : near.of(i)) {
        const int w = element::require(s.species_of(b.atom).name);
        const bool former_anion =
            (charge(element::symbol(z)) >= 3) != (charge(element::symbol(w)) >= 3) &&
            charge(element::symbol(z)) * charge(element::symbol(w)) < 0 &&
            std::max(charge(element::symbol(z)), charge(element::symbol(w))) >= 3;
        const double longest =
            bond_factor * (element::covalent_radius_A(z) + element::covalent_radius_A(w));
        if (!former_anion || b.distance > longest || seen[b.atom] != 0) continue;
        seen[b.atom] = 1;
        s.position[b.atom] =
            s.position[i] + s.cell.minimum_image(s.position[b.atom] - s.position[i]);
        open.push_back(b.atom);
      }
    }
  }
}

// A slab in LAMMPS' orientation, with its lateral multiples and so many layers.
Structure slab_of(const Crystal& unit, const Eigen::Vector3i& n, const CrystalSettings& settings,
                  RandomStream& random) {
  const Crystal big = supercell(unit, IntMatrix(n.asDiagonal()));
  Structure s = resolve_disorder(big, count_occupants(big),
                                 {true, settings.candidates, settings.too_close_A}, random)
                    .structure;
  Mat3 rotation;
  const Cell standard = s.cell.standard_orientation(rotation);
  for (Vec3& r : s.position) r = rotation * (r - s.cell.origin());
  s.cell = standard;
  for (Vec3& r : s.position) r = s.cell.wrap(r);
  keep_polyhedra_whole(s);
  return s;
}

int times(double wanted, double edge) {
  return std::max(1, static_cast<int>(std::lround(wanted / edge)));
}

class Builder {
 public:
  Builder(const SystemSettings& settings, RandomStream& random)
      : settings_(settings), random_(random) {}

  Stack build() {
    const auto& layers = settings_.composite.layers;
    if (layers.size() < 2)
      throw InputError(
          "a composite needs two layers or more: give composite.layers, such as [{crystal: "
          "gamma-Li3PS4, thickness: 20 A}, {composition: 0.75Li2S-0.25P2S5, thickness: 20 A}]");
    choose_base();
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const LayerSettings& layer = layers[k];
      if (layer.crystal.empty() == layer.composition.empty())
        throw InputError(
            "each layer of a composite is either a crystal or a composition: give one");
      Layer made;
      made.label = !layer.label.empty()     ? layer.label
                   : !layer.crystal.empty() ? "crystal"
                                            : "glass";
      made.from_A = height_;
      if (layer.crystal.empty()) {
        made.to_A = height_ + layer.thickness_A;
      } else {
        add_slab(layer, k, made);
      }
      height_ = made.to_A + settings_.composite.gap_A;
      stack_.layers.push_back(made);
    }
    finish();
    return std::move(stack_);
  }

 private:
  // The lateral vectors are those of the first crystal, or a square.
  void choose_base() {
    const double wanted = settings_.composite.lateral_A;
    a_ = Vec3(wanted, 0, 0);
    b_ = Vec3(0, wanted, 0);
    for (const LayerSettings& layer : settings_.composite.layers) {
      if (layer.crystal.empty()) continue;
      const Crystal unit = turned(load_crystal(layer.crystal), layer.normal);
      Mat3 rotation;
      const Cell standard = unit.cell.standard_orientation(rotation);
      const Vec3 l = unit.cell.lengths();
      a_ = standard.vector(0) * times(wanted, l[0]);
      b_ = standard.vector(1) * times(wanted, l[1]);
      return;
    }
  }

  void add_slab(const LayerSettings& layer, std::size_t index, Layer& made) {
    const Crystal unit = turned(load_crystal(layer.crystal), layer.normal);
    const Vec3 l = unit.cell.lengths();
    const double depth = unit.cell.heights()[2];
    const Eigen::Vector3i n(times(a_.norm(), l[0]), times(b_.norm(), l[1]),
                            times(layer.thickness_A, depth));
    const Structure slab = slab_of(unit, n, settings_.crystal, random_);
    // In-plane strain that carries the slab's base onto the cell's.
    Mat3 from = slab.cell.vectors();
    from.col(2) = Vec3::UnitZ();
    Mat3 to;
    to << a_, b_, Vec3::UnitZ();
    const Mat3 strain = to * from.inverse();
    made.strain = (strain - Mat3::Identity()).cwiseAbs().maxCoeff();
    if (made.strain > worst_strain) {
      throw InputError(fmt::format(
          "the base of {} fits the first crystal's only with a strain of {:.0f} %: take another "
          "composite.lateral or normal",
          layer.crystal, 100 * made.strain));
    }
    for (std::size_t i = 0; i < slab.size(); ++i) {
      const Vec3 r = strain * slab.position[i] + Vec3(0, 0, made.from_A);
      stack_.system.fixed.add(slab.species_of(i).name, r);
      stack_.layer_of_fixed.push_back(index);
    }
    made.atoms = static_cast<long>(slab.size());
    made.to_A = made.from_A + depth * n[2];
  }

  void finish() {
    PreparedSystem& system = stack_.system;
    Mat3 h;
    h << a_, b_, Vec3(0, 0, height_);
    system.cell = Cell(h);
    system.fixed.cell = system.cell;
    for (std::size_t i = 0; i < system.fixed.size(); ++i)
      ++system.plan.atoms_by_element[system.fixed.species_of(i).name];
    const UnitLibrary library = UnitLibrary::standard();
    for (std::size_t k = 0; k < stack_.layers.size(); ++k) {
      const LayerSettings& layer = settings_.composite.layers[k];
      if (!layer.composition.empty()) add_glass(layer, k, library);
    }
    const auto notes = describe();
    system.plan = plan_of_structure(system.plan.atoms_by_element, system.cell.volume());
    system.plan.density_source = "of the layers together";
    system.plan.notes = notes;
  }

  void add_glass(const LayerSettings& layer, std::size_t index, const UnitLibrary& library) {
    PreparedSystem& system = stack_.system;
    Layer& made = stack_.layers[index];
    const Composition composition = parse_composition(layer.composition);
    std::map<std::string, double> asked;
    double mass = 0;
    double n = 0;
    for (const auto& [symbol, x] : composition.elements) {
      asked[symbol] = x.value();
      n += x.value();
      mass += x.value() * element::mass_amu(element::require(symbol));
    }
    const double density = layer.density_g_cm3 ? *layer.density_g_cm3 : guess_density(asked).g_cm3;
    const double volume = a_.cross(b_).norm() * (made.to_A - made.from_A);
    const long atoms =
        std::max(1L, std::lround(density * volume / (mass / n * constants::amu_A3_in_g_cm3)));
    const auto counts = whole_units(units_of_composition(composition, library), atoms, library);
    for (const auto& [name, count] : counts) {
      Unit unit = library.get(name);
      for (const auto& [symbol, k] : unit.counts())
        system.plan.atoms_by_element[symbol] += k * count;
      made.atoms += static_cast<long>(unit.size()) * count;
      unit.name = fmt::format("{} {}", name, index);  // its region's alone
      RegionSettings region;
      region.units = {unit.name};
      region.from_A = {made.from_A};
      region.to_A = {made.to_A};
      system.regions.emplace_back(region, system.cell);
      system.units.emplace_back(std::move(unit), count);
      stack_.layer_of_unit.push_back(index);
    }
  }

  [[nodiscard]] std::vector<std::string> describe() const {
    std::vector<std::string> out;
    for (std::size_t k = 0; k < stack_.layers.size(); ++k) {
      const Layer& layer = stack_.layers[k];
      const LayerSettings& s = settings_.composite.layers[k];
      out.push_back(fmt::format(
          "layer {}: {} ({}), {} atoms, {:.2f} to {:.2f} Å along c{}", k + 1, layer.label,
          s.crystal.empty() ? s.composition : s.crystal, layer.atoms, layer.from_A, layer.to_A,
          layer.strain > 1e-6 ? fmt::format(", strained by {:.2f} %", 100 * layer.strain) : ""));
    }
    return out;
  }

  const SystemSettings& settings_;
  RandomStream& random_;
  Stack stack_;
  Vec3 a_, b_;
  double height_ = 0;
};

void label_species(const Stack& stack, Structure& s) {
  Structure out;
  out.cell = s.cell;
  std::size_t at = stack.layer_of_fixed.size();
  std::vector<std::size_t> layer = stack.layer_of_fixed;
  for (std::size_t u = 0; u < stack.system.units.size(); ++u) {
    const auto& [unit, count] = stack.system.units[u];
    at += unit.size() * static_cast<std::size_t>(count);
    layer.resize(at, stack.layer_of_unit[u]);
  }
  for (std::size_t i = 0; i < s.size(); ++i) {
    out.add(s.species_of(i).name + "@" + stack.layers[layer[i]].label, s.position[i]);
  }
  s = std::move(out);
}

}  // namespace

Schema LayerSettings::schema() {
  Schema s("layer");
  s.text("crystal", crystal, "a file, or a name of data/crystals; or else a composition")
      .choice("normal", normal, {"a", "b", "c"}, "the crystal's axis across the layers")
      .text("composition", composition, "of a glass layer")
      .optional_quantity("density", density_g_cm3, Dimension::density, "of a glass layer", positive)
      .quantity("thickness", thickness_A, Dimension::length,
                "of the layer; of a crystal, the nearest whole number of cells", positive)
      .text("label", label, "of its atoms; empty: crystal or glass");
  return s;
}

Schema CompositeSettings::schema() {
  Schema s("composite");
  s.custom(
       "layers", "list of layers",
       "from below, such as {crystal: gamma-Li3PS4, thickness: 20 A} and {composition: "
       "0.75Li2S-0.25P2S5, thickness: 20 A}",
       [this](const Node& node) {
         if (!node.is_list()) {
           throw InputError(node.where,
                            fmt::format("layers should be a list, not {}", kind_name(node)));
         }
         layers.clear();
         for (const Node& item : node.items) {
           LayerSettings layer;
           layer.schema().read(item);
           layers.push_back(layer);
         }
       },
       [this] {
         Node list = Node::make_list();
         for (LayerSettings layer : layers) list.items.push_back(layer.schema().write());
         return list;
       })
      .quantity("lateral", lateral_A, Dimension::length, "wanted edges of the layers", positive)
      .quantity("gap", gap_A, Dimension::length, "added at each interface", not_negative)
      .flag("labels", labels, "name species by layer, as in Li@glass, for analyses by region");
  return s;
}

SystemPlan plan_composite(const SystemSettings& settings) {
  SystemSettings quick = settings;
  quick.crystal.candidates = 1;
  RandomStream random(1, "build.composite", 0);
  return Builder(quick, random).build().system.plan;
}

BuiltSystem build_composite(const SystemSettings& settings, std::uint64_t seed,
                            std::uint64_t replica) {
  RandomStream random(seed, "build.composite", replica);
  const Stack stack = Builder(settings, random).build();
  const MinimumDistances least = minimum_distances(settings, stack.system.plan.atoms_by_element);
  BuiltSystem out;
  Structure& s = out.frame.structure;
  for (const double share : {0.92, 0.84, 0.7, 0.0}) {
    const MinimumDistances wanted = share > 0 && settings.separation != "plain"
                                        ? separated(least, settings, stack.system, share)
                                        : least;
    try {
      RandomStream draws = random;
      s = pack_units(stack.system, wanted, draws);
      break;
    } catch (const PackingFailure& e) {
      if (share == 0.0) throw;
      log_detail(e.what());
    }
  }
  if (settings.composite.labels) label_species(stack, s);
  for (Vec3& r : s.position) r = s.cell.wrap(r);
  return out;
}

}  // namespace vitrion
