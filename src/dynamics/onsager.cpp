#include "dynamics/onsager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/temperature.hpp"
#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "dynamics/msd.hpp"

namespace vitrion {
namespace {}  // namespace

std::string OnsagerAnalysis::summary() const {
  return "Onsager matrix of all species from collective motion, and transference numbers";
}

Schema OnsagerAnalysis::parameters() {
  Schema schema(name());
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "temperature of the ensemble; auto: as the trajectory says", positive);
  schema.quantity_map("charges", charges_, Dimension::none, charges_help);
  schema.texts("mobile", mobile_,
               "species whose motion sets the window; none given: monovalent cations");
  schema.text("drift", drift_, drift_help);
  add_window_parameters(schema, window_);
  return schema;
}

void OnsagerAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  temperature_here_K_ = required_temperature("onsager", temperature_K_, series);
  if (!structure.cell.is_defined()) {
    throw InputError("onsager: the trajectory has no cell, so no volume: use a format with one");
  }
  auto mobile = mobile_.empty() ? default_mobile_species(structure) : mobile_;
  if (mobile.empty()) {
    throw InputError(
        fmt::format("onsager: {} has no monovalent cation: name the species that move with "
                    "--set onsager.mobile=X",
                    structure.formula()));
  }
  frame_ = choose_drift_frame(drift_, structure, mobile);
  store_ = DisplacementStore(first, mobile, frame_);
  store_.bound(window_.most_bytes());
  charge_ = choose_charges(charges_, first);
  groups_.clear();
  for (std::size_t s = 0; s < structure.species.size(); ++s) {
    Group group{structure.species[s].name, {}, 0};
    for (std::size_t i = 0; i < structure.size(); ++i) {
      if (structure.kind[i] != s) continue;
      group.atoms.push_back(i);
      if (!charge_.e.empty()) group.charge_e += charge_.e[i];
    }
    if (group.atoms.empty()) continue;
    group.charge_e /= static_cast<double>(group.atoms.size());
    groups_.push_back(std::move(group));
  }
  paths_.assign(groups_.size(), {});
}

std::unique_ptr<Analysis> OnsagerAnalysis::fork() const {
  auto out = std::make_unique<OnsagerAnalysis>();
  out->groups_ = groups_;
  out->store_ = store_.fork();
  out->paths_.assign(groups_.size(), {});
  return out;
}

void OnsagerAnalysis::consume(const FrameView& view) {
  store_.consume(view);
  const Vec3 drift = store_.drift_of(*view.unwrapped);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Vec3 sum = Vec3::Zero();
    for (const std::size_t i : groups_[g].atoms) {
      sum += (*view.unwrapped)[i] - store_.start()[i] - drift;
    }
    paths_[g].push_back(sum);
  }
}

void OnsagerAnalysis::merge(Analysis& other) {
  auto& later = static_cast<OnsagerAnalysis&>(other);
  store_.merge(later.store_);
  for (std::size_t g = 0; g < paths_.size(); ++g) {
    paths_[g].insert(paths_[g].end(), later.paths_[g].begin(), later.paths_[g].end());
  }
}

namespace {

using Matrix = std::vector<std::vector<double>>;
using Curves = std::vector<std::vector<std::vector<double>>>;

// ⟨ΔR_a·ΔR_b⟩ by lag for each pair.
Curves cross_displacements(const std::vector<std::vector<Vec3>>& paths) {
  Curves out(paths.size(), std::vector<std::vector<double>>(paths.size()));
  for (std::size_t a = 0; a < paths.size(); ++a) out[a][a] = mean_square_displacement(paths[a]);
  for (std::size_t a = 0; a < paths.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      std::vector<Vec3> sum(paths[a].size());
      for (std::size_t t = 0; t < sum.size(); ++t) sum[t] = paths[a][t] + paths[b][t];
      auto both = mean_square_displacement(sum);
      for (std::size_t m = 0; m < both.size(); ++m) {
        both[m] = 0.5 * (both[m] - out[a][a][m] - out[b][b][m]);
      }
      out[b][a] = both;
      out[a][b] = std::move(both);
    }
  }
  return out;
}

Matrix slopes(const Curves& curves, const DiffusionFit& fit) {
  Matrix out(curves.size(), std::vector<double>(curves.size(), not_known));
  if (fit.estimator.lags.empty()) return out;
  for (std::size_t a = 0; a < curves.size(); ++a) {
    for (std::size_t b = 0; b < curves.size(); ++b) {
      out[a][b] = fit.diffusive ? fit.estimator.slope(curves[a][b])
                                : curves[a][b][fit.window.to] / static_cast<double>(fit.window.to);
    }
  }
  return out;
}

Table curve_table(const Curves& curves, const std::vector<std::string>& names, double dt_ps,
                  Plot& plot) {
  Table table{"collective", {{"t", "ps", {}, {}}}};
  const auto lags = table_lags(curves[0][0].size());
  for (const std::size_t m : lags) table.columns[0].data.push_back(static_cast<double>(m) * dt_ps);
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a; b < names.size(); ++b) {
      Column column{names[a] + "-" + names[b], "A^2", {}, {}};
      for (const std::size_t m : lags) column.data.push_back(curves[a][b][m]);
      plot.series.push_back(column.name);
      plot.errors.emplace_back();
      table.columns.push_back(std::move(column));
    }
  }
  return table;
}

}  // namespace

Result OnsagerAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Onsager matrix L_ab = 1/(6 V k_B T) d/dt <dR_a dR_b> of the species' collective "
      "displacements, its part of the conductivity, and transference numbers.";
  out.references = {"Fong, Self, McCloskey & Persson, Macromolecules 54, 2575 (2021)",
                    "10.1063/5.0008312"};
  const auto single = mean_square_displacement(store_, 0, store_.atoms());
  const DiffusionFit fit = fit_diffusion(store_, 0, store_.atoms(), single, window_);
  const double dt = store_.dt_ps();
  const double volume = store_.mean_volume_A3();
  const Curves curves = cross_displacements(paths_);
  const Matrix slope = slopes(curves, fit);
  const std::size_t n = groups_.size();
  const double to_L = 1 / (6 * dt * volume * constants::boltzmann_eV_K * temperature_here_K_);
  const double rho = fit.estimator.relative_variance * fit.scatter.anisotropy();
  // A species that stays in its cage shows no slope, and yet noise: its vibration sets the scale.
  std::vector<double> own_scale(n, 0.0);
  for (std::size_t a = 0; a < n && !fit.estimator.lags.empty(); ++a) {
    own_scale[a] = std::max(
        slope[a][a], 0.5 * curves[a][a][fit.window.from] / static_cast<double>(fit.window.from));
  }
  const auto error_of = [&](double aa, double bb, double ab) {
    if (!fit.diffusive) return std::abs(ab);
    return std::sqrt(0.5 * rho * (std::max(0.0, aa * bb) + ab * ab) +
                     fit.shared_variance * ab * ab);
  };
  const std::string how = fit.diffusive ? "Gaussian walkers with overlapping origins"
                                        : "apparent, at the end of the window: " + fit.reason;

  std::vector<std::string> names;
  for (const auto& g : groups_) names.push_back(g.name);
  Table matrix{"onsager",
               {{"pair", "", {}, {}},
                {"L", "1/(eV A ps)", {}, {}},
                {"L_error", "1/(eV A ps)", {}, {}},
                {"D", "cm2/s", {}, {}},
                {"sigma", "mS/cm", {}, {}},
                {"sigma_error", "mS/cm", {}, {}}}};
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a; b < n; ++b) {
      const std::string pair = names[a] + "-" + names[b];
      const double L = to_L * slope[a][b];
      const double error = to_L * error_of(own_scale[a], own_scale[b], slope[a][b]);
      out.scalars.push_back({"L_" + pair, L, error, "1/(eV A ps)", how});
      const double qq = groups_[a].charge_e * groups_[b].charge_e * constants::conductivity_mS_cm;
      const bool charged = !charge_.e.empty();
      matrix.columns[0].text.push_back(pair);
      matrix.columns[1].data.push_back(L);
      matrix.columns[2].data.push_back(error);
      matrix.columns[3].data.push_back(
          slope[a][b] * constants::A2_ps_in_cm2_s /
          (6 * dt *
           std::sqrt(static_cast<double>(groups_[a].atoms.size() * groups_[b].atoms.size()))));
      matrix.columns[4].data.push_back(charged ? qq * L : not_known);
      matrix.columns[5].data.push_back(charged ? std::abs(qq) * error : not_known);
    }
  }
  out.tables.push_back(std::move(matrix));
  if (!charge_.e.empty()) {
    double total = 0;
    std::vector<double> part(n, 0.0);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        part[a] += groups_[a].charge_e * groups_[b].charge_e * slope[a][b];
      }
      total += part[a];
    }
    const double unit = to_L * constants::conductivity_mS_cm;
    const double error = unit * error_of(total, total, total);
    out.scalars.push_back({"sigma", unit * total, error, "mS/cm", how});
    for (std::size_t a = 0; a < n; ++a) {
      const double t = part[a] / total;
      const double own = groups_[a].charge_e * groups_[a].charge_e * own_scale[a] / total;
      // Delta method with the covariances above: var t = ρ/2 (σ_aa/σ − t²).
      const double t_error =
          fit.diffusive ? std::sqrt(0.5 * rho * std::max(0.0, own - t * t)) : std::abs(t);
      out.scalars.push_back({"transference_" + names[a], t, t_error, "", how});
    }
    if (!charge_.warning.empty()) out.warnings.push_back(charge_.warning);
    if (!(total > error / unit)) {
      out.warnings.push_back(
          "the conductivity is not larger than its error: transference numbers mean nothing; run "
          "longer");
    }
  }
  Plot plot{Plot::Kind::lines,
            "Collective displacements",
            "collective",
            "t",
            {},
            {},
            "t (ps)",
            "<dR_a dR_b> (A^2)",
            false,
            false,
            {{fit.from_ps, fit.to_ps, "fit"}}};
  if (store_.frames() > 1) {
    out.tables.push_back(curve_table(curves, names, dt, plot));
    out.plots.push_back(std::move(plot));
  }
  out.settings = {
      {"drift frame", frame_.text},
      {"charges", charge_.e.empty() ? "not known" : charge_.text},
      {"temperature", fmt::format("{:g} K", temperature_here_K_)},
      {"window", fmt::format("{:.4g} to {:.4g} ps", fit.from_ps, fit.to_ps)},
      {"diffusive", fit.diffusive ? "yes" : "no"},
      {"finite-size correction", "none (that of Yeh & Hummer, 10.1021/jp0477147, is for liquids)"}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (!fit.diffusive) {
    out.warnings.push_back(fmt::format(
        "the mobile ions are not diffusive yet ({}): the matrix is apparent; run longer",
        fit.reason));
  }
  return out;
}

}  // namespace vitrion
