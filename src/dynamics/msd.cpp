#include "dynamics/msd.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace vitrion {

void add_window_parameters(Schema& schema, WindowOptions& window) {
  schema.optional_quantity("fit_from", window.from_ps, Dimension::time,
                           "start of the diffusive window; auto: found", positive);
  schema.optional_quantity("fit_to", window.to_ps, Dimension::time,
                           "end of the diffusive window; auto: half the run", positive);
  schema.quantity("hop_length", window.hop_length_A, Dimension::length,
                  "length of a hop: an MSD below its square is not called diffusion", positive);
}

std::vector<std::size_t> table_lags(std::size_t frames) {
  std::vector<std::size_t> out;
  for (std::size_t m = 1; m < frames; m += std::max<std::size_t>(1, m / 1000)) out.push_back(m);
  return out;
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
  out.scalars.push_back({"D_" + species + "_error_hzm", fit.hzm_error_cm2_s,
                         std::numeric_limits<double>::quiet_NaN(), "cm2/s",
                         "empirical law of He, Zhu & Mo from the number of hops"});
}

}  // namespace

Result MsdAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Mean square displacement summed over x, y, z, averaged over ions and all time origins; "
      "D is its slope in the diffusive window over 6.";
  const auto lags = table_lags(store_.frames());
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
  out.settings = {{"drift frame", frame_.text}, {"time origins", "all"}};
  std::vector<std::string> still;
  bool all_diffusive = true;
  for (const auto& range : store_.ranges()) {
    const bool mobile = mobile_here_.empty() || std::find(mobile_here_.begin(), mobile_here_.end(),
                                                          range.name) != mobile_here_.end();
    const auto msd = mean_square_displacement(store_, range.begin, range.end);
    const std::vector<double> ones(range.count(), 1.0);
    auto total = mean_square_displacement(collective_path(store_, range.begin, ones));
    for (double& x : total) x /= static_cast<double>(range.count());
    add_column(single, range.name, lags, msd);
    add_column(collective, range.name, lags, total);
    const DiffusionFit fit = fit_diffusion(store_, range.begin, range.end, msd, window_);
    add_scalars(out, range.name, fit);
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
  out.tables = {std::move(single), std::move(collective)};
  out.plots = {std::move(plot), std::move(together)};
  out.references = {"10.1051/sfn/201112010", "10.1063/5.0008312", "10.1021/acs.jctc.4c01249",
                    "10.1038/s41524-018-0074-y"};
  return out;
}

}  // namespace vitrion
