#include "dynamics/vdos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/text.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {
namespace {}  // namespace

std::string VdosAnalysis::summary() const {
  return "velocity autocorrelation, vibrational density of states and band centre of each "
         "species; spectrum of the charge current";
}

Schema VdosAnalysis::parameters() {
  Schema schema(name());
  schema.quantity("max_time", max_time_ps_, Dimension::time,
                  "longest correlation time; the resolution in frequency is about its inverse",
                  positive);
  schema.choice("window", window_, {"none", "hann", "blackman"},
                "weight of the correlation at long times");
  schema.flag("mass_weighted", mass_weighted_,
              "atoms count by their mass in the total (partial ones are the same either way)");
  schema.texts("species", species_, "species to follow; none given: all");
  schema.text("drift", drift_, drift_help);
  schema.quantity_map("charges", charges_, Dimension::none, charges_help);
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for the conductivity; auto: as the trajectory says", positive);
  return schema;
}

void VdosAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  frame_ = choose_drift_frame(drift_, structure, default_mobile_species(structure));
  store_ = DisplacementStore(first, species_, frame_);
  masses_amu_.clear();
  for (const auto& range : store_.ranges()) {
    masses_amu_.push_back(structure.species[*structure.find_species(range.name)].mass_amu);
  }
  from_velocities_ = !first.velocities.empty();
  charge_ = choose_charges(charges_, first);
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
}

Needs VdosAnalysis::needs() const { return {0, !from_velocities_, from_velocities_, true}; }

std::unique_ptr<Analysis> VdosAnalysis::fork() const {
  auto out = std::make_unique<VdosAnalysis>();
  out->from_velocities_ = from_velocities_;
  out->charge_ = charge_;
  out->store_ = store_.fork();
  return out;
}

void VdosAnalysis::consume(const FrameView& view) {
  const auto& now = from_velocities_ ? view.frame.velocities : *view.unwrapped;
  const Vec3 drift =
      from_velocities_ ? store_.drift_velocity_of(now) : store_.drift_of(*view.unwrapped);
  Vec3 current = Vec3::Zero();
  for (std::size_t i = 0; i < charge_.e.size(); ++i) {
    Vec3 d = now[i] - drift;
    if (!from_velocities_) d -= store_.start()[i];
    current += charge_.e[i] * d;
  }
  currents_.push_back(current);
  if (from_velocities_) {
    store_.consume_velocities(view);
  } else {
    store_.consume(view);
  }
}

void VdosAnalysis::take(std::vector<float> row, const Vec3& current, double time_ps) {
  if (frames_ == 0) first_time_ps_ = time_ps;
  if (frames_ == 1) {
    dt_ps_ = time_ps - first_time_ps_;
    const auto lag =
        std::clamp(max_time_ps_ / dt_ps_, 1.0, 1e7);  // a bound on nonsense, not on use
    std::vector<ColumnGroup> groups;
    for (const auto& range : store_.ranges()) groups.push_back({3 * range.begin, 3 * range.end});
    if (!charge_.e.empty()) groups.push_back({3 * store_.atoms(), 3 * store_.atoms() + 3});
    correlator_ = BlockCorrelator(std::move(groups), static_cast<std::size_t>(std::lround(lag)));
  }
  ++frames_;
  const auto with_current = [&](std::vector<float> x, const Vec3& j) {
    if (!charge_.e.empty()) {
      for (int axis = 0; axis < 3; ++axis) x.push_back(static_cast<float>(j[axis]));
    }
    return x;
  };
  if (from_velocities_) {
    waiting_.emplace_back(std::move(row), current);
  } else if (frames_ > 1) {
    std::vector<float> step(row.size());
    const auto per_dt = static_cast<float>(1 / dt_ps_);
    for (std::size_t c = 0; c < row.size(); ++c) step[c] = (row[c] - previous_[c]) * per_dt;
    waiting_.emplace_back(std::move(step), (current - previous_current_) / dt_ps_);
  }
  if (!from_velocities_) {
    previous_ = std::move(row);
    previous_current_ = current;
  }
  if (frames_ < 2) return;
  for (auto& [x, j] : waiting_) correlator_.append(with_current(std::move(x), j));
  waiting_.clear();
}

void VdosAnalysis::merge(Analysis& other) {
  auto& later = static_cast<VdosAnalysis&>(other);
  for (std::size_t t = 0; t < later.store_.frames(); ++t) {
    const float* row = later.store_.frame(t);
    volume_sum_A3_ += later.store_.volume_A3(t);
    take({row, row + 3 * store_.atoms()}, later.currents_[t], later.store_.time_ps(t));
  }
}

double VdosAnalysis::weight_of(std::size_t range) const {
  const bool known =
      std::all_of(masses_amu_.begin(), masses_amu_.end(), [](double m) { return m > 0; });
  return mass_weighted_ && known ? masses_amu_[range] : 1.0;
}

namespace {

// Everything that is computed from sums over origins, so that the jackknife can repeat it.
struct Spectra {
  std::vector<double> nu;
  std::vector<std::vector<double>> correlation;  // normalised to 1 at 0
  std::vector<std::vector<double>> dos;          // of each species, then of all
  std::vector<double> current;                   // ∫ over ν > 0 is ⟨J²⟩/2
  std::vector<double> mean_square;               // ⟨v²⟩ of each species

  [[nodiscard]] std::vector<double> flat() const {
    std::vector<double> out;
    for (const auto& g : dos) out.insert(out.end(), g.begin(), g.end());
    for (const auto& g : dos) out.push_back(band_centre(nu, g));
    for (const auto& g : dos) out.push_back(debye_frequency(nu, g));
    out.insert(out.end(), mean_square.begin(), mean_square.end());
    out.insert(out.end(), current.begin(), current.end());
    return out;
  }
};

struct Setup {
  std::vector<double> atoms;    // of each species
  std::vector<double> weights;  // of each species in the total
  std::size_t stride = 0;       // lags in a block of sums
  std::size_t longest = 0;      // lag used
  double dt_ps = 0;
  bool differences = false;
  bool with_current = false;
  LagWindow window = LagWindow::hann;
};

std::vector<double> corrected(std::vector<double> spectrum, const Spectra& s, const Setup& setup) {
  if (!setup.differences) return spectrum;
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    spectrum[k] /= difference_response(s.nu[k], setup.dt_ps);
  }
  return spectrum;
}

std::vector<double> normalised(std::vector<double> g, const Spectra& s, double area) {
  const double scale = area / trapezoid(s.nu, g);
  for (double& x : g) x *= scale;
  return g;
}

Spectra spectra_of(std::span<const double> sums, const Setup& setup) {
  Spectra out;
  out.nu = spectrum_frequencies(setup.longest, setup.dt_ps);
  const std::size_t species = setup.atoms.size();
  const std::size_t groups = species + (setup.with_current ? 1 : 0);
  const auto origins = sums.subspan(groups * setup.stride);
  const auto correlation = [&](std::size_t g) {
    std::vector<double> c(setup.longest + 1);
    for (std::size_t m = 0; m < c.size(); ++m) c[m] = sums[g * setup.stride + m] / origins[m];
    return c;
  };
  std::vector<double> total(setup.longest + 1, 0.0);
  double all = 0;
  for (std::size_t a = 0; a < species; ++a) {
    auto c = correlation(a);
    for (std::size_t m = 0; m < c.size(); ++m) total[m] += setup.weights[a] * c[m];
    all += setup.atoms[a];
    out.mean_square.push_back(c[0] / setup.atoms[a]);
    const auto g = corrected(power_spectrum(c, setup.dt_ps, setup.window), out, setup);
    out.dos.push_back(normalised(g, out, 3 * setup.atoms[a]));
    const double c0 = c[0];
    for (double& x : c) x /= c0;
    out.correlation.push_back(std::move(c));
  }
  const auto g = corrected(power_spectrum(total, setup.dt_ps, setup.window), out, setup);
  out.dos.push_back(normalised(g, out, 3 * all));
  if (setup.with_current) {
    out.current =
        corrected(power_spectrum(correlation(species), setup.dt_ps, setup.window), out, setup);
  }
  return out;
}

void warn_if_coarse(Result& out, const Spectra& s, const std::string& species, std::size_t which,
                    double dt_ps) {
  const auto& g = s.dos[which];
  const std::size_t from = g.size() - g.size() / 10;
  const double top =
      trapezoid(std::span(s.nu).subspan(from), std::span(g).subspan(from)) / trapezoid(s.nu, g);
  if (!(top > 0.02)) return;
  out.warnings.push_back(fmt::format(
      "{:.0f} % of the spectrum of {} lies in the top tenth below {:.3g} THz, the highest "
      "frequency that frames {:.4g} ps apart can show: faster motion is folded into it; write "
      "frames closer together",
      100 * top, species, 0.5 / dt_ps, dt_ps));
}

}  // namespace

Result VdosAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Vibrational density of states from the velocity autocorrelation over all time origins, "
      "normalised to the integral 3 N of each species; band_centre is its mean frequency, "
      "debye_frequency the cut-off of a Debye spectrum with its second moment.";
  out.references = {"10.1103/PhysRev.188.1407"};
  out.settings = {
      {"velocities", from_velocities_ ? "of the trajectory" : "differences of positions"},
      {"window", window_},
      {"mass weighted", mass_weighted_ ? "yes" : "no"},
      {"normalisation", "integral over nu is 3 N of the species"},
      {"drift frame", frame_.text}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  const std::size_t rows = correlator_.rows();
  std::vector<std::string> names;
  for (const auto& range : store_.ranges()) names.push_back(range.name);
  names.emplace_back("total");
  if (rows < 8) {
    out.warnings.push_back(fmt::format(
        "{} frames are too few for a spectrum: give at least 9, and some thousands to be of use",
        frames_));
    for (const auto& x : names) {
      out.scalars.push_back({"band_centre_" + x, not_known, not_known, "THz", ""});
    }
    return out;
  }
  Setup setup;
  setup.stride = correlator_.max_lag() + 1;
  setup.longest = std::min(correlator_.max_lag(), rows / 2);
  setup.dt_ps = dt_ps_;
  setup.differences = !from_velocities_;
  setup.with_current = !charge_.e.empty();
  setup.window = lag_window(window_);
  for (std::size_t a = 0; a < store_.ranges().size(); ++a) {
    setup.atoms.push_back(static_cast<double>(store_.ranges()[a].count()));
    setup.weights.push_back(weight_of(a));
  }
  const BlockSums sums = correlator_.sums();
  const auto totals = sums.mean();
  const std::size_t species = setup.atoms.size();
  if (!std::all_of(setup.atoms.begin(), setup.atoms.end(),
                   [&, a = 0U](double) mutable { return totals[setup.stride * a++] > 0; })) {
    out.warnings.push_back("atoms do not move: there is no spectrum");
    return out;
  }
  const Spectra s = spectra_of(totals, setup);
  const auto estimates =
      sums.jackknife_all([&](std::span<const double> x) { return spectra_of(x, setup).flat(); });
  const std::size_t bins = s.nu.size();
  const std::string how = fmt::format("jackknife over {} blocks of time", sums.blocks());

  const std::size_t centres = (species + 1) * bins;
  for (std::size_t a = 0; a <= species; ++a) {
    const Estimate& e = estimates[centres + a];
    out.scalars.push_back({"band_centre_" + names[a], e.value, e.error, "THz", how});
  }
  const std::size_t debye = centres + species + 1;
  for (std::size_t a = 0; a <= species; ++a) {
    const Estimate& e = estimates[debye + a];
    out.scalars.push_back({"debye_frequency_" + names[a], e.value, e.error, "THz", how});
  }
  const double to_K = constants::amu_A2_ps2_in_eV / (3 * constants::boltzmann_eV_K);
  for (std::size_t a = 0; a < species; ++a) {
    if (!from_velocities_ || !(masses_amu_[a] > 0)) continue;
    const Estimate& e = estimates[debye + species + 1 + a];
    out.scalars.push_back({"kinetic_temperature_" + names[a], masses_amu_[a] * to_K * e.value,
                           masses_amu_[a] * to_K * e.error, "K", how});
  }

  Table dos{"vdos", {{"nu", "THz", s.nu, {}}}};
  Table vacf{"vacf", {{"t", "ps", {}, {}}}};
  for (std::size_t m = 0; m <= setup.longest; ++m) {
    vacf.columns[0].data.push_back(static_cast<double>(m) * dt_ps_);
  }
  Plot plot{Plot::Kind::lines,
            "Vibrational density of states",
            "vdos",
            "nu",
            {},
            {},
            "nu (THz)",
            "g(nu) (1/THz)",
            false,
            false,
            {}};
  Plot decay{Plot::Kind::lines,
             "Velocity autocorrelation",
             "vacf",
             "t",
             {},
             {},
             "t (ps)",
             "C(t)/C(0)",
             false,
             false,
             {}};
  for (std::size_t a = 0; a <= species; ++a) {
    Column error{names[a] + "_error", "1/THz", {}, {}};
    for (std::size_t k = 0; k < bins; ++k) error.data.push_back(estimates[a * bins + k].error);
    dos.columns.push_back({names[a], "1/THz", s.dos[a], {}});
    dos.columns.push_back(std::move(error));
    plot.series.push_back(names[a]);
    plot.errors.emplace_back();
    if (a == species) break;
    vacf.columns.push_back({names[a], "", s.correlation[a], {}});
    decay.series.push_back(names[a]);
    decay.errors.emplace_back();
    warn_if_coarse(out, s, names[a], a, dt_ps_);
  }
  out.tables = {std::move(dos), std::move(vacf)};
  out.plots = {std::move(plot), std::move(decay)};
  out.settings.emplace_back(
      "frequency resolution",
      fmt::format("{:.3g} THz", 1 / (static_cast<double>(setup.longest) * dt_ps_)));
  out.settings.emplace_back("highest frequency", fmt::format("{:.4g} THz", 0.5 / dt_ps_));

  if (setup.with_current) {
    const double volume = volume_sum_A3_ / static_cast<double>(frames_);
    const bool absolute = volume > 0 && temperature_here_K_.has_value();
    // ∫₀^∞ is half the integral over both signs of time.
    const double scale = absolute
                             ? constants::conductivity_mS_cm /
                                   (6 * volume * constants::boltzmann_eV_K * *temperature_here_K_)
                             : 1 / trapezoid(s.nu, s.current);
    const std::string column = absolute ? "sigma" : "intensity";
    const std::string unit = absolute ? "mS/cm" : "1/THz";
    Table current{
        "current",
        {{"nu", "THz", s.nu, {}}, {column, unit, {}, {}}, {column + "_error", unit, {}, {}}}};
    const std::size_t first = estimates.size() - bins;
    for (std::size_t k = 0; k < bins; ++k) {
      current.columns[1].data.push_back(scale * s.current[k]);
      current.columns[2].data.push_back(scale * estimates[first + k].error);
    }
    out.tables.push_back(std::move(current));
    out.plots.push_back({Plot::Kind::lines,
                         "Spectrum of the charge current",
                         "current",
                         "nu",
                         {column},
                         {""},
                         "nu (THz)",
                         absolute ? "sigma (mS/cm)" : "intensity (1/THz)",
                         false,
                         false,
                         {}});
    out.settings.emplace_back("charges", charge_.text);
    if (!absolute) {
      out.settings.emplace_back("current",
                                "normalised to the integral 1: the temperature or the "
                                "cell is not known");
    }
    if (!charge_.warning.empty()) out.warnings.push_back(charge_.warning);
  }
  if (!from_velocities_) {
    out.warnings.push_back(fmt::format(
        "the frames hold no velocities: differences of positions {:.4g} ps apart stand in, with "
        "their response divided out; motion beyond {:.3g} THz is folded into the spectrum",
        dt_ps_, 0.5 / dt_ps_));
  }
  if (setup.longest < correlator_.max_lag()) {
    out.warnings.push_back(
        fmt::format("the run is short: correlations reach {:.3g} ps, not {:.3g} ps",
                    static_cast<double>(setup.longest) * dt_ps_, max_time_ps_));
  }
  return out;
}

}  // namespace vitrion
