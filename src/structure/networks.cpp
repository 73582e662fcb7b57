#include "structure/networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

constexpr std::size_t longest_example = 60;  // atoms

const char* sharing(int ligands) {
  if (ligands >= 3) return "face";
  return ligands == 2 ? "edge" : ligands == 1 ? "corner" : "isolated";
}

const char* anion_kind(const Site& site) {
  if (site.anions > 0) return "chained";
  if (site.formers == 0) return "free";
  return site.formers == 1 ? "non_bridging" : site.formers == 2 ? "bridging" : "three";
}

// "-3", "0", "+1"; "-" where it is not known.
std::string charge_text(double charge) {
  return std::isfinite(charge) ? fmt::format("{:+.0f}", charge) : "unknown";
}

}  // namespace

Schema NetworkAnalysis::parameters() {
  Schema schema(name());
  add_network_parameters(schema, cutoffs_, formers_, anions_);
  schema.texts("polyhedra", polyhedra_,
               "species in the middle of polyhedra of anions, like P, Li; empty: the formers");
  return schema;
}

void NetworkAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  // Cut-offs of polyhedra around cations are no bonds of the network.
  setup->roles = choose_network(table, {formers_, anions_, cutoffs_}, name());
  setup->polyhedron_bonds = BondCutoffs(table, cutoffs_, name());
  setup->polyhedra.centre.assign(table.groups(), false);
  for (const auto& p : polyhedra_) setup->polyhedra.centre[table.group(p)] = true;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    const Part part = setup->roles.part[g];
    setup->polyhedra.ligand.push_back(part == Part::anion);
    if (polyhedra_.empty()) setup->polyhedra.centre[g] = part == Part::former;
    if (part == Part::anion) setup->anions += table.count(g);
    if (part == Part::former) setup->formers += table.count(g);
  }
  setup_ = std::move(setup);
}

Needs NetworkAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = std::max(setup_->roles.bonds.largest_A(), setup_->polyhedron_bonds.largest_A());
  return needs;
}

std::unique_ptr<Analysis> NetworkAnalysis::fork() const {
  auto out = std::make_unique<NetworkAnalysis>();
  out->setup_ = setup_;
  return out;
}

void NetworkAnalysis::count_units(const FrameView& view, const Network& network,
                                  LabelSums::Counts& counts) {
  const Setup& s = *setup_;
  for (std::size_t u = 0; u < network.units.size(); ++u) {
    const Unit& unit = network.units[u];
    const std::string name = unit_name(unit, s.table, s.roles.part);
    const bool big = name == "network";
    counts["unit|" + name] += 1;
    counts["members|" + name] += unit.formers > 0 ? unit.formers : unit.anions;
    const double charge = unit_charge(unit, s.table);
    if (std::isfinite(charge)) counts["charge"] += charge;
    UnitKind& kind = kinds_[name];
    if (!kind.example.empty()) continue;
    kind.charge = big ? std::nan("") : charge;
    kind.formers = unit.formers;
    kind.anions = unit.anions;
    kind.usual = is_usual(unit);
    kind.frame = view.index + 1;
    std::size_t listed = 0;
    for (std::size_t i = 0; i < network.unit_of.size(); ++i) {
      if (network.unit_of[i] != static_cast<std::int64_t>(u)) continue;
      if (++listed > longest_example) {
        kind.example += " ...";
        break;
      }
      kind.example += fmt::format("{}{}", listed > 1 ? " " : "", i + 1);
    }
  }
}

void NetworkAnalysis::count_sites(const Network& network, LabelSums::Counts& counts) const {
  const Setup& s = *setup_;
  for (std::size_t i = 0; i < network.sites.size(); ++i) {
    const std::size_t g = s.table.group_of()[i];
    const Site& site = network.sites[i];
    const std::string& species = s.table.name(g);
    if (s.roles.part[g] == Part::anion) {
      counts[fmt::format("anion|{}|{}", species, anion_kind(site))] += 1;
    } else if (s.roles.part[g] == Part::former) {
      counts[fmt::format("former|{}|{}{}{}", species, species, site.bridges + site.formers,
                         site.formers > 0 ? species : "")] += 1;
    }
  }
}

void NetworkAnalysis::count_polyhedra(const FrameView& view, LabelSums::Counts& counts) const {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  for (std::size_t i = 0; i < view.frame.size(); ++i) {
    if (!s.polyhedra.centre[group[i]]) continue;
    const std::string& centre = s.table.name(group[i]);
    int most = 0;
    for (const auto& link :
         polyhedron_links(i, s.table, *view.neighbors, s.polyhedron_bonds, s.polyhedra)) {
      most = std::max(most, link.shared);
      counts[fmt::format("link|{}>{}|{}", centre, s.table.name(group[link.atom]),
                         sharing(link.shared))] += 1;
    }
    counts[fmt::format("polyhedron|{}|{}", centre, sharing(most))] += 1;
  }
}

void NetworkAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  LabelSums::Counts counts;
  const Network network = find_network(s.table, *view.neighbors, s.roles.bonds, s.roles.part);
  count_units(view, network, counts);
  count_sites(network, counts);
  count_polyhedra(view, counts);
  sums_.append(counts, 1);
}

void NetworkAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<NetworkAnalysis&>(later);
  sums_.merge(other.sums_);
  kinds_.merge(other.kinds_);  // ours stay: they come from earlier frames
}

void NetworkAnalysis::add_shares(Result& out, const std::string& kind, const std::string& table,
                                 const std::string& title) const {
  const Setup& s = *setup_;
  std::vector<std::string> labels;
  for (const auto& [label, count] : sums_.total()) {
    if (label.starts_with(kind + "|")) labels.push_back(label);
  }
  if (labels.empty()) return;
  const BlockSums blocks = sums_.of(labels);
  const auto found = blocks.jackknife_all([&](std::span<const double> m) {
    std::vector<double> f(m.begin(), m.end());
    for (std::size_t k = 0; k < f.size(); ++k) {
      f[k] /= s.table.count(s.table.group(split(labels[k], '|')[1]));
    }
    return f;
  });
  Table rows{table,
             {{"species", "", {}, {}},
              {"kind", "", {}, {}},
              {"fraction", "", {}, {}},
              {"error", "", {}, {}}},
             {"fraction"}};
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto parts = split(labels[k], '|');
    rows.columns[0].text.push_back(parts[1]);
    rows.columns[1].text.push_back(parts[2]);
    rows.columns[2].data.push_back(found[k].value);
    rows.columns[3].data.push_back(found[k].error);
    out.scalars.push_back(jackknife_scalar(
        kind == "former" ? "former_" + parts[2] : parts[2] + "_" + parts[1], found[k], "", blocks));
  }
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = title;
  plot.table = table;
  plot.x = "kind";
  plot.series = {"fraction"};
  plot.errors = {"error"};
  plot.x_label = "kind";
  plot.y_label = "share";
  // Kinds of different species may have one name: then only the table can tell them apart.
  auto names = rows.columns[1].text;
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) == names.end()) out.plots.push_back(plot);
  out.tables.push_back(std::move(rows));
}

void NetworkAnalysis::add_links(Result& out) const {
  const Setup& s = *setup_;
  const auto total = sums_.total();
  Table table{"links", {{"pair", "", {}, {}}}};
  std::vector<std::string> pairs;
  for (const auto& [label, count] : total) {
    if (!label.starts_with("link|")) continue;
    const std::string pair = split(label, '|')[1];
    if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
  }
  table.columns[0].text = pairs;
  for (const char* how : {"corner", "edge", "face"}) {
    Column value = column(how, "", {});
    Column error = column(std::string(how) + "_error", "", {});
    for (const auto& pair : pairs) {
      const double centres = s.table.count(s.table.group(split(pair, '>')[0]));
      const Estimate n = sums_.of({fmt::format("link|{}|{}", pair, how)})
                             .jackknife([&](std::span<const double> m) { return m[0] / centres; });
      value.data.push_back(n.value);
      error.data.push_back(n.error);
    }
    table.columns.push_back(std::move(value));
    table.columns.push_back(std::move(error));
  }
  if (!pairs.empty()) out.tables.push_back(std::move(table));
}

void NetworkAnalysis::add_units(Result& out) const {
  const Setup& s = *setup_;
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds_) names.push_back(name);
  const auto total = sums_.total();
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    const bool fa = kinds_.at(a).formers > 0;
    const bool fb = kinds_.at(b).formers > 0;
    return fa != fb ? fa : total.at("members|" + a) > total.at("members|" + b);
  });
  Table table{"units",
              {{"unit", "", {}, {}},
               {"kind", "", {}, {}},
               {"charge", "e", {}, {}},
               {"count", "", {}, {}},
               {"fraction", "", {}, {}},
               {"error", "", {}, {}},
               {"fraction_of", "", {}, {}},
               {"frame", "", {}, {}},
               {"atoms", "", {}, {}}},
              {"count", "fraction"}};
  double unusual = 0;
  for (const auto& name : names) {
    const UnitKind& kind = kinds_.at(name);
    const double whole = kind.formers > 0 ? s.formers : s.anions;
    const auto found =
        sums_.of({"unit|" + name, "members|" + name}).jackknife_all([&](std::span<const double> m) {
          return std::vector<double>{m[0], m[1] / whole};
        });
    if (!kind.usual) unusual += found[1].value;
    auto& c = table.columns;
    c[0].text.push_back(name);
    c[1].text.emplace_back(kind.usual ? "usual" : "unusual");
    c[2].text.push_back(charge_text(kind.charge));
    c[3].data.push_back(found[0].value);
    c[4].data.push_back(found[1].value);
    c[5].data.push_back(found[1].error);
    c[6].text.emplace_back(kind.formers > 0 ? "formers" : "anions");
    c[7].text.push_back(std::to_string(kind.frame));
    c[8].text.push_back(kind.example);
  }
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = "Units of the network";
  plot.table = table.name;
  plot.x = "unit";
  plot.series = {"fraction"};
  plot.errors = {"error"};
  plot.x_label = "unit";
  plot.y_label = "share of formers (of anions, for units without)";
  out.plots.push_back(std::move(plot));
  out.tables.push_back(std::move(table));
  const BlockSums blocks = sums_.of({"charge"});
  out.scalars.push_back(jackknife_scalar(
      "unit_charge", blocks.jackknife([&](std::span<const double> m) { return m[0] / s.formers; }),
      "e", blocks));
  if (unusual > 0.05) {
    out.warnings.push_back(fmt::format(
        "{:.1f} % of the formers are in unusual units: see the table (an example of each is in "
        "it), and check the bond cut-offs",
        100 * unusual));
  }
}

Result NetworkAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "isolated_, corner_, edge_, face_X: share of the polyhedra around X that share nothing, or "
      "at "
      "most that, with another; former_Xn: share of X with n bridging anions and bonds to formers "
      "(a second symbol marks the latter: P1P in P2S6 4-); free_, non_bridging_, bridging_, "
      "three_, "
      "chained_X: share of the anions X bonded to 0, 1, 2, more formers, or to an anion; "
      "unit_charge: formal charge of all units over the number of formers. links: polyhedra linked "
      "to one of A. units: atoms are an example of each, in the numbering of the file, from 1.";
  add_shares(out, "polyhedron", "polyhedra", "Polyhedra by what they share");
  add_shares(out, "former", "formers", "Formers by connectivity");
  add_shares(out, "anion", "anions", "Anions by bonds to formers");
  add_links(out);
  add_units(out);
  std::vector<std::string> centres;
  for (std::size_t g = 0; g < s.table.groups(); ++g) {
    if (s.polyhedra.centre[g]) centres.push_back(s.table.name(g));
  }
  out.settings = {{"bond cut-offs", s.roles.bonds.text(s.table)},
                  {"polyhedra around", join(centres, ", ")},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1039/C7TA06067J", "10.1039/b801115j"};
  warn_of_few_frames(sums_.of({}), out);
  return out;
}

}  // namespace vitrion
