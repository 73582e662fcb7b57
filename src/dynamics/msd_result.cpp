// What MsdAnalysis found, as tables, scalars and plots.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/text.hpp"
#include "dynamics/msd.hpp"
#include "dynamics/regimes.hpp"

namespace vitrion {
namespace {

Table lag_table(const std::string& name, const std::vector<std::size_t>& lags, double dt_ps) {
  Table table{name, {{"t", "ps", {}, {}}}};
  for (const std::size_t m : lags) table.columns[0].data.push_back(static_cast<double>(m) * dt_ps);
  return table;
}

void add_column(Table& table, const std::string& name, const std::vector<std::size_t>& lags,
                const std::vector<double>& msd) {
  Column column{name, "A^2", {}, {}};
  for (const std::size_t m : lags) column.data.push_back(msd[m]);
  table.columns.push_back(std::move(column));
}

void add_scalars(Result& out, const std::string& species, const DiffusionFit& fit) {
  const std::string how =
      fit.diffusive ? fmt::format("scatter over {} ions and {} Fourier modes, overlapping origins",
                                  fit.scatter.ions, 3 * fit.scatter.modes)
                    : "upper estimate, MSD/(6t) at the end of the window: " + fit.reason;
  out.scalars.push_back({"D_" + species, fit.D_cm2_s, fit.D_error_cm2_s, "cm2/s", how});
  out.scalars.push_back({"alpha_" + species, fit.alpha, fit.alpha_error, "",
                         "overlapping origins, scatter over Fourier modes"});
  out.scalars.push_back({"D_" + species + "_error_hzm", fit.hzm_error_cm2_s, not_known, "cm2/s",
                         fmt::format("beside the error quoted: empirical law of He, Zhu & Mo, "
                                     "3.43/sqrt(N) + 0.04 of D with N = {:.3g} effective hops",
                                     fit.effective_hops)});
  out.scalars.push_back(
      {"D_" + species + "_error_blocks", fit.block_error_cm2_s, not_known, "cm2/s",
       fit.blocks > 0
           ? fmt::format("beside the error quoted: scatter of {} stretches of the run", fit.blocks)
           : "the run is too short to be cut into stretches"});
}

// D with each of its errors; the first is the one that is quoted.
class ErrorTable {
 public:
  void add(const std::string& species, const DiffusionFit& fit) {
    auto& c = table_.columns;
    c[0].text.push_back(species);
    const double values[] = {fit.D_cm2_s, fit.D_error_cm2_s, fit.block_error_cm2_s,
                             fit.hzm_error_cm2_s, fit.effective_hops};
    c[1].text.emplace_back(fit.diffusive ? "error_fit" : "none: upper estimate");
    for (std::size_t k = 0; k < std::size(values); ++k) c[k + 2].data.push_back(values[k]);
  }
  [[nodiscard]] const Table& table() const { return table_; }

 private:
  Table table_{"diffusivity",
               {{"species", "", {}, {}},
                {"quoted", "", {}, {}},
                {"D", "cm2/s", {}, {}},
                {"error_fit", "cm2/s", {}, {}},
                {"error_blocks", "cm2/s", {}, {}},
                {"error_hzm", "cm2/s", {}, {}},
                {"effective_hops", "", {}, {}}}};
};

// Curves over lags with an error column each: the local exponent, or the non-Gaussian parameter.
struct CurveTable {
  Table table;
  Plot plot;
  CurveTable(const std::string& name, const std::string& title, const std::string& y_label)
      : table{name, {{"t", "ps", {}, {}}}}, plot{Plot::Kind::lines, title,   name, "t",   {}, {},
                                                 "t (ps)",          y_label, true, false, {}} {}

  void add(const std::string& species, const LagCurve& curve, double dt_ps) {
    Column value{species, "", {}, {}};
    Column error{species + "_error", "", {}, {}};
    const bool first = table.columns.size() == 1;
    for (std::size_t k = 0; k < curve.lag.size(); ++k) {
      if (first) table.columns[0].data.push_back(curve.lag[k] * dt_ps);
      value.data.push_back(curve.value[k].value);
      error.data.push_back(curve.value[k].error);
    }
    plot.series.push_back(value.name);
    plot.errors.push_back(error.name);
    table.columns.push_back(std::move(value));
    table.columns.push_back(std::move(error));
  }
};

// Where motion is ballistic, caged, diffusive: in words, as scalars, and as marks of the plots.
void add_regimes(Result& out, const std::string& species, const Regimes& r, const DiffusionFit& fit,
                 double cage_msd_A2, double dt_ps) {
  const auto add = [&](const std::string& key, double value, double error, const char* unit,
                       const std::string& how) {
    out.scalars.push_back({key + "_" + species, value, error, unit, how});
  };
  add("ballistic_until", r.ballistic_until ? *r.ballistic_until * dt_ps : not_known, not_known,
      "ps", r.ballistic_until ? "where the local exponent falls below 1.5" : "not seen");
  const std::string caged = r.caged ? "while the local exponent is below 0.8" : "no cage is seen";
  add("caged_from", r.caged ? r.caged_from * dt_ps : not_known, not_known, "ps", caged);
  add("caged_until", r.caged_until ? *r.caged_until * dt_ps : not_known, not_known, "ps",
      r.caged && !r.caged_until ? "the cage does not open within a quarter of the run" : caged);
  add("cage_exponent", r.caged ? r.least.value : not_known, r.caged ? r.least.error : not_known, "",
      r.caged ? "the least local exponent; jackknife over parts of the ions" : caged);
  add("cage_size", r.caged ? std::sqrt(cage_msd_A2) : not_known, not_known, "A",
      r.caged ? fmt::format("root of the MSD where the local exponent is least, at {:.3g} ps",
                            r.cage_lag * dt_ps)
              : caged);
  std::vector<std::string> words;
  if (r.ballistic_until)
    words.push_back(fmt::format("ballistic to {:.3g} ps", *r.ballistic_until * dt_ps));
  if (r.caged) {
    words.push_back(r.caged_until ? fmt::format("caged {:.3g} to {:.3g} ps", r.caged_from * dt_ps,
                                                *r.caged_until * dt_ps)
                                  : fmt::format("caged from {:.3g} ps", r.caged_from * dt_ps));
  }
  words.push_back(fit.diffusive ? fmt::format("diffusive from {:.3g} ps", fit.from_ps)
                                : "not diffusive within this run");
  out.settings.emplace_back("regimes_" + species, join(words, ", "));
}

void add_marks(Plot& plot, const std::string& species, const Regimes& r, double dt_ps,
               double end_ps) {
  if (r.ballistic_until) {
    plot.marks.push_back({dt_ps, *r.ballistic_until * dt_ps, "ballistic " + species});
  }
  if (r.caged) {
    plot.marks.push_back({r.caged_from * dt_ps, r.caged_until ? *r.caged_until * dt_ps : end_ps,
                          "caged " + species});
  }
}

Plot msd_plot(const char* title, const char* table, const char* y_label) {
  Plot plot;
  plot.title = title;
  plot.table = table;
  plot.x = "t";
  plot.x_label = "t (ps)";
  plot.y_label = y_label;
  plot.log_x = plot.log_y = true;
  return plot;
}

// Gathers a result species by species.
class MsdResult {
 public:
  MsdResult(const DisplacementStore& store, const WindowOptions& window, Result& out)
      : store_(store),
        window_(window),
        out_(out),
        dt_ps_(store.dt_ps()),
        lags_(table_lags(store)),
        moments_(store.moments()),
        single_(lag_table("msd", lags_, dt_ps_)),
        collective_(lag_table("collective_msd", lags_, dt_ps_)),
        axes_(lag_table("axes", lags_, dt_ps_)) {}

  void add(std::size_t which, bool mobile) {
    const auto& range = store_.ranges()[which];
    const auto msd = mean_square_displacement(store_, range.begin, range.end);
    add_column(single_, range.name, lags_, msd);
    add_column(collective_, range.name, lags_, collective_msd(which));
    plot_.series.push_back(range.name);
    plot_.errors.emplace_back();
    const DiffusionFit fit = fit_diffusion(store_, range.begin, range.end, msd, window_);
    add_scalars(out_, range.name, fit);
    errors_.add(range.name, fit);
    out_.settings.emplace_back("diffusive_" + range.name, fit.diffusive ? "yes" : "no");
    out_.settings.emplace_back("window_" + range.name,
                               fmt::format("{:.4g} to {:.4g} ps", fit.from_ps, fit.to_ps));
    const LagCurve exponent = local_exponent(moments_, range.begin, range.end);
    const LagCurve alpha2 = non_gaussian(moments_, range.begin, range.end);
    exponent_.add(range.name, exponent, dt_ps_);
    alpha2_.add(range.name, alpha2, dt_ps_);
    if (mobile) {
      add_axes(range, fit);
      all_diffusive_ = all_diffusive_ && fit.diffusive;
      add_mobile(range.name, fit, exponent, alpha2, msd);
    } else if (!fit.diffusive) {
      still_.push_back(range.name);
    }
  }

  void finish() {
    if (!still_.empty()) {
      out_.warnings.push_back(fmt::format(
          "{} do not diffuse within this run: their D are upper estimates", join(still_, ", ")));
    }
    out_.settings.emplace_back("diffusive", all_diffusive_ ? "yes" : "no");
    Plot together =
        msd_plot("Collective mean square displacement", "collective_msd", "|sum dr|^2 / N (A^2)");
    together.series = plot_.series;
    together.errors = plot_.errors;
    exponent_.plot.marks = plot_.marks;
    out_.tables = {std::move(single_), std::move(collective_), errors_.table(),
                   std::move(exponent_.table), std::move(alpha2_.table)};
    out_.plots = {std::move(plot_), std::move(together)};
    if (!axes_plot_.series.empty()) {
      out_.tables.push_back(std::move(axes_));
      out_.plots.push_back(std::move(axes_plot_));
    }
    if (moments_.lags().empty()) return;
    out_.plots.push_back(std::move(exponent_.plot));
    out_.plots.push_back(std::move(alpha2_.plot));
  }

 private:
  [[nodiscard]] std::vector<double> collective_msd(std::size_t which) const {
    std::vector<double> chosen(store_.ranges().size(), 0.0);
    chosen[which] = 1.0;
    auto total = mean_square_displacement(collective_path(store_, chosen));
    for (double& x : total) x /= static_cast<double>(store_.ranges()[which].count());
    return total;
  }

  // Along x, y and z, each with the weights of the whole fit.
  void add_axes(const SpeciesRange& range, const DiffusionFit& fit) {
    const auto msd = mean_square_by_axis(store_, {range.begin, range.end});
    const double unit = constants::A2_ps_in_cm2_s / (2 * dt_ps_);
    for (std::size_t d = 0; d < 3; ++d) {
      const std::string name = range.name + "_" + "xyz"[d];
      add_column(axes_, name, lags_, msd[d]);
      axes_plot_.series.push_back(name);
      axes_plot_.errors.emplace_back();
      if (!fit.diffusive) continue;
      const double D = unit * fit.estimator.slope(msd[d]);
      out_.scalars.push_back({"D_" + name, D, D * std::sqrt(fit.relative_variance_along(d)),
                              "cm2/s", "along one axis; scatter over its Fourier modes"});
    }
  }

  // Of a species that is expected to move: its regimes, and a warning where it does not diffuse.
  void add_mobile(const std::string& species, const DiffusionFit& fit, const LagCurve& exponent,
                  const LagCurve& alpha2, const std::vector<double>& msd) {
    plot_.marks.push_back({fit.from_ps, fit.to_ps, "fit of " + species});
    const Peak peak = highest(alpha2);
    out_.scalars.push_back({"alpha2_max_" + species, peak.value.value, peak.value.error, "",
                            "jackknife over parts of the ions"});
    out_.scalars.push_back({"alpha2_time_" + species, peak.lag * dt_ps_, not_known, "ps",
                            "time of the maximum, among eight to the octave"});
    const Regimes regimes = find_regimes(exponent);
    const auto cage = static_cast<std::size_t>(std::lround(regimes.cage_lag));
    add_regimes(out_, species, regimes, fit, msd[std::min(cage, msd.size() - 1)], dt_ps_);
    add_marks(plot_, species, regimes, dt_ps_,
              exponent.lag.empty() ? not_known : exponent.lag.back() * dt_ps_);
    if (!fit.diffusive) {
      out_.warnings.push_back(fmt::format(
          "{} is not diffusive yet ({}): D_{} is an upper estimate; run longer or hotter", species,
          fit.reason, species));
    } else if (fit.alpha + fit.alpha_error < 0.85) {
      out_.warnings.push_back(fmt::format(
          "the exponent of {} is {:.2f} over the window: vibration is a large part of its MSD, and "
          "D_{} may still fall in a longer run",
          species, fit.alpha, species));
    }
  }

  const DisplacementStore& store_;
  const WindowOptions& window_;
  Result& out_;
  double dt_ps_;
  std::vector<std::size_t> lags_;
  DisplacementMoments moments_;
  Table single_, collective_, axes_;
  CurveTable exponent_{"exponent", "Local exponent of the mean square displacement",
                       "d ln MSD / d ln t"};
  CurveTable alpha2_{"alpha2", "Non-Gaussian parameter", "alpha2"};
  ErrorTable errors_;
  Plot plot_ = msd_plot("Mean square displacement", "msd", "MSD (A^2)");
  Plot axes_plot_ = msd_plot("Mean square displacement along x, y and z", "axes", "MSD (A^2)");
  std::vector<std::string> still_;
  bool all_diffusive_ = true;
};

std::string origins_text(const DisplacementStore& store) {
  const std::size_t stride = store.stride();
  if (stride == 1) return "all";
  return fmt::format(
      "every {} frames for lags from {:.4g} ps on, within an eighth of the lag below: the run is "
      "longer than `memory` holds",
      stride, static_cast<double>(8 * stride) * store.dt_ps());
}

}  // namespace

Result MsdAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Mean square displacement summed over x, y, z, averaged over ions and all time origins; "
      "D is its slope in the diffusive window over 6.";
  out.settings = {{"drift frame", frame_.text}, {"time origins", origins_text(store_)}};
  MsdResult gathered(store_, window_, out);
  for (std::size_t k = 0; k < store_.ranges().size(); ++k) {
    const auto& species = store_.ranges()[k].name;
    gathered.add(k, mobile_here_.empty() || std::find(mobile_here_.begin(), mobile_here_.end(),
                                                      species) != mobile_here_.end());
  }
  gathered.finish();
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  out.references = {"10.1051/sfn/201112010",    "10.1063/5.0008312",
                    "10.1021/acs.jctc.4c01249", "10.1038/s41524-018-0074-y",
                    "10.1103/PhysRev.136.A405", "10.1080/08927020902818039"};
  return out;
}

}  // namespace vitrion
