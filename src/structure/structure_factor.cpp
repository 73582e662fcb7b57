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

constexpr double barn_per_fm2 = 0.01;
const std::string al_mark = "AL ";
const std::string bt_mark = "BT ";

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
  for (const auto& c : conventions_) {
    if (c == "ashcroft_langreth" || c == "bhatia_thornton") continue;
    throw InputError(
        fmt::format("structure_factor: there is no convention \"{}\": choose "
                    "ashcroft_langreth or bhatia_thornton (faber_ziman is always given)",
                    c));
  }
  sums_ = make_sq_sums(first, sq_, name());
  Setup setup;
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

const std::vector<double>& StructureFactorAnalysis::Curves::of(const std::string& name) const {
  return std::find_if(columns.begin(), columns.end(),
                      [&](const Column& c) { return c.name == name; })
      ->data;
}

void StructureFactorAnalysis::add_totals(const SqPartials& s, Curves& out) const {
  const Scatterers& x = setup_->scatterers;
  const auto norm = xray_norm_ == "squared_average" ? ScatteringNorm::squared_average
                                                    : ScatteringNorm::average_squared;
  std::vector<double> nn;
  std::vector<double> i[2];
  std::vector<double> total[2];
  std::vector<double> f[2];
  const auto add = [&](int k, double distinct, double divisor, double unit, double q) {
    i[k].push_back(distinct * unit);
    total[k].push_back(1 + distinct / divisor);
    f[k].push_back(q * distinct / divisor);
  };
  for (std::size_t row = 0; row < s.rows(); ++row) {
    const Eigen::MatrixXd fz = s.matrix(sums_->table(), row);
    const double q = s.q_mean_A[row];
    nn.push_back(1 + distinct_scattering(fz, x.c, Eigen::VectorXd::Ones(x.c.size())));
    if (x.has_neutron()) {
      add(0, distinct_scattering(fz, x.c, x.neutron_fm),
          scattering_norm(x.c, x.neutron_fm, ScatteringNorm::average_squared), barn_per_fm2, q);
    }
    if (x.has_xray()) {
      const Eigen::VectorXd w = x.form_factors(q);
      add(1, distinct_scattering(fz, x.c, w), scattering_norm(x.c, w, norm), 1, q);
    }
  }
  const bool there[] = {x.has_neutron(), x.has_xray()};
  const char* names[] = {"neutron", "xray"};
  const char* units[] = {"barn", "e2"};
  for (int k = 0; k < 2; ++k) {
    if (there[k]) out.columns.push_back(column(names[k], "", total[k]));
  }
  out.columns.push_back(column("number", "", nn));
  for (int k = 0; k < 2; ++k) {
    if (!there[k]) continue;
    out.columns.push_back(column(std::string(names[k]) + "_i", units[k], i[k]));
    out.columns.push_back(column(std::string(names[k]) + "_F", "1/A", f[k]));
  }
}

void StructureFactorAnalysis::add_conventions(const SqPartials& s, Curves& out) const {
  const PairTable& table = sums_->table();
  const Eigen::VectorXd& c = setup_->scatterers.c;
  const auto n = c.size();
  for (const auto& convention : conventions_) {
    const bool al = convention == "ashcroft_langreth";
    std::vector<Column> columns;
    const std::string mark = al ? al_mark : bt_mark;
    if (!al) columns.push_back(column(mark + "N-N", "", {}));
    for (Eigen::Index a = 0; !al && a < n; ++a) {
      columns.push_back(column(mark + "N-" + table.name(static_cast<std::size_t>(a)), "", {}));
    }
    for (std::size_t a = 0; a < table.groups(); ++a) {
      for (std::size_t b = a; b < table.groups(); ++b) {
        columns.push_back(column(mark + table.pair_name(a, b), "", {}));
      }
    }
    for (std::size_t row = 0; row < s.rows(); ++row) {
      const Eigen::MatrixXd fz = s.matrix(table, row);
      auto next = columns.begin();
      Eigen::MatrixXd pairs;
      if (al) {
        pairs = ashcroft_langreth_from_faber_ziman(fz, c);
      } else {
        const BhatiaThornton bt = bhatia_thornton_from_faber_ziman(fz, c);
        (next++)->data.push_back(bt.nn);
        for (Eigen::Index a = 0; a < n; ++a) (next++)->data.push_back(bt.nc[a]);
        pairs = bt.cc;
      }
      for (Eigen::Index a = 0; a < n; ++a) {
        for (Eigen::Index b = a; b < n; ++b) (next++)->data.push_back(pairs(a, b));
      }
    }
    for (auto& x : columns) out.columns.push_back(std::move(x));
  }
}

StructureFactorAnalysis::Curves StructureFactorAnalysis::curves(
    std::span<const double> counters) const {
  const SqPartials all = sums_->partials(counters);
  SqPartials s;
  s.s_fz.resize(all.s_fz.size());
  for (std::size_t row = 0; row < all.rows(); ++row) {
    if (all.q_A[row] < q_min_A_.value_or(0)) continue;
    s.q_A.push_back(all.q_A[row]);
    s.q_mean_A.push_back(all.q_mean_A[row]);
    s.count.push_back(all.count[row]);
    for (std::size_t p = 0; p < s.s_fz.size(); ++p) s.s_fz[p].push_back(all.s_fz[p][row]);
  }
  std::vector<double> weight = s.count;
  for (double& w : weight) w = std::isfinite(w) ? w : 1;
  for (auto& curve : s.s_fz) curve = broaden_weighted(s.q_A, curve, weight, resolution_A_);
  Curves out;
  out.q = s.q_A;
  out.count = s.count;
  const PairTable& table = sums_->table();
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      out.columns.push_back(column(table.pair_name(a, b), "", s.s_fz[table.pair(a, b)]));
    }
  }
  add_totals(s, out);
  add_conventions(s, out);
  return out;
}

void StructureFactorAnalysis::add_tables(const Curves& mean, Result& out) const {
  const BlockSums& sums = sums_->sums();
  const auto found = sums.jackknife_all([&](std::span<const double> sample) {
    std::vector<double> flat;
    const Curves here = curves(sample);
    for (const auto& c : here.columns) flat.insert(flat.end(), c.data.begin(), c.data.end());
    return flat;
  });
  const Column q = column("q", "1/A", mean.q);
  Table s_q{"s_q", {q}};
  Table errors{"errors", {q}};
  Table totals{"totals", {q}};
  Table al{"s_q_ashcroft_langreth", {q}};
  Table bt{"s_q_bhatia_thornton", {q}};
  auto next = found.begin();
  for (const auto& c : mean.columns) {
    Column error = column(c.name, c.unit, {});
    for (std::size_t k = 0; k < c.data.size(); ++k) error.data.push_back((next++)->error);
    const bool is_al = c.name.starts_with(al_mark);
    if (is_al || c.name.starts_with(bt_mark)) {
      Column bare = c;
      bare.name = c.name.substr(al_mark.size());
      (is_al ? al : bt).columns.push_back(std::move(bare));
      continue;
    }
    const bool total = c.name == "number" || c.name.ends_with("_i") || c.name.ends_with("_F");
    (total ? totals : s_q).columns.push_back(c);
    errors.columns.push_back(std::move(error));
  }
  s_q.columns.push_back(column("count", "", mean.count));
  out.tables = {std::move(s_q), std::move(totals), std::move(errors)};
  for (Table* table : {&al, &bt}) {
    if (table->columns.size() > 1) out.tables.push_back(std::move(*table));
  }
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

void StructureFactorAnalysis::compare(const Curves& mean, Result& out) const {
  if (!setup_->measured) return;
  const Form& form = form_of(compare_as_);
  const Column& computed = *std::find_if(mean.columns.begin(), mean.columns.end(),
                                         [&](const auto& c) { return c.name == form.column; });
  add_comparison(
      *setup_->measured,
      {compare_, compare_as_, column("q", "1/A", mean.q), "q (1/Å)", computed.unit, form.label},
      sums_->sums(), [&](std::span<const double> sample) { return curves(sample).of(form.column); },
      out);
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
  const Curves mean = curves(counters);
  if (mean.q.empty()) {
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
