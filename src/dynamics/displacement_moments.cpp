#include "dynamics/displacement_moments.hpp"

#include <algorithm>
#include <array>

#include "base/clones.hpp"
#include "base/parallel.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most_parts = 20;
constexpr std::size_t batch_bytes = std::size_t{4} << 20;
constexpr std::size_t lanes = 8;  // part of the order of summation

struct Pair {
  double square, fourth;
};

// Σ |a − b|² and its square over n ions; a and b hold all x, then all y, then all z.
VITRION_CLONES
Pair moments_between(const float* a, const float* b, std::size_t n) {
  std::array<double, lanes> square{}, fourth{};
  const std::size_t whole = n / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) {
      const float x = a[i + k] - b[i + k];
      const float y = a[n + i + k] - b[n + i + k];
      const float z = a[2 * n + i + k] - b[2 * n + i + k];
      const auto d = static_cast<double>(x * x + y * y + z * z);
      square[k] += d;
      fourth[k] += d * d;
    }
  }
  Pair out{0, 0};
  for (std::size_t i = whole; i < n; ++i) {
    const float x = a[i] - b[i];
    const float y = a[n + i] - b[n + i];
    const float z = a[2 * n + i] - b[2 * n + i];
    const auto d = static_cast<double>(x * x + y * y + z * z);
    out.square += d;
    out.fourth += d * d;
  }
  for (std::size_t k = 0; k < lanes; ++k) {
    out.square += square[k];
    out.fourth += fourth[k];
  }
  return out;
}

}  // namespace

DisplacementMoments::DisplacementMoments(const std::vector<std::size_t>& bounds)
    : width_(3 * (bounds.empty() ? 0 : bounds.back())) {
  for (std::size_t r = 0; r + 1 < bounds.size(); ++r) {
    const std::size_t ions = bounds[r + 1] - bounds[r];
    const std::size_t count = std::min(most_parts, ions);
    for (std::size_t p = 0; p < count; ++p) {
      parts_.push_back({bounds[r] + p * ions / count, bounds[r] + (p + 1) * ions / count, {}, {}});
    }
  }
}

void DisplacementMoments::Part::add(const float* row, std::size_t frame) {
  const std::size_t n = end - begin;
  for (std::size_t level = 0; (frame >> level << level) == frame; ++level) {
    const std::size_t at = frame >> level;  // frames of this level before this one
    if (level > 0 && at == 0) break;        // the first frame comes with a level's second
    if (rings.size() <= level) {
      rings.emplace_back(kept * 3 * n, 0.0F);
      sums.resize(kept * rings.size());
      // Frame 0 opens every level; the level below has it still.
      if (level > 0) std::copy_n(rings[level - 1].begin(), 3 * n, rings[level].begin());
    }
    float* ring = rings[level].data();
    float* now = ring + at % kept * 3 * n;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        now[axis * n + i] = row[3 * (begin + i) + axis];
      }
    }
    for (std::size_t step = level == 0 ? 1 : kept / 2; step < kept && step <= at; ++step) {
      const Pair p = moments_between(now, ring + (at - step) % kept * 3 * n, n);
      sums[kept * level + step].square += p.square;
      sums[kept * level + step].fourth += p.fourth;
    }
  }
}

void DisplacementMoments::append(const float* row) {
  waiting_.insert(waiting_.end(), row, row + width_);
  ++frames_;
  if (waiting_.size() * sizeof(float) >= batch_bytes) flush();
}

void DisplacementMoments::flush() {
  if (width_ == 0 || waiting_.empty()) return;
  const std::size_t rows = waiting_.size() / width_;
  parallel_for(parts_.size(), [&](std::size_t p) {
    for (std::size_t t = 0; t < rows; ++t) {
      parts_[p].add(waiting_.data() + t * width_, frames_ - rows + t);
    }
  });
  waiting_.clear();
}

double DisplacementMoments::origins(std::size_t level, std::size_t step) const {
  const std::size_t seen = ((frames_ - 1) >> level) + 1;  // frames of the level
  return seen > step ? static_cast<double>(seen - step) : 0.0;
}

std::vector<std::size_t> DisplacementMoments::lags() const {
  std::vector<std::size_t> out;
  if (frames_ == 0) return out;
  for (std::size_t level = 0; level < 60; ++level) {
    for (std::size_t step = level == 0 ? 1 : kept / 2; step < kept; ++step) {
      if (!(origins(level, step) > 0)) return out;
      out.push_back(step << level);
    }
  }
  return out;
}

std::vector<const DisplacementMoments::Part*> DisplacementMoments::within(std::size_t begin,
                                                                          std::size_t end) const {
  std::vector<const Part*> out;
  for (const auto& part : parts_) {
    if (part.begin >= begin && part.end <= end) out.push_back(&part);
  }
  return out;
}

namespace {

std::size_t level_of(std::size_t lag) {
  std::size_t level = 0;
  while ((lag >> level) > 15) ++level;
  return level;
}

}  // namespace

Moments DisplacementMoments::moments(std::size_t begin, std::size_t end) const {
  const auto chosen = within(begin, end);
  Moments out;
  for (const std::size_t lag : lags()) {
    const std::size_t level = level_of(lag);
    const std::size_t step = lag >> level;
    Sums sum;
    for (const Part* part : chosen) {
      sum.square += part->sums[kept * level + step].square;
      sum.fourth += part->sums[kept * level + step].fourth;
    }
    const double count = origins(level, step) * static_cast<double>(end - begin);
    out.square.push_back(sum.square / count);
    out.fourth.push_back(sum.fourth / count);
  }
  return out;
}

std::vector<Estimate> DisplacementMoments::jackknife(
    std::size_t begin, std::size_t end,
    const std::function<std::vector<double>(const Moments&)>& f) const {
  BlockSums blocks(2 * most_parts * std::max<std::size_t>(1, parts_.size()));
  const auto all = lags();
  const std::size_t n = all.size();
  for (const Part* part : within(begin, end)) {
    std::vector<double> sums(2 * n);
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t level = level_of(all[k]);
      const std::size_t step = all[k] >> level;
      sums[k] = part->sums[kept * level + step].square / origins(level, step);
      sums[n + k] = part->sums[kept * level + step].fourth / origins(level, step);
    }
    blocks.append(sums, static_cast<double>(part->end - part->begin));
  }
  return blocks.jackknife_all([&](std::span<const double> mean) {
    return f({{mean.begin(), mean.begin() + static_cast<std::ptrdiff_t>(n)},
              {mean.begin() + static_cast<std::ptrdiff_t>(n), mean.end()}});
  });
}

}  // namespace vitrion
