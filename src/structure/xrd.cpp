#include "structure/xrd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

const double sigma_of_fwhm = 1 / (2 * std::sqrt(2 * std::log(2.0)));

}  // namespace

Schema XrdAnalysis::parameters() {
  Schema schema(name());
  const Bounds angle{0, 179, true};
  schema
      .choice("method", method_, {"direct", "transform", "bragg"},
              "direct: mean over reciprocal vectors, for glasses; transform: of g(r) (Debye's "
              "equation); bragg: lines with their multiplicity, for crystals")
      .quantity("wavelength", wavelength_A_, Dimension::length,
                "of the X-rays; Cu K-alpha1 if not "
                "given",
                positive)
      .quantity("from", from_deg_, Dimension::angle, "first angle 2 theta", angle)
      .quantity("to", to_deg_, Dimension::angle, "last angle 2 theta", angle)
      .quantity("step", step_deg_, Dimension::angle, "between angles 2 theta", positive)
      .quantity("fwhm", fwhm_deg_, Dimension::angle,
                "full width at half maximum of the Gaussian profile in 2 theta", positive)
      .flag("polarisation", polarisation_,
            "multiply by (1 + cos^2 2 theta)/2, for an unpolarised source")
      .optional_quantity("monochromator", monochromator_deg_, Dimension::angle,
                         "angle 2 theta of a monochromator, for its polarisation; auto: none")
      .flag("lorentz", lorentz_,
            "direct and transform: multiply by 1/(sin^2 theta cos theta); bragg has it anyway")
      .quantity_map("debye_waller", b_A2_, Dimension::none,
                    "B in A^2 by species, for structures at rest, for example Li:2,P:0.8,S:1; "
                    "frames of a run hold their motion already");
  scattering_.add_xray(schema);
  sq_.bin_A = 0.02;
  sq_.add_to(schema);
  return schema;
}

void XrdAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  if (!(from_deg_ < to_deg_)) {
    throw InputError(fmt::format("xrd: the angles run from {} to {}°: give a larger \"to\"",
                                 from_deg_, to_deg_));
  }
  if ((to_deg_ - from_deg_) / step_deg_ > 1e5) {
    throw InputError(
        fmt::format("xrd: a step of {}° makes too many angles: choose a wider one", step_deg_));
  }
  SqSettings sq = sq_;
  const bool bragg = method_ == "bragg";
  sq.method = method_ == "transform" ? "transform" : "direct";
  if (bragg) {
    sq.vectors = 0;  // every line, with all its vectors
    sq.bin_A = std::min(sq_.bin_A, 0.002);
  }
  // Profiles of lines beyond the last angle reach into it.
  const double last = std::min(179.9, to_deg_ + 3 * fwhm_deg_);
  sq.q_max_A = 4 * constants::pi / wavelength_A_ * std::sin(0.5 * last * constants::degree);
  sums_ = make_sq_sums(first, sq, name());
  Setup setup;
  setup.scatterers = make_scatterers(sums_->table(), scattering_);
  if (!setup.scatterers.has_xray()) {
    throw InputError(fmt::format("xrd needs a form factor for every species: {}",
                                 setup.scatterers.warnings.back()));
  }
  setup.b_A2 = Eigen::VectorXd::Zero(setup.scatterers.c.size());
  for (const auto& [species, b] : b_A2_) {
    setup.b_A2[static_cast<Eigen::Index>(sums_->table().group(species))] = b;
  }
  const auto angles = static_cast<std::size_t>((to_deg_ - from_deg_) / step_deg_ + 1 + 1e-9);
  for (std::size_t k = 0; k < angles; ++k) {
    setup.two_theta_deg.push_back(from_deg_ + static_cast<double>(k) * step_deg_);
  }
  setup_ = std::make_shared<const Setup>(std::move(setup));
}

std::unique_ptr<Analysis> XrdAnalysis::fork() const {
  auto out = std::make_unique<XrdAnalysis>();
  out->sums_ = sums_->fork();
  return out;
}

void XrdAnalysis::merge(Analysis& later) { sums_->merge(*dynamic_cast<XrdAnalysis&>(later).sums_); }

double XrdAnalysis::two_theta_deg(double q) const {
  return 2 * std::asin(std::min(1.0, q * wavelength_A_ / (4 * constants::pi))) / constants::degree;
}

double XrdAnalysis::factor(double two_theta) const {
  double out = 1;
  if (polarisation_) {
    const double m = std::pow(std::cos(monochromator_deg_.value_or(0) * constants::degree), 2);
    out *= (1 + m * std::pow(std::cos(two_theta * constants::degree), 2)) / (1 + m);
  }
  if (lorentz_ && method_ != "bragg") {
    const double half = 0.5 * two_theta * constants::degree;
    out /= std::pow(std::sin(half), 2) * std::cos(half);
  }
  return out;
}

std::vector<XrdAnalysis::Point> XrdAnalysis::points(std::span<const double> counters) const {
  const SqPartials s = sums_->partials(counters);
  const double volume = sums_->mean_volume(counters);
  const Scatterers& x = setup_->scatterers;
  std::vector<Point> out;
  for (std::size_t row = 0; row < s.rows(); ++row) {
    const double q = s.q_mean_A[row];
    const double s2 = std::pow(q / (4 * constants::pi), 2);
    const Eigen::VectorXd f = x.form_factors(q);
    const Eigen::VectorXd damped = (f.array() * (-setup_->b_A2.array() * s2).exp()).matrix();
    const double distinct = distinct_scattering(s.matrix(sums_->table(), row), x.c, damped);
    Point p{q, two_theta_deg(q), 0, std::isfinite(s.count[row]) ? s.count[row] : 1};
    if (method_ == "bragg") {
      // Without the thermal diffuse part c f² (1 − exp(−2Bs²)), which is no line. The integral over
      // q, of vectors q and −q, is that over 2θ by dq = 2π/λ cos θ d(2θ).
      const double line = x.c.dot(damped.cwiseProduct(damped)) + distinct;
      const double over_q =
          s.count[row] * line * 4 * constants::pi * constants::pi / (volume * q * q);
      p.intensity = over_q * wavelength_A_ /
                    (2 * constants::pi * std::cos(0.5 * p.two_theta_deg * constants::degree)) /
                    constants::degree;
    } else {
      p.intensity = x.c.dot(f.cwiseProduct(f)) + distinct;
    }
    p.intensity *= factor(p.two_theta_deg);
    out.push_back(p);
  }
  return out;
}

std::vector<double> XrdAnalysis::pattern(const std::vector<Point>& points) const {
  const double sigma = fwhm_deg_ * sigma_of_fwhm;
  const bool bragg = method_ == "bragg";
  std::vector<double> out;
  std::size_t first = 0;
  for (const double at : setup_->two_theta_deg) {
    while (first < points.size() && points[first].two_theta_deg < at - 5 * sigma) ++first;
    double sum = 0;
    double weight = 0;
    for (std::size_t k = first; k < points.size(); ++k) {
      const double d = (points[k].two_theta_deg - at) / sigma;
      if (d > 5) break;
      const double profile = std::exp(-0.5 * d * d);
      sum += profile * points[k].intensity * (bragg ? 1 : points[k].weight);
      weight += profile * points[k].weight;
    }
    if (bragg) {
      out.push_back(sum / (sigma * std::sqrt(2 * constants::pi)));
    } else {
      out.push_back(weight > 0 ? sum / weight : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return out;
}

void XrdAnalysis::add_lines(Result& out) const {
  const auto all = points(sums_->sums().mean());
  double strongest = 0;
  for (const auto& p : all) strongest = std::max(strongest, p.intensity);
  Table lines{"lines",
              {column("two_theta", "deg", {}), column("d", "A", {}), column("relative", "%", {})}};
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].intensity < 1e-3 * strongest || all[k].two_theta_deg > to_deg_) continue;
    // A line whose frames, or rounding, put it into two bins is still one.
    Point p = all[k];
    while (k + 1 < all.size() && all[k + 1].q_A - all[k].q_A < 1e-3) {
      ++k;
      const double both = p.intensity + all[k].intensity;
      if (both <= 0) continue;
      p.q_A += (all[k].q_A - p.q_A) * all[k].intensity / both;
      p.intensity = both;
    }
    lines.columns[0].data.push_back(two_theta_deg(p.q_A));
    lines.columns[1].data.push_back(2 * constants::pi / p.q_A);
    lines.columns[2].data.push_back(100 * p.intensity / strongest);
  }
  const double top =
      lines.columns[2].data.empty()
          ? 100
          : *std::max_element(lines.columns[2].data.begin(), lines.columns[2].data.end());
  for (double& r : lines.columns[2].data) r *= 100 / top;
  out.tables.push_back(std::move(lines));
}

void XrdAnalysis::add_settings(Result& out) const {
  sums_->describe(out);
  if (method_ == "bragg")
    out.settings.emplace_back("lines", "with the multiplicity of the vectors");
  out.settings.emplace_back("wavelength", fmt::format("{} A", wavelength_A_));
  out.settings.emplace_back("profile", fmt::format("Gaussian of {} deg (full width)", fwhm_deg_));
  std::string polarisation = polarisation_ ? "unpolarised source" : "none";
  if (polarisation_ && monochromator_deg_) {
    polarisation += fmt::format(", monochromator at {} deg", *monochromator_deg_);
  }
  out.settings.emplace_back("polarisation", polarisation);
  out.settings.emplace_back("Lorentz factor", method_ == "bragg"
                                                  ? "by the lines"
                                                  : (lorentz_ ? "applied" : "not applied"));
  out.settings.emplace_back("frames", fmt::format("{:.0f}", sums_->sums().total_weight()));
  out.settings.emplace_back("X-ray form factors",
                            setup_->scatterers.xray_text + " (Cromer-Mann, no dispersion)");
  std::string damping;
  for (const auto& [species, b] : b_A2_) damping += fmt::format("{} {} A2 ", species, b);
  if (!damping.empty()) out.settings.emplace_back("Debye-Waller B", damping);
}

Result XrdAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Powder intensity of an atom in electron units against 2 theta, I = sum c f^2 + sum c_a c_b "
      "f_a "
      "f_b (S_ab - 1), with the profile of the instrument.";
  const BlockSums& sums = sums_->sums();
  const auto found =
      sums.jackknife_all([&](std::span<const double> sample) { return pattern(points(sample)); });
  std::vector<double> intensity;
  std::vector<double> error;
  for (const auto& e : found) {
    intensity.push_back(e.value);
    error.push_back(e.error);
  }
  double top = 0;
  for (const double i : intensity) top = std::isfinite(i) ? std::max(top, i) : top;
  std::vector<double> relative = intensity;
  for (double& r : relative) r *= top > 0 ? 100 / top : 0;
  std::vector<double> q;
  for (const double t : setup_->two_theta_deg) {
    q.push_back(4 * constants::pi / wavelength_A_ * std::sin(0.5 * t * constants::degree));
  }
  out.tables.push_back({"pattern",
                        {column("two_theta", "deg", setup_->two_theta_deg), column("q", "1/A", q),
                         column("intensity", "e2", intensity), column("error", "e2", error),
                         column("relative", "%", relative)}});
  if (method_ == "bragg") add_lines(out);
  Plot plot;
  plot.title = "Powder X-ray diffraction";
  plot.table = "pattern";
  plot.x = "two_theta";
  plot.series = {"intensity"};
  plot.errors = {""};
  plot.x_label = "2θ (°)";
  plot.y_label = "intensity (e²)";
  out.plots.push_back(std::move(plot));
  add_settings(out);
  warn_of_few_frames(sums, out);
  out.references = {"10.1002/andp.19153510606", "10.1107/97809553602060000600"};
  return out;
}

}  // namespace vitrion
