#include "structure/sq_curves.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "structure/estimates.hpp"

namespace vitrion {
namespace {

// i(q), S(q) and F(q) of one probe.
struct Total {
  std::vector<double> i;
  std::vector<double> s;
  std::vector<double> f;

  void add(double distinct, double norm, double unit, double q) {
    i.push_back(distinct * unit);
    s.push_back(1 + distinct / norm);
    f.push_back(q * distinct / norm);
  }
  void give(const std::string& probe, const std::string& unit, SqCurves& out) {
    out.s_q.push_back(column(probe, "", std::move(s)));
    out.totals.push_back(column(probe + "_i", unit, std::move(i)));
    out.totals.push_back(column(probe + "_F", "1/A", std::move(f)));
  }
};

SqPartials prepared(const SqPartials& all, const SqCurveSettings& settings) {
  SqPartials s;
  s.s_fz.resize(all.s_fz.size());
  std::vector<double> weight;
  for (std::size_t row = 0; row < all.rows(); ++row) {
    if (all.q_A[row] < settings.q_min_A) continue;
    s.q_A.push_back(all.q_A[row]);
    s.q_mean_A.push_back(all.q_mean_A[row]);
    s.count.push_back(all.count[row]);
    weight.push_back(std::isfinite(all.count[row]) ? all.count[row] : 1);
    for (std::size_t p = 0; p < s.s_fz.size(); ++p) s.s_fz[p].push_back(all.s_fz[p][row]);
  }
  for (auto& curve : s.s_fz) {
    curve = broaden_weighted(s.q_A, curve, weight, settings.resolution_A);
  }
  return s;
}

void add_totals(const SqPartials& s, const PairTable& table, const Scatterers& x,
                ScatteringNorm xray_norm, SqCurves& out) {
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(x.c.size());
  std::vector<double> number;
  Total neutron;
  Total xray;
  for (std::size_t row = 0; row < s.rows(); ++row) {
    const Eigen::MatrixXd fz = s.matrix(table, row);
    const double q = s.q_mean_A[row];
    number.push_back(1 + distinct_scattering(fz, x.c, ones));
    if (x.has_neutron()) {
      neutron.add(distinct_scattering(fz, x.c, x.neutron_fm),
                  scattering_norm(x.c, x.neutron_fm, ScatteringNorm::average_squared),
                  constants::barn_per_fm2, q);
    }
    if (x.has_xray()) {
      const Eigen::VectorXd f = x.form_factors(q);
      xray.add(distinct_scattering(fz, x.c, f), scattering_norm(x.c, f, xray_norm), 1, q);
    }
  }
  out.totals.push_back(column("number", "", std::move(number)));
  if (x.has_neutron()) neutron.give("neutron", "barn", out);
  if (x.has_xray()) xray.give("xray", "e2", out);
}

std::vector<Column> pair_columns(const PairTable& table) {
  std::vector<Column> out;
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      out.push_back(column(table.pair_name(a, b), "", {}));
    }
  }
  return out;
}

void add_pairs(const Eigen::MatrixXd& s, std::vector<Column>::iterator next) {
  for (Eigen::Index a = 0; a < s.rows(); ++a) {
    for (Eigen::Index b = a; b < s.rows(); ++b) (next++)->data.push_back(s(a, b));
  }
}

void add_conventions(const SqPartials& s, const PairTable& table, const Eigen::VectorXd& c,
                     const SqCurveSettings& settings, SqCurves& out) {
  if (settings.ashcroft_langreth) out.al = pair_columns(table);
  if (settings.bhatia_thornton) {
    out.bt.push_back(column("N-N", "", {}));
    for (std::size_t a = 0; a < table.groups(); ++a) {
      out.bt.push_back(column("N-" + table.name(a), "", {}));
    }
    for (auto& x : pair_columns(table)) out.bt.push_back(std::move(x));
  }
  for (std::size_t row = 0; row < s.rows(); ++row) {
    const Eigen::MatrixXd fz = s.matrix(table, row);
    if (settings.ashcroft_langreth) {
      add_pairs(ashcroft_langreth_from_faber_ziman(fz, c), out.al.begin());
    }
    if (settings.bhatia_thornton) {
      const BhatiaThornton bt = bhatia_thornton_from_faber_ziman(fz, c);
      auto next = out.bt.begin();
      (next++)->data.push_back(bt.nn);
      for (const double x : bt.nc) (next++)->data.push_back(x);
      add_pairs(bt.cc, next);
    }
  }
}

}  // namespace

const Column& SqCurves::find(const std::string& name) const {
  const auto is_it = [&](const Column& c) { return c.name == name; };
  const auto at = std::find_if(s_q.begin(), s_q.end(), is_it);
  return at != s_q.end() ? *at : *std::find_if(totals.begin(), totals.end(), is_it);
}

SqCurves make_sq_curves(const SqPartials& partials, const PairTable& table,
                        const Scatterers& scatterers, const SqCurveSettings& settings) {
  const SqPartials s = prepared(partials, settings);
  SqCurves out;
  out.q_A = s.q_A;
  out.count = s.count;
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      out.s_q.push_back(column(table.pair_name(a, b), "", s.s_fz[table.pair(a, b)]));
    }
  }
  add_totals(s, table, scatterers, settings.xray_norm, out);
  add_conventions(s, table, scatterers.c, settings, out);
  return out;
}

}  // namespace vitrion
