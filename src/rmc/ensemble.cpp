#include "rmc/ensemble.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "io/formats.hpp"
#include "structure/scattering_functions.hpp"

namespace vitrion::rmc {
namespace {

std::vector<double> g_of(const PairCounts& counts, const PairTable& table, std::size_t a,
                         std::size_t b, double volume) {
  std::vector<double> out;
  const std::int64_t* row = counts.counts().data() + counts.pair(a, b) * counts.bins();
  const double partners = a == b ? std::max(1.0, table.count(b) - 1) : table.count(b);
  const double w = counts.width_A();
  for (std::size_t k = 0; k < counts.bins(); ++k) {
    const double low = static_cast<double>(k) * w;
    const double shell = 4 * constants::pi / 3 * (std::pow(low + w, 3) - std::pow(low, 3));
    const double ordered = static_cast<double>(row[k]) * (a == b ? 2 : 1);
    out.push_back(volume * ordered / (table.count(a) * partners * shell));
  }
  return out;
}

void add(std::vector<double>& sum, const std::vector<double>& more, double factor) {
  sum.resize(more.size(), 0.0);
  for (std::size_t k = 0; k < more.size(); ++k) sum[k] += factor * more[k];
}

// Points in q at which partials are given: as far as the data go.
std::vector<double> partial_q(const ChainSetup& setup) {
  double last = 0;
  for (const auto& d : setup.data) {
    if (d->settings().in_q()) last = std::max(last, d->x().back());
  }
  if (last == 0) last = 20;
  std::vector<double> out;
  for (double q = 0.3; q < last + 1e-9; q += 0.05) out.push_back(q);
  return out;
}

// Bins are taken out again as in the curves that were fitted.
std::vector<double> partial_s(const SineTransform& transform, const std::vector<double>& g,
                              const std::vector<double>& q, double width, double density) {
  std::vector<double> out = transform(g, density);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = 0.5 * q[i] * width;
    out[i] = 1 + out[i] / std::pow(std::sin(x) / x, 2);
  }
  return out;
}

}  // namespace

EnsembleMeans ensemble_means(const RmcRun& run, const std::vector<std::size_t>& chains) {
  const ChainSetup& setup = *run.setup;
  const PairTable& table = setup.table;
  EnsembleMeans out;
  out.fitted.resize(setup.data.size());
  out.q = partial_q(setup);
  const SineTransform transform(setup.bins, setup.width_A, Window::none, out.q);
  for (const std::size_t c : chains) {
    std::vector<std::vector<double>> curve(setup.data.size());
    std::vector<std::vector<double>> g(table.pairs());
    std::vector<std::vector<double>> s(table.pairs());
    const double part = 1 / static_cast<double>(run.samples[c].size());
    for (const auto& file : run.samples[c]) {
      const Structure model = read_last_frame(file).structure;
      PairCounts counts(model.cell, table.group_of(), table.groups(), setup.width_A, setup.bins);
      std::vector<Site> sites;
      for (const Vec3& r : model.position) sites.push_back(site_of(model.cell, r));
      counts.reset(model.cell, sites);
      const double volume = model.cell.volume();
      const double density = static_cast<double>(model.size()) / volume;
      for (std::size_t d = 0; d < setup.data.size(); ++d) {
        const DataFit& fit = run.chains[c]->fits()[d];
        auto y = setup.data[d]->compute(counts, density);
        for (std::size_t i = 0; i < y.size(); ++i) {
          y[i] = fit.scale * y[i] + fit.offset + fit.slope * setup.data[d]->x()[i];
        }
        add(curve[d], y, part);
      }
      for (std::size_t a = 0; a < table.groups(); ++a) {
        for (std::size_t b = a; b < table.groups(); ++b) {
          const std::size_t pair = table.pair(a, b);
          const auto gr = g_of(counts, table, a, b, volume);
          add(g[pair], gr, part);
          add(s[pair], partial_s(transform, gr, out.q, setup.width_A, density), part);
        }
      }
    }
    for (std::size_t d = 0; d < curve.size(); ++d) out.fitted[d].push_back(std::move(curve[d]));
    out.g.push_back(std::move(g));
    out.s.push_back(std::move(s));
  }
  return out;
}

}  // namespace vitrion::rmc
