#include "structure/mixing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"
#include "structure/bonds.hpp"
#include "structure/estimates.hpp"

namespace vitrion {

Schema MixingAnalysis::parameters() {
  Schema schema(name());
  schema
      .text("species", species_,
            "which species; empty: a halogen where there is one, else the first cation")
      .texts("among", among_,
             "the atoms whose labels could be exchanged; empty: all anions for an anion, else all "
             "that are not anions")
      .quantities("radii", radii_A_, Dimension::length,
                  "radii of the spheres in which the composition is taken", positive)
      .integer("shuffles", shuffles_, "shuffles of the labels in each frame", {1, 1000, false});
  return schema;
}

void MixingAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  const PairTable& table = setup->table;
  const auto role = [&](std::size_t g) { return role_of(table.atomic_number(g)); };
  if (!species_.empty()) {
    setup->species = table.group(species_);
  } else {
    int best = 9;
    for (std::size_t g = 0; g < table.groups(); ++g) {
      const std::string& n = table.name(g);
      const bool halogen = n == "I" || n == "Br" || n == "Cl" || n == "F";
      const int rank = halogen ? 0 : role(g) == Role::cation ? 1 : role(g) == Role::former ? 2 : 3;
      if (rank >= best) continue;
      best = rank;
      setup->species = g;
    }
  }
  const bool anion = role(setup->species) == Role::anion;
  setup->among.assign(table.groups(), false);
  for (const auto& n : among_) setup->among[table.group(n)] = true;
  for (std::size_t g = 0; g < table.groups() && among_.empty(); ++g) {
    setup->among[g] = (role(g) == Role::anion) == anion;
  }
  setup->among[setup->species] = true;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    if (setup->among[g]) setup->groups.push_back(g);
  }
  if (setup->groups.size() < 2) {
    throw InputError(fmt::format(
        "mixing: {} has nothing to mix with: name the atoms among which it is looked at with --set "
        "mixing.among=A,B",
        table.name(setup->species)));
  }
  for (std::size_t i = 0; i < table.group_of().size(); ++i) {
    if (setup->among[table.group_of()[i]]) setup->atoms.push_back(i);
  }
  if (radii_A_.empty()) throw InputError("mixing: give at least one radius, like mixing.radii=6A");
  setup->radii_A = radii_A_;
  std::sort(setup->radii_A.begin(), setup->radii_A.end());
  if (first.structure.cell.is_defined()) {
    // Beyond half a height a sphere meets images of its own atoms, and the null is not exact.
    const double half = 0.5 * first.structure.cell.heights().minCoeff();
    while (setup->radii_A.size() > 1 && setup->radii_A.back() > half) setup->radii_A.pop_back();
  }
  setup->shuffles = shuffles_;
  setup->share = table.count(setup->species) / static_cast<double>(setup->atoms.size());
  setup_ = std::move(setup);
}

Needs MixingAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->radii_A.back();
  return needs;
}

std::unique_ptr<Analysis> MixingAnalysis::fork() const {
  auto out = std::make_unique<MixingAnalysis>();
  out->setup_ = setup_;
  return out;
}

// Neighbours within the set as numbers within it, by distance; `end` of each radius.
struct MixingAnalysis::Spheres {
  std::vector<std::uint32_t> other;
  std::vector<std::size_t> start;  // of each atom and radius: [atom · (radii + 1) + radius]

  Spheres(const FrameView& view, const Setup& s) {
    std::vector<std::uint32_t> number(view.frame.size(), 0);
    for (std::size_t k = 0; k < s.atoms.size(); ++k) {
      number[s.atoms[k]] = static_cast<std::uint32_t>(k);
    }
    for (const std::size_t i : s.atoms) {
      std::size_t radius = 0;
      start.push_back(other.size());
      for (const Neighbor& n : view.neighbors->of(i)) {
        while (radius < s.radii_A.size() && n.distance > s.radii_A[radius]) {
          start.push_back(other.size());
          ++radius;
        }
        if (radius == s.radii_A.size()) break;
        if (s.among[s.table.group_of()[n.atom]]) other.push_back(number[n.atom]);
      }
      for (; radius < s.radii_A.size(); ++radius) start.push_back(other.size());
    }
  }

  // Calls body(atom, radius, of the species, all) for each sphere.
  template <class Body>
  void each(const std::vector<char>& label, std::size_t radii, const Body& body) const {
    for (std::size_t k = 0; k < label.size(); ++k) {
      const std::size_t* at = &start[k * (radii + 1)];
      double mine = label[k];
      for (std::size_t r = 0; r < radii; ++r) {
        for (std::size_t j = at[r]; j < at[r + 1]; ++j) mine += label[other[j]];
        body(k, r, mine, static_cast<double>(at[r + 1] - at[0] + 1));
      }
    }
  }
};

void MixingAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const auto& group = s.table.group_of();
  const Spheres spheres(view, s);
  const std::size_t radii = s.radii_A.size();
  const auto n = static_cast<double>(s.atoms.size());
  std::vector<double> counters(s.size(), 0.0);
  std::vector<char> label(s.atoms.size());
  for (std::size_t k = 0; k < label.size(); ++k) label[k] = group[s.atoms[k]] == s.species ? 1 : 0;
  const double scale = 1 / (n * s.share * (1 - s.share));
  const auto measure = [&](std::vector<double>& intensity, double* histogram, double weight) {
    intensity.assign(radii, 0.0);
    spheres.each(label, radii, [&](std::size_t, std::size_t r, double mine, double all) {
      const double phi = mine / all;
      intensity[r] += (phi - s.share) * (phi - s.share) * scale;
      if (r + 1 < radii) return;
      const auto bin = static_cast<std::size_t>(phi * static_cast<double>(Setup::bins));
      histogram[std::min(bin, Setup::bins - 1)] += weight / n;
    });
  };
  std::vector<double> intensity;
  measure(intensity, &counters[s.phi()], 1);
  for (std::size_t r = 0; r < radii; ++r) counters[s.field(r)] = intensity[r];
  spheres.each(label, radii, [&](std::size_t, std::size_t r, double, double all) {
    counters[s.field(r) + 1] += (n / all - 1) / (n - 1) / n;
  });
  std::vector<std::size_t> place(s.table.groups(), 0);
  for (std::size_t a = 0; a < s.groups.size(); ++a) place[s.groups[a]] = a;
  for (std::size_t k = 0; k < label.size(); ++k) {
    for (std::size_t r = 0; r < radii; ++r) {
      const std::size_t* at = &spheres.start[k * (radii + 1) + r];
      for (std::size_t j = at[0]; j < at[1]; ++j) {
        counters[s.shell(r, place[group[s.atoms[k]]], place[group[s.atoms[spheres.other[j]]]])] +=
            1;
      }
    }
  }
  RandomStream random(1, "mixing", static_cast<std::uint64_t>(view.index));
  for (long shuffle = 0; shuffle < s.shuffles; ++shuffle) {
    for (std::size_t k = label.size(); k > 1; --k) std::swap(label[k - 1], label[random.below(k)]);
    const double weight = 1.0 / static_cast<double>(s.shuffles);
    measure(intensity, &counters[s.phi() + Setup::bins], weight);
    for (std::size_t r = 0; r < radii; ++r) {
      counters[s.field(r) + 2] += weight * intensity[r];
      counters[s.field(r) + 3] += weight * intensity[r] * intensity[r];
    }
  }
  sums_.append(counters, 1);
}

void MixingAnalysis::merge(Analysis& later) {
  sums_.merge(dynamic_cast<MixingAnalysis&>(later).sums_);
}

void MixingAnalysis::add_field(Result& out) const {
  const Setup& s = *setup_;
  const std::string& species = s.table.name(s.species);
  const std::vector<double> mean = sums_.mean();
  Table table{"segregation",
              {column("radius", "A", s.radii_A), column("intensity", "", {}),
               column("null", "", {}), column("segregation", "", {}), column("error", "", {}),
               column("random", "", {}), column("random_spread", "", {})}};
  for (std::size_t r = 0; r < s.radii_A.size(); ++r) {
    const std::size_t at = s.field(r);
    const Estimate found =
        sums_.jackknife([&](std::span<const double> m) { return m[at] / m[at + 1]; });
    const double spread =
        std::sqrt(std::max(0.0, mean[at + 3] - mean[at + 2] * mean[at + 2])) / mean[at + 1];
    table.columns[1].data.push_back(mean[at]);
    table.columns[2].data.push_back(mean[at + 1]);
    table.columns[3].data.push_back(found.value);
    table.columns[4].data.push_back(found.error);
    table.columns[5].data.push_back(mean[at + 2] / mean[at + 1]);
    table.columns[6].data.push_back(spread);
    if (r + 1 < s.radii_A.size()) continue;
    out.scalars.push_back(jackknife_scalar("segregation_" + species, found, "", sums_));
    out.scalars.push_back({"segregation_z_" + species, (found.value - 1) / spread,
                           std::numeric_limits<double>::quiet_NaN(), "",
                           "none: it is itself in units of the spread of shuffled frames"});
  }
  out.tables.push_back(std::move(table));
  Plot plot;
  plot.kind = Plot::Kind::points;
  plot.title = fmt::format("Segregation of {} (1: at random)", species);
  plot.table = "segregation";
  plot.x = "radius";
  plot.series = {"segregation", "random"};
  plot.errors = {"error", "random_spread"};
  plot.x_label = "radius of the spheres (Å)";
  plot.y_label = "I / I_{0}";
  out.plots.push_back(std::move(plot));
}

void MixingAnalysis::add_histogram(Result& out) const {
  const Setup& s = *setup_;
  const std::vector<double> mean = sums_.mean();
  Table table{"local_composition",
              {column("share", "", bin_centres(Setup::bins, 1.0 / Setup::bins)),
               column("found", "", {}), column("shuffled", "", {})}};
  for (std::size_t k = 0; k < Setup::bins; ++k) {
    table.columns[1].data.push_back(mean[s.phi() + k] * Setup::bins);
    table.columns[2].data.push_back(mean[s.phi() + Setup::bins + k] * Setup::bins);
  }
  out.tables.push_back(std::move(table));
  Plot plot;
  plot.title =
      fmt::format("Local share of {} within {:g} Å", s.table.name(s.species), s.radii_A.back());
  plot.table = "local_composition";
  plot.x = "share";
  plot.series = {"found", "shuffled"};
  plot.errors = {"", ""};
  plot.x_label = "share of " + s.table.name(s.species);
  plot.y_label = "probability density";
  out.plots.push_back(std::move(plot));
}

void MixingAnalysis::add_shells(Result& out) const {
  const Setup& s = *setup_;
  const auto n = static_cast<double>(s.atoms.size());
  Table table{"warren_cowley", {column("radius", "A", s.radii_A)}};
  Plot plot;
  plot.kind = Plot::Kind::points;
  plot.title = "Warren-Cowley parameters (0: at random)";
  plot.table = table.name;
  plot.x = "radius";
  plot.x_label = "outer radius of the shell (Å)";
  plot.y_label = "α";
  for (std::size_t a = 0; a < s.groups.size(); ++a) {
    for (std::size_t b = a; b < s.groups.size(); ++b) {
      const std::string pair = s.table.pair_name(s.groups[a], s.groups[b]);
      Column value = column(pair, "", {});
      Column error = column(pair + "_error", "", {});
      const double random = (s.table.count(s.groups[b]) - (a == b ? 1 : 0)) / (n - 1);
      for (std::size_t r = 0; r < s.radii_A.size(); ++r) {
        const Estimate found = sums_.jackknife([&](std::span<const double> m) {
          double all = 0;
          for (std::size_t x = 0; x < s.groups.size(); ++x) all += m[s.shell(r, a, x)];
          return all > 0 ? 1 - m[s.shell(r, a, b)] / all / random
                         : std::numeric_limits<double>::quiet_NaN();
        });
        value.data.push_back(found.value);
        error.data.push_back(found.error);
        if (r == 0) out.scalars.push_back(jackknife_scalar("alpha_" + pair, found, "", sums_));
      }
      plot.series.push_back(value.name);
      plot.errors.push_back(error.name);
      table.columns.push_back(std::move(value));
      table.columns.push_back(std::move(error));
    }
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

Result MixingAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "segregation_X = I/I0 at the widest radius: the variance of the local share of X over that "
      "of "
      "labels shuffled (1: random, more: X gathers in regions, less: it keeps apart); "
      "segregation_z_X: how many spreads of single shuffled frames that is off. alpha_A-B: "
      "Warren-Cowley parameter within the first radius (0: random, negative: neighbours "
      "preferred).";
  add_field(out);
  add_histogram(out);
  add_shells(out);
  std::vector<std::string> names;
  for (const auto g : s.groups) names.push_back(s.table.name(g));
  out.settings = {{"species", s.table.name(s.species)},
                  {"among", join(names, ", ")},
                  {"shuffles", fmt::format("{} a frame", s.shuffles)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1007/BF03184936", "10.1103/PhysRev.77.669"};
  if (s.radii_A.size() < radii_A_.size()) {
    out.warnings.push_back(fmt::format(
        "radii beyond {:g} A are left out: they exceed half the smallest height of the cell",
        s.radii_A.back()));
  }
  warn_of_few_frames(sums_, out);
  return out;
}

}  // namespace vitrion
