#include "structure/voronoi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

// 1 for a sphere, 0.74 for a truncated octahedron, 0.30 for a tetrahedron.
double isoperimetric_quotient(const VoronoiCell& cell) {
  return 36 * constants::pi * cell.volume * cell.volume / (cell.area * cell.area * cell.area);
}

// n3, n4, n5, n6.
using Index = std::array<int, 4>;
Index index_of(const VoronoiCell& cell) {
  Index n{};
  for (const auto& face : cell.faces) {
    if (face.edges >= 3 && face.edges <= 6) ++n[static_cast<std::size_t>(face.edges - 3)];
  }
  return n;
}

std::string centre_of(const std::string& label) { return label.substr(0, label.find('|')); }
std::string index_of(const std::string& label) { return label.substr(label.find('|') + 1); }

}  // namespace

Schema VoronoiAnalysis::parameters() {
  Schema schema(name());
  schema.texts("centres", centres_, "species whose cells are measured, like P, Li; empty: all")
      .texts("around", around_,
             "species whose atoms make the faces, like S for the polyhedra of S around P; empty: "
             "all")
      .quantity("min_face", min_face_, Dimension::none,
                "faces smaller than this share of the cell's area do not count", {0, 0.5, false})
      .quantity("min_edge", min_edge_, Dimension::none,
                "edges shorter than this share of (volume of the cell)^(1/3) do not count",
                {0, 0.5, false});
  return schema;
}

void VoronoiAnalysis::choose(Setup& setup, const std::vector<std::string>& names,
                             std::vector<std::size_t>& groups, std::vector<bool>& flags) const {
  std::vector<bool> chosen(setup.table.groups(), names.empty());
  for (const auto& n : names) chosen[setup.table.group(n)] = true;
  for (std::size_t g = 0; g < chosen.size(); ++g) {
    if (chosen[g]) groups.push_back(g);
  }
  for (const auto g : setup.table.group_of()) flags.push_back(chosen[g]);
}

void VoronoiAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  require_periodic(first.structure.cell, name());
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  choose(*setup, centres_, setup->centres, setup->choice.centres);
  choose(*setup, around_, setup->around, setup->choice.planes);
  setup->filter = {min_face_, min_edge_};
  setup->choice.solid_angles = false;
  const auto planes = std::count(setup->choice.planes.begin(), setup->choice.planes.end(), true);
  const double mean = first.structure.cell.volume() / static_cast<double>(planes);
  // 1, 2 or 5 times a power of ten, so that the histogram ends beyond four times the mean.
  const double least = 4 * mean / static_cast<double>(Setup::bins);
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double step : {10.0, 5.0, 2.0, 1.0}) {
    if (step * power >= least) setup->bin_A3 = step * power;
  }
  setup_ = std::move(setup);
}

std::unique_ptr<Analysis> VoronoiAnalysis::fork() const {
  auto out = std::make_unique<VoronoiAnalysis>();
  out->setup_ = setup_;
  return out;
}

void VoronoiAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  std::vector<double> counters(s.table.groups() * s.stride(), 0.0);
  std::map<std::pair<std::size_t, Index>, double> found;
  each_voronoi_cell(view.frame.structure, s.choice, s.filter, name(),
                    [&](std::size_t i, const VoronoiCell& cell) {
                      double* at = &counters[group[i] * s.stride()];
                      at[0] += cell.volume;
                      at[1] += cell.volume * cell.volume;
                      at[2] += cell.area;
                      at[3] += static_cast<double>(cell.faces.size());
                      at[4] += isoperimetric_quotient(cell);
                      for (const auto& face : cell.faces)
                        at[Setup::moments + group[face.atom]] += 1;
                      const auto bin = std::min(Setup::bins - 1,
                                                static_cast<std::size_t>(cell.volume / s.bin_A3));
                      at[Setup::moments + s.table.groups() + bin] += 1;
                      found[{group[i], index_of(cell)}] += 1;
                    });
  LabelSums::Counts indices;
  for (const auto& [key, count] : found) {
    const Index& n = key.second;
    indices[fmt::format("{}|{} {} {} {}", s.table.name(key.first), n[0], n[1], n[2], n[3])] = count;
  }
  sums_.append(counters, 1);
  indices_.append(indices, 1);
}

void VoronoiAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<VoronoiAnalysis&>(later);
  sums_.merge(other.sums_);
  indices_.merge(other.indices_);
}

void VoronoiAnalysis::add_scalars(Result& out) const {
  const Setup& s = *setup_;
  for (const auto g : s.centres) {
    const double atoms = s.table.count(g);
    const auto found = sums_.jackknife_all([&](std::span<const double> m) {
      const auto of = m.subspan(g * s.stride(), Setup::moments);
      const double volume = of[0] / atoms;
      return std::vector<double>{volume, std::sqrt(std::max(0.0, of[1] / atoms - volume * volume)),
                                 of[2] / atoms, of[3] / atoms, of[4] / atoms};
    });
    const char* keys[] = {"volume_", "volume_sd_", "area_", "faces_", "roundness_"};
    const char* units[] = {"A^3", "A^3", "A^2", "", ""};
    for (std::size_t k = 0; k < found.size(); ++k) {
      out.scalars.push_back(jackknife_scalar(keys[k] + s.table.name(g), found[k], units[k], sums_));
    }
  }
}

void VoronoiAnalysis::add_indices(Result& out) const {
  const Setup& s = *setup_;
  const auto total = indices_.total();
  std::vector<std::pair<std::string, double>> rows(total.begin(), total.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    const std::string x = centre_of(a.first);
    const std::string y = centre_of(b.first);
    return x != y ? x < y : a.second > b.second;
  });
  std::vector<std::string> labels;
  for (const auto& row : rows) labels.push_back(row.first);
  const BlockSums blocks = indices_.of(labels);
  std::vector<Estimate> share;
  if (!labels.empty()) {
    share = blocks.jackknife_all([&](std::span<const double> m) {
      std::vector<double> f(m.begin(), m.end());
      for (std::size_t k = 0; k < f.size(); ++k) {
        f[k] /= s.table.count(s.table.group(centre_of(labels[k])));
      }
      return f;
    });
  }
  Table all{"indices",
            {{"index", "", {}, {}},
             {"centre", "", {}, {}},
             {"fraction", "", {}, {}},
             {"error", "", {}, {}}},
            {"fraction"}};
  // The six most frequent indices of each centre make the plot.
  std::vector<std::string> common;
  std::map<std::string, int> taken;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    all.columns[0].text.push_back(index_of(labels[k]));
    all.columns[1].text.push_back(centre_of(labels[k]));
    all.columns[2].data.push_back(share[k].value);
    all.columns[3].data.push_back(share[k].error);
    if (++taken[centre_of(labels[k])] > 6) continue;
    if (std::find(common.begin(), common.end(), index_of(labels[k])) == common.end()) {
      common.push_back(index_of(labels[k]));
    }
  }
  Table few{"common_indices", {{"index", "", {}, common}}};
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = "Most frequent Voronoi indices";
  plot.table = few.name;
  plot.x = "index";
  plot.x_label = "⟨n_{3} n_{4} n_{5} n_{6}⟩";
  plot.y_label = "share of the centres";
  for (const auto g : s.centres) {
    const std::string& centre = s.table.name(g);
    Column value = column(centre, "", std::vector<double>(common.size(), 0.0));
    Column error = column(centre + "_error", "", std::vector<double>(common.size(), 0.0));
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const auto at = std::find(common.begin(), common.end(), index_of(labels[k]));
      if (centre_of(labels[k]) != centre || at == common.end()) continue;
      value.data[static_cast<std::size_t>(at - common.begin())] = share[k].value;
      error.data[static_cast<std::size_t>(at - common.begin())] = share[k].error;
    }
    plot.series.push_back(value.name);
    plot.errors.push_back(error.name);
    few.columns.push_back(std::move(value));
    few.columns.push_back(std::move(error));
  }
  out.tables.push_back(std::move(all));
  out.tables.push_back(std::move(few));
  out.plots.push_back(std::move(plot));
}

void VoronoiAnalysis::add_volumes(Result& out) const {
  const Setup& s = *setup_;
  const std::vector<double> mean = sums_.mean();
  const std::size_t first = Setup::moments + s.table.groups();
  std::size_t bins = 1;
  for (const auto g : s.centres) {
    for (std::size_t k = bins; k < Setup::bins; ++k) {
      if (mean[g * s.stride() + first + k] > 0) bins = k + 1;
    }
  }
  Table table{"volumes", {column("volume", "A^3", bin_centres(bins, s.bin_A3))}};
  Plot plot;
  plot.title = "Volumes of the Voronoi cells";
  plot.table = table.name;
  plot.x = "volume";
  plot.x_label = "volume (Å³)";
  plot.y_label = "share of the centres per Å³";
  for (const auto g : s.centres) {
    std::vector<double> p(bins);
    for (std::size_t k = 0; k < p.size(); ++k) {
      p[k] = mean[g * s.stride() + first + k] / (s.table.count(g) * s.bin_A3);
    }
    plot.series.push_back(s.table.name(g));
    plot.errors.emplace_back();
    table.columns.push_back(column(s.table.name(g), "1/A^3", std::move(p)));
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

void VoronoiAnalysis::add_neighbours(Result& out) const {
  const Setup& s = *setup_;
  Table table{"neighbours", {{"pair", "", {}, {}}, {"faces", "", {}, {}}, {"error", "", {}, {}}}};
  for (const auto a : s.centres) {
    for (const auto b : s.around) {
      const Estimate n = sums_.jackknife([&](std::span<const double> m) {
        return m[a * s.stride() + Setup::moments + b] / s.table.count(a);
      });
      table.columns[0].text.push_back(s.table.name(a) + ">" + s.table.name(b));
      table.columns[1].data.push_back(n.value);
      table.columns[2].data.push_back(n.error);
    }
  }
  out.tables.push_back(std::move(table));
}

Result VoronoiAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Voronoi cells. indices: share of the cells of a centre with n3, n4, n5, n6 faces of 3, 4, 5 "
      "and 6 edges; volume_X, area_X, faces_X: means over X, volume_sd_X the spread of the "
      "volumes, "
      "roundness_X = 36 pi V^2/A^3 (1 for a sphere); neighbours A>B: faces of A towards B.";
  add_scalars(out);
  add_indices(out);
  add_volumes(out);
  add_neighbours(out);
  std::vector<std::string> around;
  for (const auto g : s.around) around.push_back(s.table.name(g));
  out.settings = {
      {"faces made by", join(around, ", ")},
      {"smallest face", fmt::format("{:g} of the area of the cell", s.filter.face)},
      {"shortest edge", fmt::format("{:g} of the cube root of the volume", s.filter.edge)},
      {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1063/1.3215722", "10.1098/rspa.1970.0189"};
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
