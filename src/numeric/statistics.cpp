#include "numeric/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "base/constants.hpp"

namespace vitrion {
namespace {}  // namespace

Estimate mean_and_error(std::span<const double> x) {
  if (x.empty()) return {not_known, not_known};
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  if (x.size() < 2) return {mean, not_known};
  double square = 0;
  for (const double v : x) square += (v - mean) * (v - mean);
  return {mean, std::sqrt(square / (n - 1) / n)};
}

Estimate blocked_mean(std::span<const double> series) {
  std::vector<double> x(series.begin(), series.end());
  Estimate out = mean_and_error(x);
  if (x.size() < 4) return {out.value, not_known};
  // The error grows with block length until blocks are independent; take the largest level that
  // is still known to better than ~25 % (at least 8 blocks).
  while (x.size() >= 16) {
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) x[i / 2] = 0.5 * (x[i] + x[i + 1]);
    x.resize(x.size() / 2);
    out.error = std::max(out.error, mean_and_error(x).error);
  }
  return out;
}

void BlockSums::append(std::span<const double> sums, double weight) {
  if (!blocks_.empty() && blocks_.front().sums.size() != sums.size()) {
    throw std::logic_error("BlockSums: the number of counters changed");
  }
  if (!blocks_.empty() && blocks_.back().stretches < per_block_) {
    Block& last = blocks_.back();
    for (std::size_t i = 0; i < sums.size(); ++i) last.sums[i] += sums[i];
    last.weight += weight;
    ++last.stretches;
    return;
  }
  if (blocks_.size() == max_blocks_) coarsen();
  if (!blocks_.empty() && blocks_.back().stretches < per_block_) {
    append(sums, weight);
    return;
  }
  blocks_.push_back({{sums.begin(), sums.end()}, weight, 1});
}

void BlockSums::coarsen() {
  std::vector<Block> joined;
  for (std::size_t i = 0; i < blocks_.size(); i += 2) {
    joined.push_back(std::move(blocks_[i]));
    if (i + 1 == blocks_.size()) break;
    Block& block = joined.back();
    for (std::size_t k = 0; k < block.sums.size(); ++k) block.sums[k] += blocks_[i + 1].sums[k];
    block.weight += blocks_[i + 1].weight;
    block.stretches += blocks_[i + 1].stretches;
  }
  blocks_ = std::move(joined);
  per_block_ *= 2;
}

void BlockSums::merge(const BlockSums& later) {
  for (const auto& block : later.blocks_) append(block.sums, block.weight);
}

double BlockSums::total_weight() const {
  double weight = 0;
  for (const auto& block : blocks_) weight += block.weight;
  return weight;
}

std::vector<double> BlockSums::total() const {
  if (blocks_.empty()) return {};
  std::vector<double> sum(blocks_.front().sums.size(), 0.0);
  for (const auto& block : blocks_) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += block.sums[i];
  }
  return sum;
}

std::vector<double> BlockSums::mean() const {
  std::vector<double> out = total();
  const double weight = total_weight();
  for (double& x : out) x /= weight;
  return out;
}

Estimate BlockSums::jackknife(const std::function<double(std::span<const double>)>& f) const {
  return jackknife_all([&](std::span<const double> m) { return std::vector<double>{f(m)}; })
      .front();
}

std::vector<Estimate> BlockSums::jackknife_all(
    const std::function<std::vector<double>(std::span<const double>)>& f) const {
  const std::vector<double> sum = total();
  const double weight = total_weight();
  std::vector<double> mean = sum;
  for (double& x : mean) x /= weight;
  const std::vector<double> value = f(mean);
  std::vector<Estimate> out(value.size());
  for (std::size_t k = 0; k < value.size(); ++k) out[k] = {value[k], not_known};
  if (blocks_.size() < 3) return out;
  const auto n = static_cast<double>(blocks_.size());
  std::vector<double> square(value.size(), 0.0);
  std::vector<double> average(value.size(), 0.0);
  std::vector<std::vector<double>> left_out;
  for (const auto& block : blocks_) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] = (sum[i] - block.sums[i]) / (weight - block.weight);
    }
    left_out.push_back(f(mean));
    for (std::size_t k = 0; k < value.size(); ++k) average[k] += left_out.back()[k] / n;
  }
  for (const auto& v : left_out) {
    for (std::size_t k = 0; k < value.size(); ++k) square[k] += std::pow(v[k] - average[k], 2);
  }
  for (std::size_t k = 0; k < value.size(); ++k) out[k].error = std::sqrt((n - 1) / n * square[k]);
  return out;
}

}  // namespace vitrion
