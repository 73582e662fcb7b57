#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/constants.hpp"
#include "base/rng.hpp"
#include "coupling/coupling.hpp"
#include "coupling/joint_bins.hpp"
#include "coupling/joint_density.hpp"
#include "coupling/verdicts.hpp"

namespace vitrion {
double CouplingAnalysis::observed_ps() const {
  return static_cast<double>(hops_.moments()) * dt_ps_;
}

Vec3 CouplingAnalysis::centre_of(std::size_t unit, double frame) const {
  const auto row =
      std::min(centres_.size() - 1, static_cast<std::size_t>(frame / static_cast<double>(window_)));
  const float* d = centres_[row].data() + 3 * unit;
  return store_.start()[tracker_.units()[unit].centre] + Vec3(d[0], d[1], d[2]);
}

std::vector<HopEvent> CouplingAnalysis::hop_events(const std::vector<Jump>& jumps) const {
  std::vector<HopEvent> out;
  for (const auto& j : jumps) {
    const Vec3& start = store_.start()[plan_->ions[j.ion]];
    out.push_back({(j.frame - static_cast<double>(window_)) * dt_ps_, start + 0.5 * (j.from + j.to),
                   (j.to - j.from).squaredNorm()});
  }
  return out;
}

std::vector<TurnEvent> CouplingAnalysis::turn_events(const std::vector<Turn>& turns) const {
  std::vector<TurnEvent> out;
  for (const auto& t : turns) {
    out.push_back(
        {t.unit, (t.frame - static_cast<double>(window_)) * dt_ps_, centre_of(t.unit, t.frame)});
  }
  return out;
}

void CouplingAnalysis::add_events(Result& out, const EventCoupling& c) const {
  const std::string boot = "bootstrap over units, at least counting";
  const auto add = [&](const char* key, const Estimate& e, const std::string& how) {
    out.scalars.push_back({key, e.value, e.error, "", how});
  };
  add("enhancement", c.enhancement,
      fmt::format("hops within {:g} ps and {:g} A of a turn, {:.0f}, over {:.4g} by chance; {}",
                  events_.delta_ps, events_.radius_A, c.pairs, c.expected, boot));
  add("p_value", {c.p_value, not_known},
      "two-sided, against turns shifted in time, of each unit apart and of all alike");
  add("p_map", {c.p_map, not_known},
      "of the largest deviation anywhere in the map over times and distances");
  add("excess_hops", c.excess, "hops that a turn brings, beyond chance; " + boot);
  add("coupling_number", c.coupling_number,
      "share of the diffusion with a turn over that by chance; 1 where there is no tie");
  add("share_with_turn", c.share_with, "of the sum of squared hop lengths; counting");
  add("share_after_turn", c.share_after,
      fmt::format("a turn {:g} to {:g} ps before, none within {:g} ps; counting", events_.delta_ps,
                  3 * events_.delta_ps, events_.delta_ps));
  add("share_without_turn", c.share_without, "counting");
  add("share_with_turn_by_chance", {c.share_with_chance, not_known},
      "the same turns, shifted in time");
  add("hops_follow_turns", c.asymmetry,
      "(hops behind - hops ahead)/(both) within twice delta of a turn; counting");
  out.scalars.push_back({"hops", static_cast<double>(c.hops), not_known, "", ""});
  out.scalars.push_back({"turns", static_cast<double>(c.turns), not_known, "", ""});
  if (c.turns == 0) return;

  Table table{"enhancement",
              {column("delta", "ps"), column("radius", "A"), column("enhancement", ""),
               column("sigmas", "")}};
  for (std::size_t d = 0; d < events_.deltas_ps.size(); ++d) {
    for (std::size_t r = 0; r < events_.radii_A.size(); ++r) {
      const std::size_t m = d * events_.radii_A.size() + r;
      table.columns[0].data.push_back(events_.deltas_ps[d]);
      table.columns[1].data.push_back(events_.radii_A[r]);
      table.columns[2].data.push_back(c.map[m]);
      table.columns[3].data.push_back(c.map_z[m]);
    }
  }
  // By number, as neither axis is evenly spaced.
  Table by_radius{"enhancement_by_radius", {column("radius", "A", events_.radii_A)}};
  Plot curves{Plot::Kind::lines,
              "Hops near a turn over those by chance",
              "enhancement_by_radius",
              "radius",
              {},
              {},
              "from the unit's centre (A)",
              "enhancement",
              false,
              false,
              {}};
  for (std::size_t d = 0; d < events_.deltas_ps.size(); ++d) {
    Column y = column(fmt::format("{:g} ps", events_.deltas_ps[d]), "");
    Column e = column(y.name + "_error", "");
    for (std::size_t r = 0; r < events_.radii_A.size(); ++r) {
      const std::size_t m = d * events_.radii_A.size() + r;
      y.data.push_back(c.map[m]);
      e.data.push_back(std::abs(c.map_z[m]) > 0 ? std::abs((c.map[m] - 1) / c.map_z[m])
                                                : not_known);
    }
    curves.series.push_back(y.name);
    curves.errors.push_back(e.name);
    by_radius.columns.push_back(std::move(y));
    by_radius.columns.push_back(std::move(e));
  }
  Table lags{"lead_and_lag",
             {column("lag", "ps"), column("enhancement", ""), column("enhancement_error", "")}};
  for (const auto& point : c.lags) {
    lags.columns[0].data.push_back(point.lag_ps);
    lags.columns[1].data.push_back(point.enhancement);
    lags.columns[2].data.push_back(point.error);
  }
  out.tables.push_back(std::move(table));
  out.tables.push_back(std::move(by_radius));
  out.plots.push_back(std::move(curves));
  out.plots.push_back({Plot::Kind::lines,
                       "Hops before and after a turn",
                       "lead_and_lag",
                       "lag",
                       {"enhancement"},
                       {"enhancement_error"},
                       "time of the hop after the turn (ps)",
                       "hops over those by chance",
                       false,
                       false,
                       {{0, 0, "turn"}}});
  out.tables.push_back(std::move(lags));
}

// Hops beside units, each with the boundary of windows that is nearest in time.
RotationAtHops CouplingAnalysis::any_rotation(const std::vector<HopEvent>& hops) const {
  std::vector<HopBesideUnit> pairs;
  for (const auto& hop : hops) {
    const double frame = hop.time_ps / dt_ps_ + static_cast<double>(window_);
    const double boundary = std::round(frame / static_cast<double>(window_)) - 1;
    if (boundary < 0 || boundary >= static_cast<double>(steps_.size())) continue;
    for (std::size_t u = 0; u < tracker_.units().size(); ++u) {
      const Vec3 d = hop.at - centre_of(u, frame);
      if ((cell_.is_defined() ? cell_.minimum_image(d) : d).norm() > events_.radius_A) continue;
      pairs.push_back({static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(boundary)});
    }
  }
  return rotation_at_hops(steps_, pairs, 999, events_.seed);
}

void CouplingAnalysis::add_joint(Result& out) const {
  std::vector<std::vector<double>> stretches = joint_;
  if (stretches.size() > 1 && joint_in_last_ < joint_frames_) {  // a short one joins the last
    for (std::size_t c = 0; c < stretches.back().size(); ++c) {
      stretches[stretches.size() - 2][c] += stretches.back()[c];
    }
    stretches.pop_back();
  }
  const ChiEstimate chi = estimate_chi(stretches, joint_bins::theta, 1);
  const double above = std::max(0.0, chi.chi_squared - chi.floor);
  const double value = std::sqrt(chi.chi_squared);
  const double error = std::hypot(chi.error, chi.floor_spread);
  const std::string how =
      fmt::format("jackknife over {} stretches; {:.3g} samples", stretches.size(), chi.samples);
  out.scalars.push_back({"chi", value, value > 0 ? 0.5 * error / value : 0, "", how});
  out.scalars.push_back({"chi_floor", std::sqrt(std::max(0.0, chi.floor)), not_known, "",
                         "what a sample of this size has by chance: shuffles, and halves of the "
                         "run against the whole"});
  out.scalars.push_back({"chi_squared_above_floor", above, error, "", how});
  out.scalars.push_back({"chi_significance", chi.significance(), not_known, "",
                         "(chi squared - floor) in standard errors"});
  Grid grid{"joint_density", column("theta", "deg"), column("r", "A"), "", {}};
  std::vector<double> all(joint_bins::theta * joint_bins::r, 0.0);
  for (const auto& s : stretches) {
    for (std::size_t c = 0; c < all.size(); ++c) all[c] += s[c];
  }
  for (std::size_t i = 0; i < joint_bins::theta; ++i) {
    grid.x.data.push_back((static_cast<double>(i) + 0.5) * 180 / joint_bins::theta);
  }
  for (std::size_t k = 0; k < joint_bins::r; ++k) {
    grid.y.data.push_back((static_cast<double>(k) + 0.5) * r_max_A_ / joint_bins::r);
  }
  const double total = std::max(1.0, std::accumulate(all.begin(), all.end(), 0.0));
  const double cell = 180.0 / joint_bins::theta * r_max_A_ / joint_bins::r;
  for (const double n : all) grid.data.push_back(n / total / cell);
  grid.unit = "1/(deg A)";
  out.grids.push_back(std::move(grid));
  out.plots.push_back({Plot::Kind::heat,
                       "Angle centre-ligand-ion and distance ligand-ion",
                       "joint_density",
                       "theta",
                       {},
                       {},
                       "theta (deg)",
                       "r (A)",
                       false,
                       false,
                       {}});
}

// Do units that turn more see more hops around them? A permutation of units tells chance.
void CouplingAnalysis::add_activity(Result& out, const std::vector<HopEvent>& hops,
                                    const std::vector<Turn>& turns) const {
  const std::size_t units = tracker_.units().size();
  std::vector<double> turned(units, 0.0);
  std::vector<double> hopped(units, 0.0);
  for (const auto& t : turns) turned[t.unit] += 1;
  const double middle = 0.5 * static_cast<double>(fed_);
  for (std::size_t u = 0; u < units; ++u) {
    const Vec3 at = centre_of(u, middle);
    for (const auto& hop : hops) {
      const Vec3 d = cell_.is_defined() ? cell_.minimum_image(hop.at - at) : Vec3(hop.at - at);
      hopped[u] += d.norm() <= events_.radius_A ? 1 : 0;
    }
  }
  const auto correlation = [&](const std::vector<double>& a, const std::vector<double>& b) {
    const double ma = mean_and_error(a).value;
    const double mb = mean_and_error(b).value;
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t u = 0; u < units; ++u) {
      ab += (a[u] - ma) * (b[u] - mb);
      aa += (a[u] - ma) * (a[u] - ma);
      bb += (b[u] - mb) * (b[u] - mb);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : not_known;
  };
  const double found = correlation(turned, hopped);
  double p = not_known;
  double spread = not_known;
  if (std::isfinite(found)) {
    RandomStream random(1, "units permuted");
    double beyond = 1;
    std::vector<double> chance;
    for (int s = 0; s < 999; ++s) {
      for (std::size_t i = units; i-- > 1;) std::swap(turned[i], turned[random.below(i + 1)]);
      chance.push_back(correlation(turned, hopped));
      beyond += std::abs(chance.back()) >= std::abs(found) ? 1 : 0;
    }
    p = beyond / 1000;
    spread = mean_and_error(chance).error * std::sqrt(999.0);
  }
  out.scalars.push_back({"activity_correlation", found, spread, "",
                         "of turns of a unit with hops around it, over units; error: spread over "
                         "permutations of units"});
  out.scalars.push_back({"activity_p_value", p, not_known, "", "permutations of units"});
}

// The angle of the unit that turned most, and the hops around it.
void CouplingAnalysis::add_strip(Result& out, const std::vector<HopEvent>& hops,
                                 const std::vector<Turn>& turns) const {
  if (angles_.empty()) return;
  std::vector<double> turned(tracker_.units().size(), 0.0);
  for (const auto& t : turns) turned[t.unit] += 1;
  for (std::size_t u = 0; u < turned.size(); ++u) {  // among equals, the one that went farthest
    for (const auto& row : angles_) {
      turned[u] = std::max(turned[u], std::floor(turned[u]) + static_cast<double>(row[u]) / 200);
    }
  }
  const auto best =
      static_cast<std::size_t>(std::max_element(turned.begin(), turned.end()) - turned.begin());
  Table table{"strip", {column("t", "ps"), column("angle", "deg"), column("hop", "deg")}};
  for (std::size_t k = 0; k < angles_.size(); ++k) {
    table.columns[0].data.push_back(static_cast<double>(k * angle_every_) * dt_ps_);
    table.columns[1].data.push_back(static_cast<double>(angles_[k][best]));
    table.columns[2].data.push_back(not_known);
  }
  std::size_t near = 0;
  for (const auto& hop : hops) {
    const double frame = hop.time_ps / dt_ps_ + static_cast<double>(window_);
    const Vec3 d = hop.at - centre_of(best, frame);
    if ((cell_.is_defined() ? cell_.minimum_image(d) : d).norm() > events_.radius_A) continue;
    const auto k = static_cast<std::size_t>(frame / static_cast<double>(angle_every_));
    if (k >= angles_.size()) continue;
    table.columns[2].data[k] = static_cast<double>(angles_[k][best]);
    ++near;
  }
  out.settings.emplace_back("strip chart",
                            fmt::format("unit around atom {}, {} hops within {:g} A",
                                        tracker_.units()[best].centre + 1, near, events_.radius_A));
  out.tables.push_back(std::move(table));
  out.plots.push_back({Plot::Kind::points,
                       "Angle of one unit, and the hops around it",
                       "strip",
                       "t",
                       {"angle", "hop"},
                       {"", ""},
                       "t (ps)",
                       "angle from the first frame (deg)",
                       false,
                       false,
                       {}});
}

void CouplingAnalysis::add_verdicts(Result& out, EventCoupling found,
                                    const RotationAtHops& any) const {
  out.scalars.push_back(
      {"rotation_at_hops", any.ratio.value, any.ratio.error, "",
       fmt::format("mean square rotation between windows, of units within {:g} A of a hop over "
                   "that at all times; {:.0f} pairs; error: spread of the steps shifted in time",
                   events_.radius_A, any.pairs)});
  out.scalars.push_back({"rotation_at_hops_p_value", any.p_value, not_known, "",
                         "two-sided, steps of each unit shifted in time"});
  weigh_any_rotation(found, any, events_);
  const auto rows = verdicts(out, found, events_);
  Table table{"verdicts",
              {{"aspect", "", {}, {}}, {"verdict", "", {}, {}}, {"because", "", {}, {}}}};
  for (const auto& row : rows) {
    table.columns[0].text.push_back(row.aspect);
    table.columns[1].text.push_back(row.verdict);
    table.columns[2].text.push_back(row.because);
    out.settings.emplace_back(row.aspect, row.verdict + ": " + row.because);
  }
  out.tables.insert(out.tables.begin(), std::move(table));
  out.summary = fmt::format("Verdict: {}. {}. {}", found.verdict, found.reason, out.summary);
  out.scalars.push_back({"run_length_that_would_tell",
                         found.needed_ps > 0 ? found.needed_ps : observed_ps(), not_known, "ps",
                         found.needed_ps > 0 ? "estimated from this run" : "this run tells"});
}

Result CouplingAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "Hops of {} and turns of units, near each other in space and time, against the same turns "
      "shifted in time; chi of Eqs. 22-24; spectra; barriers.",
      ion_);
  out.references = {"10.1038/s41467-020-15245-5", "J. Am. Chem. Soc. 141, 19360 (2019)",
                    "10.1111/j.2517-6161.1982.tb01221.x", "10.1103/PhysRevLett.102.088001"};
  out.settings = {{"ion", ion_},
                  {"units", tracker_.text()},
                  {"bond cut-offs", tracker_.cutoff_text()},
                  {"drift frame", frame_.text}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (frames_ < 2 || hops_.moments() < 2 * window_) {
    out.warnings.push_back(
        fmt::format("{} frames are too few to see events between windows of {:g} ps: run longer or "
                    "shorten window",
                    frames_, window_ps_));
    out.scalars.push_back({"enhancement", not_known, not_known, "", ""});
    return out;
  }
  out.settings.emplace_back("window", fmt::format("{:.4g} ps, {} frames",
                                                  static_cast<double>(window_) * dt_ps_, window_));
  const auto turns = turns_.turns();
  const auto hops = hop_events(hops_.jumps());
  const EventCoupling found =
      couple_events(hops, turn_events(turns), cell_, observed_ps(), events_);
  add_events(out, found);
  add_joint(out);
  add_activity(out, hops, turns);
  add_spectra(out);
  add_energies(out, hops.size(), turns.size());
  add_strip(out, hops, turns);
  add_angles(out);
  add_film(out);
  add_verdicts(out, found, any_rotation(hops));
  return out;
}

}  // namespace vitrion
