#include "structure/environments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "structure/environment_weights.hpp"
#include "structure/estimates.hpp"
#include "structure/polyhedra.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most_ligands = 13;

// Cut-offs over which `abundance` averages, as areas of a plane: relative distances up to 2,
// relative angles down to 0.05.
constexpr double farthest = 2.0;
constexpr double flattest = 0.05;

}  // namespace

Schema EnvironmentAnalysis::parameters() {
  Schema schema(name());
  schema
      .choice("strategy", strategy_, {"simplest", "abundance", "weights", "bonds"},
              "how neighbours are chosen: Voronoi faces within two cut-offs; all such cut-offs, "
              "each set of neighbours weighted by the share of cut-offs that choose it; sets "
              "weighted by cut-offs and by how well they fit a shape; bond cut-offs")
      .texts("centres", centres_, "species in the middle; empty: all that are not anions")
      .texts("ligands", ligands_, "species that count as neighbours; empty: anions")
      .quantity("distance", distance_, Dimension::none,
                "largest distance, over that of the nearest neighbour", {1, 10, false})
      .quantity("angle", angle_, Dimension::none,
                "smallest solid angle of a face, over the largest one", {0, 1, false})
      .quantity("worst", worst_, Dimension::none,
                "symmetry measure above which an environment is called unclear", {0, 100, true})
      .quantity_map("cutoffs", cutoffs_, Dimension::length,
                    "bond cut-offs by pair, over the defaults, for the strategy bonds",
                    not_negative);
  return schema;
}

void EnvironmentAnalysis::choose_roles(Setup& setup) const {
  const auto& table = setup.table;
  setup.centre.assign(table.groups(), false);
  setup.ligand.assign(table.groups(), false);
  std::vector<std::string> present;
  bool any_anion = false;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    present.push_back(table.name(g));
    any_anion = any_anion || role_of(table.atomic_number(g)) == Role::anion;
  }
  for (std::size_t g = 0; g < table.groups(); ++g) {
    const bool anion = role_of(table.atomic_number(g)) == Role::anion;
    if (centres_.empty()) setup.centre[g] = !anion || !any_anion;
    if (ligands_.empty()) setup.ligand[g] = anion || !any_anion;
  }
  for (const auto& n : centres_) setup.centre[table.group(n)] = true;
  for (const auto& n : ligands_) setup.ligand[table.group(n)] = true;
  if (std::find(setup.centre.begin(), setup.centre.end(), true) == setup.centre.end()) {
    throw InputError(fmt::format(
        "environments: {} are all anions: name the centres with --set environments.centres=NAME",
        join(present, ", ")));
  }
}

void EnvironmentAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  setup->strategy = strategy_;
  setup->distance = distance_;
  setup->angle = angle_;
  setup->worst = worst_;
  choose_roles(*setup);
  if (strategy_ == "bonds") {
    setup->bonds = BondCutoffs(setup->table, cutoffs_, name());
  } else {
    require_periodic(first.structure.cell, name());
  }
  setup_ = std::move(setup);
}

Needs EnvironmentAnalysis::needs() const {
  Needs needs;
  if (setup_->strategy == "bonds") needs.cutoff_A = setup_->bonds.largest_A();
  return needs;
}

std::unique_ptr<Analysis> EnvironmentAnalysis::fork() const {
  auto out = std::make_unique<EnvironmentAnalysis>();
  out->setup_ = setup_;
  return out;
}

void EnvironmentAnalysis::add(std::size_t group, const std::vector<Vec3>& ligands, double weight,
                              LabelSums::Counts& counts) const {
  const std::string centre = setup_->table.name(group) + "|";
  if (ligands.empty() || ligands.size() > most_ligands) {
    counts[centre + (ligands.empty() ? "none:0" : fmt::format("many:{}", ligands.size()))] +=
        weight;
    return;
  }
  const Polyhedron* best = nullptr;
  double measure = 101;
  for (const auto& p : polyhedra(ligands.size())) {
    const double csm = p.shape.measure(ligands);
    if (csm >= measure) continue;
    measure = csm;
    best = &p;
  }
  const std::string label =
      centre + (measure > setup_->worst ? fmt::format("unclear:{}", ligands.size()) : best->symbol);
  counts[label] += weight;
  counts[label + "|csm"] += weight * measure;
}

// Every set of ligands that some pair of cut-offs chooses, by the share of such pairs.
void EnvironmentAnalysis::add_abundance(std::size_t group, const std::vector<Candidate>& around,
                                        LabelSums::Counts& counts) const {
  std::vector<double> distances{1};
  std::vector<double> angles{1};
  for (const auto& c : around) {
    if (c.ligand && c.distance < farthest) distances.push_back(c.distance);
    if (c.ligand && c.angle > flattest) angles.push_back(c.angle);
  }
  const auto tidy = [](std::vector<double>& v) {
    std::sort(v.begin(), v.end());
    v.erase(std::unique(v.begin(), v.end(), [](double a, double b) { return b - a < 1e-6; }),
            v.end());
  };
  tidy(distances);
  tidy(angles);
  distances.push_back(farthest);
  angles.insert(angles.begin(), flattest);
  std::map<std::vector<bool>, double> area;
  for (std::size_t d = 0; d + 1 < distances.size(); ++d) {
    for (std::size_t a = 0; a + 1 < angles.size(); ++a) {
      std::vector<bool> chosen;
      for (const auto& c : around) {
        chosen.push_back(c.ligand && c.distance <= distances[d] + 1e-6 &&
                         c.angle >= angles[a + 1] - 1e-6);
      }
      area[chosen] += (distances[d + 1] - distances[d]) * (angles[a + 1] - angles[a]);
    }
  }
  const double whole = (farthest - 1) * (1 - flattest);
  std::vector<Vec3> ligands;
  for (const auto& [chosen, part] : area) {
    ligands.clear();
    for (std::size_t k = 0; k < around.size(); ++k) {
      if (chosen[k]) ligands.push_back(around[k].vector);
    }
    add(group, ligands, part / whole, counts);
  }
}

// Sets by their weights, and each set's weight shared among its polyhedra.
void EnvironmentAnalysis::add_weighed(std::size_t group, const std::vector<Candidate>& around,
                                      LabelSums::Counts& counts) const {
  std::vector<FaceShare> faces;
  for (const auto& c : around) faces.push_back({c.distance, c.angle, c.ligand});
  const std::vector<LigandSet> sets = ligand_sets(faces);
  std::vector<std::vector<double>> measures;
  std::vector<double> effective;
  for (const auto& set : sets) {
    std::vector<Vec3> ligands;
    for (const std::size_t k : set.faces) ligands.push_back(around[k].vector);
    measures.emplace_back();
    if (ligands.size() <= most_ligands) {
      for (const auto& p : polyhedra(ligands.size())) {
        measures.back().push_back(p.shape.measure(ligands));
      }
    }
    effective.push_back(effective_measure(measures.back()));
  }
  const std::string centre = setup_->table.name(group) + "|";
  const std::vector<double> weights = set_weights(sets, effective);
  if (std::count(weights.begin(), weights.end(), 0.0) == std::ssize(weights)) {
    counts[centre + "unclear:0"] += 1;
    return;
  }
  for (std::size_t k = 0; k < sets.size(); ++k) {
    if (weights[k] <= 0) continue;
    const auto share = polyhedron_shares(measures[k]);
    const auto shapes = polyhedra(sets[k].faces.size());
    for (std::size_t p = 0; p < share.size(); ++p) {
      if (share[p] <= 0) continue;
      const std::string label = centre + shapes[p].symbol;
      counts[label] += weights[k] * share[p];
      counts[label + "|csm"] += weights[k] * share[p] * measures[k][p];
    }
  }
}

void EnvironmentAnalysis::consume_faces(const FrameView& view, LabelSums::Counts& counts) const {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  VoronoiChoice choice;
  choice.planes.assign(view.frame.size(), true);
  for (const auto g : group) choice.centres.push_back(s.centre[g]);
  std::vector<Candidate> around;
  std::vector<Vec3> ligands;
  each_voronoi_cell(
      view.frame.structure, choice, {}, name(), [&](std::size_t i, const VoronoiCell& cell) {
        double nearest = 1e9;
        double widest = 0;
        for (const auto& face : cell.faces) {
          nearest = std::min(nearest, face.distance);
          widest = std::max(widest, face.solid_angle);
        }
        around.clear();
        ligands.clear();
        for (const auto& face : cell.faces) {
          around.push_back({face.vector, face.distance / nearest, face.solid_angle / widest,
                            s.ligand[group[face.atom]]});
          const Candidate& c = around.back();
          if (c.ligand && c.distance <= s.distance + 1e-6 && c.angle >= s.angle - 1e-6) {
            ligands.push_back(c.vector);
          }
        }
        if (s.strategy == "abundance") {
          add_abundance(group[i], around, counts);
        } else if (s.strategy == "weights") {
          add_weighed(group[i], around, counts);
        } else {
          add(group[i], ligands, 1, counts);
        }
      });
}

void EnvironmentAnalysis::consume_bonds(const FrameView& view, LabelSums::Counts& counts) const {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const double largest = s.bonds.largest_A();
  std::vector<Vec3> ligands;
  for (std::size_t i = 0; i < view.frame.size(); ++i) {
    if (!s.centre[group[i]]) continue;
    ligands.clear();
    for (const Neighbor& n : view.neighbors->of(i)) {
      if (n.distance > largest) break;
      if (!s.ligand[group[n.atom]] || n.distance > s.bonds.of(group[i], group[n.atom])) continue;
      if (n.distance > 0) ligands.push_back(n.vector);
    }
    add(group[i], ligands, 1, counts);
  }
}

void EnvironmentAnalysis::consume(const FrameView& view) {
  LabelSums::Counts counts;
  if (setup_->strategy == "bonds") {
    consume_bonds(view, counts);
  } else {
    consume_faces(view, counts);
  }
  sums_.append(counts, 1);
}

void EnvironmentAnalysis::merge(Analysis& later) {
  sums_.merge(dynamic_cast<EnvironmentAnalysis&>(later).sums_);
}

void EnvironmentAnalysis::add_scalars(Result& out) const {
  const Setup& s = *setup_;
  std::vector<std::string> labels;
  for (const auto& [label, count] : sums_.total()) labels.push_back(label);
  if (labels.empty()) return;
  const BlockSums blocks = sums_.of(labels);
  for (std::size_t g = 0; g < s.table.groups(); ++g) {
    if (!s.centre[g]) continue;
    const std::string& centre = s.table.name(g);
    const auto found = blocks.jackknife_all([&](std::span<const double> m) {
      double ligands = 0;
      double measure = 0;
      for (std::size_t k = 0; k < labels.size(); ++k) {
        const auto parts = split(labels[k], '|');
        if (parts[0] != centre) continue;
        if (parts.size() == 3) {
          measure += m[k];
        } else {
          ligands += m[k] * std::stod(parts[1].substr(parts[1].find(':') + 1));
        }
      }
      const double atoms = s.table.count(g);
      return std::vector<double>{ligands / atoms, measure / atoms};
    });
    out.scalars.push_back(jackknife_scalar("ligands_" + centre, found[0], "", blocks));
    out.scalars.push_back(jackknife_scalar("csm_" + centre, found[1], "", blocks));
  }
}

void EnvironmentAnalysis::add_table(Result& out) const {
  const Setup& s = *setup_;
  const auto total = sums_.total();
  std::vector<std::string> labels;
  std::vector<std::string> with_measures;
  for (const auto& [label, count] : total) {
    if (!label.ends_with("|csm")) labels.push_back(label);
  }
  std::stable_sort(labels.begin(), labels.end(), [&](const auto& a, const auto& b) {
    const auto x = split(a, '|')[0];
    const auto y = split(b, '|')[0];
    return x != y ? x < y : total.at(a) > total.at(b);
  });
  for (const auto& label : labels) {
    with_measures.push_back(label);
    with_measures.push_back(label + "|csm");
  }
  std::vector<Estimate> found;
  if (!labels.empty()) {
    found = sums_.of(with_measures).jackknife_all([&](std::span<const double> m) {
      std::vector<double> f(m.begin(), m.end());
      for (std::size_t k = 0; k < labels.size(); ++k) {
        f[2 * k + 1] = m[2 * k] > 0 ? m[2 * k + 1] / m[2 * k] : 0.0;
        f[2 * k] /= s.table.count(s.table.group(split(labels[k], '|')[0]));
      }
      return f;
    });
  }
  Table all{"environments",
            {{"centre", "", {}, {}},
             {"environment", "", {}, {}},
             {"name", "", {}, {}},
             {"iupac", "", {}, {}},
             {"fraction", "", {}, {}},
             {"error", "", {}, {}},
             {"csm", "", {}, {}}},
            {"fraction"}};
  std::vector<std::string> common;
  std::map<std::string, int> taken;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto parts = split(labels[k], '|');
    const Polyhedron* p = find_polyhedron(parts[1]);
    all.columns[0].text.push_back(parts[0]);
    all.columns[1].text.push_back(parts[1]);
    all.columns[2].text.push_back(p == nullptr ? "" : p->name);
    all.columns[3].text.push_back(p == nullptr ? "" : p->iupac);
    all.columns[4].data.push_back(found[2 * k].value);
    all.columns[5].data.push_back(found[2 * k].error);
    all.columns[6].data.push_back(found[2 * k + 1].value);
    if (++taken[parts[0]] <= 6 && std::find(common.begin(), common.end(), parts[1]) == common.end())
      common.push_back(parts[1]);
  }
  Table few{"common_environments", {{"environment", "", {}, common}}};
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = "Coordination environments";
  plot.table = few.name;
  plot.x = "environment";
  plot.x_label = "environment";
  plot.y_label = "share of the centres";
  for (std::size_t g = 0; g < s.table.groups(); ++g) {
    if (!s.centre[g]) continue;
    Column value = column(s.table.name(g), "", std::vector<double>(common.size(), 0.0));
    Column error = column(s.table.name(g) + "_error", "", std::vector<double>(common.size(), 0.0));
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const auto at = std::find(common.begin(), common.end(), all.columns[1].text[k]);
      if (all.columns[0].text[k] != s.table.name(g) || at == common.end()) continue;
      value.data[static_cast<std::size_t>(at - common.begin())] = all.columns[4].data[k];
      error.data[static_cast<std::size_t>(at - common.begin())] = all.columns[5].data[k];
    }
    plot.series.push_back(value.name);
    plot.errors.push_back(error.name);
    few.columns.push_back(std::move(value));
    few.columns.push_back(std::move(error));
  }
  out.tables = {std::move(all), std::move(few)};
  out.plots.push_back(std::move(plot));
}

Result EnvironmentAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Coordination environments: the ideal polyhedron closest to the ligands of an atom, by the "
      "continuous symmetry measure (csm, 0 ideal, 100 at worst). unclear:n: n ligands, but no "
      "polyhedron is near. ligands_X: their mean number around X; csm_X: mean measure.";
  add_scalars(out);
  add_table(out);
  out.settings = {{"strategy", s.strategy},
                  {"worst measure", fmt::format("{:g}", s.worst)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  if (s.strategy == "simplest") {
    out.settings.emplace_back("largest relative distance", fmt::format("{:g}", s.distance));
    out.settings.emplace_back("smallest relative angle", fmt::format("{:g}", s.angle));
  } else if (s.strategy == "bonds") {
    out.settings.emplace_back("bond cut-offs", s.bonds.text(s.table));
  } else {
    out.settings.emplace_back("averaged over", "relative distances 1 to 2, angles 0.05 to 1");
  }
  out.references = {"10.1107/S2052520620007994", "10.1021/ic9804925", "10.1351/pac200779101779"};
  warn_of_few_frames(sums_.of({}), out);
  return out;
}

}  // namespace vitrion
