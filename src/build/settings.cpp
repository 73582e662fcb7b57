#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/composition.hpp"
#include "build/system.hpp"

namespace vitrion {
namespace {

std::vector<RegionSettings> read_regions(const Node& node) {
  if (!node.is_list()) {
    throw InputError(node.where,
                     fmt::format("regions should be a list, such as \"- {{shape: slab, from: 0 A, "
                                 "to: 20 A}}\", not {}",
                                 kind_name(node)));
  }
  std::vector<RegionSettings> out;
  for (const Node& item : node.items) {
    RegionSettings region;
    region.schema().read(item);
    out.push_back(region);
  }
  return out;
}

}  // namespace

Schema SystemSettings::schema() {
  Schema s("system");
  s.choice("method", method,
           {"packing", "network", "monte-carlo", "crystal", "composite", "grains"},
           "packing: rigid ions at random; network: a continuous random network; monte-carlo: "
           "rigid ions moved against an energy; crystal: a supercell; composite: layers of glass "
           "and crystal; grains: a polycrystal");
  s.custom(
      "composition", "text",
      "components with amounts (\"0.75Li2S-0.25P2S5\", \"70Li2S-20P2S5-10LiI\"), a formula "
      "(\"Li3PS4\"), or ions "
      "(\"7 Li + PS4 + P2S7\"), chains of n links among them (\"2 Li + S{6}\")",
      [this](const Node& node) {
        if (!node.is_scalar()) {
          throw InputError(node.where,
                           fmt::format("composition should be text, not {}", kind_name(node)));
        }
        composition.clear();
        if (node.scalar.empty()) return;  // crystals and layers bring their own
        Location first = node.where;
        if (node.quoted) ++first.column;
        (void)parse_composition(node.scalar, first);  // complains here, where the place is known
        composition = node.scalar;
      },
      [this] { return Node::make_scalar(composition, true); });
  s.integer("atoms", atoms,
            "wanted number of atoms; the nearest whole number of neutral formulas is taken",
            Bounds{1, 1e7, false});
  s.optional_quantity(
      "density", density_g_cm3, Dimension::density,
      "of the model; auto takes the literature's value or an estimate, and says which", positive);
  s.optional_quantity("density_error", density_error_g_cm3, Dimension::density,
                      "of a measured density: one standard error", positive);
  s.text("density_source", density_source,
         "where the given density comes from, such as a DOI; it goes into the report");
  s.quantity_map("units", units, Dimension::none,
                 "exact numbers of ions instead of `atoms`, such as {Li: 96, PS4: 32}; empty "
                 "chooses them by stoichiometry",
                 not_negative);
  s.quantities("cell_ratio", cell_ratio, Dimension::none,
               "edges a : b : c of the cell, scaled to the density", positive);
  s.quantities("cell_angles", cell_angles_deg, Dimension::angle,
               "angles alpha, beta, gamma of the cell", positive);
  s.quantity("minimum_distance", minimum_distance_A, Dimension::length,
             "at least so much between atoms of different ions, also across faces; pairs that "
             "would bond keep more",
             positive);
  s.quantity_map("minimum_distances", minimum_distances_A, Dimension::length,
                 "exceptions by pair of elements, such as {Li-Li: 2.5 A}", positive);
  s.choice("separation", separation, {"auto", "plain"},
           "auto: pairs that would bond keep more than the minimum distance where there is room; "
           "plain: they keep just that");
  s.quantities("cell_lengths", cell_lengths_A, Dimension::length,
               "edges a, b, c of the cell instead of `atoms` or `density`: the one that is given "
               "settles the other",
               positive);
  s.text("fixed", fixed,
         "file of atoms that stand already and stay (a slab, a pore); its cell is taken, and "
         "`units` or `composition` with `atoms` are packed around them");
  s.custom(
      "regions", "list of regions",
      "where units may be, such as {shape: slab, axis: c, from: 5 A, to: 20 A, units: [PS4]}: " +
          join(RegionSettings().schema().keys(), ", "),
      [this](const Node& node) { regions = read_regions(node); },
      [this] {
        Node list = Node::make_list();
        for (RegionSettings region : regions) list.items.push_back(region.schema().write());
        return list;
      });
  s.texts("walls", walls, "axes (a, b, c) whose faces units do not cross");
  s.section("network", network.schema(), "for the method network");
  s.section("monte_carlo", monte_carlo.schema(), "for the method monte-carlo");
  s.section("composite", composite.schema(), "for the method composite");
  s.section("grains", grains.schema(), "for the method grains");
  s.section("crystal", crystal.schema(), "for the method crystal");
  return s;
}

}  // namespace vitrion
