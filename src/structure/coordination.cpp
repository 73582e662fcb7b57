#include "structure/coordination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "structure/estimates.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {
namespace {

// Counters of a directed pair: centres with 0, 1 … most (or more) neighbours, then all neighbours.
constexpr std::size_t most = 64;
constexpr std::size_t stride = most + 2;

}  // namespace

Schema CoordinationAnalysis::parameters() {
  Schema schema(name());
  schema
      .choice("mode", mode_, {"cutoff", "minimum", "voronoi"},
              "who is a neighbour: within the bond cut-off, up to the first minimum of g(r), or by "
              "Voronoi faces")
      .quantity_map("cutoffs", cutoffs_, Dimension::length,
                    "bond cut-offs by pair, over the defaults (0 A: no bond), like Li-S: 3.2 A",
                    not_negative)
      .quantity("r_max", r_max_A_, Dimension::length, "how far to look for the first minimum",
                positive)
      .quantity("bin", bin_A_, Dimension::length, "width of the bins of that g(r)", positive)
      .quantity("distance", distance_, Dimension::none,
                "voronoi: largest distance, over that of the nearest neighbour", {1, 10, false})
      .quantity("angle", angle_, Dimension::none,
                "voronoi: smallest solid angle of a face, over the largest one", {0, 1, false});
  return schema;
}

void CoordinationAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  setup->bonds = BondCutoffs(setup->table, cutoffs_, name());
  const auto& table = setup->table;
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = 0; b < table.groups(); ++b) {
      if (!setup->bonds.bonded(a, b)) continue;
      setup->pairs.push_back({a, b, table.name(a) + ">" + table.name(b)});
    }
  }
  setup->by_faces = mode_ == "voronoi";
  setup->distance = distance_;
  setup->angle = angle_;
  if (setup->by_faces) require_periodic(first.structure.cell, name());
  if (mode_ == "minimum") {
    setup->distribution = make_pair_distribution(first, r_max_A_, bin_A_, name());
  }
  setup_ = std::move(setup);
  if (setup_->distribution) distribution_.emplace(*setup_->distribution);
}

Needs CoordinationAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->bonds.largest_A();
  return needs;
}

std::unique_ptr<Analysis> CoordinationAnalysis::fork() const {
  auto out = std::make_unique<CoordinationAnalysis>();
  out->mode_ = mode_;
  out->setup_ = setup_;
  if (setup_->distribution) out->distribution_.emplace(*setup_->distribution);
  return out;
}

void CoordinationAnalysis::count(std::size_t a, const std::vector<std::size_t>& around,
                                 std::vector<double>& counters) const {
  for (std::size_t p = 0; p < setup_->pairs.size(); ++p) {
    if (setup_->pairs[p].a != a) continue;
    const std::size_t n = around[setup_->pairs[p].b];
    counters[p * stride + std::min(n, most)] += 1;
    counters[p * stride + most + 1] += static_cast<double>(n);
  }
}

void CoordinationAnalysis::count_bonds(const FrameView& view, std::vector<double>& counters) const {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const double largest = s.bonds.largest_A();
  std::vector<std::size_t> around(s.table.groups());
  for (std::size_t i = 0; i < view.frame.size(); ++i) {
    const std::size_t a = group[i];
    std::fill(around.begin(), around.end(), 0);
    for (const Neighbor& n : view.neighbors->of(i)) {
      if (n.distance > largest) break;
      const std::size_t b = group[n.atom];
      if (n.distance <= s.bonds.of(a, b)) ++around[b];
    }
    count(a, around, counters);
  }
}

void CoordinationAnalysis::count_faces(const FrameView& view, std::vector<double>& counters) const {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const VoronoiChoice all{std::vector<bool>(group.size(), true),
                          std::vector<bool>(group.size(), true)};
  std::vector<std::size_t> around(s.table.groups());
  each_voronoi_cell(view.frame.structure, all, {}, name(),
                    [&](std::size_t i, const VoronoiCell& cell) {
                      double nearest = std::numeric_limits<double>::infinity();
                      double widest = 0;
                      for (const auto& face : cell.faces) {
                        nearest = std::min(nearest, face.distance);
                        widest = std::max(widest, face.solid_angle);
                      }
                      std::fill(around.begin(), around.end(), 0);
                      for (const auto& face : cell.faces) {
                        const bool near = face.distance <= (s.distance + 1e-6) * nearest;
                        const bool wide = face.solid_angle >= (s.angle - 1e-6) * widest;
                        if (near && wide) ++around[group[face.atom]];
                      }
                      count(group[i], around, counters);
                    });
}

void CoordinationAnalysis::consume(const FrameView& view) {
  std::vector<double> counters(setup_->pairs.size() * stride, 0.0);
  if (setup_->by_faces) {
    count_faces(view, counters);
  } else {
    count_bonds(view, counters);
  }
  sums_.append(counters, 1);
  if (distribution_) distribution_->consume(view.frame.structure);
}

void CoordinationAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<CoordinationAnalysis&>(later);
  sums_.merge(other.sums_);
  if (distribution_) distribution_->merge(*other.distribution_);
}

void CoordinationAnalysis::add_by_cutoff(Result& out) const {
  for (std::size_t p = 0; p < setup_->pairs.size(); ++p) {
    const auto& pair = setup_->pairs[p];
    const double centres = setup_->table.count(pair.a);
    const Estimate cn = sums_.jackknife(
        [&](std::span<const double> m) { return m[p * stride + most + 1] / centres; });
    out.scalars.push_back(jackknife_scalar("cn_" + pair.name, cn, "", sums_));
  }
}

void CoordinationAnalysis::add_by_minimum(Result& out) const {
  const auto& table = setup_->table;
  const BlockSums& sums = distribution_->sums();
  const double width = setup_->distribution->width();
  const std::vector<double> mean = sums.mean();
  for (const auto& [a, b, name] : setup_->pairs) {
    const Curve curve = distribution_->curve(mean, a, b);
    const FirstShell shell = find_first_shell(curve);
    const Estimate cn = sums.jackknife([&](std::span<const double> sample) {
      const double r = first_minimum_A(shell, distribution_->curve(sample, a, b));
      return cn_at(distribution_->running_cn(sample, a, b), width, r);
    });
    out.scalars.push_back(jackknife_scalar("cn_" + name, cn, "", sums));
    out.settings.emplace_back("shell of " + name,
                              fmt::format("{:.3f} A", first_minimum_A(shell, curve)));
    const std::string doubt = doubt_about_minimum(shell);
    if (!doubt.empty()) {
      out.warnings.push_back(fmt::format("{}: {}; give a cut-off instead (mode cutoff)",
                                         table.pair_name(a, b), doubt));
    }
  }
}

void CoordinationAnalysis::add_distribution(Result& out) const {
  const std::vector<double> total = sums_.total();
  std::size_t largest = 0;
  for (std::size_t p = 0; p < setup_->pairs.size(); ++p) {
    for (std::size_t n = 0; n <= most; ++n) {
      if (total[p * stride + n] > 0) largest = std::max(largest, n);
    }
    if (total[p * stride + most] > 0) {
      out.warnings.push_back(
          fmt::format("{}: some atoms have {} neighbours or more, counted as {}: "
                      "the cut-off is wide for a first shell",
                      setup_->pairs[p].name, most, most));
    }
  }
  std::vector<double> number(largest + 1);
  for (std::size_t n = 0; n <= largest; ++n) number[n] = static_cast<double>(n);
  Table table{"cn_distribution", {column("n", "", std::move(number))}};
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = "Coordination numbers";
  plot.table = table.name;
  plot.x = "n";
  plot.x_label = "neighbours within the bond cut-off";
  plot.y_label = "share of centres";
  for (std::size_t p = 0; p < setup_->pairs.size(); ++p) {
    const double centres = setup_->table.count(setup_->pairs[p].a) * sums_.total_weight();
    std::vector<double> share(largest + 1);
    for (std::size_t n = 0; n <= largest; ++n) share[n] = total[p * stride + n] / centres;
    table.columns.push_back(column(setup_->pairs[p].name, "", std::move(share)));
    table.counted.push_back(setup_->pairs[p].name);
    plot.series.push_back(setup_->pairs[p].name);
    plot.errors.emplace_back();
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

Result CoordinationAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      mode_ == "voronoi"
          ? "cn_A>B: mean number of B around an A whose Voronoi faces have a solid angle and a "
            "distance within the stated cut-offs, over the largest and the nearest of all "
            "neighbours; cn_distribution: share of A atoms with n such neighbours."
      : mode_ == "cutoff"
          ? "cn_A>B: mean number of B within the bond cut-off of an A; cn_distribution: "
            "share of A atoms with n such neighbours."
          : "cn_A>B: mean number of B around an A up to the first minimum of g(r); "
            "cn_distribution: share of A atoms with n neighbours within the bond cut-off.";
  out.settings = {{"mode", mode_},
                  {"bond cut-offs", setup_->bonds.text(setup_->table)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  if (mode_ == "voronoi") {
    out.settings.emplace_back("largest relative distance", fmt::format("{:g}", setup_->distance));
    out.settings.emplace_back("smallest relative angle", fmt::format("{:g}", setup_->angle));
    out.references.emplace_back("10.1107/S0567739479001765");
  }
  if (mode_ == "minimum") {
    add_by_minimum(out);
  } else {
    add_by_cutoff(out);
  }
  add_distribution(out);
  out.references.insert(out.references.end(), {"10.1039/b801115j", "10.1107/S0567739476001551"});
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
