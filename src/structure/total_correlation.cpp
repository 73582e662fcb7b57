#include "structure/total_correlation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/comparison.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

// What a measured file may hold; the columns have the same names, but for T in barn.
constexpr std::pair<const char*, const char*> outputs[] = {
    {"neutron_g", "neutron g(r)"},        {"neutron_D", "neutron D(r) (1/Å²)"},
    {"neutron_T", "neutron T(r) (1/Å²)"}, {"neutron_T_barn", "neutron T(r) (barn/Å²)"},
    {"neutron_G", "neutron G(r) (barn)"}, {"xray_g", "X-ray g(r)"},
    {"xray_D", "X-ray D(r) (1/Å²)"},      {"xray_T", "X-ray T(r) (1/Å²)"},
};

const Column& find(const std::vector<Column>& columns, const std::string& name) {
  return *std::find_if(columns.begin(), columns.end(),
                       [&](const Column& c) { return c.name == name; });
}

}  // namespace

double peak_function(double x, double sigma, double q_max, Window window) {
  const double pi = constants::pi;
  if (!std::isfinite(q_max)) {
    return std::exp(-0.5 * x * x / (sigma * sigma)) / (sigma * std::sqrt(2 * pi));
  }
  if (sigma == 0 && window == Window::none) {
    return std::abs(x) < 1e-9 ? q_max / pi : std::sin(q_max * x) / (pi * x);
  }
  // Simpson, with many points in each period of the cosine.
  const int half = 64 + static_cast<int>(q_max * std::abs(x));
  const double step = q_max / (2 * half);
  double sum = 0;
  for (int k = 0; k <= 2 * half; ++k) {
    const double q = k * step;
    const double weight = k == 0 || k == 2 * half ? 1 : (k % 2 == 1 ? 4 : 2);
    sum += weight * window_value(window, q, q_max) * std::exp(-0.5 * sigma * sigma * q * q) *
           std::cos(q * x);
  }
  return sum * step / (3 * pi);
}

PeakBroadening::PeakBroadening(std::size_t bins, double width, double sigma, double q_max,
                               Window window)
    : bins_(bins) {
  for (std::size_t k = 0; k < 2 * bins; ++k) {
    peak_.push_back(width * peak_function(static_cast<double>(k) * width, sigma, q_max, window));
  }
}

std::vector<double> PeakBroadening::operator()(std::span<const double> d) const {
  std::vector<double> out(bins_, 0.0);
  for (std::size_t k = 0; k < bins_; ++k) {
    for (std::size_t j = 0; j < bins_; ++j) {
      // Centres: r_k − r_j and r_k + r_j are whole multiples of the width.
      out[k] += d[j] * (peak_[k > j ? k - j : j - k] - peak_[k + j + 1]);
    }
  }
  return out;
}

Schema TotalCorrelationAnalysis::parameters() {
  Schema schema(name());
  schema
      .optional_quantity("r_max", r_max_A_, Dimension::length,
                         "how far to go; auto: 10 A, within half the smallest height of the cell "
                         "but at least 5 A",
                         positive)
      .quantity("bin", bin_A_, Dimension::length, "width of the bins", positive)
      .quantity("sigma", sigma_A_, Dimension::length,
                "standard deviation of a Gaussian that broadens the functions; 0: none",
                not_negative)
      .optional_quantity("q_max", q_max_A_, Dimension::wavenumber,
                         "broaden as a measurement up to this q does; auto: not", positive)
      .choice("window", window_, {"none", "lorch", "cosine"},
              "the modification function that was used with q_max");
  scattering_.add_neutron(schema);
  scattering_.add_xray(schema);
  std::vector<std::string> names;
  for (const auto& form : outputs) names.emplace_back(form.first);
  schema
      .text("compare", compare_,
            "a measured curve: a text file of two or three columns, r in A, the values, and their "
            "errors")
      .choice("compare_as", compare_as_, names,
              "what the measured values are: g(r); D(r), T(r) in 1/A^2; T(r) in barn/A^2; G(r) in "
              "barn");
  return schema;
}

void TotalCorrelationAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  Setup setup;
  setup.g = make_pair_distribution(first, r_max_A_.value_or(useful_r_max_A(first.structure.cell)),
                                   bin_A_, name());
  setup.scatterers = make_scatterers(setup.g.table, scattering_);
  if (setup.scatterers.has_xray()) setup.electrons = setup.scatterers.form_factors(0);
  if (!setup.scatterers.has_neutron() && !setup.scatterers.has_xray()) {
    throw InputError(fmt::format("total_correlation needs to know what the atoms scatter: {}",
                                 setup.scatterers.warnings.front()));
  }
  if (sigma_A_ > 0 || q_max_A_) {
    setup.broadening.emplace(setup.g.bins, setup.g.width(), sigma_A_,
                             q_max_A_.value_or(std::numeric_limits<double>::infinity()),
                             window_from(window_));
  }
  if (!compare_.empty()) {
    setup.measured = read_measured_curve(compare_);
    const bool neutron = compare_as_.starts_with("neutron");
    if (neutron ? !setup.scatterers.has_neutron() : !setup.scatterers.has_xray()) {
      throw InputError(fmt::format("total_correlation: there is nothing to compare {} with: {}",
                                   compare_, setup.scatterers.warnings.front()));
    }
  }
  setup_ = std::make_shared<const Setup>(std::move(setup));
  sums_.emplace(setup_->g);
}

std::unique_ptr<Analysis> TotalCorrelationAnalysis::fork() const {
  auto out = std::make_unique<TotalCorrelationAnalysis>();
  out->setup_ = setup_;
  out->sums_.emplace(setup_->g);
  return out;
}

void TotalCorrelationAnalysis::consume(const FrameView& view) {
  sums_->consume(view.frame.structure);
  volume_ += view.frame.structure.cell.volume();
}

void TotalCorrelationAnalysis::merge(Analysis& later) {
  const auto& other = dynamic_cast<TotalCorrelationAnalysis&>(later);
  sums_->merge(*other.sums_);
  volume_ += other.volume_;
}

double TotalCorrelationAnalysis::number_density() const {
  const auto atoms = static_cast<double>(setup_->g.table.group_of().size());
  return atoms * sums_->sums().total_weight() / volume_;
}

void TotalCorrelationAnalysis::add_weighted(std::span<const double> counters,
                                            const std::string& probe, const Eigen::VectorXd& weight,
                                            std::vector<Column>& out) const {
  const PairTable& table = setup_->g.table;
  const std::vector<double> r = bin_centres(setup_->g.bins, setup_->g.width());
  const Eigen::VectorXd cw = setup_->scatterers.c.cwiseProduct(weight);
  const double norm = std::pow(cw.sum(), 2);
  std::vector<double> d(r.size(), 0.0);
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      const double factor = (a == b ? 1 : 2) * cw[static_cast<Eigen::Index>(a)] *
                            cw[static_cast<Eigen::Index>(b)] / norm;
      const auto g = sums_->g(counters, a, b);
      for (std::size_t k = 0; k < r.size(); ++k) d[k] += factor * (g[k] - 1);
    }
  }
  const double density = number_density();
  const double pi = constants::pi;
  for (std::size_t k = 0; k < r.size(); ++k) d[k] *= 4 * pi * r[k] * density;
  if (setup_->broadening) d = (*setup_->broadening)(d);
  std::vector<double> g;
  std::vector<double> t;
  std::vector<double> t_barn;
  std::vector<double> g_barn;
  for (std::size_t k = 0; k < r.size(); ++k) {
    const double sphere = 4 * pi * r[k] * density;
    g.push_back(1 + d[k] / sphere);
    t.push_back(d[k] + sphere);
    t_barn.push_back(t.back() * norm * constants::barn_per_fm2);
    g_barn.push_back(d[k] / sphere * norm * constants::barn_per_fm2);
  }
  out.push_back(column(probe + "_g", "", std::move(g)));
  out.push_back(column(probe + "_D", "1/A2", std::move(d)));
  out.push_back(column(probe + "_T", "1/A2", std::move(t)));
  if (probe != "neutron") return;
  out.push_back(column(probe + "_T_barn", "barn/A2", std::move(t_barn)));
  out.push_back(column(probe + "_G", "barn", std::move(g_barn)));
}

std::vector<Column> TotalCorrelationAnalysis::curves(std::span<const double> counters) const {
  std::vector<Column> out;
  const Scatterers& x = setup_->scatterers;
  if (x.has_neutron()) add_weighted(counters, "neutron", x.neutron_fm, out);
  if (x.has_xray()) add_weighted(counters, "xray", setup_->electrons, out);
  return out;
}

void TotalCorrelationAnalysis::compare(Result& out) const {
  if (!setup_->measured) return;
  const std::string label =
      std::find_if(std::begin(outputs), std::end(outputs), [&](const auto& f) {
        return compare_as_ == f.first;
      })->second;
  const Table& table = *out.find_table("totals");
  add_comparison(
      *setup_->measured,
      {compare_, compare_as_, table.columns[0], "r (Å)", find(table.columns, compare_as_).unit,
       label},
      sums_->sums(),
      [&](std::span<const double> sample) { return find(curves(sample), compare_as_).data; }, out);
}

Result TotalCorrelationAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "g = sum c_a c_b w_a w_b g_ab / <w>^2, D = 4 pi r rho (g - 1), T = 4 pi r rho g; "
      "neutron_T_barn: T times <b>^2; neutron_G: sum c_a c_b b_a b_b (g_ab - 1).";
  const BlockSums& sums = sums_->sums();
  const Column r = column("r", "A", bin_centres(setup_->g.bins, setup_->g.width()));
  Table totals{"totals", {r}};
  Table errors{"errors", {r}};
  const auto mean = curves(sums.mean());
  const auto found = sums.jackknife_all([&](std::span<const double> sample) {
    std::vector<double> flat;
    for (const auto& c : curves(sample)) flat.insert(flat.end(), c.data.begin(), c.data.end());
    return flat;
  });
  auto next = found.begin();
  Plot plot;
  plot.title = "Total correlation functions";
  plot.table = "totals";
  plot.x = "r";
  plot.x_label = "r (Å)";
  plot.y_label = "T(r) (1/Å²)";
  for (const auto& c : mean) {
    Column error = column(c.name, c.unit, {});
    for (std::size_t k = 0; k < c.data.size(); ++k) error.data.push_back((next++)->error);
    totals.columns.push_back(c);
    errors.columns.push_back(std::move(error));
    if (!c.name.ends_with("_T")) continue;
    plot.series.push_back(c.name);
    plot.errors.emplace_back();
  }
  out.tables = {std::move(totals), std::move(errors)};
  out.plots.push_back(std::move(plot));
  const Scatterers& x = setup_->scatterers;
  out.settings = {{"r_max", fmt::format("{} A", setup_->g.r_max_A)},
                  {"bin", fmt::format("{:.6g} A", setup_->g.width())},
                  {"sigma", fmt::format("{} A", sigma_A_)},
                  {"frames", fmt::format("{:.0f}", sums.total_weight())},
                  {"number density", fmt::format("{:.6g} 1/A3", number_density())}};
  if (q_max_A_) {
    out.settings.emplace_back("measured up to",
                              fmt::format("{} 1/A, window {}", *q_max_A_, window_));
  }
  if (x.has_neutron()) out.settings.emplace_back("neutron lengths", x.neutron_text);
  if (x.has_xray()) {
    out.settings.emplace_back("X-ray weights", x.xray_text + ": electrons, form factors at q = 0");
  }
  out.settings.emplace_back("table errors", "one standard error, " + jackknife_how(sums));
  out.warnings = x.warnings;
  warn_of_few_frames(sums, out);
  out.references = {"10.1107/S0021889800019993", "10.1080/10448639208218770"};
  compare(out);
  return out;
}

}  // namespace vitrion
