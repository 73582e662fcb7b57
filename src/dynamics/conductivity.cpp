#include "dynamics/conductivity.hpp"

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

double conductivity_mS_cm(double n_q2_e2, double volume_A3, double D_cm2_s, double temperature_K) {
  const double D_A2_ps = D_cm2_s / constants::A2_ps_in_cm2_s;
  return n_q2_e2 * D_A2_ps / (volume_A3 * constants::boltzmann_eV_K * temperature_K) *
         constants::conductivity_mS_cm;
}

std::string ConductivityAnalysis::summary() const {
  return "ionic conductivity from single and from collective motion, and the Haven ratio";
}

Schema ConductivityAnalysis::parameters() {
  Schema schema(name());
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "temperature of the ensemble; auto: as the trajectory says", positive);
  schema.quantity_map("charges", charges_, Dimension::none,
                      "charge of each mobile species in e, as Li:1; none given: formal charges");
  schema.texts("mobile", mobile_, "species that carry charge; none given: monovalent cations");
  schema.text("drift", drift_, drift_help);
  add_window_parameters(schema, window_);
  return schema;
}

void ConductivityAnalysis::choose_carriers(const Frame& first) {
  const Structure& structure = first.structure;
  const auto mobile = mobile_.empty() ? default_mobile_species(structure) : mobile_;
  if (mobile.empty()) {
    throw InputError(
        fmt::format("conductivity: {} has no monovalent cation: name the carriers with "
                    "--set conductivity.mobile=X",
                    structure.formula()));
  }
  frame_ = choose_drift_frame(drift_, structure, mobile);
  store_ = DisplacementStore(first, mobile, frame_);
  store_.bound(window_.most_bytes());
  carriers_.clear();
  double mass = 0;
  for (const auto& range : store_.ranges()) {
    const Species& species = structure.species[*structure.find_species(range.name)];
    const auto given = charges_.find(range.name);
    const std::optional<double> charge =
        given != charges_.end() ? std::optional(given->second) : formal_charge_of(species);
    if (!charge || *charge == 0) {
      throw InputError(
          fmt::format("conductivity: the charge of {} is not known: give it with "
                      "--set conductivity.charges={}:1",
                      range.name, range.name));
    }
    carriers_.push_back({range.name, range.begin, range.end, *charge});
    mass += static_cast<double>(range.count()) * species.mass_amu;
  }
  carrier_mass_share_ = structure.mass_amu() > 0 ? mass / structure.mass_amu() : 1.0;
}

void ConductivityAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  temperature_here_K_ = required_temperature("conductivity", temperature_K_, series);
  if (!structure.cell.is_defined()) {
    throw InputError(
        "conductivity: the trajectory has no cell, so no volume: use a format with one");
  }
  for (const auto& [species, charge] : charges_) {
    if (structure.find_species(species)) continue;
    throw InputError(fmt::format("conductivity: charges name \"{}\", which is not in {}", species,
                                 structure.formula()));
  }
  choose_carriers(first);
}

std::unique_ptr<Analysis> ConductivityAnalysis::fork() const {
  auto out = std::make_unique<ConductivityAnalysis>();
  out->temperature_K_ = temperature_K_;
  out->charges_ = charges_;
  out->mobile_ = mobile_;
  out->drift_ = drift_;
  out->window_ = window_;
  out->temperature_here_K_ = temperature_here_K_;
  out->carriers_ = carriers_;
  out->carrier_mass_share_ = carrier_mass_share_;
  out->frame_ = frame_;
  out->store_ = store_.fork();
  return out;
}

void ConductivityAnalysis::merge(Analysis& later) {
  store_.merge(static_cast<ConductivityAnalysis&>(later).store_);
}

namespace {

double charge_square(const std::vector<Carrier>& carriers) {
  double sum = 0;
  for (const auto& c : carriers) {
    sum += static_cast<double>(c.end - c.begin) * c.charge_e * c.charge_e;
  }
  return sum;
}

// MSD of the single carriers (weighted with q²) and of their common charge, both over Σ N q².
struct ChargeMsd {
  std::vector<double> single;
  std::vector<double> collective;
};

ChargeMsd charge_msd(const DisplacementStore& store, const std::vector<Carrier>& carriers) {
  const double n_q2 = charge_square(carriers);
  ChargeMsd out;
  out.single.assign(store.run_frames(), 0.0);
  std::vector<double> charges;  // carriers are the ranges of the store
  for (const auto& c : carriers) {
    const auto msd = mean_square_displacement(store, c.begin, c.end);
    const double share = static_cast<double>(c.end - c.begin) * c.charge_e * c.charge_e / n_q2;
    for (std::size_t m = 0; m < msd.size(); ++m) out.single[m] += share * msd[m];
    charges.push_back(c.charge_e);
  }
  out.collective = mean_square_displacement(collective_path(store, charges));
  for (double& x : out.collective) x /= n_q2;
  return out;
}

ConductivityEstimate estimate(const DiffusionFit& fit, const ChargeMsd& msd, double dt_ps,
                              std::size_t ions) {
  ConductivityEstimate out;
  const double unit = constants::A2_ps_in_cm2_s / (6 * dt_ps);
  out.D_star_cm2_s = fit.D_cm2_s;
  out.star_variance = std::pow(fit.D_error_cm2_s / fit.D_cm2_s, 2);
  // Of a run that is not diffusive both are apparent: MSD/(6t) at the end of the window.
  out.D_c_cm2_s =
      unit * (fit.diffusive ? fit.estimator.slope(msd.collective)
                            : msd.collective[fit.window.to] / static_cast<double>(fit.window.to));
  if (!fit.diffusive) {
    out.c_variance = out.ratio_variance = 1.0;
    return out;
  }
  const double gaussian = fit.estimator.relative_variance * fit.scatter.anisotropy();
  out.c_variance = gaussian + fit.shared_variance;
  const double part =
      std::clamp(out.D_c_cm2_s / (static_cast<double>(ions) * out.D_star_cm2_s), 0.0, 1.0);
  // Few hops and unlike ions move D* and D_c alike, and leave their ratio.
  const double star_alone = std::max(0.0, out.star_variance - fit.shared_variance);
  out.ratio_variance =
      std::max(gaussian + star_alone - 2 * gaussian * part, gaussian * std::pow(1 - part, 2));
  return out;
}

struct State {
  double n_q2_e2;
  double volume_A3;
  double temperature_K;
};

void add_scalars(Result& out, const DiffusionFit& fit, const ConductivityEstimate& e,
                 const State& state) {
  const auto sigma = [&](double D) {
    return conductivity_mS_cm(state.n_q2_e2, state.volume_A3, D, state.temperature_K);
  };
  const auto add = [&](const char* key, double value, double variance, const char* unit,
                       const std::string& how) {
    out.scalars.push_back({key, value, std::abs(value) * std::sqrt(variance), unit, how});
  };
  const std::string apparent = "apparent, MSD/(6t) at the end of the window";
  const std::string single = fit.diffusive
                                 ? fmt::format("scatter over {} ions and {} Fourier modes",
                                               fit.scatter.ions, 3 * fit.scatter.modes)
                                 : apparent;
  const std::string common = fit.diffusive ? "Gaussian walker with overlapping origins" : apparent;
  const std::string ratio =
      fit.diffusive ? common + ", with the covariance of D* and D_c" : apparent;
  const double haven = e.D_star_cm2_s / e.D_c_cm2_s;
  add("sigma_ne", sigma(e.D_star_cm2_s), e.star_variance, "mS/cm", single);
  add("sigma_c", sigma(e.D_c_cm2_s), e.c_variance, "mS/cm", common);
  add("haven_ratio", haven, e.ratio_variance, "", ratio);
  add("inverse_haven", 1 / haven, e.ratio_variance, "", ratio);
  add("D_star", e.D_star_cm2_s, e.star_variance, "cm2/s", single);
  add("D_c", e.D_c_cm2_s, e.c_variance, "cm2/s", common);
  out.scalars.push_back({"temperature", state.temperature_K, not_known, "K", "as given"});
  out.scalars.push_back({"n_q2", state.n_q2_e2 / state.volume_A3, not_known, "e2/A3",
                         "carriers times charge squared in the mean volume"});
}

void add_curves(Result& out, const ChargeMsd& msd, const DisplacementStore& store,
                const DiffusionFit& fit) {
  const double dt_ps = store.dt_ps();
  Table table{"displacement",
              {{"t", "ps", {}, {}}, {"single", "A^2", {}, {}}, {"collective", "A^2", {}, {}}}};
  for (const std::size_t m : table_lags(store)) {
    table.columns[0].data.push_back(static_cast<double>(m) * dt_ps);
    table.columns[1].data.push_back(msd.single[m]);
    table.columns[2].data.push_back(msd.collective[m]);
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back({Plot::Kind::lines,
                       "Single and collective displacement of charge",
                       "displacement",
                       "t",
                       {"single", "collective"},
                       {"", ""},
                       "t (ps)",
                       "MSD (A^2)",
                       true,
                       true,
                       {{fit.from_ps, fit.to_ps, "fit"}}});
}

}  // namespace

Result ConductivityAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Conductivity by Nernst–Einstein (sigma_ne) and from the collective displacement of charge "
      "(sigma_c); haven_ratio = D*/D_c = sigma_ne/sigma_c.";
  const ChargeMsd msd = charge_msd(store_, carriers_);
  const double n_q2 = charge_square(carriers_);
  const double volume = store_.mean_volume_A3();
  const DiffusionFit fit = fit_diffusion(store_, 0, store_.atoms(), msd.single, window_);

  ConductivityEstimate e{not_known, not_known, not_known, not_known, not_known};
  if (!fit.estimator.lags.empty()) e = estimate(fit, msd, store_.dt_ps(), store_.atoms());
  if (!(e.D_c_cm2_s > 0)) {
    e.D_c_cm2_s = e.c_variance = e.ratio_variance = not_known;
    out.warnings.push_back(
        "the collective displacement shows no diffusion within this run: sigma_c "
        "and haven_ratio are not known; run longer");
  }
  add_scalars(out, fit, e, {n_q2, volume, temperature_here_K_});

  std::vector<std::string> charges;
  std::vector<std::string> names;
  for (const auto& c : carriers_) {
    charges.push_back(fmt::format("{} {:+g}", c.species, c.charge_e));
    names.push_back(c.species);
  }
  out.settings = {
      {"drift frame", frame_.text},
      {"carriers", join(names, ", ")},
      {"charges",
       join(charges, ", ") + (charges_.empty() ? " e (formal)" : " e (as given, else formal)")},
      {"temperature", fmt::format("{:g} K", temperature_here_K_)},
      {"window", fmt::format("{:.4g} to {:.4g} ps", fit.from_ps, fit.to_ps)},
      {"diffusive", fit.diffusive ? "yes" : "no"}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (!fit.diffusive) {
    out.warnings.push_back(
        fmt::format("{} not diffusive yet ({}): conductivities are apparent "
                    "(sigma_ne an upper estimate) and the Haven ratio means "
                    "little; run longer",
                    join(names, ", "), fit.reason));
  } else if (e.c_variance > 0.25) {
    out.warnings.push_back(
        fmt::format("the collective motion is known to {:.0f} % only: sigma_c and "
                    "haven_ratio need a longer run or replicas",
                    100 * std::sqrt(e.c_variance)));
  }
  if (drift_ == "cell" && carrier_mass_share_ > 0.2) {
    out.warnings.push_back(
        fmt::format("carriers are {:.0f} % of the mass: in the frame of the whole "
                    "cell their common motion is cut down; use drift framework",
                    100 * carrier_mass_share_));
  }
  add_curves(out, msd, store_, fit);
  out.references = {"10.1063/5.0008312", "10.1021/acs.jctc.4c01249", "10.1038/s41524-018-0074-y"};
  return out;
}

}  // namespace vitrion
