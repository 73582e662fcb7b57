#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "build/composition.hpp"
#include "build/density.hpp"
#include "build/grains.hpp"
#include "build/separation.hpp"
#include "build/stoichiometry.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

struct GrainsModel {
  Polycrystal crystal;
  PreparedSystem system;  // grains as fixed atoms, glass as units between them
};

// Outside all polyhedra, each shrunk by half of the boundary.
Region between_grains(const Cell& cell, const std::vector<Grain>& grains, double thickness) {
  const auto shared = std::make_shared<const std::vector<Grain>>(grains);
  return Region(
      [cell, shared, thickness](const Vec3& r) {
        Vec3 from_seed = Vec3::Zero();
        const Grain* nearest = nullptr;
        for (const Grain& grain : *shared) {
          const Vec3 d = cell.minimum_image(r - grain.seed);
          if (nearest != nullptr && d.squaredNorm() >= from_seed.squaredNorm()) continue;
          from_seed = d;
          nearest = &grain;
        }
        Region::Push out;
        out.depth_A = 1e300;
        for (const auto& face : nearest->faces) {
          const double depth = face.half_A - 0.5 * thickness - from_seed.dot(face.normal);
          if (depth <= 0) return Region::Push{};
          if (depth < out.depth_A) out = {depth, face.normal};
        }
        return out;
      },
      "between the grains");
}

void add_boundary_glass(const SystemSettings& settings, GrainsModel& model) {
  const auto& boundary = settings.grains.boundary;
  PreparedSystem& system = model.system;
  const Composition composition = parse_composition(boundary.composition);
  std::map<std::string, double> asked;
  double mass = 0;
  double n = 0;
  for (const auto& [symbol, x] : composition.elements) {
    asked[symbol] = x.value();
    n += x.value();
    mass += x.value() * element::mass_amu(element::require(symbol));
  }
  const double density =
      boundary.density_g_cm3 ? *boundary.density_g_cm3 : guess_density(asked).g_cm3;
  const double volume =
      system.cell.volume() - static_cast<double>(model.crystal.formulas) * model.crystal.formula_A3;
  const long atoms =
      std::max(1L, std::lround(density * volume / (mass / n * constants::amu_A3_in_g_cm3)));
  const UnitLibrary library = UnitLibrary::standard();
  for (const auto& [name, count] :
       whole_units(units_of_composition(composition, library), atoms, library)) {
    Unit unit = library.get(name);
    for (const auto& [symbol, k] : unit.counts()) system.plan.atoms_by_element[symbol] += k * count;
    system.units.emplace_back(std::move(unit), count);
  }
  system.regions.push_back(between_grains(system.cell, model.crystal.grains, boundary.thickness_A));
}

GrainsModel make_grains(const SystemSettings& settings, RandomStream& random) {
  GrainsModel out;
  out.crystal = grow_polycrystal(settings, random);
  const Polycrystal& made = out.crystal;
  PreparedSystem& system = out.system;
  system.cell = made.atoms.cell;
  system.fixed = made.atoms;
  std::map<std::string, long> elements;
  for (std::size_t i = 0; i < made.atoms.size(); ++i) ++elements[made.atoms.species_of(i).name];
  system.plan.atoms_by_element = elements;
  long least = made.grains[0].atoms;
  long most = least;
  for (const Grain& grain : made.grains) {
    least = std::min(least, grain.atoms);
    most = std::max(most, grain.atoms);
  }
  std::vector<std::string> notes{fmt::format(
      "{} grain{} of {}, {} to {} atoms each, together {} formula units; {} atoms at the faces "
      "left out",
      made.grains.size(), made.grains.size() == 1 ? "" : "s", settings.grains.crystal, least, most,
      made.formulas, made.left_out)};
  const auto in_grains = static_cast<long>(made.atoms.size());
  if (!settings.grains.boundary.composition.empty()) {
    add_boundary_glass(settings, out);
    long glass = -in_grains;
    for (const auto& [symbol, n] : system.plan.atoms_by_element) glass += n;
    notes.push_back(fmt::format("{} atoms of {} between them, {:g} Å thick", glass,
                                settings.grains.boundary.composition,
                                settings.grains.boundary.thickness_A));
  }
  system.plan = plan_of_structure(system.plan.atoms_by_element, system.cell.volume());
  system.plan.density_source = fmt::format(
      "of the grains and what is between them; the crystal "
      "has {:.3f} g/cm3",
      made.crystal_g_cm3);
  system.plan.notes = std::move(notes);
  return out;
}

void label_grains(const SystemSettings& settings, const Polycrystal& made, Structure& s) {
  const auto& grains = settings.grains;
  if (grains.labels == "none") return;
  const double skin = grains.boundary.composition.empty() ? 0.5 * grains.boundary.thickness_A : 0;
  Structure out;
  out.cell = s.cell;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool between = i >= made.grain_of.size() || made.depth_A[i] < skin;
    const std::string label = between ? "boundary"
                              : grains.labels == "region"
                                  ? "grain"
                                  : fmt::format("grain{}", made.grain_of[i] + 1);
    out.add(s.species_of(i).name + "@" + label, s.position[i]);
  }
  s = std::move(out);
}

}  // namespace

Schema BoundarySettings::schema() {
  Schema s("boundary");
  s.quantity("thickness", thickness_A, Dimension::length,
             "of the layer between grains: of the glass, or, without one, of what the labels call "
             "boundary",
             positive)
      .text("composition", composition, "of a glass between the grains; empty: the grains touch")
      .optional_quantity("density", density_g_cm3, Dimension::density, "of that glass", positive);
  return s;
}

Schema GrainsSettings::schema() {
  Schema s("grains");
  s.text("crystal", crystal, "a file, or a name of data/crystals")
      .integer("number", number, "of grains in the cell", {1, 1e5})
      .section("boundary", boundary.schema(), "between the grains")
      .choice("labels", labels, {"none", "region", "grain"},
              "name species by region, for analyses: region (Li@grain, Li@boundary) or grain "
              "(Li@grain1, Li@grain2 …, Li@boundary)");
  return s;
}

SystemPlan plan_grains(const SystemSettings& settings) {
  SystemSettings quick = settings;
  quick.crystal.candidates = 1;
  RandomStream random(1, "build.grains", 0);
  SystemPlan plan = make_grains(quick, random).system.plan;
  plan.notes = {fmt::format(
      "{} of {}: the seed decides how many atoms remain at the faces, so "
      "numbers here are those of one seed",
      settings.grains.number == 1 ? "a grain" : fmt::format("{} grains", settings.grains.number),
      settings.grains.crystal)};
  return plan;
}

BuiltSystem build_grains(const SystemSettings& settings, std::uint64_t seed,
                         std::uint64_t replica) {
  RandomStream random(seed, "build.grains", replica);
  const GrainsModel model = make_grains(settings, random);
  BuiltSystem out;
  out.notes = model.system.plan.notes;
  Structure& s = out.frame.structure;
  s = model.crystal.atoms;
  if (!model.system.units.empty()) {
    const MinimumDistances least = minimum_distances(settings, model.system.plan.atoms_by_element);
    for (const double share : {0.92, 0.84, 0.7, 0.0}) {
      const MinimumDistances wanted = share > 0 && settings.separation != "plain"
                                          ? separated(least, settings, model.system, share)
                                          : least;
      try {
        RandomStream draws = random;
        s = pack_units(model.system, wanted, draws);
        break;
      } catch (const PackingFailure& e) {
        if (share == 0.0) throw;
        log_detail(e.what());
      }
    }
  }
  label_grains(settings, model.crystal, s);
  for (Vec3& r : s.position) r = s.cell.wrap(r);
  return out;
}

}  // namespace vitrion
