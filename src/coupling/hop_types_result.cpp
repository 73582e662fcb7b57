#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/constants.hpp"
#include "coupling/hop_types.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {
namespace {

constexpr std::array<const char*, 3> type_names{"I", "II", "III"};
constexpr std::size_t all_types = 3;
constexpr std::size_t most_listed = 5000;
constexpr std::size_t most_shells = 40;

Estimate mean_of(const std::vector<double>& x) {
  if (x.empty()) return {not_known, not_known};
  return x.size() > 1 ? mean_and_error(x) : Estimate{x.front(), not_known};
}

/// F(s)/k_BT from counts of s, lowest at 0; infinite where nothing was seen.
std::vector<double> profile_of(std::span<const double> counts) {
  std::vector<double> f(counts.size());
  const double most = *std::max_element(counts.begin(), counts.end());
  for (std::size_t k = 0; k < f.size(); ++k) f[k] = std::log(most) - std::log(counts[k]);
  return f;
}

/// Smoothed over three bins: the top less the mean of both wells, in k_BT.
double barrier_of_counts(std::span<const double> counts) {
  std::vector<double> smooth(counts.begin(), counts.end());
  for (std::size_t k = 1; k + 1 < smooth.size(); ++k) {
    smooth[k] = (counts[k - 1] + counts[k] + counts[k + 1]) / 3;
  }
  const auto bin = [](double s) {
    return static_cast<std::ptrdiff_t>(std::lround((s - hop_axis::low) / hop_axis::width));
  };
  const auto at = [&](double s) { return smooth.begin() + bin(s); };
  const double first = *std::max_element(at(-0.3), at(0.3));
  const double second = *std::max_element(at(0.7), at(1.3));
  const double top = *std::min_element(at(0.3), at(0.7));
  return 0.5 * (std::log(first) + std::log(second)) - std::log(top);
}

}  // namespace

void HopTypesAnalysis::add_types(Result& out, const std::vector<SeenHop>& hops,
                                 const std::vector<Environment>& seen) const {
  const auto n = static_cast<double>(hops.size());
  const double time = static_cast<double>(ions_) * static_cast<double>(hops_.moments()) * dt_ps_;
  Table table{"types",
              {{"type", "", {}, {}},
               column("count", ""),
               column("share", ""),
               column("share_error", ""),
               column("same_polyhedra", ""),
               column("length", "A"),
               column("length_error", "A")}};
  for (const char* what : {"anions", "formers"}) {
    for (const char* when : {"before", "top", "after"}) {
      table.columns.push_back(column(fmt::format("{}_{}", what, when), ""));
    }
  }
  for (std::size_t type = 0; type <= all_types; ++type) {
    const std::string label = type == all_types ? "all" : type_names[type];
    std::vector<double> lengths;
    double same = 0;
    std::array<double, 6> around{};
    for (std::size_t k = 0; k < hops.size(); ++k) {
      if (type != all_types && seen[k].type() != type) continue;
      lengths.push_back(hops[k].length_A);
      same += seen[k].same_formers() ? 1 : 0;
      for (std::size_t w = 0; w < 3; ++w) {
        around[w] += seen[k].anions[w];
        around[3 + w] += seen[k].formers[w];
      }
    }
    const auto count = static_cast<double>(lengths.size());
    const double share = n > 0 ? count / n : not_known;
    const double error = n > 0 ? std::sqrt(std::max(share * (1 - share), 0.25 / n) / n) : not_known;
    const Estimate length = mean_of(lengths);
    const double shown = std::max(count, 1.0);
    table.columns[0].text.push_back(label);
    const double row[] = {count,        share,        type == all_types ? 0 : error,
                          same / shown, length.value, length.error};
    for (std::size_t c = 0; c < 6; ++c) table.columns[c + 1].data.push_back(row[c]);
    for (std::size_t c = 0; c < 6; ++c) {
      table.columns[c + 7].data.push_back(count > 0 ? around[c] / count : not_known);
    }
    const std::string how = fmt::format("{} hops", lengths.size());
    if (type != all_types) {
      out.scalars.push_back({"share_" + label, share, error, "", "counting"});
      out.scalars.push_back({"rate_" + label, count / time, std::sqrt(std::max(1.0, count)) / time,
                             "1/ps", "per ion; counting"});
    } else {
      out.scalars.push_back({"hops", n, std::sqrt(std::max(1.0, n)), "", "counting"});
    }
    out.scalars.push_back({type == all_types ? "length" : "length_" + label, length.value,
                           length.error, "A", "scatter over " + how});
  }
  out.tables.push_back(std::move(table));
  Plot plot{Plot::Kind::bars, "Hops by type",  "types", "type", {"share"}, {"share_error"},
            "type",           "share of hops", false,   false,  {}};
  out.plots.push_back(std::move(plot));
}

void HopTypesAnalysis::add_profiles(Result& out, const std::vector<SeenHop>& hops,
                                    const std::vector<Environment>& seen) const {
  constexpr std::size_t bins = hop_axis::bins;
  BlockSums blocks;
  std::vector<std::size_t> order(hops.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return hops[a].frame < hops[b].frame; });
  std::array<double, all_types + 1> count{};
  for (const std::size_t k : order) {
    std::vector<double> sums((all_types + 1) * bins, 0.0);
    const std::size_t type = seen[k].type();
    for (std::size_t b = 0; b < bins; ++b) {
      sums[type * bins + b] = sums[all_types * bins + b] =
          static_cast<double>(hops[k].population[b]);
    }
    count[type] += 1;
    count[all_types] += 1;
    blocks.append(sums, 1);
  }
  const bool in_eV = temperature_here_K_.has_value();
  const double unit = in_eV ? constants::boltzmann_eV_K * *temperature_here_K_ : 1.0;
  const std::string unit_name = in_eV ? "eV" : "kT";
  Table table{"profile", {column("s", "")}};
  for (std::size_t b = 0; b < bins; ++b) {
    table.columns[0].data.push_back(hop_axis::low +
                                    (static_cast<double>(b) + 0.5) * hop_axis::width);
  }
  Plot plot{Plot::Kind::lines,         "Free energy along the hop", "profile", "s",   {}, {},
            "s, 0 before and 1 after", "F (" + unit_name + ")",     false,     false, {}};
  for (std::size_t type = 0; type <= all_types; ++type) {
    const std::string label = type == all_types ? "all" : type_names[type];
    const std::string key = type == all_types ? "barrier" : "barrier_" + label;
    if (count[type] < 1) {
      out.scalars.push_back({key, not_known, not_known, unit_name, "no such hop"});
      continue;
    }
    const auto part = [type](std::span<const double> x) { return x.subspan(type * bins, bins); };
    const Estimate barrier = blocks.jackknife(
        [&](std::span<const double> x) { return unit * barrier_of_counts(part(x)); });
    const auto total = blocks.total();
    const auto middle = part(total).subspan(bins / 2 - 4, 8);
    const double at_top = *std::min_element(middle.begin(), middle.end());
    const double counting = at_top > 0 ? unit / std::sqrt(3 * at_top) : not_known;
    const bool finite = std::isfinite(barrier.value);
    out.scalars.push_back(
        {key, finite ? barrier.value : not_known,
         std::isfinite(barrier.error) ? std::max(barrier.error, counting) : counting, unit_name,
         fmt::format("F at the top less the mean of both wells; jackknife over {} blocks, at least "
                     "counting; {:.0f} hops, {:.0f} frames in the emptiest bin at the top",
                     blocks.blocks(), count[type], at_top)});
    if (!finite) {
      out.warnings.push_back(fmt::format(
          "no frame was seen on top of hops of type {}: frames are too far apart for its barrier",
          label));
    }
    const auto f = blocks.jackknife_all([&](std::span<const double> x) {
      auto y = profile_of(part(x));
      for (double& v : y) v *= unit;
      return y;
    });
    table.columns.push_back(column(label, unit_name));
    table.columns.push_back(column(label + "_error", unit_name));
    for (const auto& e : f) {
      table.columns[table.columns.size() - 2].data.push_back(std::isfinite(e.value) ? e.value
                                                                                    : not_known);
      table.columns.back().data.push_back(std::isfinite(e.error) ? e.error : not_known);
    }
    plot.series.push_back(label);
    plot.errors.push_back(label + "_error");
  }
  if (!in_eV) {
    out.warnings.emplace_back(
        "the temperature is not known: barriers are in kT; give it with -T for eV");
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

// The commonest sequences of numbers of neighbours: "4-3-4".
void HopTypesAnalysis::add_shells(Result& out, const std::vector<Environment>& seen) {
  std::map<std::array<std::string, 3>, double> counts;
  const auto text = [](const std::array<int, 3>& n) {
    return fmt::format("{}-{}-{}", n[0], n[1], n[2]);
  };
  for (const auto& e : seen) counts[{type_names[e.type()], text(e.anions), text(e.formers)}] += 1;
  std::vector<std::pair<double, std::array<std::string, 3>>> order;
  for (const auto& [key, count] : counts) order.emplace_back(-count, key);
  std::sort(order.begin(), order.end());
  if (order.size() > most_shells) order.resize(most_shells);
  Table table{"shells",
              {{"type", "", {}, {}},
               {"anions", "", {}, {}},
               {"formers", "", {}, {}},
               column("count", ""),
               column("share", "")}};
  for (const auto& [count, key] : order) {
    for (std::size_t c = 0; c < 3; ++c) table.columns[c].text.push_back(key[c]);
    table.columns[3].data.push_back(-count);
    table.columns[4].data.push_back(-count / static_cast<double>(seen.size()));
  }
  out.tables.push_back(std::move(table));
}

void HopTypesAnalysis::add_list(Result& out, const std::vector<SeenHop>& hops,
                                const std::vector<Environment>& seen) const {
  Table table{"hops",
              {column("t", "ps"), column("atom", ""), column("length", "A"), {"type", "", {}, {}}}};
  for (const char* what : {"anions", "formers"}) {
    for (const char* when : {"before", "top", "after"}) {
      table.columns.push_back(column(fmt::format("{}_{}", what, when), ""));
    }
  }
  for (std::size_t k = 0; k < std::min(hops.size(), most_listed); ++k) {
    table.columns[0].data.push_back(first_time_ps_ + hops[k].frame * dt_ps_);
    table.columns[1].data.push_back(static_cast<double>(store_.chosen()[place_[hops[k].ion]] + 1));
    table.columns[2].data.push_back(hops[k].length_A);
    table.columns[3].text.push_back(type_names[seen[k].type()]);
    for (std::size_t w = 0; w < 3; ++w) {
      table.columns[4 + w].data.push_back(seen[k].anions[w]);
      table.columns[7 + w].data.push_back(seen[k].formers[w]);
    }
  }
  out.tables.push_back(std::move(table));
}

Result HopTypesAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "Hops of {} by the numbers of anions and of formers around it before, at and after the top. "
      "I: as many anions throughout; II: others at the top alone; III: others after than before.",
      ion_);
  out.references = {"10.1021/acs.jpcb.8b04353", "10.1103/PhysRevLett.102.088001"};
  out.settings = {{"ion", ion_}, {"drift frame", frame_.text}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (frames_ < 2 || hops_.moments() < 2 * window_) {
    out.scalars.push_back({"hops", not_known, not_known, "", ""});
    out.warnings.push_back(fmt::format(
        "{} frames are too few to see hops between windows of {:g} ps: run longer or shorten "
        "window",
        frames_, window_ps_));
    return out;
  }
  out.settings.emplace_back("window", fmt::format("{:.4g} ps, {} frames",
                                                  static_cast<double>(window_) * dt_ps_, window_));
  HopCollector collector = hops_;
  collector.finish();
  const auto& hops = collector.hops();
  const auto near = cutoffs(out);
  std::vector<Environment> seen;
  double between = 0;
  for (const auto& hop : hops) {
    seen.push_back(environment(hop, near));
    between += hop.top_between ? 1 : 0;
  }
  if (hops.empty()) {
    out.warnings.push_back(
        fmt::format("no ion hopped {:g} A or more in this run", least_length_A_));
  } else if (between > 0.5 * static_cast<double>(hops.size())) {
    out.warnings.push_back(fmt::format(
        "{:.0f} of {} hops go over their top between two frames, {:.3g} ps apart: what is around "
        "the ion there is interpolated; write frames closer together",
        between, hops.size(), dt_ps_));
  }
  if (collector.lost() > 0) {
    out.warnings.push_back(fmt::format(
        "{} hops took too long to end and are not classed; widen window", collector.lost()));
  }
  add_types(out, hops, seen);
  if (hops.empty()) return out;
  add_profiles(out, hops, seen);
  add_shells(out, seen);
  add_list(out, hops, seen);
  return out;
}

}  // namespace vitrion
