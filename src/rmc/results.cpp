#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "numeric/statistics.hpp"
#include "rmc/ensemble.hpp"
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

class Writer {
 public:
  explicit Writer(const RmcRun& run)
      : run_(run), chains_(counting_chains(run)), means_(ensemble_means(run, chains_)) {}
  Result result() {
    out_.name = "rmc";
    out_.summary =
        "reverse Monte Carlo: fits, partial g(r), constraints and history; R_chi = "
        "sqrt(sum w (measured - fitted)^2 / sum w measured^2)";
    out_.references = {"10.1016/0022-3093(93)90232-M", "10.1080/08927028808080958",
                       "10.1088/0953-8984/13/46/201"};
    if (run_.setup->energy) out_.references.emplace_back("10.1080/089270204000002584");
    add_fits();
    add_partials();
    add_constraints();
    add_history();
    add_energies();
    add_facts();
    return std::move(out_);
  }

 private:
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
      const Spread fitted = over_chains(means_.fitted[d]);
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

  // A curve of each pair with its error, as a table and a plot.
  void add_pairs(const std::string& name, const Column& x, const std::string& title,
                 const std::string& x_label, const std::string& y_label,
                 const std::vector<std::vector<std::vector<double>>>& of_chains) {
    const PairTable& pairs = run_.setup->table;
    Table table{name, {x}};
    Plot plot;
    plot.title = title;
    plot.table = name;
    plot.x = x.name;
    plot.x_label = x_label;
    plot.y_label = y_label;
    for (std::size_t a = 0; a < pairs.groups(); ++a) {
      for (std::size_t b = a; b < pairs.groups(); ++b) {
        const std::string pair = pairs.pair_name(a, b);
        std::vector<std::vector<double>> curves;
        for (const auto& chain : of_chains) curves.push_back(chain[pairs.pair(a, b)]);
        Spread s = over_chains(curves);
        table.columns.push_back(column(pair, "", std::move(s.mean)));
        plot.series.push_back(pair);
        plot.errors.emplace_back();
        if (of_chains.size() < 2) continue;
        plot.errors.back() = pair + "_error";
        table.columns.push_back(column(pair + "_error", "", std::move(s.error)));
      }
    }
    out_.tables.push_back(std::move(table));
    out_.plots.push_back(std::move(plot));
  }

  void add_partials() {
    const std::string how =
        means_.g.size() > 1
            ? fmt::format("means over samples, errors over {} chains", means_.g.size())
            : "mean over the samples of one chain";
    add_pairs("partials", column("r", "A", bin_centres(run_.setup->bins, run_.setup->width_A)),
              "Partial pair distributions: " + how, "r (Å)", "g(r)", means_.g);
    add_pairs("partials_q", column("q", "1/A", means_.q),
              "Partial structure factors (Faber–Ziman): " + how, "q (1/Å)", "S(q)", means_.s);
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
    plot.x_label = "moves tried";
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
      if (!run_.recipe.potential.empty() || run_.setup->energy) {
        table.columns.push_back(
            column(name("energy"), "eV/atom",
                   series(c, [](const HistoryRow& r) { return r.energy_eV_atom; })));
      }
      converged(c, series(c, [](const HistoryRow& r) { return r.cost; }));
    }
    out_.tables.push_back(std::move(table));
    if (!plot.series.empty()) out_.plots.push_back(std::move(plot));
  }

  // Blocks for which an energy is known: all, or with forces those after a relaxation.
  void add_energies() {
    const auto& rows = run_.history.front();
    Column moves = column("moves", "per atom");
    for (const auto& row : rows) {
      if (std::isfinite(row.energy_eV_atom)) moves.data.push_back(row.moves_per_atom);
    }
    Table table{"energies", {std::move(moves)}};
    Plot plot;
    plot.title = "Energy of each chain against moves";
    plot.table = "energies";
    plot.x = "moves";
    plot.x_label = "moves tried";
    plot.y_label = "energy";
    for (std::size_t c = 0; c < run_.chains.size(); ++c) {
      Column e = column(fmt::format("energy_{}", c + 1), "eV/atom");
      for (const auto& row : run_.history[c]) {
        if (std::isfinite(row.energy_eV_atom)) e.data.push_back(row.energy_eV_atom);
      }
      plot.series.push_back(e.name);
      plot.errors.emplace_back();
      table.columns.push_back(std::move(e));
    }
    if (!table.columns.front().data.empty()) {
      out_.tables.push_back(std::move(table));
      out_.plots.push_back(std::move(plot));
    }
    std::vector<double> after;  // the annealing, mean of each chain
    for (const std::size_t c : chains_) {
      std::vector<double> values;
      for (std::size_t k = 0; k < rows.size(); ++k) {
        const bool late =
            static_cast<double>(k + 1) >= run_.recipe.anneal * static_cast<double>(run_.blocks);
        const double e = run_.history[c][k].energy_eV_atom;
        if (late && std::isfinite(e)) values.push_back(e);
      }
      if (!values.empty()) after.push_back(mean_and_error(values).value);
    }
    if (!after.empty()) {
      scalar(run_.setup->energy ? "energy" : "energy_relaxed", after, "eV/atom");
    }
    std::vector<double> kept;  // by forces, as the samples stand
    for (const std::size_t c : chains_) {
      if (c < run_.sample_energy_eV_atom.size() && !run_.sample_energy_eV_atom[c].empty()) {
        kept.push_back(mean_and_error(run_.sample_energy_eV_atom[c]).value);
      }
    }
    if (!kept.empty()) scalar("energy_samples", kept, "eV/atom");
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
    if (run_.relaxations > 0) {
      fact("relaxations",
           fmt::format("by {}: {} of {} kept; the others made a hard constraint "
                       "worse, or were refused by their change of C and energy",
                       run_.recipe.potential, run_.relaxations_kept, run_.relaxations));
    }
    if (setup.energy) {
      const EnergySettings& e = run_.recipe.energy;
      fact("energy",
           fmt::format("{} at {} to {:g} K: moves are accepted with exp(-change/k_B T) too",
                       e.potential, e.start_temperature_K.value_or(e.temperature_K),
                       e.temperature_K));
      fact("largest drift of the energy in a block",
           fmt::format("{:.2g} eV", run_.largest_energy_drift_eV));
    }
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
  EnsembleMeans means_;
  Result out_;
};

}  // namespace

Result rmc_result(const RmcRun& run) { return Writer(run).result(); }

}  // namespace vitrion::rmc
