#include "structure/sublattice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "structure/bonds.hpp"
#include "structure/estimates.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {
namespace {

const char* const kind_names[] = {"fcc", "hcp", "bcc", "other"};

}  // namespace

Schema SublatticeAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "whose atoms; empty: the most frequent anion, or atom")
      .choice("axis", axis_, {"a", "b", "c"}, "cell vector along which the profile runs")
      .integer("bins", bins_, "slabs of the profile", {1, 1000, false})
      .quantity("worst", worst_, Dimension::none,
                "root mean square deviation, over the distance of neighbours, up to which a "
                "template fits",
                positive);
  return schema;
}

void SublatticeAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  require_periodic(first.structure.cell, name());
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  double best = -1;
  for (std::size_t g = 0; g < table.groups() && species_.empty(); ++g) {
    const bool anion = role_of(table.atomic_number(g)) == Role::anion;
    const double rank = table.count(g) + (anion ? 1e12 : 0);
    if (rank <= best) continue;
    best = rank;
    setup->species = g;
  }
  if (!species_.empty()) setup->species = table.group(species_);
  setup->axis = static_cast<std::size_t>(axis_[0] - 'a');
  setup->bins = static_cast<std::size_t>(bins_);
  setup->worst = worst_;
  // A sphere that holds some thirty atoms of the species: the fourteen nearest are in it, unless
  // there is a hole.
  setup->reach_A = 1.95 * std::cbrt(first.structure.cell.volume() / table.count(setup->species));
  setup_ = std::move(setup);
}

Needs SublatticeAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->reach_A;
  return needs;
}

std::unique_ptr<Analysis> SublatticeAnalysis::fork() const {
  auto out = std::make_unique<SublatticeAnalysis>();
  out->setup_ = setup_;
  return out;
}

void SublatticeAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const Structure& structure = view.frame.structure;
  const auto& group = s.table.group_of();
  const auto axis = static_cast<Eigen::Index>(s.axis);
  std::vector<double> counters(s.size(), 0.0);
  std::vector<Vec3> around;
  for (std::size_t i = 0; i < structure.size(); ++i) {
    if (group[i] != s.species) continue;
    around.clear();
    for (const Neighbor& n : view.neighbors->of(i)) {
      if (group[n.atom] == s.species) around.push_back(n.vector);
      if (around.size() == 14) break;
    }
    const TemplateMatch match = match_packing(around, s.worst);
    const auto kind = static_cast<std::size_t>(match.packing);
    counters[kind] += 1;
    counters[Setup::kinds + static_cast<std::size_t>(common_neighbour_packing(around))] += 1;
    counters[2 * Setup::kinds] += std::min(match.rmsd, 1.0);
    double along = structure.cell.to_fractional(structure.position[i])[axis];
    along -= std::floor(along);
    const auto slab = static_cast<std::size_t>(along * static_cast<double>(s.bins));
    counters[s.slab(std::min(slab, s.bins - 1)) + kind] += 1;
  }
  sums_.append(counters, 1);
  length_A_ += structure.cell.vector(static_cast<int>(axis)).norm();
}

void SublatticeAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<SublatticeAnalysis&>(later);
  sums_.merge(other.sums_);
  length_A_ += other.length_A_;
}

void SublatticeAnalysis::add_scalars(Result& out) const {
  const Setup& s = *setup_;
  const double atoms = s.table.count(s.species);
  const auto share = [&](const std::string& key, std::initializer_list<std::size_t> counters) {
    const Estimate e = sums_.jackknife([&](std::span<const double> m) {
      double sum = 0;
      for (const auto k : counters) sum += m[k];
      return sum / atoms;
    });
    out.scalars.push_back(jackknife_scalar(key, e, "", sums_));
  };
  share("fraction_hcp", {1});
  share("fraction_cubic", {0, 2});
  share("fraction_fcc", {0});
  share("fraction_bcc", {2});
  share("fraction_other", {3});
  share("cna_hcp", {Setup::kinds + 1});
  share("cna_cubic", {Setup::kinds, Setup::kinds + 2});
  share("cna_other", {Setup::kinds + 3});
  share("mean_rmsd", {2 * Setup::kinds});
}

void SublatticeAnalysis::add_profile(Result& out) const {
  const Setup& s = *setup_;
  const double width = length_A_ / sums_.total_weight() / static_cast<double>(s.bins);
  Table table{"profile", {column("position", "A", bin_centres(s.bins, width))}};
  Plot plot;
  plot.title = fmt::format("Packing of the {} sublattice along {}", s.table.name(s.species),
                           static_cast<char>('a' + s.axis));
  plot.table = table.name;
  plot.x = "position";
  plot.x_label = "position (Å)";
  plot.y_label = "share of the atoms of a slab";
  const auto add = [&](const std::string& kind, std::initializer_list<std::size_t> which,
                       bool drawn) {
    Column value = column(kind, "", {});
    Column error = column(kind + "_error", "", {});
    for (std::size_t k = 0; k < s.bins; ++k) {
      const Estimate e = sums_.jackknife([&](std::span<const double> m) {
        double all = 0;
        double sum = 0;
        for (std::size_t x = 0; x < Setup::kinds; ++x) all += m[s.slab(k) + x];
        for (const auto x : which) sum += m[s.slab(k) + x];
        return all > 0 ? sum / all : std::numeric_limits<double>::quiet_NaN();
      });
      value.data.push_back(e.value);
      error.data.push_back(e.error);
    }
    if (drawn) {
      plot.series.push_back(value.name);
      plot.errors.push_back(error.name);
    }
    table.columns.push_back(std::move(value));
    table.columns.push_back(std::move(error));
  };
  add("hcp", {1}, true);
  add("cubic", {0, 2}, true);
  add("other", {3}, true);
  add("fcc", {0}, false);
  add("bcc", {2}, false);
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

Result SublatticeAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Packing of the atoms of one species among themselves: fraction_ by polyhedral template "
      "matching, cna_ by adaptive common neighbour analysis; cubic is fcc and bcc; mean_rmsd: "
      "deviation from the nearest template, over the distance of neighbours.";
  add_scalars(out);
  add_profile(out);
  Table kinds{
      "packing",
      {{"packing", "", {}, {}}, column("fraction", "", {}), column("common_neighbours", "", {})}};
  const std::vector<double> mean = sums_.mean();
  for (std::size_t k = 0; k < Setup::kinds; ++k) {
    kinds.columns[0].text.emplace_back(kind_names[k]);
    kinds.columns[1].data.push_back(mean[k] / s.table.count(s.species));
    kinds.columns[2].data.push_back(mean[Setup::kinds + k] / s.table.count(s.species));
  }
  out.tables.push_back(std::move(kinds));
  out.settings = {{"species", s.table.name(s.species)},
                  {"worst deviation", fmt::format("{:g}", s.worst)},
                  {"axis", std::string(1, static_cast<char>('a' + s.axis))},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1088/0965-0393/24/5/055007", "10.1088/0965-0393/20/4/045021"};
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
