#include "structure/structure_factor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "numeric/fit.hpp"
#include "structure/comparison.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

// What a measured file may hold, and the column to which it compares.
struct Form {
  const char* name;
  const char* column;
  const char* label;
};
constexpr Form forms[] = {
    {"neutron_S", "neutron", "neutron S(q)"},
    {"neutron_i", "neutron_i", "neutron i(q) (barn)"},
    {"neutron_F", "neutron_F", "neutron q[S(q) − 1] (1/Å)"},
    {"xray_S", "xray", "X-ray S(q)"},
    {"xray_i", "xray_i", "X-ray i(q) (e²)"},
    {"xray_F", "xray_F", "X-ray q[S(q) − 1] (1/Å)"},
};

const Form& form_of(const std::string& name) {
  return *std::find_if(std::begin(forms), std::end(forms),
                       [&](const Form& f) { return name == f.name; });
}

}  // namespace

Schema StructureFactorAnalysis::parameters() {
  Schema schema(name());
  schema.quantity("q_max", sq_.q_max_A, Dimension::wavenumber, "how far to go", positive)
      .choice("method", sq_.method, {"direct", "transform"},
              "direct: sum over reciprocal vectors of the cell; transform: of g(r)")
      .optional_quantity("q_min", q_min_A_, Dimension::wavenumber,
                         "where the tables begin; auto: at the smallest vector", not_negative);
  sq_.add_to(schema);
  schema.quantity("resolution", resolution_A_, Dimension::wavenumber,
                  "standard deviation of a Gaussian that broadens S(q) as an instrument does; 0: "
                  "none",
                  not_negative);
  scattering_.add_neutron(schema);
  scattering_.add_xray(schema);
  std::vector<std::string> names;
  for (const auto& form : forms) names.emplace_back(form.name);
  schema
      .choice("xray_norm", xray_norm_, {"average_squared", "squared_average"},
              "X-ray S(q) is divided by <f>^2 or by <f^2>")
      .texts("conventions", conventions_,
             "further tables of partials: ashcroft_langreth, bhatia_thornton")
      .text(
          "compare", compare_,
          "a measured curve: a text file of two or three columns, q in 1/A, the values, and their "
          "errors")
      .choice(
          "compare_as", compare_as_, names,
          "what the measured values are: S(q), i(q) in barn or electron units, or F = q [S - 1]");
  return schema;
}

void StructureFactorAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  Setup setup;
  setup.curves.q_min_A = q_min_A_.value_or(0);
  setup.curves.resolution_A = resolution_A_;
  if (xray_norm_ == "squared_average") setup.curves.xray_norm = ScatteringNorm::squared_average;
  for (const auto& c : conventions_) {
    if (c == "ashcroft_langreth") setup.curves.ashcroft_langreth = true;
    if (c == "bhatia_thornton") setup.curves.bhatia_thornton = true;
    if (c == "ashcroft_langreth" || c == "bhatia_thornton") continue;
    throw InputError(
        fmt::format("structure_factor: there is no convention \"{}\": choose "
                    "ashcroft_langreth or bhatia_thornton (faber_ziman is always given)",
                    c));
  }
  sums_ = make_sq_sums(first, sq_, name());
  setup.scatterers = make_scatterers(sums_->table(), scattering_);
  if (!compare_.empty()) {
    setup.measured = read_measured_curve(compare_);
    const bool neutron = compare_as_.starts_with("neutron");
    if (neutron ? !setup.scatterers.has_neutron() : !setup.scatterers.has_xray()) {
      throw InputError(fmt::format("structure_factor: there is nothing to compare {} with: {}",
                                   compare_, setup.scatterers.warnings.front()));
    }
    if (setup.measured->x.front() > sq_.q_max_A) {
      throw InputError(
          fmt::format("{}: begins at q = {} 1/Å, beyond q_max, {} 1/Å: is q in 1/Å "
                      "there?",
                      compare_, setup.measured->x.front(), sq_.q_max_A));
    }
  }
  setup_ = std::make_shared<const Setup>(std::move(setup));
}

std::unique_ptr<Analysis> StructureFactorAnalysis::fork() const {
  auto out = std::make_unique<StructureFactorAnalysis>();
  out->sums_ = sums_->fork();
  return out;
}

void StructureFactorAnalysis::merge(Analysis& later) {
  sums_->merge(*dynamic_cast<StructureFactorAnalysis&>(later).sums_);
}

SqCurves StructureFactorAnalysis::curves(std::span<const double> counters) const {
  return make_sq_curves(sums_->partials(counters), sums_->table(), setup_->scatterers,
                        setup_->curves);
}

void StructureFactorAnalysis::add_tables(const SqCurves& mean, Result& out) const {
  const auto found = sums_->sums().jackknife_all([&](std::span<const double> sample) {
    const SqCurves here = curves(sample);
    std::vector<double> flat;
    for (const auto* group : {&here.s_q, &here.totals}) {
      for (const auto& c : *group) flat.insert(flat.end(), c.data.begin(), c.data.end());
    }
    return flat;
  });
  const Column q = column("q", "1/A", mean.q_A);
  Table errors{"errors", {q}};
  auto next = found.begin();
  for (const auto* group : {&mean.s_q, &mean.totals}) {
    for (const auto& c : *group) {
      Column error = column(c.name, c.unit, {});
      for (std::size_t k = 0; k < c.data.size(); ++k) error.data.push_back((next++)->error);
      errors.columns.push_back(std::move(error));
    }
  }
  const auto add = [&](const std::string& name, const std::vector<Column>& columns) {
    if (columns.empty()) return;
    Table table{name, {q}};
    table.columns.insert(table.columns.end(), columns.begin(), columns.end());
    out.tables.push_back(std::move(table));
  };
  add("s_q", mean.s_q);
  out.tables.back().columns.push_back(column("count", "", mean.count));
  add("totals", mean.totals);
  out.tables.push_back(std::move(errors));
  add("s_q_ashcroft_langreth", mean.al);
  add("s_q_bhatia_thornton", mean.bt);
}

void StructureFactorAnalysis::add_low_q(Result& out) const {
  const BlockSums& sums = sums_->sums();
  const std::vector<double> mean_counters = sums.mean();
  const SqPartials mean = sums_->partials(mean_counters);
  constexpr double highest = 0.7;  // below the first sharp diffraction peak of glasses
  std::size_t rows = 0;
  while (rows < mean.rows() && mean.q_mean_A[rows] < highest && std::isfinite(mean.count[rows])) {
    ++rows;
  }
  if (rows < 3) return;
  const Eigen::VectorXd& c = setup_->scatterers.c;
  const auto found = sums.jackknife([&](std::span<const double> sample) {
    const SqPartials s = sums_->partials(sample);
    std::vector<double> q2;
    Eigen::VectorXd y(static_cast<Eigen::Index>(rows));
    Eigen::VectorXd error(y.size());
    for (std::size_t k = 0; k < rows; ++k) {
      const auto at = static_cast<Eigen::Index>(k);
      q2.push_back(mean.q_mean_A[k] * mean.q_mean_A[k]);
      y[at] =
          1 + distinct_scattering(s.matrix(sums_->table(), k), c, Eigen::VectorXd::Ones(c.size()));
      error[at] = 1 / std::sqrt(mean.count[k]);
    }
    if (!y.allFinite()) return std::numeric_limits<double>::quiet_NaN();
    return weighted_least_squares(polynomial_design(q2, 1), y, error).parameters[0];
  });
  Scalar scalar = jackknife_scalar("s_number_0", found, "", sums);
  scalar.how += fmt::format("; a line in q^2 up to {} 1/A", highest);
  out.scalars.push_back(std::move(scalar));
}

void StructureFactorAnalysis::compare(const SqCurves& mean, Result& out) const {
  if (!setup_->measured) return;
  const Form& form = form_of(compare_as_);
  add_comparison(
      *setup_->measured,
      {compare_, compare_as_, column("q", "1/A", mean.q_A), "q (1/Å)", mean.find(form.column).unit,
       form.label},
      sums_->sums(),
      [&](std::span<const double> sample) { return curves(sample).find(form.column).data; }, out);
}

void StructureFactorAnalysis::add_plots(Result& out) const {
  Plot totals;
  totals.title = "Total structure factors";
  totals.table = "s_q";
  totals.x = "q";
  totals.x_label = "q (1/Å)";
  totals.y_label = "S(q)";
  Plot partials = totals;
  partials.title = "Partial structure factors (Faber–Ziman)";
  for (const auto& c : out.find_table("s_q")->columns) {
    if (c.name == "q" || c.name == "count") continue;
    Plot& plot = c.name == "neutron" || c.name == "xray" ? totals : partials;
    plot.series.push_back(c.name);
    plot.errors.emplace_back();
  }
  if (!totals.series.empty()) out.plots.push_back(std::move(totals));
  out.plots.push_back(std::move(partials));
}

void StructureFactorAnalysis::add_settings(Result& out) const {
  const Scatterers& x = setup_->scatterers;
  sums_->describe(out);
  out.settings.emplace_back("q_max", fmt::format("{} 1/A", sq_.q_max_A));
  out.settings.emplace_back("bin", fmt::format("{} 1/A", sq_.bin_A));
  if (resolution_A_ > 0) {
    out.settings.emplace_back("resolution", fmt::format("{} 1/A", resolution_A_));
  }
  out.settings.emplace_back("frames", fmt::format("{:.0f}", sums_->sums().total_weight()));
  if (x.has_neutron()) out.settings.emplace_back("neutron lengths", x.neutron_text);
  if (x.has_xray()) {
    out.settings.emplace_back("X-ray form factors", x.xray_text + " (Cromer-Mann)");
    out.settings.emplace_back("X-ray norm", xray_norm_ == "squared_average" ? "<f^2>" : "<f>^2");
  }
  out.settings.emplace_back("q in tables", "centres of bins; bins without vectors are left out");
  out.settings.emplace_back("table errors", "one standard error, " + jackknife_how(sums_->sums()));
}

Result StructureFactorAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Faber-Ziman partials S_ab(q) = 1 + N/(N_a N_b) [<rho_a rho_b*> - delta_ab N_a]; neutron, "
      "xray: 1 + i(q)/norm, i(q) = sum c_a c_b w_a w_b (S_ab - 1), F = q i/norm; number: w = 1; "
      "count: reciprocal vectors in a bin, q and -q as one.";
  const std::vector<double> counters = sums_->sums().mean();
  const SqCurves mean = curves(counters);
  if (mean.q_A.empty()) {
    throw InputError(
        fmt::format("structure_factor: there is no reciprocal vector between q_min and q_max, {} "
                    "1/Å: choose a larger q_max",
                    sq_.q_max_A));
  }
  add_tables(mean, out);
  add_low_q(out);
  add_plots(out);
  add_settings(out);
  for (const auto& w : setup_->scatterers.warnings) out.warnings.push_back(w);
  warn_of_few_frames(sums_->sums(), out);
  out.references = {"10.1080/14786436508211931", "10.1107/S0021889800019993",
                    "10.1080/10448639208218770", "10.1107/97809553602060000600"};
  if (sq_.method == "transform" && sq_.window == "lorch") {
    out.references.push_back("10.1088/0022-3719/2/2/305");
  }
  compare(mean, out);
  return out;
}

}  // namespace vitrion
