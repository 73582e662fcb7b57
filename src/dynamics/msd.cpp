#include "dynamics/msd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "dynamics/regimes.hpp"

namespace vitrion {

void add_window_parameters(Schema& schema, WindowOptions& window) {
  schema.optional_quantity("fit_from", window.from_ps, Dimension::time,
                           "start of the diffusive window; auto: found", positive);
  schema.optional_quantity("fit_to", window.to_ps, Dimension::time,
                           "end of the diffusive window; auto: half the run", positive);
  schema.quantity("hop_length", window.hop_length_A, Dimension::length,
                  "length of a hop: an MSD below its square is not called diffusion", positive);
  schema.integer("memory", window.memory_MB,
                 "MB of paths to hold; of a longer run every second frame is kept, or fewer",
                 {1, 1e6, false});
}

std::string MsdAnalysis::summary() const {
  return "mean square displacement of each species, single and collective, and its diffusivity";
}

Schema MsdAnalysis::parameters() {
  Schema schema(name());
  schema.text("drift", drift_, drift_help);
  schema.texts("species", species_, "species to follow; none given: all");
  schema.texts("mobile", mobile_,
               "species that are expected to diffuse; none given: monovalent cations");
  add_window_parameters(schema, window_);
  return schema;
}

void MsdAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  mobile_here_ = mobile_.empty() ? default_mobile_species(first.structure) : mobile_;
  frame_ = choose_drift_frame(drift_, first.structure, mobile_here_);
  store_ = DisplacementStore(first, species_, frame_);
  store_.bound(window_.most_bytes());
}

std::unique_ptr<Analysis> MsdAnalysis::fork() const {
  auto out = std::make_unique<MsdAnalysis>();
  out->drift_ = drift_;
  out->species_ = species_;
  out->mobile_ = mobile_;
  out->window_ = window_;
  out->mobile_here_ = mobile_here_;
  out->frame_ = frame_;
  out->store_ = store_.fork();  // the plan alone: what was merged so far stays here
  return out;
}

void MsdAnalysis::merge(Analysis& later) { store_.merge(static_cast<MsdAnalysis&>(later).store_); }

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

}  // namespace

Result MsdAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Mean square displacement summed over x, y, z, averaged over ions and all time origins; "
      "D is its slope in the diffusive window over 6.";
  const auto lags = table_lags(store_);
  Table single = lag_table("msd", lags, store_.dt_ps());
  Table collective = lag_table("collective_msd", lags, store_.dt_ps());
  Plot plot{Plot::Kind::lines,
            "Mean square displacement",
            "msd",
            "t",
            {},
            {},
            "t (ps)",
            "MSD (A^2)",
            true,
            true,
            {}};
  Plot together{Plot::Kind::lines,
                "Collective mean square displacement",
                "collective_msd",
                "t",
                {},
                {},
                "t (ps)",
                "|sum dr|^2 / N (A^2)",
                true,
                true,
                {}};
  const std::size_t stride = store_.stride();
  const double dt = store_.dt_ps();
  out.settings = {
      {"drift frame", frame_.text},
      {"time origins",
       stride == 1 ? "all"
                   : fmt::format("every {} frames for lags from {:.4g} ps on, within an eighth of "
                                 "the lag below: the run is longer than `memory` holds",
                                 stride, static_cast<double>(8 * stride) * dt)}};
  const DisplacementMoments moments = store_.moments();
  CurveTable exponent("exponent", "Local exponent of the mean square displacement",
                      "d ln MSD / d ln t");
  CurveTable alpha2("alpha2", "Non-Gaussian parameter", "alpha2");
  ErrorTable errors;
  std::size_t which = 0;
  std::vector<std::string> still;
  bool all_diffusive = true;
  for (const auto& range : store_.ranges()) {
    const bool mobile = mobile_here_.empty() || std::find(mobile_here_.begin(), mobile_here_.end(),
                                                          range.name) != mobile_here_.end();
    const auto msd = mean_square_displacement(store_, range.begin, range.end);
    std::vector<double> chosen(store_.ranges().size(), 0.0);
    chosen[which++] = 1.0;
    auto total = mean_square_displacement(collective_path(store_, chosen));
    for (double& x : total) x /= static_cast<double>(range.count());
    add_column(single, range.name, lags, msd);
    add_column(collective, range.name, lags, total);
    const DiffusionFit fit = fit_diffusion(store_, range.begin, range.end, msd, window_);
    add_scalars(out, range.name, fit);
    errors.add(range.name, fit);
    const LagCurve beta = local_exponent(moments, range.begin, range.end);
    const LagCurve a2 = non_gaussian(moments, range.begin, range.end);
    exponent.add(range.name, beta, dt);
    alpha2.add(range.name, a2, dt);
    out.settings.emplace_back("diffusive_" + range.name, fit.diffusive ? "yes" : "no");
    out.settings.emplace_back("window_" + range.name,
                              fmt::format("{:.4g} to {:.4g} ps", fit.from_ps, fit.to_ps));
    plot.series.push_back(range.name);
    plot.errors.emplace_back();
    if (!mobile) {
      if (!fit.diffusive) still.push_back(range.name);
      continue;
    }
    all_diffusive = all_diffusive && fit.diffusive;
    plot.marks.push_back({fit.from_ps, fit.to_ps, "fit of " + range.name});
    const Peak peak = highest(a2);
    const std::string parts = "jackknife over parts of the ions";
    out.scalars.push_back(
        {"alpha2_max_" + range.name, peak.value.value, peak.value.error, "", parts});
    out.scalars.push_back({"alpha2_time_" + range.name, peak.lag * dt, not_known, "ps",
                           "time of the maximum, among eight to the octave"});
    const Regimes regimes = find_regimes(beta);
    const auto cage = static_cast<std::size_t>(std::lround(regimes.cage_lag));
    add_regimes(out, range.name, regimes, fit, msd[std::min(cage, msd.size() - 1)], dt);
    add_marks(plot, range.name, regimes, dt, beta.lag.empty() ? not_known : beta.lag.back() * dt);
    if (!fit.diffusive) {
      out.warnings.push_back(fmt::format(
          "{} is not diffusive yet ({}): D_{} is an upper estimate; run longer or hotter",
          range.name, fit.reason, range.name));
    } else if (fit.alpha + fit.alpha_error < 0.85) {
      out.warnings.push_back(fmt::format(
          "the exponent of {} is {:.2f} over the window: vibration is a large part of its MSD, and "
          "D_{} may still fall in a longer run",
          range.name, fit.alpha, range.name));
    }
  }
  if (!still.empty()) {
    out.warnings.push_back(fmt::format(
        "{} do not diffuse within this run: their D are upper estimates", join(still, ", ")));
  }
  out.settings.emplace_back("diffusive", all_diffusive ? "yes" : "no");
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  together.series = plot.series;
  together.errors = plot.errors;
  exponent.plot.marks.assign(plot.marks.begin(), plot.marks.end());
  out.tables = {std::move(single), std::move(collective), errors.table(), std::move(exponent.table),
                std::move(alpha2.table)};
  out.plots = {std::move(plot), std::move(together)};
  if (!moments.lags().empty()) {
    out.plots.push_back(std::move(exponent.plot));
    out.plots.push_back(std::move(alpha2.plot));
  }
  out.references = {"10.1051/sfn/201112010",    "10.1063/5.0008312",
                    "10.1021/acs.jctc.4c01249", "10.1038/s41524-018-0074-y",
                    "10.1103/PhysRev.136.A405", "10.1080/08927020902818039"};
  return out;
}

}  // namespace vitrion
