#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "io/formats.hpp"
#include "numeric/statistics.hpp"
#include "rmc/run.hpp"
#include "structure/estimates.hpp"

namespace vitrion::rmc {
namespace {

// Mean over chains of curves that are means over each chain's samples; the error is that of the
// mean of independent chains.
struct Spread {
  std::vector<double> mean, error;
};
Spread over_chains(const std::vector<std::vector<double>>& chains) {
  Spread out;
  const std::size_t n = chains.front().size();
  for (std::size_t k = 0; k < n; ++k) {
    std::vector<double> values;
    for (const auto& c : chains) values.push_back(c[k]);
    const Estimate e = mean_and_error(values);
    out.mean.push_back(e.value);
    out.error.push_back(values.size() > 1 ? e.error : not_known);
  }
  return out;
}

std::vector<double> g_of(const PairCounts& counts, const PairTable& table, std::size_t a,
                         std::size_t b, double volume) {
  std::vector<double> out;
  const std::int64_t* row = counts.counts().data() + counts.pair(a, b) * counts.bins();
  const double partners = a == b ? std::max(1.0, table.count(b) - 1) : table.count(b);
  const double w = counts.width_A();
  for (std::size_t k = 0; k < counts.bins(); ++k) {
    const double low = static_cast<double>(k) * w;
    const double shell = 4 * constants::pi / 3 * (std::pow(low + w, 3) - std::pow(low, 3));
    const double ordered = static_cast<double>(row[k]) * (a == b ? 2 : 1);
    out.push_back(volume * ordered / (table.count(a) * partners * shell));
  }
  return out;
}

void add(std::vector<double>& sum, const std::vector<double>& more, double factor) {
  sum.resize(more.size(), 0.0);
  for (std::size_t k = 0; k < more.size(); ++k) sum[k] += factor * more[k];
}

class Writer {
 public:
  explicit Writer(const RmcRun& run) : run_(run), chains_(counting_chains(run)) { measure(); }
  Result result() {
    out_.name = "rmc";
    out_.summary =
        "reverse Monte Carlo: fits, partial g(r), constraints and history; R_chi = "
        "sqrt(sum w (measured - fitted)^2 / sum w measured^2)";
    out_.references = {"10.1016/0022-3093(93)90232-M", "10.1080/08927028808080958",
                       "10.1088/0953-8984/13/46/201"};
    add_fits();
    add_partials();
    add_constraints();
    add_history();
    add_facts();
    return std::move(out_);
  }

 private:
  void measure() {
    const ChainSetup& setup = *run_.setup;
    curves_.resize(setup.data.size());
    for (const std::size_t c : chains_) {
      std::vector<std::vector<double>> curve(setup.data.size());
      std::vector<std::vector<double>> g(setup.table.pairs());
      const double part = 1 / static_cast<double>(run_.samples[c].size());
      for (const auto& file : run_.samples[c]) {
        const Structure s = read_last_frame(file).structure;
        PairCounts counts(s.cell, setup.table.group_of(), setup.table.groups(), setup.width_A,
                          setup.bins);
        std::vector<Site> sites;
        for (const Vec3& r : s.position) sites.push_back(site_of(s.cell, r));
        counts.reset(s.cell, sites);
        const double density = static_cast<double>(s.size()) / s.cell.volume();
        for (std::size_t d = 0; d < setup.data.size(); ++d) {
          const DataFit& fit = run_.chains[c]->fits()[d];
          auto y = setup.data[d]->compute(counts, density);
          for (std::size_t i = 0; i < y.size(); ++i) {
            y[i] = fit.scale * y[i] + fit.offset + fit.slope * setup.data[d]->x()[i];
          }
          add(curve[d], y, part);
        }
        for (std::size_t a = 0; a < setup.table.groups(); ++a) {
          for (std::size_t b = a; b < setup.table.groups(); ++b) {
            add(g[setup.table.pair(a, b)], g_of(counts, setup.table, a, b, s.cell.volume()), part);
          }
        }
      }
      for (std::size_t d = 0; d < curve.size(); ++d) curves_[d].push_back(std::move(curve[d]));
      g_.push_back(std::move(g));
    }
  }

  void scalar(const std::string& key, const std::vector<double>& of_chains,
              const std::string& unit) {
    Scalar s;
    s.key = key;
    s.unit = unit;
    const Estimate e = mean_and_error(of_chains);
    s.value = e.value;
    if (of_chains.size() > 1) {
      s.error = e.error;
      s.how = fmt::format("{} independent chains", of_chains.size());
    } else {
      s.how = "one chain: no error can be told";
    }
    out_.scalars.push_back(std::move(s));
  }

  void add_fits() {
    for (std::size_t d = 0; d < run_.setup->data.size(); ++d) {
      const DataMap& map = *run_.setup->data[d];
      const DataSettings& s = map.settings();
      std::vector<double> r, mean_r, scale, offset, slope;
      for (std::size_t k = 0; k < chains_.size(); ++k) {
        const DataFit& fit = run_.chains[chains_[k]]->fits()[d];
        r.push_back(std::sqrt(fit.r2()));
        scale.push_back(fit.scale);
        offset.push_back(fit.offset);
        slope.push_back(fit.slope);
      }
      scalar("r_chi_" + s.label(), r, "");
      const Spread fitted = over_chains(curves_[d]);
      const Agreement a = agreement(map.measured(), fitted.mean);
      scalar("r_chi_mean_" + s.label(), {a.wright}, "");
      out_.scalars.back().how = "of the mean of all samples";
      scalar("r_chi_printed_" + s.label(), {a.printed}, "");
      out_.scalars.back().how = "of the mean of all samples, divided by (sum measured)^2";
      if (s.scale.refine) scalar("scale_" + s.label(), scale, "");
      if (s.offset.refine) scalar("offset_" + s.label(), offset, s.y_unit());
      if (s.slope.refine) scalar("slope_" + s.label(), slope, "");
      std::vector<double> difference;
      for (std::size_t i = 0; i < fitted.mean.size(); ++i) {
        difference.push_back(map.measured()[i] - fitted.mean[i]);
      }
      const std::string x = s.in_q() ? "q" : "r";
      Table table{
          "fit_" + s.label(),
          {column(x, s.in_q() ? "1/A" : "A", map.x()),
           column("measured", s.y_unit(), map.measured()),
           column("fitted", s.y_unit(), fitted.mean), column("difference", s.y_unit(), difference),
           column("fitted_error", s.y_unit(), fitted.error)}};
      if (!map.error().empty()) {
        table.columns.push_back(column("measured_error", s.y_unit(), map.error()));
      }
      out_.tables.push_back(std::move(table));
      Plot plot;
      plot.title = fmt::format("{}: measured, fitted, difference (R = {:.4f})", s.label(),
                               mean_and_error(r).value);
      plot.table = "fit_" + s.label();
      plot.x = x;
      plot.series = {"measured", "fitted", "difference"};
      plot.errors = {"", "", ""};
      plot.x_label = s.x_label();
      plot.y_label = s.y_label();
      out_.plots.push_back(std::move(plot));
    }
  }

  void add_partials() {
    const PairTable& table = run_.setup->table;
    const double w = run_.setup->width_A;
    Table means{"partials", {column("r", "A", bin_centres(run_.setup->bins, w))}};
    Table errors{"partials_error", means.columns};
    Plot plot;
    plot.title = "Partial pair distributions (mean over samples and chains)";
    plot.table = "partials";
    plot.x = "r";
    plot.x_label = "r (Å)";
    plot.y_label = "g(r)";
    for (std::size_t a = 0; a < table.groups(); ++a) {
      for (std::size_t b = a; b < table.groups(); ++b) {
        std::vector<std::vector<double>> of_chains;
        for (const auto& g : g_) of_chains.push_back(g[table.pair(a, b)]);
        const Spread s = over_chains(of_chains);
        means.columns.push_back(column(table.pair_name(a, b), "", s.mean));
        errors.columns.push_back(column(table.pair_name(a, b), "", s.error));
        plot.series.push_back(table.pair_name(a, b));
        plot.errors.emplace_back();
      }
    }
    out_.tables.push_back(std::move(means));
    if (g_.size() > 1) out_.tables.push_back(std::move(errors));
    out_.plots.push_back(std::move(plot));
  }

  void add_constraints() {
    const auto& first = run_.chains[chains_.front()]->constraints();
    if (first.empty()) return;
    Column which{"constraint", "", {}, {}};
    Column what{"what", "", {}, {}};
    Column kind{"kind", "", {}, {}};
    std::vector<double> target, value, error, best;
    for (std::size_t k = 0; k < first.size(); ++k) {
      const auto values = first[k]->values();
      for (std::size_t v = 0; v < values.size(); ++v) {
        std::vector<double> of_chains;
        for (const std::size_t c : chains_) {
          of_chains.push_back(run_.chains[c]->constraints()[k]->values()[v].value);
        }
        const Estimate e = mean_and_error(of_chains);
        which.text.push_back(first[k]->name());
        what.text.push_back(values[v].what);
        kind.text.emplace_back(first[k]->hard() ? "hard" : "soft");
        target.push_back(values[v].target);
        value.push_back(e.value);
        error.push_back(of_chains.size() > 1 ? e.error : not_known);
        best.push_back(run_.best[k][v].value);
        const bool share =
            values[v].what.starts_with("share") || values[v].what.starts_with("mean");
        if (share && std::abs(e.value - values[v].target) > 0.02 && first[k]->weight() > 0) {
          out_.warnings.push_back(fmt::format(
              "{} is not met: {} is {:.4g}, {:.4g} was asked for, and {:.4g} is the "
              "nearest that any block had: give it more weight or a longer, hotter "
              "run, or ask for less",
              first[k]->name(), values[v].what, e.value, values[v].target, run_.best[k][v].value));
        }
      }
    }
    out_.tables.push_back(
        {"constraints",
         {which, what, kind, column("target", "", target), column("value", "", value),
          column("error", "", error), column("nearest", "", best)}});
  }

  void add_history() {
    // As one table: rows are blocks; each chain has columns of its own.
    std::vector<double> moves;
    for (const auto& row : run_.history.front()) moves.push_back(row.moves_per_atom);
    Table table{"history", {column("moves", "per atom", moves)}};
    Plot plot;
    plot.title = "R_χ of each chain against moves";
    plot.table = "history";
    plot.x = "moves";
    plot.x_label = "moves tried per atom";
    plot.y_label = "R_χ";
    plot.log_y = true;
    const auto series = [&](std::size_t c, const auto& of) {
      std::vector<double> y;
      for (const auto& row : run_.history[c]) y.push_back(of(row));
      return y;
    };
    for (std::size_t c = 0; c < run_.chains.size(); ++c) {
      const auto name = [&](const std::string& what) { return fmt::format("{}_{}", what, c + 1); };
      for (std::size_t d = 0; d < run_.setup->data.size(); ++d) {
        const std::string key = name("R_" + run_.setup->data[d]->settings().label());
        table.columns.push_back(
            column(key, "", series(c, [d](const HistoryRow& r) { return r.r_chi[d]; })));
        plot.series.push_back(key);
        plot.errors.emplace_back();
      }
      table.columns.push_back(
          column(name("cost"), "", series(c, [](const HistoryRow& r) { return r.cost; })));
      table.columns.push_back(
          column(name("penalty"), "", series(c, [](const HistoryRow& r) { return r.penalty; })));
      table.columns.push_back(
          column(name("T"), "", series(c, [](const HistoryRow& r) { return r.temperature; })));
      table.columns.push_back(column(name("acceptance"), "",
                                     series(c, [](const HistoryRow& r) { return r.acceptance; })));
      table.columns.push_back(
          column(name("step"), "A", series(c, [](const HistoryRow& r) { return r.step_A; })));
      if (run_.recipe.moves.weight[4] > 0) {
        table.columns.push_back(column(
            name("density"), "1/A3", series(c, [](const HistoryRow& r) { return r.density_A3; })));
      }
      if (!run_.recipe.potential.empty()) {
        table.columns.push_back(
            column(name("energy"), "eV/atom",
                   series(c, [](const HistoryRow& r) { return r.energy_eV_atom; })));
      }
      converged(c, series(c, [](const HistoryRow& r) { return r.cost; }));
    }
    out_.tables.push_back(std::move(table));
    out_.plots.push_back(std::move(plot));
  }

  // The last quarter against the one before it, with errors that know of correlation.
  void converged(std::size_t c, const std::vector<double>& cost) {
    const std::size_t n = cost.size();
    if (n < 16) {
      if (c == 0)
        out_.warnings.emplace_back("too few blocks to tell whether the run has converged");
      return;
    }
    const std::span<const double> all(cost);
    const Estimate third = blocked_mean(all.subspan(n / 2, n / 4));
    const Estimate last = blocked_mean(all.subspan(n - n / 4));
    const double error = std::hypot(third.error, last.error);
    if (third.value - last.value > 3 * error && third.value > 1.05 * last.value) {
      out_.warnings.push_back(
          fmt::format("chain {} was still falling at the end: C went from {:.3g} to {:.3g} between "
                      "its third and its last quarter; run longer",
                      c + 1, third.value, last.value));
    }
  }

  void add_facts() {
    const auto fact = [&](const std::string& key, std::string value) {
      out_.settings.emplace_back(key, std::move(value));
    };
    const ChainSetup& setup = *run_.setup;
    std::vector<double> density;
    for (const std::size_t c : chains_) density.push_back(run_.chains[c]->number_density());
    scalar("number_density", density, "1/A3");
    fact("chains", fmt::format("{}{}", run_.chains.size(),
                               run_.recipe.exchange ? ", exchanging T_chi; the coldest counts"
                                                    : ", independent"));
    fact("range of pairs",
         fmt::format("{:.2f} A in bins of {} A", setup.width_A * static_cast<double>(setup.bins),
                     setup.width_A));
    fact("T_chi",
         fmt::format("{:g} to {:g}", run_.recipe.temperature_start, run_.recipe.temperature_end));
    fact("moves", fmt::format("{:g} per atom and chain in {} blocks", run_.recipe.moves_per_atom,
                              run_.blocks));
    if (run_.seconds > 0) {
      fact("speed", fmt::format("{:.0f} moves/s, all chains together", run_.moves_per_s));
    }
    fact("largest drift of R_chi^2 in a block", fmt::format("{:.2g}", run_.largest_drift));
    for (std::size_t d = 0; d < setup.data.size(); ++d) {
      const DataSettings& s = setup.data[d]->settings();
      fact("data " + s.label(),
           fmt::format("{}, {} points from {:.4g} to {:.4g}, weight {:g}; {}", s.y_label(),
                       setup.data[d]->points(), setup.data[d]->x().front(),
                       setup.data[d]->x().back(), s.weight,
                       s.probe == "neutron" ? setup.data[d]->scatterers().neutron_text
                                            : setup.data[d]->scatterers().xray_text));
    }
    for (const auto& note : run_.notes) fact("note", note);
  }

  const RmcRun& run_;
  std::vector<std::size_t> chains_;
  std::vector<std::vector<std::vector<double>>> curves_;  // [data][chain]
  std::vector<std::vector<std::vector<double>>> g_;       // [chain][pair]
  Result out_;
};

}  // namespace

Result rmc_result(const RmcRun& run) { return Writer(run).result(); }

}  // namespace vitrion::rmc
