#include "dynamics/green_kubo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/temperature.hpp"
#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "dynamics/cepstral.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {

std::string GreenKuboAnalysis::summary() const {
  return "ionic conductivity from the autocorrelation of the current (Green-Kubo)";
}

Schema GreenKuboAnalysis::parameters() {
  Schema schema(name());
  schema.quantity("max_time", max_time_ps_, Dimension::time,
                  "end of the running integral; the spectrum is resolved to about its inverse",
                  positive);
  schema.choice("window", window_, {"none", "hann", "blackman"},
                "weight of the correlation at long times, for the spectrum");
  schema.quantity("highest_frequency", highest_THz_, Dimension::frequency,
                  "up to where the spectrum of the current is used for sigma_gk", positive);
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "temperature of the ensemble; auto: as the trajectory says", positive);
  schema.quantity_map("charges", charges_, Dimension::none, charges_help);
  schema.texts("mobile", mobile_, "species that carry charge; none given: monovalent cations");
  schema.text("drift", drift_, drift_help);
  return schema;
}

void GreenKuboAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  temperature_here_K_ = required_temperature("green_kubo", temperature_K_, series);
  if (!structure.cell.is_defined()) {
    throw InputError("green_kubo: the trajectory has no cell, so no volume: use a format with one");
  }
  const auto mobile = mobile_.empty() ? default_mobile_species(structure) : mobile_;
  if (mobile.empty()) {
    throw InputError(
        fmt::format("green_kubo: {} has no monovalent cation: name the carriers with "
                    "--set green_kubo.mobile=X",
                    structure.formula()));
  }
  frame_ = choose_drift_frame(drift_, structure, mobile);
  store_ = DisplacementStore(first, mobile, frame_);
  charge_ = choose_charges(charges_, first);
  if (charge_.e.empty()) {
    throw InputError(
        "green_kubo: not all charges are known: give them with --set green_kubo.charges=X:1,Y:-2");
  }
  charge_e_.assign(structure.size(), 0.0);
  for (const std::size_t i : store_.chosen()) charge_e_[i] = charge_.e[i];
  carriers_ = join(mobile, ", ");
  from_velocities_ = !first.velocities.empty();
}

Needs GreenKuboAnalysis::needs() const { return {0, !from_velocities_, from_velocities_, true}; }

std::unique_ptr<Analysis> GreenKuboAnalysis::fork() const {
  auto out = std::make_unique<GreenKuboAnalysis>();
  out->from_velocities_ = from_velocities_;
  out->charge_e_ = charge_e_;
  out->store_ = store_.fork();
  return out;
}

void GreenKuboAnalysis::consume(const FrameView& view) {
  const auto& now = from_velocities_ ? view.frame.velocities : *view.unwrapped;
  const Vec3 drift =
      from_velocities_ ? store_.drift_velocity_of(now) : store_.drift_of(*view.unwrapped);
  Vec3 sum = Vec3::Zero();
  for (const std::size_t i : store_.chosen()) {
    Vec3 d = now[i] - drift;
    if (!from_velocities_) d -= store_.start()[i];
    sum += charge_e_[i] * d;
  }
  current_.push_back(sum);
  times_ps_.push_back(view.time_ps);
  volume_sum_A3_ += view.frame.structure.cell.volume();
}

void GreenKuboAnalysis::merge(Analysis& other) {
  auto& later = static_cast<GreenKuboAnalysis&>(other);
  current_.insert(current_.end(), later.current_.begin(), later.current_.end());
  times_ps_.insert(times_ps_.end(), later.times_ps_.begin(), later.times_ps_.end());
  volume_sum_A3_ += later.volume_sum_A3_;
}

Result GreenKuboAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Conductivity as the integral of the autocorrelation of the carriers' current; sigma_gk is "
      "its zero-frequency power by cepstral analysis, `spectrum` the real part at every frequency.";
  out.references = {"10.1038/s41598-017-15843-2"};
  out.settings = {
      {"drift frame", frame_.text},
      {"carriers", carriers_},
      {"charges", charge_.text},
      {"velocities", from_velocities_ ? "of the trajectory" : "differences of positions"},
      {"temperature", fmt::format("{:g} K", temperature_here_K_)}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  std::vector<Vec3> j = current_;
  double dt = 0;
  if (times_ps_.size() > 1) {
    dt = (times_ps_.back() - times_ps_.front()) / static_cast<double>(times_ps_.size() - 1);
    if (!from_velocities_) {
      for (std::size_t t = 0; t + 1 < j.size(); ++t) j[t] = (j[t + 1] - j[t]) / dt;
      j.pop_back();
    }
  }
  const double volume = volume_sum_A3_ / static_cast<double>(times_ps_.size());
  const double unit =
      constants::conductivity_mS_cm / (volume * constants::boltzmann_eV_K * temperature_here_K_);
  const CepstralEstimate power = zero_frequency_power(j, dt, highest_THz_);
  // The power is of both signs of time, and of one axis.
  out.scalars.push_back({"sigma_gk", 0.5 * unit * power.value, 0.5 * unit * power.error, "mS/cm",
                         fmt::format("cepstral analysis, {} coefficients of {} frequencies",
                                     power.coefficients, power.modes)});
  out.scalars.push_back({"temperature", temperature_here_K_,
                         std::numeric_limits<double>::quiet_NaN(), "K", "as given"});
  if (power.modes == 0) {
    out.warnings.push_back(fmt::format(
        "{} frames hold too few frequencies below {:g} THz: run longer or raise highest_frequency",
        times_ps_.size(), highest_THz_));
  }
  if (j.size() < 16) return out;

  add_curves(out, j, dt, unit);
  return out;
}

void GreenKuboAnalysis::add_curves(Result& out, const std::vector<Vec3>& j, double dt,
                                   double unit) const {
  const auto longest = std::min(
      static_cast<std::size_t>(std::max(1.0, std::round(max_time_ps_ / dt))), j.size() / 2);
  BlockCorrelator correlator({{0, 3}}, longest);
  for (const auto& x : j) {
    correlator.append(
        {static_cast<float>(x[0]), static_cast<float>(x[1]), static_cast<float>(x[2])});
  }
  const std::size_t lags = longest + 1;
  const auto nu = spectrum_frequencies(longest, dt);
  const LagWindow window = lag_window(window_);
  // The correlation of one axis, its integral, and its spectrum, one behind the other.
  const auto estimates = correlator.sums().jackknife_all([&](std::span<const double> sums) {
    std::vector<double> all(2 * lags);
    double integral = 0;
    for (std::size_t m = 0; m < lags; ++m) {
      const double c = sums[m] / sums[lags + m] / 3;
      if (m > 0) integral += 0.5 * dt * (c + all[m - 1]);
      all[m] = c;
      all[lags + m] = integral;
    }
    const auto power = power_spectrum(std::span(all).first(lags), dt, window);
    for (std::size_t k = 0; k < nu.size(); ++k) {
      // Half of it: from both signs of time to one.
      all.push_back(0.5 * power[k] / (from_velocities_ ? 1.0 : difference_response(nu[k], dt)));
    }
    return all;
  });
  Table table{"integral",
              {{"t", "ps", {}, {}},
               {"correlation", "", {}, {}},
               {"sigma", "mS/cm", {}, {}},
               {"sigma_error", "mS/cm", {}, {}}}};
  for (std::size_t m = 0; m < lags; ++m) {
    table.columns[0].data.push_back(static_cast<double>(m) * dt);
    table.columns[1].data.push_back(estimates[m].value / estimates[0].value);
    table.columns[2].data.push_back(unit * estimates[lags + m].value);
    table.columns[3].data.push_back(unit * estimates[lags + m].error);
  }
  Table spectrum{
      "spectrum",
      {{"nu", "THz", nu, {}}, {"sigma", "mS/cm", {}, {}}, {"sigma_error", "mS/cm", {}, {}}}};
  for (std::size_t k = 0; k < nu.size(); ++k) {
    spectrum.columns[1].data.push_back(unit * estimates[2 * lags + k].value);
    spectrum.columns[2].data.push_back(unit * estimates[2 * lags + k].error);
  }
  const double resolution = 1 / (static_cast<double>(longest) * dt);
  out.scalars.push_back({"sigma_nu0", spectrum.columns[1].data[0], spectrum.columns[2].data[0],
                         "mS/cm",
                         fmt::format("the spectrum at zero frequency, a mean over {:.2g} THz; "
                                     "jackknife over blocks of time",
                                     resolution)});
  out.settings.emplace_back("frequency resolution", fmt::format("{:.3g} THz", resolution));
  out.tables.push_back(std::move(table));
  out.tables.push_back(std::move(spectrum));
  const auto plot = [&](const char* title, const char* of, const char* x, const char* label) {
    out.plots.push_back({Plot::Kind::lines,
                         title,
                         of,
                         x,
                         {"sigma"},
                         {"sigma_error"},
                         label,
                         "sigma (mS/cm)",
                         false,
                         false,
                         {}});
  };
  plot("Running Green-Kubo integral", "integral", "t", "t (ps)");
  plot("Conductivity against frequency", "spectrum", "nu", "nu (THz)");
}

}  // namespace vitrion
