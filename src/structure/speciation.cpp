#include "structure/speciation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "core/element.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

// "sulfide" for S: what the ion is called.
std::string ion_name(const PairTable& table, std::size_t group) {
  const std::string symbol = element::symbol(table.atomic_number(group));
  if (symbol == "S") return "sulfide";
  if (symbol == "Se") return "selenide";
  if (symbol == "O") return "oxide";
  if (symbol == "Te") return "telluride";
  return table.name(group);
}

}  // namespace

Schema SpeciationAnalysis::parameters() {
  Schema schema(name());
  add_network_parameters(schema, cutoffs_, formers_, anions_);
  return schema;
}

void SpeciationAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const auto& table = setup->table;
  NetworkRoles roles = choose_network(table, {formers_, anions_, cutoffs_}, name());
  setup->bonds = std::move(roles.bonds);
  setup->part = std::move(roles.part);
  for (std::size_t a = 0; a < table.groups(); ++a) {
    if (setup->part[a] == Part::anion) setup->anions.push_back(a);
    if (setup->part[a] != Part::former) continue;
    setup->formers += table.count(a);
    const auto [former, label] = split_label(table.name(a));
    double alike = 0;
    for (std::size_t g = 0; g < table.groups(); ++g) {
      if (setup->part[g] == Part::former && split_label(table.name(g)).second == label) {
        alike += table.count(g);
      }
    }
    for (std::size_t b = 0; b < table.groups(); ++b) {
      const auto [anion, its_label] = split_label(table.name(b));
      if (setup->part[b] != Part::anion || its_label != label) continue;
      for (const auto& [n, m] : {std::pair{"", 4}, std::pair{"2", 7}, std::pair{"2", 6}}) {
        setup->main.push_back(
            fmt::format("{}{}{}{}{}{}", former, n, anion, m, label.empty() ? "" : "@", label));
        setup->main_of.push_back(alike);
      }
    }
  }
  setup_ = std::move(setup);
}

Needs SpeciationAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->bonds.largest_A();
  return needs;
}

std::unique_ptr<Analysis> SpeciationAnalysis::fork() const {
  auto out = std::make_unique<SpeciationAnalysis>();
  out->setup_ = setup_;
  return out;
}

void SpeciationAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const Network network = find_network(s.table, *view.neighbors, s.bonds, s.part);
  std::vector<double> counters(s.size(), 0.0);
  for (std::size_t u = 0; u < network.units.size(); ++u) {
    const Unit& unit = network.units[u];
    const std::string unit_is = unit_name(unit, s.table, s.part);
    Tally& tally = tallies_[unit_is];
    if (tally.units == 0) {
      tally.example =
          example_of(static_cast<std::int64_t>(u), network, s.table, *view.neighbors, s.bonds);
    }
    tally.units += 1;
    tally.formers += unit.formers;
    tally.anions += unit.anions;
    tally.usual = is_usual(unit);
    const auto at = std::find(s.main.begin(), s.main.end(), unit_is);
    if (at != s.main.end()) counters[static_cast<std::size_t>(at - s.main.begin())] += unit.formers;
  }
  for (std::size_t i = 0; i < network.sites.size(); ++i) {
    const Site& site = network.sites[i];
    const std::size_t group = s.table.group_of()[i];
    if (s.part[group] == Part::former) {
      const auto n = std::min(static_cast<std::size_t>(site.bridges), Setup::classes - 1);
      counters[site.formers > 0 ? s.bonded_formers() : s.q(n)] += 1;
    } else if (s.part[group] == Part::anion) {
      const auto k = static_cast<std::size_t>(std::find(s.anions.begin(), s.anions.end(), group) -
                                              s.anions.begin());
      if (site.formers == 0 && site.anions == 0) counters[s.anion(k)] += 1;
      if (site.formers > 1) counters[s.anion(k) + 1] += 1;
      if (site.anions > 0) counters[s.anion(k) + 2] += 1;
    }
  }
  sums_.append(counters, 1);
}

void SpeciationAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<SpeciationAnalysis&>(later);
  sums_.merge(other.sums_);
  for (const auto& [unit, tally] : other.tallies_) {
    Tally& ours = tallies_[unit];
    if (ours.units == 0) ours.example = tally.example;
    ours.units += tally.units;
    ours.formers += tally.formers;
    ours.anions += tally.anions;
    ours.usual = tally.usual;
  }
}

void SpeciationAnalysis::add_scalars(Result& out) const {
  const Setup& s = *setup_;
  using Function = std::function<double(std::span<const double>)>;
  const auto add = [&](const std::string& key, const Function& f) {
    out.scalars.push_back(jackknife_scalar(key, sums_.jackknife(f), "", sums_));
  };
  for (std::size_t k = 0; k < s.main.size(); ++k) {
    add("fraction_" + s.main[k], [&, k](std::span<const double> m) { return m[k] / s.main_of[k]; });
  }
  add("fraction_other", [&](std::span<const double> m) {
    double rest = s.formers;
    for (std::size_t k = 0; k < s.main.size(); ++k) rest -= m[k];
    return rest / s.formers;
  });
  for (std::size_t n = 0; n < Setup::classes; ++n) {
    add(fmt::format("q_{}", n),
        [&, n](std::span<const double> m) { return m[s.q(n)] / s.formers; });
  }
  add("q_bonded", [&](std::span<const double> m) { return m[s.bonded_formers()] / s.formers; });
  for (std::size_t k = 0; k < s.anions.size(); ++k) {
    const std::string ion = ion_name(s.table, s.anions[k]);
    const double atoms = s.table.count(s.anions[k]);
    const char* prefixes[] = {"free_", "bridging_", "catenated_"};
    for (std::size_t c = 0; c < 3; ++c) {
      add(prefixes[c] + ion,
          [&, k, c, atoms](std::span<const double> m) { return m[s.anion(k) + c] / atoms; });
    }
  }
}

void SpeciationAnalysis::add_table(Result& out) const {
  const Setup& s = *setup_;
  double anions = 0;
  for (const auto g : s.anions) anions += s.table.count(g);
  std::vector<std::pair<std::string, Tally>> rows(tallies_.begin(), tallies_.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    if (a.second.formers != b.second.formers) return a.second.formers > b.second.formers;
    return a.second.anions > b.second.anions;
  });
  const double frames = sums_.total_weight();
  Column unit{"unit", "", {}, {}};
  Column count{"count", "", {}, {}};
  Column fraction{"fraction", "", {}, {}};
  Column of{"fraction_of", "", {}, {}};
  Column kind{"kind", "", {}, {}};
  Table examples = unit_examples_table();
  double unusual = 0;
  for (const auto& [name, tally] : rows) {
    const bool has_former = tally.formers > 0;
    unit.text.push_back(name);
    count.data.push_back(tally.units / frames);
    const double share = has_former ? tally.formers / s.formers : tally.anions / anions;
    fraction.data.push_back(share / frames);
    of.text.emplace_back(has_former ? "formers" : "anions");
    kind.text.emplace_back(tally.usual ? "usual" : "unusual");
    if (!tally.usual) unusual += tally.formers / s.formers / frames;
    add_example(examples, name, tally.usual, share / frames, tally.example);
  }
  out.tables.push_back({"units", {unit, count, fraction, of, kind}, {"count", "fraction"}});
  out.tables.push_back(std::move(examples));
  Plot plot;
  plot.kind = Plot::Kind::bars;
  plot.title = "Units of the network";
  plot.table = "units";
  plot.x = "unit";
  plot.series = {"fraction"};
  plot.errors = {""};
  plot.x_label = "unit";
  plot.y_label = "share of formers (of anions, for units without)";
  out.plots.push_back(std::move(plot));
  if (unusual > 0.05) {
    out.warnings.push_back(
        fmt::format("{:.1f} % of the formers are in unusual units: see the table, and check the "
                    "bond cut-offs",
                    100 * unusual));
  }
}

Result SpeciationAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Units of bonded formers and anions. fraction_X: share of all former atoms in units X "
      "(P2S6: by a P-P bond; P2S6_edge: by two shared S; PS4@glass: of the formers with that "
      "label); q_n: share of formers with n bridging "
      "anions and no former-former bond, q_bonded: with one; free_, bridging_, catenated_: share "
      "of "
      "anions without any bond, between formers, bonded to another anion. Table: count per frame.";
  add_scalars(out);
  add_table(out);
  std::vector<std::string> formers;
  std::vector<std::string> anions;
  for (std::size_t g = 0; g < setup_->part.size(); ++g) {
    if (setup_->part[g] == Part::former) formers.push_back(setup_->table.name(g));
    if (setup_->part[g] == Part::anion) anions.push_back(setup_->table.name(g));
  }
  out.settings = {{"formers", join(formers, ", ")},
                  {"anions", join(anions, ", ")},
                  {"bond cut-offs", setup_->bonds.text(setup_->table)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1039/b801115j"};
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
