#include "structure/voids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "structure/bonds.hpp"
#include "structure/distance_field.hpp"
#include "structure/estimates.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {

Schema VoidAnalysis::parameters() {
  Schema schema(name());
  schema
      .quantity_map("radii", radii_A_, Dimension::length,
                    "radii of atoms, over the defaults, like S: 1.84 A", not_negative)
      .texts("without", without_, "species that are not there, like the mobile Li")
      .quantity("spacing", spacing_A_, Dimension::length, "spacing of the grid", positive)
      .quantity("reach", reach_A_, Dimension::length, "largest radius of a pore that is told",
                positive);
  return schema;
}

void VoidAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  require_periodic(first.structure.cell, name());
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  std::vector<std::string> unknown;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    const int z = table.atomic_number(g);
    const bool former = role_of(z) == Role::former || role_of(z) == Role::other;
    const double radius = former ? element::covalent_radius_A(z) : ionic_radius_A(z).value_or(0);
    setup->radius_A.push_back(radius);
  }
  for (const auto& [species, radius] : radii_A_) setup->radius_A[table.group(species)] = radius;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    if (!(setup->radius_A[g] > 0) && !radii_A_.contains(table.name(g))) {
      throw InputError(
          fmt::format("voids: no radius is known for {}: give one with --set voids.radii={}:1.0A",
                      table.name(g), table.name(g)));
    }
  }
  for (const auto& species : without_) setup->radius_A[table.group(species)] = 0;
  setup->spacing_A = spacing_A_;
  setup->reach_A = reach_A_;
  setup->bins = static_cast<std::size_t>(std::ceil(reach_A_ / Setup::bin_A)) + 1;
  const double points = first.structure.cell.volume() / std::pow(spacing_A_, 3);
  if (points > 2e8) {
    throw InputError(
        fmt::format("voids: a grid of {:.2g} points is too fine for this cell: choose a wider "
                    "spacing than {} A",
                    points, spacing_A_));
  }
  setup_ = std::move(setup);
}

std::unique_ptr<Analysis> VoidAnalysis::fork() const {
  auto out = std::make_unique<VoidAnalysis>();
  out->setup_ = setup_;
  return out;
}

void VoidAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const Structure& structure = view.frame.structure;
  std::vector<double> radius;
  for (const auto g : s.table.group_of()) radius.push_back(s.radius_A[g]);
  const Grid3 grid = make_grid(structure.cell, s.spacing_A);
  const auto distance = distance_field(structure, grid, radius, s.reach_A);
  const auto pores = pore_radii(structure.cell, grid, distance);
  const FreeRadii free = free_radii(grid, distance);
  std::vector<double> counters(s.size(), 0.0);
  counters[0] = std::max(0.0, *std::max_element(distance.begin(), distance.end()));
  counters[1] = free.any;
  for (std::size_t k = 0; k < 3; ++k) counters[2 + k] = free.along[k];
  const double share = 1.0 / static_cast<double>(grid.size());
  for (std::size_t i = 0; i < distance.size(); ++i) {
    // Bin k holds what is at least k · bin; surfaces (0) belong to the atoms.
    if (distance[i] > 0)
      counters[5 + static_cast<std::size_t>(distance[i] / Setup::bin_A)] += share;
    if (pores[i] > 0) {
      counters[5 + s.bins + static_cast<std::size_t>(pores[i] / Setup::bin_A)] += share;
    }
  }
  for (const std::size_t first : {std::size_t{5}, 5 + s.bins}) {
    for (std::size_t k = s.bins - 1; k > 0; --k) counters[first + k - 1] += counters[first + k];
  }
  sums_.append(counters, 1);
}

void VoidAnalysis::merge(Analysis& later) { sums_.merge(dynamic_cast<VoidAnalysis&>(later).sums_); }

Result VoidAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Free volume among hard spheres. void_fraction: share of the cell outside all atoms; "
      "largest_sphere: radius of the largest sphere that fits; free_radius (_a, _b, _c): of the "
      "widest that can pass to an image of the cell (along that vector), 0 if none. voids: share "
      "of "
      "the cell where the centre of a probe of that radius can be (void_fraction), or that such "
      "probes can cover (pore_fraction).";
  const auto found = sums_.jackknife_all(
      [](std::span<const double> m) { return std::vector<double>(m.begin(), m.end()); });
  const char* keys[] = {"largest_sphere", "free_radius", "free_radius_a", "free_radius_b",
                        "free_radius_c"};
  out.scalars.push_back(jackknife_scalar("void_fraction", found[5], "", sums_));
  for (std::size_t k = 0; k < 5; ++k) {
    out.scalars.push_back(jackknife_scalar(keys[k], found[k], "A", sums_));
  }
  Table table{
      "voids",
      {column("radius", "A", {}), column("void_fraction", "", {}), column("void_error", "", {}),
       column("pore_fraction", "", {}), column("pore_error", "", {})}};
  for (std::size_t k = 0; k < s.bins; ++k) {
    table.columns[0].data.push_back(static_cast<double>(k) * Setup::bin_A);
    table.columns[1].data.push_back(found[5 + k].value);
    table.columns[2].data.push_back(found[5 + k].error);
    table.columns[3].data.push_back(found[5 + s.bins + k].value);
    table.columns[4].data.push_back(found[5 + s.bins + k].error);
    if (found[5 + s.bins + k].value == 0) break;
  }
  out.tables.push_back(std::move(table));
  Plot plot;
  plot.title = "Free volume by the radius of a probe";
  plot.table = "voids";
  plot.x = "radius";
  plot.series = {"void_fraction", "pore_fraction"};
  plot.errors = {"void_error", "pore_error"};
  plot.x_label = "radius of the probe (Å)";
  plot.y_label = "share of the cell";
  if (found[1].value > 0) plot.marks.push_back({found[1].value, found[1].value, "passes through"});
  out.plots.push_back(std::move(plot));
  std::vector<std::string> radii;
  for (std::size_t g = 0; g < s.table.groups(); ++g) {
    radii.push_back(s.radius_A[g] > 0 ? fmt::format("{} {:g} A", s.table.name(g), s.radius_A[g])
                                      : s.table.name(g) + " left out");
  }
  out.settings = {{"radii", join(radii, ", ")},
                  {"grid", fmt::format("{:g} A", s.spacing_A)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1021/la9808418", "10.1107/S0567739476001551", "10.1039/b801115j"};
  if (found[0].value >= s.reach_A) {
    out.warnings.push_back(fmt::format(
        "some pores are wider than {:g} A, the reach: raise voids.reach to see how wide",
        s.reach_A));
  }
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
