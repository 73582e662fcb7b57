#include "structure/porosity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "structure/bonds.hpp"
#include "structure/estimates.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {

Schema PorosityAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "the mobile ion; empty: the most frequent cation")
      .quantity("voxel", voxel_A_, Dimension::length, "edge of a voxel", positive)
      .quantity("radius", radius_A_, Dimension::length,
                "radius of the ion: voxels whose centre it touches are filled; 0: the one it is in",
                not_negative);
  return schema;
}

Vec3 PorosityAnalysis::mean_of_others(const std::vector<Vec3>& position) const {
  const auto& group = setup_->table.group_of();
  Vec3 sum = Vec3::Zero();
  double n = 0;
  for (std::size_t i = 0; i < position.size(); ++i) {
    if (group[i] == setup_->species) continue;
    sum += position[i];
    n += 1;
  }
  return n > 0 ? Vec3(sum / n) : Vec3(Vec3::Zero());
}

void PorosityAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  require_periodic(first.structure.cell, name());
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  bool known = !species_.empty();
  if (known) setup->species = table.group(species_);
  double most = 0;
  for (std::size_t g = 0; g < table.groups() && species_.empty(); ++g) {
    if (role_of(table.atomic_number(g)) != Role::cation || table.count(g) <= most) continue;
    most = table.count(g);
    setup->species = g;
    known = true;
  }
  if (!known) {
    throw InputError("porosity: there is no cation: name the ion with --set porosity.species=NAME");
  }
  setup->grid = make_grid(first.structure.cell, voxel_A_);
  if (setup->grid.size() > 500'000'000) {
    throw InputError(fmt::format("porosity: voxels of {} A are too fine for this cell", voxel_A_));
  }
  setup->radius_A = radius_A_;
  setup->heights_A = first.structure.cell.heights();
  setup_ = setup;
  setup->start = mean_of_others(first.structure.position);
  filled_.assign(setup->grid.size(), -1);
}

Needs PorosityAnalysis::needs() const {
  Needs needs;
  needs.unwrapped = true;
  return needs;
}

std::unique_ptr<Analysis> PorosityAnalysis::fork() const {
  auto out = std::make_unique<PorosityAnalysis>();
  out->setup_ = setup_;
  out->filled_.assign(filled_.size(), -1);
  return out;
}

void PorosityAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const Cell& cell = view.frame.structure.cell;
  const auto& group = s.table.group_of();
  const Vec3 drift = mean_of_others(*view.unwrapped) - s.start;
  const auto now = static_cast<std::int32_t>(view.index);
  const auto fill = [&](std::size_t voxel) {
    if (filled_[voxel] < 0) filled_[voxel] = now;
  };
  // Voxel (i, j, k) has its centre at (i + ½, …)/count.
  Vec3 half;
  for (int k = 0; k < 3; ++k) half[k] = 0.5 / s.grid.count[static_cast<std::size_t>(k)];
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (group[i] != s.species) continue;
    const Vec3 at = (*view.unwrapped)[i] - drift;
    const Vec3 f = cell.to_fractional(at);
    Int3 voxel{};
    for (std::size_t k = 0; k < 3; ++k) {
      voxel[k] = static_cast<int>(std::floor(f[static_cast<Eigen::Index>(k)] * s.grid.count[k]));
    }
    fill(s.grid.index(voxel));
    if (s.radius_A > 0) {
      each_grid_point_near(cell, s.grid, cell.to_cartesian(f - half), s.radius_A, fill);
    }
  }
  time_ps_.push_back(view.time_ps);
}

void PorosityAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<PorosityAnalysis&>(later);
  for (std::size_t k = 0; k < filled_.size(); ++k) {
    if (filled_[k] < 0) filled_[k] = other.filled_[k];
  }
  time_ps_.insert(time_ps_.end(), other.time_ps_.begin(), other.time_ps_.end());
}

// The scatter of the share among parts of the cell with edges of 5 Å or more. Voxels nearby are
// filled together, parts of that size nearly independently.
Estimate PorosityAnalysis::spatial() const {
  const Grid3& g = setup_->grid;
  Int3 parts{};
  std::size_t n = 1;
  for (std::size_t k = 0; k < 3; ++k) {
    const double height = setup_->heights_A[static_cast<Eigen::Index>(k)];
    parts[k] = std::clamp(static_cast<int>(height / part_edge_A), 1, g.count[k]);
    n *= static_cast<std::size_t>(parts[k]);
  }
  std::vector<double> full(n, 0.0), all(n, 0.0);
  for (int a = 0; a < g.count[0]; ++a) {
    for (int b = 0; b < g.count[1]; ++b) {
      for (int c = 0; c < g.count[2]; ++c) {
        const int x = a * parts[0] / g.count[0];
        const int y = b * parts[1] / g.count[1];
        const int z = c * parts[2] / g.count[2];
        const auto part = static_cast<std::size_t>((x * parts[1] + y) * parts[2] + z);
        all[part] += 1;
        full[part] += filled_[g.index({a, b, c})] >= 0 ? 1 : 0;
      }
    }
  }
  for (std::size_t k = 0; k < n; ++k) full[k] /= all[k];
  return mean_and_error(full);
}

Result PorosityAnalysis::result() const {
  const Setup& s = *setup_;
  const std::string& ion = s.table.name(s.species);
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "Share of the cell that trajectories of {} have filled up to t, in voxels of the stated "
      "size; "
      "porosity_{}: at the end.",
      ion, ion);
  std::vector<double> share(time_ps_.size(), 0.0);
  for (const auto frame : filled_) {
    if (frame >= 0) share[static_cast<std::size_t>(frame)] += 1;
  }
  double sum = 0;
  for (double& x : share) {
    sum += x;
    x = sum / static_cast<double>(filled_.size());
  }
  const bool timed =
      std::none_of(time_ps_.begin(), time_ps_.end(), [](double t) { return std::isnan(t); });
  std::vector<double> t = time_ps_;
  for (std::size_t k = 0; k < t.size() && !timed; ++k) t[k] = static_cast<double>(k);
  out.scalars.push_back(
      {"porosity_" + ion, share.back(), spatial().error, "",
       fmt::format("scatter among parts of the cell of {:g} A or more", part_edge_A)});
  // Whether the ions still find new room: the last tenth of the run beside the whole.
  const std::size_t late = share.size() * 9 / 10;
  if (share.size() >= 20 && share.back() - share[late] > 0.02 * share.back()) {
    out.warnings.push_back(fmt::format(
        "the porosity still grows (by {:.1f} % in the last tenth): compare runs of equal length",
        100 * (share.back() - share[late]) / share.back()));
  }
  out.tables.push_back(
      {"porosity",
       {column("t", timed ? "ps" : "frame", std::move(t)), column(ion, "", std::move(share))}});
  Plot plot;
  plot.title = "Effective porosity of " + ion;
  plot.table = "porosity";
  plot.x = "t";
  plot.series = {ion};
  plot.errors = {""};
  plot.x_label = timed ? "t (ps)" : "frame";
  plot.y_label = "share of the cell filled";
  out.plots.push_back(std::move(plot));
  out.settings = {
      {"voxels", fmt::format("{} x {} x {}", s.grid.count[0], s.grid.count[1], s.grid.count[2])},
      {"radius of the ion", fmt::format("{:g} A", s.radius_A)},
      {"drift", "of the other atoms, taken out"},
      {"frames", std::to_string(time_ps_.size())}};
  return out;
}

}  // namespace vitrion
