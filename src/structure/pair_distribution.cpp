#include "structure/pair_distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {

double useful_r_max_A(const Cell& cell) {
  if (!cell.is_defined()) return 10;
  const double half = 0.5 * cell.heights().minCoeff();
  return std::clamp(std::floor(half * 10 + 1e-9) / 10, 5.0, 10.0);
}

PairDistributionSetup make_pair_distribution(const Frame& first, double r_max, double bin,
                                             const std::string& who) {
  const Structure& s = first.structure;
  if (!s.cell.is_defined()) {
    throw InputError(
        fmt::format("{} needs a cell, as g(r) is relative to the density: give a "
                    "trajectory that has one",
                    who));
  }
  if (bin > r_max) {
    throw InputError(fmt::format(
        "{}: a bin of {} Å is wider than r_max, {} Å: choose a smaller one", who, bin, r_max));
  }
  if (r_max / bin > 1e6) {
    throw InputError(fmt::format("{}: {} bins are too many: choose a wider bin than {} Å", who,
                                 std::ceil(r_max / bin), bin));
  }
  PairDistributionSetup setup;
  setup.table = PairTable(s);
  setup.bins = static_cast<std::size_t>(std::max(1.0, std::round(r_max / bin)));
  setup.r_max_A = r_max;
  return setup;
}

void PairDistribution::consume(const Structure& structure) {
  const auto& counts = histogram_.count(structure, setup_->table);
  std::vector<double> counters;
  counters.reserve(2 * counts.size());
  for (const auto n : counts) counters.push_back(n);
  const double volume = structure.cell.volume();
  for (const auto n : counts) counters.push_back(n * volume);
  sums_.append(counters, 1);
}

double PairDistribution::shell_volume(std::size_t bin) const {
  const double low = static_cast<double>(bin) * setup_->width();
  const double high = low + setup_->width();
  return 4.0 / 3.0 * constants::pi * (high * high * high - low * low * low);
}

std::vector<double> PairDistribution::g(std::span<const double> counters, std::size_t a,
                                        std::size_t b) const {
  const auto& table = setup_->table;
  const std::size_t bins = setup_->bins;
  const auto weighted = counters.subspan((table.pairs() + table.pair(a, b)) * bins, bins);
  // Unordered pairs of like atoms are two ordered ones.
  const double ordered = a == b ? 2.0 / std::max(1.0, table.count(b) - 1) : 1.0 / table.count(b);
  std::vector<double> out(bins);
  for (std::size_t k = 0; k < bins; ++k) {
    out[k] = weighted[k] * ordered / (table.count(a) * shell_volume(k));
  }
  return out;
}

std::vector<double> PairDistribution::g_total(std::span<const double> counters) const {
  const auto& table = setup_->table;
  const std::size_t bins = setup_->bins;
  double n = 0;
  for (std::size_t a = 0; a < table.groups(); ++a) n += table.count(a);
  const auto weighted = counters.subspan(table.pairs() * bins);
  std::vector<double> out(bins, 0.0);
  for (std::size_t p = 0; p < table.pairs(); ++p) {
    for (std::size_t k = 0; k < bins; ++k) out[k] += weighted[p * bins + k];
  }
  for (std::size_t k = 0; k < bins; ++k) {
    out[k] *= 2.0 / (n * std::max(1.0, n - 1) * shell_volume(k));
  }
  return out;
}

std::vector<double> PairDistribution::running_cn(std::span<const double> counters, std::size_t a,
                                                 std::size_t b) const {
  const auto& table = setup_->table;
  const auto counts = counters.subspan(table.pair(a, b) * setup_->bins, setup_->bins);
  const double per_centre = (a == b ? 2.0 : 1.0) / table.count(a);
  std::vector<double> out(setup_->bins);
  double sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    sum += counts[k];
    out[k] = sum * per_centre;
  }
  return out;
}

Curve PairDistribution::curve(std::span<const double> counters, std::size_t a,
                              std::size_t b) const {
  Curve curve{setup_->width(), g(counters, a, b), {}};
  const auto& table = setup_->table;
  const std::size_t p = table.pair(a, b);
  const double frames = sums_.total_weight();
  // Pairs that a structureless system would have in a bin over the whole run.
  double volume = 0;
  double counted = 0;
  for (std::size_t k = 0; k < setup_->bins; ++k) {
    counted += counters[p * setup_->bins + k];
    volume += counters[(table.pairs() + p) * setup_->bins + k];
  }
  volume = counted > 0 ? volume / counted : 1;
  const double partners = a == b ? 0.5 * std::max(1.0, table.count(b) - 1) : table.count(b);
  for (std::size_t k = 0; k < setup_->bins; ++k) {
    curve.expected.push_back(frames * table.count(a) * partners * shell_volume(k) / volume);
  }
  return curve;
}

double cn_at(std::span<const double> running_cn, double width, double r) {
  const double at = r / width;  // in edges: bin k ends at k + 1
  if (!(at >= 0) || at > static_cast<double>(running_cn.size())) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto k = static_cast<std::size_t>(at);
  const double low = k == 0 ? 0.0 : running_cn[k - 1];
  if (k == running_cn.size()) return low;
  return low + (running_cn[k] - low) * (at - static_cast<double>(k));
}

std::vector<double> broaden(std::span<const double> values, double width, double sigma) {
  std::vector<double> out(values.begin(), values.end());
  if (!(sigma > 0)) return out;
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(4 * sigma / width));
  std::vector<double> kernel;
  for (std::ptrdiff_t d = 0; d <= reach; ++d) {
    const double x = static_cast<double>(d) * width / sigma;
    kernel.push_back(std::exp(-0.5 * x * x));
  }
  for (std::ptrdiff_t k = 0; k < n; ++k) {
    double sum = 0;
    double weight = 0;
    const std::ptrdiff_t last = std::min(n - 1, k + reach);
    for (std::ptrdiff_t j = std::max<std::ptrdiff_t>(0, k - reach); j <= last; ++j) {
      const double w = kernel[static_cast<std::size_t>(std::abs(j - k))];
      sum += w * values[static_cast<std::size_t>(j)];
      weight += w;
    }
    out[static_cast<std::size_t>(k)] = sum / weight;
  }
  return out;
}

}  // namespace vitrion
