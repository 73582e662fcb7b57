#include "coupling/joint_density.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.hpp"

namespace vitrion {
namespace {

double poisson(RandomStream& random, double mean) {
  if (mean > 50) return std::max(0.0, std::round(mean + std::sqrt(mean) * random.normal()));
  const double stop = std::exp(-mean);
  double product = random.uniform();
  double n = 0;
  while (product > stop) {
    product *= random.uniform();
    n += 1;
  }
  return n;
}

struct Marginals {
  std::vector<double> row, column;
  double total = 0;
};

Marginals marginals_of(std::span<const double> counts, std::size_t rows) {
  const std::size_t columns = counts.size() / rows;
  Marginals out{std::vector<double>(rows, 0.0), std::vector<double>(columns, 0.0), 0};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out.row[i / columns] += counts[i];
    out.column[i % columns] += counts[i];
    out.total += counts[i];
  }
  return out;
}

}  // namespace

double chi_squared_of(std::span<const double> counts, std::size_t rows) {
  const Marginals m = marginals_of(counts, rows);
  if (!(m.total > 0)) return 0;
  const std::size_t columns = m.column.size();
  double overlap = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    overlap += std::sqrt(counts[i] * m.row[i / columns] * m.column[i % columns]);
  }
  return std::max(0.0, 2 - 2 * overlap / std::pow(m.total, 1.5));
}

double ChiEstimate::significance() const {
  const double e = std::hypot(error, floor_spread);
  return e > 0 ? (chi_squared - floor) / e : 0;
}

ChiEstimate estimate_chi(const std::vector<std::vector<double>>& stretches, std::size_t rows,
                         std::uint64_t seed) {
  ChiEstimate out;
  if (stretches.empty()) return out;
  const std::size_t cells = stretches.front().size();
  std::vector<double> all(cells, 0.0);
  std::vector<double> half[2] = {std::vector<double>(cells, 0.0), std::vector<double>(cells, 0.0)};
  BlockSums blocks(stretches.size());
  for (std::size_t s = 0; s < stretches.size(); ++s) {
    blocks.append(stretches[s], 1);
    for (std::size_t c = 0; c < cells; ++c) {
      all[c] += stretches[s][c];
      half[2 * s < stretches.size() ? 0 : 1][c] += stretches[s][c];
    }
  }
  const Marginals m = marginals_of(all, rows);
  out.samples = m.total;
  out.chi_squared = chi_squared_of(all, rows);
  out.error =
      blocks.jackknife([&](std::span<const double> x) { return chi_squared_of(x, rows); }).error;
  if (!std::isfinite(out.error)) out.error = 0;
  if (!(m.total > 0)) return out;
  RandomStream random(seed, "shuffled pairs");
  std::vector<double> shuffled;
  std::vector<double> draw(cells);
  const std::size_t columns = m.column.size();
  for (int k = 0; k < 40; ++k) {
    for (std::size_t c = 0; c < cells; ++c) {
      draw[c] = poisson(random, m.row[c / columns] * m.column[c % columns] / m.total);
    }
    shuffled.push_back(chi_squared_of(draw, rows));
  }
  const Estimate floor = mean_and_error(shuffled);
  out.floor_spread = floor.error * std::sqrt(static_cast<double>(shuffled.size()));
  out.floor = floor.value;
  if (stretches.size() >= 2) {
    const double of_half = 0.5 * (chi_squared_of(half[0], rows) + chi_squared_of(half[1], rows));
    out.floor = std::max(out.floor, std::min(out.chi_squared, of_half - out.chi_squared));
  }
  return out;
}

}  // namespace vitrion
