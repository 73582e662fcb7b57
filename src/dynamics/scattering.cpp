#include "dynamics/scattering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "dynamics/relaxation.hpp"

namespace vitrion {
namespace {}  // namespace

std::string ScatteringAnalysis::summary() const {
  return "intermediate scattering functions F(q,t) and F_s(q,t), S(q,nu) and relaxation times";
}

Schema ScatteringAnalysis::parameters() {
  Schema schema(name());
  schema.quantities("q", q_, Dimension::wavenumber, "wave numbers", positive);
  schema.quantity("width", width_, Dimension::wavenumber, "of a shell about each of them",
                  positive);
  schema.integer("vectors", vectors_, "most allowed wave vectors used in a shell", {1, 100000});
  schema.quantity("max_time", max_time_ps_, Dimension::time, "longest time", positive);
  schema.integer("points", points_, "number of equally spaced times up to it", {1, 100000});
  schema.choice(
      "self", self_, {"vectors", "sphere"},
      "self part over the shell's vectors, or over all directions at its mean q (faster)");
  schema.choice("window", window_, {"none", "hann", "blackman"},
                "weight of long times in the spectra");
  schema.texts("species", species_, "species to follow; none given: all");
  schema.text("drift", drift_, drift_help);
  return schema;
}

void ScatteringAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  if (!first.structure.cell.fully_periodic()) {
    throw InputError(
        "scattering_function: the cell must be periodic in all directions: it sets the wave "
        "vectors; use a format with a cell");
  }
  frame_ = choose_drift_frame(drift_, first.structure, default_mobile_species(first.structure));
  store_ = DisplacementStore(first, species_, frame_);
  waves_ = find_wave_vectors(first.structure.cell, q_, width_, static_cast<std::size_t>(vectors_));
  if (waves_.shells.empty()) {
    throw InputError(fmt::format(
        "scattering_function: the cell has no wave vector within {:g} 1/A of those asked for: its "
        "smallest is {:.3g} 1/A; widen the shells or ask for larger q",
        0.5 * width_, 2 * 3.14159265 / first.structure.cell.lengths().maxCoeff()));
  }
  empty_shells_.clear();
  for (const double q : q_) {
    if (std::none_of(waves_.shells.begin(), waves_.shells.end(),
                     [&](const WaveShell& s) { return s.wanted == q; })) {
      empty_shells_.push_back(q);
    }
  }
  const std::size_t species = store_.ranges().size();
  origins_ = TimeOrigins<Moment>(max_time_ps_, points_,
                                 waves_.shells.size() * (species + species * (species + 1) / 2));
  least_volume_A3_ = most_volume_A3_ = first.structure.cell.volume();
}

std::unique_ptr<Analysis> ScatteringAnalysis::fork() const {
  auto out = std::make_unique<ScatteringAnalysis>();
  out->store_ = store_.fork();
  out->waves_ = waves_;
  return out;
}

void ScatteringAnalysis::consume(const FrameView& view) {
  store_.consume(view);
  Moment moment;
  const float* row = store_.frame(store_.frames() - 1);
  moment.path.assign(row, row + 3 * store_.atoms());
  const Cell& cell = view.frame.structure.cell;
  const Vec3 drift = store_.drift_of(*view.unwrapped);
  moment.rho.assign(store_.ranges().size() * waves_.size(), 0.0);
  std::vector<Vec3> fractional;
  for (std::size_t s = 0; s < store_.ranges().size(); ++s) {
    fractional.clear();
    for (std::size_t k = store_.ranges()[s].begin; k < store_.ranges()[s].end; ++k) {
      fractional.push_back(cell.inverse() *
                           (view.frame.structure.position[store_.chosen()[k]] - drift));
    }
    add_phases(waves_, fractional, std::span(moment.rho).subspan(s * waves_.size(), waves_.size()));
  }
  moments_.push_back(std::move(moment));
}

void ScatteringAnalysis::merge(Analysis& other) {
  auto& later = static_cast<ScatteringAnalysis&>(other);
  for (std::size_t t = 0; t < later.moments_.size(); ++t) {
    least_volume_A3_ = std::min(least_volume_A3_, later.store_.volume_A3(t));
    most_volume_A3_ = std::max(most_volume_A3_, later.store_.volume_A3(t));
    origins_.next(later.store_.time_ps(t), std::move(later.moments_[t]),
                  [this](std::size_t lag, const Moment& origin, const Moment& now,
                         std::span<double> sums) { visit(lag, origin, now, sums); });
  }
}

void ScatteringAnalysis::add_self(const Moment& origin, const Moment& later,
                                  std::span<double> sums) const {
  const std::size_t shells = waves_.shells.size();
  std::vector<float> step(3 * store_.atoms());
  for (std::size_t c = 0; c < step.size(); ++c) step[c] = later.path[c] - origin.path[c];
  std::vector<double> cosines(waves_.size());
  for (std::size_t s = 0; s < store_.ranges().size(); ++s) {
    const auto& range = store_.ranges()[s];
    const auto n = static_cast<double>(range.count());
    if (self_ == "sphere") {
      for (std::size_t k = range.begin; k < range.end; ++k) {
        const double r = std::sqrt(static_cast<double>(step[3 * k] * step[3 * k] +
                                                       step[3 * k + 1] * step[3 * k + 1] +
                                                       step[3 * k + 2] * step[3 * k + 2]));
        for (std::size_t w = 0; w < shells; ++w) {
          const double x = waves_.shells[w].mean * r;
          sums[s * shells + w] += (x > 1e-4 ? std::sin(x) / x : 1 - x * x / 6) / n;
        }
      }
      continue;
    }
    std::fill(cosines.begin(), cosines.end(), 0.0);
    add_cosines(waves_, step.data() + 3 * range.begin, range.count(), cosines);
    for (std::size_t w = 0; w < shells; ++w) {
      const auto& shell = waves_.shells[w];
      double sum = 0;
      for (std::size_t k = shell.begin; k < shell.end; ++k) sum += cosines[k];
      sums[s * shells + w] += sum / (n * static_cast<double>(shell.end - shell.begin));
    }
  }
}

void ScatteringAnalysis::visit(std::size_t lag, const Moment& origin, const Moment& later,
                               std::span<double> sums) const {
  const std::size_t shells = waves_.shells.size();
  const std::size_t species = store_.ranges().size();
  if (lag > 0) {
    add_self(origin, later, sums);
  } else {
    for (std::size_t i = 0; i < species * shells; ++i) sums[i] += 1;
  }
  std::size_t at = species * shells;
  for (std::size_t a = 0; a < species; ++a) {
    for (std::size_t b = a; b < species; ++b) {
      const double n = std::sqrt(static_cast<double>(store_.ranges()[a].count()) *
                                 static_cast<double>(store_.ranges()[b].count()));
      const auto* now_a = later.rho.data() + a * waves_.size();
      const auto* now_b = later.rho.data() + b * waves_.size();
      const auto* then_a = origin.rho.data() + a * waves_.size();
      const auto* then_b = origin.rho.data() + b * waves_.size();
      for (const auto& shell : waves_.shells) {
        double sum = 0;
        for (std::size_t k = shell.begin; k < shell.end; ++k) {
          sum += 0.5 * (now_a[k].real() * then_b[k].real() + now_a[k].imag() * then_b[k].imag() +
                        now_b[k].real() * then_a[k].real() + now_b[k].imag() * then_a[k].imag());
        }
        sums[at++] += sum / (n * static_cast<double>(shell.end - shell.begin));
      }
    }
  }
}

std::vector<ScatteringAnalysis::Curve> ScatteringAnalysis::curves() const {
  const auto& ranges = store_.ranges();
  const std::size_t shells = waves_.shells.size();
  std::vector<Curve> out;
  Curve total{"coherent_total", "Intermediate scattering function, all atoms", false, {}, {}};
  for (std::size_t s = 0; s < ranges.size(); ++s) {
    out.push_back({"self_" + ranges[s].name,
                   "Self part of the intermediate scattering function, " + ranges[s].name,
                   true,
                   {s * shells},
                   {1.0}});
  }
  std::size_t at = ranges.size() * shells;
  for (std::size_t a = 0; a < ranges.size(); ++a) {
    for (std::size_t b = a; b < ranges.size(); ++b, at += shells) {
      const std::string pair = ranges[a].name + "-" + ranges[b].name;
      out.push_back(
          {"coherent_" + pair, "Intermediate scattering function, " + pair, false, {at}, {1.0}});
      total.columns.push_back(at);
      total.weights.push_back((a == b ? 1.0 : 2.0) *
                              std::sqrt(static_cast<double>(ranges[a].count()) *
                                        static_cast<double>(ranges[b].count())) /
                              static_cast<double>(store_.atoms()));
    }
  }
  if (ranges.size() > 1) out.push_back(std::move(total));
  return out;
}

std::size_t ScatteringAnalysis::last_lag() const {
  const LagGrid& lags = origins_.grid();
  return std::clamp<std::size_t>((origins_.frames() - 1) / lags.spacing / 2, 1, lags.count);
}

namespace {

struct Relaxation {
  double crossing = not_known;
  StretchedFit fit;
};

Relaxation relax(const std::vector<double>& t, const std::vector<double>& f) {
  std::vector<double> scaled(f);
  for (double& x : scaled) x /= f[0];
  Relaxation out;
  out.crossing = crossing_time(t, scaled, std::exp(-1.0));
  out.fit = fit_stretched(std::span(t).subspan(1), std::span(scaled).subspan(1));
  return out;
}

std::vector<double> numbers(const Relaxation& r) {
  if (!r.fit.good) return {r.crossing, not_known, not_known, not_known};
  return {r.crossing, r.fit.tau, r.fit.beta, r.fit.amplitude};
}

}  // namespace

void ScatteringAnalysis::add_curve(Result& out, const Curve& curve, const BlockSums& sums) const {
  const LagGrid& lags = origins_.grid();
  const std::size_t stride = origins_.stride();
  const std::size_t points = last_lag() + 1;
  std::vector<double> t;
  for (std::size_t lag = 0; lag < points; ++lag) t.push_back(lags.time_ps(lag));
  const double spacing = lags.time_ps(1);
  const auto nu = spectrum_frequencies(points - 1, spacing);
  Table table{curve.table, {{"t", "ps", t, {}}}};
  Table spectrum{"spectrum_" + curve.table, {{"nu", "THz", nu, {}}}};
  Table times{"relaxation_" + curve.table, {{"q", "1/A", {}, {}}}};
  const char* names[] = {"tau_e", "tau", "beta", "amplitude"};
  for (int i = 0; i < 4; ++i) {
    times.columns.push_back({names[i], i < 2 ? "ps" : "", {}, {}});
    times.columns.push_back({std::string(names[i]) + "_error", i < 2 ? "ps" : "", {}, {}});
  }
  Plot plot{Plot::Kind::lines,
            curve.title,
            curve.table,
            "t",
            {},
            {},
            "t (ps)",
            curve.self ? "F_s(q,t)" : "F(q,t)",
            false,
            false,
            {}};
  Plot lines{Plot::Kind::lines,
             "Spectrum: " + curve.title,
             spectrum.name,
             "nu",
             {},
             {},
             "nu (THz)",
             "S(q,nu) (ps)",
             false,
             true,
             {}};
  for (std::size_t w = 0; w < waves_.shells.size(); ++w) {
    const std::string q = fmt::format("q {:.3g}", waves_.shells[w].wanted);
    const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
      std::vector<double> f(points, 0.0);
      for (std::size_t lag = 0; lag < points; ++lag) {
        for (std::size_t i = 0; i < curve.columns.size(); ++i) {
          f[lag] += curve.weights[i] * x[lag * stride + curve.columns[i] + w];
        }
        f[lag] /= x[lag * stride + stride - 1];
      }
      auto all = power_spectrum(f, spacing, lag_window(window_));
      all.insert(all.end(), f.begin(), f.end());
      for (const double y : numbers(relax(t, f))) all.push_back(y);
      return all;
    });
    const auto columns = [&](Table& into, std::size_t from, std::size_t n,
                             const std::string& unit) {
      Column y{q, unit, {}, {}};
      Column error{q + "_error", unit, {}, {}};
      for (std::size_t k = 0; k < n; ++k) {
        y.data.push_back(estimates[from + k].value);
        error.data.push_back(estimates[from + k].error);
      }
      into.columns.push_back(std::move(y));
      into.columns.push_back(std::move(error));
    };
    columns(spectrum, 0, nu.size(), "ps");
    columns(table, nu.size(), points, "");
    times.columns[0].data.push_back(waves_.shells[w].mean);
    for (std::size_t i = 0; i < 4; ++i) {
      const Estimate& e = estimates[nu.size() + points + i];
      times.columns[1 + 2 * i].data.push_back(e.value);
      times.columns[2 + 2 * i].data.push_back(e.error);
    }
    const bool relaxes =
        std::isfinite(times.columns[1].data.back()) || std::isfinite(times.columns[3].data.back());
    if (curve.self && relaxes) {
      const std::string key =
          fmt::format("{}_q{:.3g}", curve.table.substr(5), waves_.shells[w].wanted);
      const std::string how =
          fmt::format("jackknife over {} blocks of time origins", sums.blocks());
      const auto* e = &estimates[nu.size() + points];
      out.scalars.push_back({"tau_e_" + key, e[0].value, e[0].error, "ps", how});
      out.scalars.push_back(
          {"tau_" + key, e[1].value, e[1].error, "ps", "stretched exponential; " + how});
      out.scalars.push_back(
          {"beta_" + key, e[2].value, e[2].error, "", "stretched exponential; " + how});
    }
    plot.series.push_back(q);
    plot.errors.emplace_back();
  }
  lines.series = plot.series;
  lines.errors = plot.errors;
  out.tables.push_back(std::move(table));
  out.tables.push_back(std::move(spectrum));
  out.tables.push_back(std::move(times));
  out.plots.push_back(std::move(plot));
  if (curve.self || curve.table == "coherent_total") out.plots.push_back(std::move(lines));
}

Result ScatteringAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Intermediate scattering functions averaged over allowed wave vectors and time origins; "
      "F(q,0) of a pair is the Ashcroft-Langreth structure factor.";
  out.references = {"Hansen & McDonald, Theory of Simple Liquids, chapter 7",
                    "10.1039/TF9706600080"};
  std::vector<std::string> shells;
  for (const auto& s : waves_.shells) {
    shells.push_back(fmt::format("{:.4g} 1/A: {} of {}", s.mean, s.end - s.begin, s.allowed));
  }
  out.settings = {{"drift frame", frame_.text},
                  {"wave vectors (mean q: used of allowed)", join(shells, "; ")},
                  {"self part", self_},
                  {"window", window_}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  for (const double q : empty_shells_) {
    out.warnings.push_back(
        fmt::format("the cell has no wave vector within {:g} of {:g} 1/A: this shell is left out",
                    0.5 * width_, q));
  }
  const LagGrid& lags = origins_.grid();
  if (origins_.frames() < 4 * lags.spacing || origins_.frames() < 8) {
    out.warnings.push_back(
        fmt::format("{} frames are too few for times up to {:.4g} ps: give a shorter max_time",
                    origins_.frames(), max_time_ps_));
    return out;
  }
  if (last_lag() < lags.count) {
    out.warnings.push_back(fmt::format("the run is short: times reach {:.4g} ps, half of it",
                                       lags.time_ps(last_lag())));
  }
  if (most_volume_A3_ > 1.01 * least_volume_A3_) {
    out.warnings.push_back(fmt::format(
        "the volume changes by {:.1f} %: wave vectors follow the cell in F, and are those of the "
        "first frame in F_s",
        100 * (most_volume_A3_ / least_volume_A3_ - 1)));
  }
  const BlockSums sums = origins_.sums(last_lag());
  for (const auto& curve : curves()) add_curve(out, curve, sums);
  return out;
}

}  // namespace vitrion
