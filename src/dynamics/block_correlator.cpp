#include "dynamics/block_correlator.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "numeric/fft.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most_parts = 64;    // part of the order of summation: not the thread count
constexpr std::size_t tile_columns = 48;  // gathered at once, so that rows are read in runs

struct Part {
  std::size_t group, begin, end;
};

std::vector<Part> parts_of(const std::vector<ColumnGroup>& groups) {
  std::vector<Part> out;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::size_t columns = groups[g].end - groups[g].begin;
    const std::size_t count = std::min(most_parts, (columns + 11) / 12);
    for (std::size_t p = 0; p < count; ++p) {
      out.push_back(
          {g, groups[g].begin + p * columns / count, groups[g].begin + (p + 1) * columns / count});
    }
  }
  return out;
}

}  // namespace

BlockCorrelator::BlockCorrelator(std::vector<ColumnGroup> groups, std::size_t max_lag)
    : groups_(std::move(groups)),
      max_lag_(max_lag),
      block_(std::max<std::size_t>(16, (max_lag + 1) / 2)) {}

void BlockCorrelator::append(std::vector<float> row) {
  pending_.push_back(std::move(row));
  ++rows_;
  if (pending_.size() < block_ + max_lag_) return;
  done_.append(correlate(0, block_), static_cast<double>(block_));
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(block_));
}

std::vector<double> BlockCorrelator::correlate(std::size_t start, std::size_t origins) const {
  const std::size_t lags = max_lag_ + 1;
  const std::size_t reach = std::min(pending_.size() - start, origins + max_lag_);
  const std::size_t length = fast_length_from(origins + max_lag_);  // lags ≤ M never wrap round
  const auto parts = parts_of(groups_);
  std::vector<std::vector<std::complex<double>>> power(parts.size());
  parallel_for(parts.size(), [&](std::size_t p) {
    RealFft fft(length);
    std::vector<std::complex<double>> early(fft.bins());
    power[p].assign(fft.bins(), 0.0);
    std::vector<double> tile(tile_columns * reach);
    for (std::size_t first = parts[p].begin; first < parts[p].end; first += tile_columns) {
      const std::size_t columns = std::min(tile_columns, parts[p].end - first);
      for (std::size_t t = 0; t < reach; ++t) {
        const float* row = pending_[start + t].data() + first;
        for (std::size_t c = 0; c < columns; ++c) tile[c * reach + t] = static_cast<double>(row[c]);
      }
      for (std::size_t c = 0; c < columns; ++c) {
        const double* x = tile.data() + c * reach;
        const auto real = fft.real();
        std::copy(x, x + origins, real.begin());
        std::fill(real.begin() + static_cast<std::ptrdiff_t>(origins), real.end(), 0.0);
        fft.forward();
        std::copy(fft.spectrum().begin(), fft.spectrum().end(), early.begin());
        std::copy(x + origins, x + reach, real.begin() + static_cast<std::ptrdiff_t>(origins));
        fft.forward();
        const auto all = fft.spectrum();
        for (std::size_t k = 0; k < all.size(); ++k) power[p][k] += std::conj(early[k]) * all[k];
      }
    }
  });
  std::vector<double> out((groups_.size() + 1) * lags, 0.0);
  RealFft fft(length);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto spectrum = fft.spectrum();
    std::fill(spectrum.begin(), spectrum.end(), 0.0);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (parts[p].group != g) continue;
      for (std::size_t k = 0; k < spectrum.size(); ++k) spectrum[k] += power[p][k];
    }
    fft.backward();
    for (std::size_t m = 0; m < std::min(lags, reach); ++m) {
      out[g * lags + m] = fft.real()[m] / static_cast<double>(length);
    }
  }
  for (std::size_t m = 0; m < std::min(lags, reach); ++m) {
    out[groups_.size() * lags + m] = static_cast<double>(std::min(origins, reach - m));
  }
  return out;
}

BlockSums BlockCorrelator::sums() const {
  BlockSums out = done_;
  // What is left comes in blocks too, the last of which see fewer late partners.
  for (std::size_t start = 0; start < pending_.size(); start += block_) {
    const std::size_t origins = std::min(block_, pending_.size() - start);
    out.append(correlate(start, origins), static_cast<double>(origins));
  }
  return out;
}

}  // namespace vitrion
