#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/text.hpp"
#include "coupling/rotation.hpp"
#include "dynamics/relaxation.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {
namespace {

constexpr double least_depth_kT = 1;

Plot lines(const std::string& title, const std::string& table, const std::string& x,
           std::vector<std::string> series, const std::string& x_label,
           const std::string& y_label) {
  Plot plot{Plot::Kind::lines, title, table, x, std::move(series), {}, x_label,
            y_label,           false, false, {}};
  for (const auto& s : plot.series) plot.errors.push_back(s + "_error");
  return plot;
}

/// The sort of a turn: which rotation of the unit's own shape it is nearest to.
std::string sort_of(const Turn& turn, const std::vector<Quaternion>& symmetry) {
  const Quaternion body = turn.from.conjugate() * turn.to;
  double least = 30 * constants::degree;
  std::string out = "other";
  for (const auto& g : symmetry) {
    const double off = angle_between(body, g);
    if (off >= least) continue;
    least = off;
    const double angle = angle_between(g, Quaternion::Identity());
    out = angle < 1 * constants::degree
              ? "other"
              : fmt::format("C{:.0f}", std::round(2 * constants::pi / angle));
  }
  return out;
}

std::string towards(const Vec3& r) {
  return fmt::format("theta {:.0f}, phi {:.0f} deg", std::acos(r[2]) / constants::degree,
                     std::fmod(std::atan2(r[1], r[0]) / constants::degree + 360, 360));
}

}  // namespace

void RotationAnalysis::add_turns(Result& out, const std::vector<Turn>& turns) const {
  const auto& units = tracker_.units();
  const auto count = static_cast<double>(units.size());
  const double time = static_cast<double>(finder_.moments()) * dt_ps_;
  const auto n = static_cast<double>(turns.size());
  std::vector<double> by_unit(units.size(), 0.0);
  std::vector<double> angles;
  std::map<std::string, double> sorts{{"C2", 0}, {"C3", 0}, {"other", 0}};
  double square = 0;
  for (const auto& turn : turns) {
    by_unit[turn.unit] += 1;
    angles.push_back(turn.angle() / constants::degree);
    square += turn.angle() * turn.angle();
    sorts[sort_of(turn, tracker_.kinds()[units[turn.unit].kind].symmetry)] += 1;
  }
  const double rate = n / (count * time);
  const double poisson = std::sqrt(std::max(1.0, n)) / (count * time);
  const double unlike = units.size() > 1 ? mean_and_error(by_unit).error / time : 0.0;
  const double in_time =
      blocks_.jackknife([](std::span<const double> x) { return x[2] / x[3]; }).error;
  const double error = std::max({poisson, unlike, std::isfinite(in_time) ? in_time : 0.0});
  const std::string how = "largest of: counting, scatter over units, blocks of time";
  out.scalars.push_back({"turns", n, not_known, "", fmt::format("in {:.4g} ps", time)});
  out.scalars.push_back({"turn_rate", rate, error, "1/ps", how});
  const Estimate angle = angles.size() > 1
                             ? mean_and_error(angles)
                             : Estimate{angles.empty() ? not_known : angles[0], not_known};
  out.scalars.push_back(
      {"turn_angle", angle.value, angle.error, "deg", fmt::format("{} turns", turns.size())});
  out.scalars.push_back({"D_turns", square / (6 * count * time),
                         square / (6 * count * time) * error / std::max(rate, 1e-300), "rad2/ps",
                         "error of the rate"});
  for (const auto& [sort, number] : sorts) {
    const double share = n > 0 ? number / n : not_known;
    out.scalars.push_back({"share_" + sort, share,
                           std::sqrt(std::max(share * (1 - share), 0.25 / n) / n), "",
                           fmt::format("{} turns; counting", turns.size())});
  }
  if (turns.empty()) {
    out.warnings.push_back(fmt::format(
        "no unit turned by {:g} degrees or more: with 95 % confidence the rate is below {:.2g} per "
        "ns and unit",
        least_angle_deg_, 3e3 / (count * time)));
  }
  Table table{"turn_angles", {{"angle", "deg", {}, {}}, {"count", "", {}, {}}}};
  constexpr double width = 10;
  for (double low = 0; low < 180; low += width) {
    table.columns[0].data.push_back(low + width / 2);
    table.columns[1].data.push_back(static_cast<double>(std::count_if(
        angles.begin(), angles.end(), [&](double a) { return a >= low && a < low + width; })));
  }
  out.tables.push_back(std::move(table));
  if (!turns.empty()) {
    out.plots.push_back({Plot::Kind::bars,
                         "Angles of turns",
                         "turn_angles",
                         "angle",
                         {"count"},
                         {""},
                         "angle (deg)",
                         "turns",
                         false,
                         false,
                         {}});
  }
  Table kinds{"units",
              {{"unit", "", {}, {}},
               {"count", "", {}, {}},
               {"turns", "", {}, {}},
               {"rate", "1/ps", {}, {}},
               {"rate_error", "1/ps", {}, {}}}};
  for (const bool linked : {false, true}) {
    for (std::size_t k = 0; k < tracker_.kinds().size(); ++k) {
      double number = 0;
      double turned = 0;
      for (std::size_t u = 0; u < units.size(); ++u) {
        if (units[u].kind != k || units[u].linked != linked) continue;
        number += 1;
        turned += by_unit[u];
      }
      if (number == 0) continue;
      kinds.columns[0].text.push_back(tracker_.kinds()[k].name + (linked ? " (linked)" : ""));
      kinds.columns[1].data.push_back(number);
      kinds.columns[2].data.push_back(turned);
      kinds.columns[3].data.push_back(turned / (number * time));
      kinds.columns[4].data.push_back(std::sqrt(std::max(1.0, turned)) / (number * time));
    }
  }
  out.tables.push_back(std::move(kinds));
}

void RotationAnalysis::add_decay(Result& out) const {
  const LagGrid& lags = directions_.grid();
  const std::size_t stride = directions_.stride();
  const std::size_t last =
      std::clamp<std::size_t>((directions_.frames() - 1) / lags.spacing / 2, 1, lags.count);
  const BlockSums sums = directions_.sums(last);
  Table table{"decay",
              {{"t", "ps", {}, {}},
               {"C1", "", {}, {}},
               {"C1_error", "", {}, {}},
               {"C2", "", {}, {}},
               {"C2_error", "", {}, {}}}};
  const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
    std::vector<double> all;
    for (std::size_t lag = 0; lag <= last; ++lag) {
      const double visits = x[lag * stride + stride - 1];
      all.push_back(x[lag * stride] / visits);
      all.push_back(x[lag * stride + 1] / visits);
    }
    return all;
  });
  for (std::size_t lag = 0; lag <= last; ++lag) {
    table.columns[0].data.push_back(lags.time_ps(lag));
    for (std::size_t l = 0; l < 2; ++l) {
      table.columns[1 + 2 * l].data.push_back(estimates[2 * lag + l].value);
      table.columns[2 + 2 * l].data.push_back(estimates[2 * lag + l].error);
    }
  }
  const std::string how = fmt::format("jackknife over {} blocks", sums.blocks());
  for (std::size_t l = 1; l <= 2; ++l) {
    const auto times = table.columns[0].data;
    const Estimate tau = sums.jackknife([&](std::span<const double> x) {
      std::vector<double> c;
      for (std::size_t lag = 0; lag <= last; ++lag) {
        c.push_back(x[lag * stride + l - 1] / x[lag * stride + stride - 1]);
      }
      return crossing_time(times, c, std::exp(-1.0));
    });
    out.scalars.push_back({fmt::format("tau_{}", l), tau.value, tau.error, "ps",
                           fmt::format("C{} falls to 1/e; {}", l, how)});
    const Estimate& end = estimates[2 * last + l - 1];
    out.scalars.push_back({fmt::format("C{}_end", l), end.value, end.error, "",
                           fmt::format("at {:.4g} ps; {}", lags.time_ps(last), how)});
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(
      lines("Memory of bond directions", "decay", "t", {"C1", "C2"}, "t (ps)", "C(t)"));
}

void RotationAnalysis::add_diffusion(Result& out) const {
  Table table{"rotational_msd",
              {{"t", "ps", {}, {}}, {"msd", "rad2", {}, {}}, {"msd_error", "rad2", {}, {}}}};
  if (paths_.frames() < 6) {
    out.scalars.push_back({"D_rot", not_known, not_known, "rad2/ps", "fewer than six windows"});
    return;
  }
  const LagGrid& lags = paths_.grid();
  const std::size_t stride = paths_.stride();
  const std::size_t last =
      std::clamp<std::size_t>((paths_.frames() - 1) / lags.spacing / 2, 2, lags.count);
  const BlockSums sums = paths_.sums(last);
  const auto msd = [&](std::span<const double> x, std::size_t lag) {
    return x[lag * stride] / x[lag * stride + stride - 1];
  };
  const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
    std::vector<double> all;
    for (std::size_t lag = 0; lag <= last; ++lag) all.push_back(msd(x, lag));
    // From a quarter of the time on: what librations add is constant by then.
    const std::size_t from = std::max<std::size_t>(1, last / 4);
    double top = 0;
    double bottom = 0;
    const double middle = 0.5 * static_cast<double>(from + last);
    for (std::size_t lag = from; lag <= last; ++lag) {
      const double d = static_cast<double>(lag) - middle;
      top += d * all[lag];
      bottom += d * d;
    }
    all.push_back(top / bottom / (6 * lags.time_ps(1)));
    return all;
  });
  for (std::size_t lag = 0; lag <= last; ++lag) {
    table.columns[0].data.push_back(lags.time_ps(lag));
    table.columns[1].data.push_back(estimates[lag].value);
    table.columns[2].data.push_back(estimates[lag].error);
  }
  out.scalars.push_back(
      {"D_rot", estimates.back().value, estimates.back().error, "rad2/ps",
       fmt::format("slope of the rotational MSD / 6; jackknife over {} blocks", sums.blocks())});
  out.tables.push_back(std::move(table));
  out.plots.push_back(lines("Rotational mean square displacement", "rotational_msd", "t", {"msd"},
                            "t (ps)", "MSD of the angle (rad2)"));
}

void RotationAnalysis::add_surface(Result& out, const OrientationMap& map,
                                   const std::string& frame) const {
  const bool absolute = temperature_here_K_.has_value();
  const double kT = absolute ? constants::boltzmann_eV_K * *temperature_here_K_ : 1.0;
  const std::string unit = absolute ? "eV" : "kT";
  const Barrier barrier = map.barrier(least_depth_kT);
  const std::string key = frame == "unit" ? "rotational_barrier" : "rotational_barrier_cell";
  out.scalars.push_back(
      {key, kT * barrier.value_kT, kT * barrier.error_kT, unit,
       std::isfinite(barrier.value_kT)
           ? fmt::format("lowest saddle between basins of the surface in the {}'s frame, {:.0f} "
                         "observations at it; larger of jackknife over units and over time, and "
                         "counting{}",
                         frame, barrier.counts_at_saddle,
                         barrier.bound ? "; never crossed: a lower bound" : "")
           : "one basin only"});
  if (barrier.bound) {
    out.warnings.push_back(fmt::format(
        "no bond was ever seen at the saddle in the {}'s frame: {} is a lower bound", frame, key));
  }
  Table table{"basins_" + frame,
              {{"theta", "deg", {}, {}},
               {"phi", "deg", {}, {}},
               {"minimum", unit, {}, {}},
               {"barrier_out", unit, {}, {}}}};
  for (const auto& basin : barrier.basins) {
    if (table.columns[0].data.size() == 24) break;
    const Vec3 r = map.grid().centre(basin.cell);
    table.columns[0].data.push_back(std::acos(r[2]) / constants::degree);
    table.columns[1].data.push_back(
        std::fmod(std::atan2(r[1], r[0]) / constants::degree + 360, 360));
    table.columns[2].data.push_back(kT * basin.minimum);
    table.columns[3].data.push_back(kT * basin.depth());
  }
  out.tables.push_back(std::move(table));
  if (std::isfinite(barrier.value_kT)) {
    out.settings.emplace_back("minimax path, " + frame + " frame",
                              fmt::format("{} to {} over {}", towards(barrier.from),
                                          towards(barrier.to), towards(barrier.saddle)));
  }
  out.grids.push_back(map.surface("free_energy_" + frame, kT, unit));
  out.plots.push_back({Plot::Kind::heat,
                       frame == "unit" ? "Free energy of ligand directions, unit's frame"
                                       : "Free energy of ligand directions, cell's frame",
                       "free_energy_" + frame,
                       "phi",
                       {},
                       {},
                       "phi (deg)",
                       "cos theta (equal areas)",
                       false,
                       false,
                       {}});
}

void RotationAnalysis::add_libration(Result& out) const {
  const Estimate amplitude = blocks_.jackknife(
      [](std::span<const double> x) { return std::sqrt(x[0] / x[1]) / constants::degree; });
  out.scalars.push_back({"libration_amplitude", amplitude.value, amplitude.error, "deg",
                         fmt::format("root mean square about the mean of a window, three axes "
                                     "together; jackknife over {} blocks",
                                     blocks_.blocks())});
  const std::size_t lags = spectrum_.max_lag() + 1;
  const std::size_t longest = std::min(spectrum_.max_lag(), spectrum_.rows() / 2);
  const auto nu = spectrum_frequencies(longest, dt_ps_);
  const auto power = [&](std::span<const double> sums) {
    std::vector<double> c(longest + 1);
    for (std::size_t m = 0; m <= longest; ++m) c[m] = sums[m] / sums[lags + m];
    auto g = power_spectrum(c, dt_ps_, LagWindow::hann);
    for (std::size_t k = 0; k < g.size(); ++k) g[k] /= difference_response(nu[k], dt_ps_);
    return g;
  };
  const BlockSums sums = spectrum_.sums();
  const Estimate centre =
      sums.jackknife([&](std::span<const double> x) { return band_centre(nu, power(x)); });
  out.scalars.push_back({"libration_frequency", centre.value, centre.error, "THz",
                         fmt::format("band centre of the spectrum of the units' angular velocity; "
                                     "jackknife over {} blocks",
                                     sums.blocks())});
  const Scalar rate = *out.find_scalar("turn_rate");
  if (!temperature_here_K_ || !(rate.value > 0) || !(centre.value > 0)) return;
  const double kT = constants::boltzmann_eV_K * *temperature_here_K_;
  out.scalars.push_back({"turn_barrier", kT * std::log(centre.value / rate.value),
                         kT * std::hypot(centre.error / centre.value, rate.error / rate.value),
                         "eV", "k_B T ln(libration frequency / turn rate), a free energy"});
}

Result RotationAnalysis::result() const {
  if (frames_ > 1 && rest_.empty()) {
    RotationAnalysis whole(*this);
    whole.settle();
    return whole.result();
  }
  Result out;
  out.name = name();
  out.summary =
      "Rotation of units of a centre and its ligands, by the best fit of a rigid shape with "
      "labelled ligands: turns between rest orientations, rotational diffusion, memory of bond "
      "directions, and the free energy surface of ligand directions per solid angle.";
  out.references = {"10.1364/JOSAA.4.000629", "10.1103/PhysRevE.56.5450",
                    "10.1103/PhysRevLett.102.088001"};
  out.settings = {{"units", tracker_.text()},
                  {"bond cut-offs", tracker_.cutoff_text()},
                  {"exchanges of ligands", fmt::format("{}", tracker_.exchanges())}};
  out.scalars.push_back({"units", static_cast<double>(tracker_.units().size()), not_known, "", ""});
  if (frames_ < 2 || finder_.moments() < 2 * window_) {
    out.warnings.push_back(fmt::format(
        "{} frames are too few to see turns between windows of {:g} ps: run longer or shorten "
        "window",
        frames_, window_ps_));
    out.scalars.push_back({"turn_rate", not_known, not_known, "1/ps", ""});
    return out;
  }
  out.settings.emplace_back("window", fmt::format("{:.4g} ps, {} frames",
                                                  static_cast<double>(window_) * dt_ps_, window_));
  if (window_ < 4) {
    out.warnings.push_back(fmt::format(
        "a window of {:g} ps holds {} frames only: means over it are those of chance; write frames "
        "closer together or widen window",
        window_ps_, window_));
  }
  const auto turns = finder_.turns();
  add_turns(out, turns);
  add_libration(out);
  add_diffusion(out);
  add_decay(out);
  add_surface(out, unit_map_, "unit");
  add_surface(out, cell_map_, "cell");
  const Scalar& amplitude = *out.find_scalar("libration_amplitude");
  if (amplitude.value > 0.5 * least_angle_deg_) {
    out.warnings.push_back(fmt::format(
        "units at rest move by {:.0f} degrees about their mean, and a turn is {:g} degrees at "
        "least: some turns may be librations; the units rotate almost freely",
        amplitude.value, least_angle_deg_));
  }
  if (!temperature_here_K_) {
    out.warnings.push_back("the temperature is not known: free energies are in k_B T; give -T");
  }
  return out;
}

}  // namespace vitrion
