#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/constants.hpp"
#include "dynamics/sites.hpp"

namespace vitrion {
namespace {

constexpr double none_seen_95 = 2.996;  // events that a Poisson process misses in 5 % of runs
constexpr std::size_t most_listed = 5000;

double error_of(double count) { return std::sqrt(std::max(1.0, count)); }

}  // namespace

void SitesAnalysis::add_occupation(Result& out, const SiteLattice& lattice, const SiteTracker& seen,
                                   const Classes& classes) const {
  const auto frames = static_cast<double>(seen.frames());
  const double dt = times_ps_[1] - times_ps_[0];
  const std::size_t kinds = classes.names.size();
  std::vector<std::vector<double>> occupancy(kinds);
  std::vector<double> time(kinds, 0.0);
  std::vector<double> left(kinds, 0.0);
  for (std::size_t s = 0; s < lattice.size(); ++s) {
    occupancy[classes.of[s]].push_back(seen.frames_of()[s] / frames);
    time[classes.of[s]] += seen.frames_of()[s] * dt;
  }
  for (const auto& j : seen.jumps()) left[classes.of[j.from]] += 1;
  Table table{"classes",
              {{"class", "", {}, {}},
               column("sites", ""),
               column("occupancy", ""),
               column("occupancy_error", ""),
               column("residence_time", "ps"),
               column("residence_time_error", "ps")}};
  for (std::size_t c = 0; c < kinds; ++c) {
    const Estimate mean = occupancy[c].size() > 1 ? mean_and_error(occupancy[c])
                                                  : Estimate{occupancy[c].front(), not_known};
    const double residence = left[c] > 0 ? time[c] / left[c] : not_known;
    const double row[] = {static_cast<double>(occupancy[c].size()), mean.value, mean.error,
                          residence, residence / error_of(left[c])};
    table.columns[0].text.push_back(classes.names[c]);
    for (std::size_t k = 0; k < 5; ++k) table.columns[k + 1].data.push_back(row[k]);
    out.scalars.push_back({"occupancy_" + classes.names[c], mean.value, mean.error, "",
                           fmt::format("scatter over {} sites", occupancy[c].size())});
    out.scalars.push_back({"residence_time_" + classes.names[c], residence, row[4], "ps",
                           fmt::format("time there / {:.0f} jumps out; counting", left[c])});
  }
  out.tables.push_back(std::move(table));
  Table list{"sites",
             {column("a", ""),
              column("b", ""),
              column("c", ""),
              {"class", "", {}, {}},
              column("core", "A"),
              column("occupancy", "")}};
  for (std::size_t s = 0; s < std::min(lattice.size(), most_listed); ++s) {
    const Vec3 f = lattice.cell().to_fractional(lattice.place(s));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      list.columns[axis].data.push_back(f[static_cast<int>(axis)]);
    }
    list.columns[3].text.push_back(classes.names[classes.of[s]]);
    list.columns[4].data.push_back(lattice.core_A(s));
    list.columns[5].data.push_back(seen.frames_of()[s] / frames);
  }
  out.tables.push_back(std::move(list));
  const double all = std::accumulate(seen.occupied().begin(), seen.occupied().end(), 0.0);
  out.scalars.push_back({"sites", static_cast<double>(lattice.size()), not_known, "", ""});
  out.scalars.push_back({"in_core", seen.in_core(), not_known, "", "share of ions and frames"});
  out.scalars.push_back({"doubly_occupied", all > 0 ? seen.doubly() / all : not_known, not_known,
                         "", "share of occupied sites that two ions or more belong to"});
  if (seen.in_core() < 0.5) {
    out.warnings.push_back(
        fmt::format("only {:.0f} % of the ions are in the core of a site: these sites do not "
                    "describe them; widen core, or give other sites",
                    100 * seen.in_core()));
  }
}

void SitesAnalysis::add_rates(Result& out, const SiteTracker& seen, const Classes& classes,
                              const Estimate& attempts) const {
  const double dt = times_ps_[1] - times_ps_[0];
  const std::size_t kinds = classes.names.size();
  std::vector<double> time(kinds, 0.0);
  for (std::size_t s = 0; s < classes.of.size(); ++s) {
    time[classes.of[s]] += seen.frames_of()[s] * dt;
  }
  std::vector<double> count(kinds * kinds, 0.0);
  std::vector<double> length(kinds * kinds, 0.0);
  double square = 0;
  for (const auto& j : seen.jumps()) {
    const std::size_t k = classes.of[j.from] * kinds + classes.of[j.to];
    count[k] += 1;
    length[k] += j.step.norm();
    square += j.step.squaredNorm();
  }
  const double kT =
      temperature_here_K_ ? constants::boltzmann_eV_K * *temperature_here_K_ : not_known;
  Table table{"rates",
              {{"jump", "", {}, {}},
               column("count", ""),
               column("rate", "1/ps"),
               column("rate_error", "1/ps"),
               column("rate_bound_95", "1/ps"),
               column("length", "A"),
               column("barrier", "eV"),
               column("barrier_error", "eV")}};
  for (std::size_t a = 0; a < kinds; ++a) {
    for (std::size_t b = 0; b < kinds; ++b) {
      const std::size_t k = a * kinds + b;
      if (!(time[a] > 0)) continue;
      const double n = count[k];
      const double rate = n / time[a];
      const double share = std::hypot(1 / error_of(n), attempts.value > 0 && attempts.error > 0
                                                           ? attempts.error / attempts.value
                                                           : 0.0);
      const double row[] = {n,
                            rate,
                            error_of(n) / time[a],
                            n > 0 ? not_known : none_seen_95 / time[a],
                            n > 0 ? length[k] / n : not_known,
                            n > 0 ? kT * std::log(attempts.value / rate) : not_known,
                            n > 0 ? kT * share : not_known};
      table.columns[0].text.push_back(classes.names[a] + " > " + classes.names[b]);
      for (std::size_t c = 0; c < 7; ++c) table.columns[c + 1].data.push_back(row[c]);
    }
  }
  const bool any = !seen.jumps().empty();
  const double all = std::accumulate(time.begin(), time.end(), 0.0);
  const auto n = static_cast<double>(seen.jumps().size());
  out.scalars.push_back({"jumps", n, error_of(n), "", "counting"});
  out.scalars.push_back({"jump_rate", n / all, error_of(n) / all, "1/ps", "per ion; counting"});
  const double d = square / (6 * all) * constants::A2_ps_in_cm2_s;
  out.scalars.push_back({"D_random", d, any ? d / std::sqrt(n) : not_known, "cm2/s",
                         "sum of squared jumps / 6 N t; counting"});
  out.scalars.push_back({"attempt_frequency", attempts.value, attempts.error, "THz",
                         attempt_THz_ ? "given" : "band centre of the velocity spectrum"});
  if (any && temperature_here_K_ && attempts.value > 0) {
    out.scalars.push_back({"jump_barrier", kT * std::log(attempts.value * all / n),
                           kT * std::hypot(1 / std::sqrt(n), attempts.error / attempts.value), "eV",
                           "k_B T ln(attempt frequency / jump rate)"});
  }
  if (kinds <= 12) {
    out.plots.push_back({Plot::Kind::bars,
                         "Rates of jumps between classes of sites",
                         "rates",
                         "jump",
                         {"rate"},
                         {"rate_error"},
                         "from > to",
                         "rate (1/ps)",
                         false,
                         false,
                         {}});
  }
  out.tables.push_back(std::move(table));
}

void SitesAnalysis::add_correlation(Result& out, const SiteTracker& seen) const {
  const auto& jumps = seen.jumps();
  if (jumps.size() < 2) return;
  const auto longest = static_cast<std::size_t>(correlated_jumps_);
  const auto f = correlation_factors(jumps, store_.atoms(), longest);
  Table table{"correlation", {column("jumps", ""), column("f", ""), column("f_error", "")}};
  for (std::size_t k = 0; k < f.size(); ++k) {
    table.columns[0].data.push_back(static_cast<double>(k + 1));
    table.columns[1].data.push_back(f[k].value);
    table.columns[2].data.push_back(f[k].error);
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back({Plot::Kind::lines,
                       "Correlation factor over so many further jumps",
                       "correlation",
                       "jumps",
                       {"f"},
                       {"f_error"},
                       "further jumps",
                       "f",
                       false,
                       false,
                       {}});
  const Estimate& last = f.back();
  out.scalars.push_back({"correlation_factor", last.value, last.error, "",
                         fmt::format("over {} further jumps; jackknife over ions", longest)});
  const Estimate all = collective_factor(jumps, static_cast<double>(seen.frames()),
                                         std::clamp<std::size_t>(jumps.size() / 20, 3, 32));
  out.scalars.push_back({"collective_factor", all.value, all.error, "",
                         "squared sum over summed squares of jumps of all ions; jackknife over "
                         "stretches of time"});
  const double haven = last.value / all.value;
  out.scalars.push_back(
      {"haven_ratio", haven,
       std::abs(haven) * std::hypot(last.error / last.value, all.error / all.value), "",
       "of jumps, f / f_c"});
  const Scalar& d = *out.find_scalar("D_random");
  out.scalars.push_back({"D_tracer", d.value * last.value,
                         std::hypot(d.error * last.value, d.value * last.error), "cm2/s",
                         "f D_random"});
}

// Times from the arrival at a site to the jump from it, by class; ends of the run left out.
void SitesAnalysis::add_stays(Result& out, const SiteTracker& seen, const Classes& classes) const {
  if (seen.stays().empty()) return;
  const double dt = times_ps_[1] - times_ps_[0];
  double longest = 0;
  for (const auto& [site, frames] : seen.stays()) longest = std::max(longest, frames * dt);
  const double width = std::max(2 * dt, longest / 60);
  const auto bins = static_cast<std::size_t>(longest / width) + 1;
  Table table{"stays", {column("t", "ps")}};
  for (std::size_t k = 0; k < bins; ++k) {
    table.columns[0].data.push_back((static_cast<double>(k) + 0.5) * width);
  }
  Plot plot{Plot::Kind::lines, "Stays at sites", "stays", "t",  {}, {},
            "t (ps)",          "density (1/ps)", false,   true, {}};
  for (std::size_t c = 0; c < classes.names.size(); ++c) {
    std::vector<double> count(bins, 0.0);
    double all = 0;
    for (const auto& [site, frames] : seen.stays()) {
      if (classes.of[site] != c) continue;
      count[static_cast<std::size_t>(frames * dt / width)] += 1;
      all += 1;
    }
    if (all == 0) continue;
    for (double& x : count) x /= all * width;
    table.columns.push_back({classes.names[c], "1/ps", count, {}});
    plot.series.push_back(classes.names[c]);
    plot.errors.emplace_back();
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

Result SitesAnalysis::result() const {
  Result out;
  out.name = name();
  out.references = {"10.1021/acsaem.8b00457", "10.1088/0034-4885/27/1/305"};
  out.settings = {{"ion", ion_}, {"drift frame", frame_.text}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  out.summary = fmt::format(
      "Jumps of {} between sites {}; an ion belongs to the last site within {:g} A of which it "
      "came.",
      ion_, reference_.empty() ? std::string("found as maxima of its density") : "of " + reference_,
      core_A_);
  if (rows_.size() < 2) {
    out.warnings.emplace_back("one frame has no jumps: give more");
    out.scalars.push_back({"jumps", not_known, not_known, "", ""});
    return out;
  }
  const Cell cell(cell_sum_ / static_cast<double>(rows_.size()));
  const Sites sites = reference_.empty() ? found(cell) : given(cell);
  const SiteLattice lattice(cell, sites.fractions, core_A_);
  const Classes kinds = classes(lattice, sites);
  SiteTracker seen(lattice, store_.atoms());
  for (const auto& row : rows_) seen.next(row);
  if (lattice.size() < store_.atoms()) {
    out.warnings.push_back(
        fmt::format("there are fewer sites ({}) than ions ({}): some sites are "
                    "missing; lower min_density or separation, or give a "
                    "reference",
                    lattice.size(), store_.atoms()));
  }
  add_occupation(out, lattice, seen, kinds);
  add_rates(out, seen, kinds, attempts(cell));
  add_correlation(out, seen);
  add_stays(out, seen, kinds);
  if (!temperature_here_K_) {
    out.warnings.emplace_back(
        "no barrier is given, as the temperature is not known: give it with -T");
  }
  if (seen.jumps().empty()) out.warnings.emplace_back("no ion jumped between sites in this run");
  return out;
}

}  // namespace vitrion
