#include "structure/bond_lifetimes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {}  // namespace

Schema BondLifetimeAnalysis::parameters() {
  Schema schema(name());
  schema
      .quantity_map("cutoffs", cutoffs_, Dimension::length,
                    "bond cut-offs by pair, over the defaults (0 A: no bond), like P-S: 2.6 A",
                    not_negative)
      .texts("pairs", pairs_, "which bonds, like P-S; empty: all that have a cut-off")
      .quantity("tolerance", tolerance_ps_, Dimension::time,
                "a bond that is back within this time was never broken", not_negative);
  return schema;
}

void BondLifetimeAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  setup->bonds = BondCutoffs(table, cutoffs_, name());
  setup->wanted.assign(table.pairs(), false);
  setup->tolerance_ps = tolerance_ps_;
  const auto want = [&](std::size_t a, std::size_t b) {
    if (setup->wanted[table.pair(a, b)]) return;
    setup->wanted[table.pair(a, b)] = true;
    setup->pairs.push_back(table.pair(a, b));
    setup->names.push_back(table.pair_name(a, b));
  };
  for (const auto& text : pairs_) {
    const auto [a, b] = parse_pair(table, text, name());
    if (!setup->bonds.bonded(a, b)) {
      throw InputError(
          fmt::format("bond_lifetimes: {} needs a bond cut-off: give one, for example --set "
                      "bond_lifetimes.cutoffs={}:3.0A",
                      text, text));
    }
    want(a, b);
  }
  for (std::size_t a = 0; a < table.groups() && pairs_.empty(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      if (setup->bonds.bonded(a, b)) want(a, b);
    }
  }
  setup_ = std::move(setup);
  intervals_.resize(setup_->pairs.size());
}

Needs BondLifetimeAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->bonds.largest_A();
  needs.time = true;
  return needs;
}

std::unique_ptr<Analysis> BondLifetimeAnalysis::fork() const {
  auto out = std::make_unique<BondLifetimeAnalysis>();
  out->setup_ = setup_;
  out->intervals_.resize(intervals_.size());
  return out;
}

void BondLifetimeAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const double largest = s.bonds.largest_A();
  std::vector<std::vector<BondKey>> bonds(s.table.pairs());
  for (std::size_t i = 0; i < view.frame.size(); ++i) {
    for (const Neighbor& n : view.neighbors->of(i)) {
      if (n.distance > largest) break;
      const std::size_t pair = s.table.pair(group[i], group[n.atom]);
      if (n.atom < i || !s.wanted[pair]) continue;
      if (n.distance > s.bonds.of(group[i], group[n.atom])) continue;
      bonds[pair].push_back((static_cast<BondKey>(i) << 32) | n.atom);
    }
  }
  for (std::size_t p = 0; p < s.pairs.size(); ++p) {
    auto& list = bonds[s.pairs[p]];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());  // two images of one atom
    intervals_[p].add(view.index, list);
  }
  if (view.index == 0) first_ps_ = view.time_ps;
  last_ps_ = view.time_ps;
}

void BondLifetimeAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<BondLifetimeAnalysis&>(later);
  const bool empty = intervals_.empty() || intervals_[0].last_frame() < intervals_[0].first_frame();
  if (empty) first_ps_ = other.first_ps_;
  last_ps_ = other.last_ps_;
  for (std::size_t p = 0; p < intervals_.size(); ++p) intervals_[p].merge(other.intervals_[p]);
}

double BondLifetimeAnalysis::dt_ps() const {
  const auto frames = intervals_[0].last_frame();
  return frames > 0 ? (last_ps_ - first_ps_) / static_cast<double>(frames) : not_known;
}

Result BondLifetimeAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "lifetime_A-B: of a bond that breaks at a constant rate, from the breaks and the time that "
      "bonds existed; breaks_A-B: how many broke; bonds_A-B: how many exist on average. "
      "bonds_left: "
      "share of bonds that have not been broken up to t (continuous) or exist again after t "
      "(intermittent, _again).";
  const std::int64_t frames = intervals_[0].last_frame() + 1;
  const double dt = dt_ps();
  if (frames < 2) throw InputError("bond_lifetimes needs at least two frames of a run");
  const auto tolerance = static_cast<std::int64_t>(std::floor(s.tolerance_ps / dt + 1e-9));
  const auto lags = static_cast<std::size_t>(frames / 2);
  Table table{"bonds_left", {column("t", "ps", {})}};
  for (std::size_t t = 0; t <= lags; ++t) {
    table.columns[0].data.push_back(static_cast<double>(t) * dt);
  }
  Plot plot;
  plot.title = "Bonds left, and bonds there again";
  plot.table = table.name;
  plot.x = "t";
  plot.x_label = "t (ps)";
  plot.y_label = "share of bonds";
  for (std::size_t p = 0; p < s.pairs.size(); ++p) {
    const auto list = intervals_[p].all(tolerance);
    LagSums unbroken(lags);
    LagSums again(lags);
    double breaks = 0;
    double survived = 0;
    double existed = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
      const auto& i = list[k];
      existed += static_cast<double>(i.last - i.first + 1);
      survived += static_cast<double>(i.last - i.first);
      if (i.last + 1 < frames) breaks += 1;
      unbroken.add_unbroken(i.last - i.first + 1);
      for (std::size_t m = k; m < list.size() && list[m].bond == i.bond; ++m) {
        again.add_pairs(i.first, i.last, list[m].first, list[m].last);
      }
    }
    const double stays = survived / (survived + breaks);
    const double lifetime = breaks > 0 ? -dt / std::log(stays) : not_known;
    const std::string& pair = s.names[p];
    out.scalars.push_back({"lifetime_" + pair, lifetime,
                           breaks > 1 ? lifetime / std::sqrt(breaks) : not_known, "ps",
                           breaks > 0 ? "counting of breaks" : "none: no bond broke"});
    out.scalars.push_back({"breaks_" + pair, breaks, std::sqrt(breaks), "", "counting of breaks"});
    out.scalars.push_back(
        {"bonds_" + pair, existed / static_cast<double>(frames), not_known, "", "none"});
    if (breaks == 0 && existed > 0) {
      out.warnings.push_back(fmt::format(
          "no {} bond broke: their lifetime is above {:.3g} ps (95 %)", pair, survived * dt / 3));
    }
    if (breaks > 0 && stays < 0.5) {
      out.warnings.push_back(fmt::format(
          "more than half of the {} bonds break from one frame to the next: write frames more "
          "often, or give a tolerance",
          pair));
    }
    if (existed == 0) continue;
    Column left = column(pair, "", {});
    Column back = column(pair + "_again", "", {});
    const auto continuous = unbroken.values();
    const auto intermittent = again.values();
    for (std::size_t t = 0; t <= lags; ++t) {
      const double origins = static_cast<double>(frames) - static_cast<double>(t);
      const double scale = static_cast<double>(frames) / (origins * existed);
      left.data.push_back(continuous[t] * scale);
      back.data.push_back(intermittent[t] * scale);
    }
    for (auto* c : {&left, &back}) {
      plot.series.push_back(c->name);
      plot.errors.emplace_back();
      table.columns.push_back(std::move(*c));
    }
  }
  out.tables.push_back(std::move(table));
  if (!plot.series.empty()) out.plots.push_back(std::move(plot));
  out.settings = {{"bond cut-offs", s.bonds.text(s.table)},
                  {"tolerance", fmt::format("{:g} ps", s.tolerance_ps)},
                  {"time between frames", fmt::format("{:g} ps", dt)},
                  {"frames", fmt::format("{}", frames)}};
  out.references = {"10.1038/379055a0"};
  return out;
}

}  // namespace vitrion
