#include "structure/angles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {}  // namespace

Schema AngleAnalysis::parameters() {
  Schema schema(name());
  schema
      .quantity_map("cutoffs", cutoffs_, Dimension::length,
                    "bond cut-offs by pair, over the defaults (0 A: no bond), like P-S: 2.6 A",
                    not_negative)
      .texts("triples", wanted_, "which angles, like S-P-S; empty: all over bonds with an anion")
      .quantity("bin", bin_deg_, Dimension::angle, "width of the bins (a divisor of 180 deg)",
                {0.01, 60, false});
  return schema;
}

void AngleAnalysis::choose_triples(Setup& setup) const {
  const auto& table = setup.table;
  const std::size_t n = table.groups();
  setup.triple_of.assign(n * n * n, -1);
  const auto add = [&](std::size_t a, std::size_t b, std::size_t c) {
    if (a > c) std::swap(a, c);
    int& at = setup.triple_of[(b * n + a) * n + c];
    if (at >= 0) return;
    at = static_cast<int>(setup.triples.size());
    setup.triple_of[(b * n + c) * n + a] = at;
    setup.triples.push_back(
        {a, b, c, fmt::format("{}-{}-{}", table.name(a), table.name(b), table.name(c))});
  };
  for (const auto& text : wanted_) {
    const auto names = split(text, '-');
    if (names.size() != 3) {
      throw InputError(
          fmt::format("angles: \"{}\" is not three species: write it like S-P-S", text));
    }
    const std::size_t a = table.group(names[0]);
    const std::size_t b = table.group(names[1]);
    const std::size_t c = table.group(names[2]);
    for (const std::size_t end : {a, c}) {
      if (!setup.bonds.bonded(end, b)) {
        const std::string pair = table.pair_name(end, b);
        throw InputError(
            fmt::format("angles: {} needs a bond cut-off for {}: give one, for example "
                        "--set angles.cutoffs={}:3.0A",
                        text, pair, pair));
      }
    }
    add(a, b, c);
  }
  if (!wanted_.empty()) return;

  // Former–anion and cation–anion bonds; where there are none, whatever is bonded.
  const auto role = [&](std::size_t g) { return role_of(table.atomic_number(g)); };
  for (const bool strict : {true, false}) {
    const auto usable = [&](std::size_t x, std::size_t y) {
      const bool one_anion = (role(x) == Role::anion) != (role(y) == Role::anion);
      return setup.bonds.bonded(x, y) && (!strict || one_anion);
    };
    for (std::size_t b = 0; b < n; ++b) {
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t c = a; c < n; ++c) {
          if (usable(a, b) && usable(c, b)) add(a, b, c);
        }
      }
    }
    if (!setup.triples.empty()) return;
  }
}

void AngleAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  setup->bonds = BondCutoffs(setup->table, cutoffs_, name());
  const double bins = std::round(180 / bin_deg_);
  if (std::abs(bins * bin_deg_ - 180) > 1e-6) {
    throw InputError(
        fmt::format("angles: bins of {}° do not divide 180°: choose 1 or 2 deg", bin_deg_));
  }
  setup->bins = static_cast<std::size_t>(bins);
  choose_triples(*setup);
  setup_ = std::move(setup);
}

Needs AngleAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->bonds.largest_A();
  return needs;
}

std::unique_ptr<Analysis> AngleAnalysis::fork() const {
  auto out = std::make_unique<AngleAnalysis>();
  out->setup_ = setup_;
  return out;
}

void AngleAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const std::size_t bins = s.bins;
  const double largest = s.bonds.largest_A();
  std::vector<double> counters(s.triples.size() * s.stride(), 0.0);
  std::vector<const Neighbor*> bonded;
  for (std::size_t i = 0; i < view.frame.size(); ++i) {
    const std::size_t b = group[i];
    bonded.clear();
    for (const Neighbor& n : view.neighbors->of(i)) {
      if (n.distance > largest) break;  // sorted by distance
      if (n.distance <= s.bonds.of(group[n.atom], b) && n.distance > 0) bonded.push_back(&n);
    }
    for (std::size_t j = 0; j < bonded.size(); ++j) {
      for (std::size_t k = j + 1; k < bonded.size(); ++k) {
        const int triple = s.find(group[bonded[j]->atom], b, group[bonded[k]->atom]);
        if (triple < 0) continue;
        const double cosine =
            bonded[j]->vector.dot(bonded[k]->vector) / (bonded[j]->distance * bonded[k]->distance);
        const double theta = std::acos(std::clamp(cosine, -1.0, 1.0)) / constants::degree;
        double* at = &counters[static_cast<std::size_t>(triple) * s.stride()];
        at[std::min(bins - 1, static_cast<std::size_t>(theta / s.width()))] += 1;
        at[bins] += 1;
        at[bins + 1] += theta;
        at[bins + 2] += theta * theta;
      }
    }
  }
  sums_.append(counters, 1);
}

void AngleAnalysis::merge(Analysis& later) {
  sums_.merge(dynamic_cast<AngleAnalysis&>(later).sums_);
}

void AngleAnalysis::add_scalars(Result& out) const {
  const Setup& s = *setup_;
  std::vector<std::string> missing;
  for (std::size_t t = 0; t < s.triples.size(); ++t) {
    const std::size_t at = t * s.stride() + s.bins;
    const auto found = sums_.jackknife_all([&](std::span<const double> m) {
      const double mean = m[at + 1] / m[at];
      const double variance = m[at + 2] / m[at] - mean * mean;
      return std::vector<double>{mean, std::sqrt(std::max(0.0, variance))};
    });
    // 0/0 where no such angle occurs: both NaN, with a word about it.
    const bool occurs = std::isfinite(found[0].value);
    const Estimate spread = occurs ? found[1] : found[0];
    const std::string& name = s.triples[t].name;
    out.scalars.push_back(jackknife_scalar("mean_" + name, found[0], "deg", sums_));
    out.scalars.push_back(jackknife_scalar("sd_" + name, spread, "deg", sums_));
    if (!occurs) missing.push_back(name);
  }
  if (!missing.empty()) {
    out.warnings.push_back("within the bond cut-offs there is no angle " + join(missing, ", "));
  }
}

void AngleAnalysis::add_tables(Result& out) const {
  const Setup& s = *setup_;
  const std::vector<double> total = sums_.total();
  Table plain{"p_theta", {column("theta", "deg", bin_centres(s.bins, s.width()))}};
  Table divided{"p_theta_sin", plain.columns};
  for (std::size_t t = 0; t < s.triples.size(); ++t) {
    const double* at = &total[t * s.stride()];
    const double count = std::max(1.0, at[s.bins]);
    std::vector<double> p(s.bins);
    std::vector<double> ratio(s.bins);
    for (std::size_t k = 0; k < s.bins; ++k) {
      const double low = static_cast<double>(k) * s.width() * constants::degree;
      const double random = 0.5 * (std::cos(low) - std::cos(low + s.width() * constants::degree));
      p[k] = at[k] / count / s.width();
      ratio[k] = at[k] / count / random;
    }
    plain.columns.push_back(column(s.triples[t].name, "1/deg", std::move(p)));
    divided.columns.push_back(column(s.triples[t].name, "", std::move(ratio)));
  }
  out.tables = {std::move(plain), std::move(divided)};
}

void AngleAnalysis::add_plots(Result& out) const {
  for (const Table& table : out.tables) {
    Plot plot;
    plot.table = table.name;
    plot.x = "theta";
    for (std::size_t k = 1; k < table.columns.size(); ++k) {
      plot.series.push_back(table.columns[k].name);
      plot.errors.emplace_back();
    }
    const bool plain = table.name == "p_theta";
    plot.title = plain ? "Bond angles" : "Bond angles over random directions";
    plot.x_label = "angle (°)";
    plot.y_label = plain ? "P(θ) (1/°)" : "P(θ) / ½ sin θ";
    out.plots.push_back(std::move(plot));
  }
}

Result AngleAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Angles A-B-C with B in the middle, both bonds within their cut-offs. p_theta: probability "
      "per degree, its integral over degrees is 1. p_theta_sin: the same over that of random "
      "directions, (sin theta)/2 per radian; 1 means no preference.";
  add_tables(out);
  add_scalars(out);
  add_plots(out);
  out.settings = {{"bond cut-offs", setup_->bonds.text(setup_->table)},
                  {"bin", fmt::format("{:.6g} deg", setup_->width())},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1039/b801115j", "10.1107/S0567739476001551"};
  warn_of_few_frames(sums_, out);
  if (setup_->triples.empty())
    out.warnings.push_back("no two bonds meet here: there are no angles");
  return out;
}

}  // namespace vitrion
