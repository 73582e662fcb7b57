// Partial pair distributions g_αβ(r) and running coordination numbers from pair counts.
//
//   g_αβ(r) = ⟨V n_αβ(r)⟩ / (N_α N_β' v(r)),  N_β' = N_β − δ_αβ,  v(r) = 4/3 π [(r+dr)³ − r³]
//   CN_α>β(r) = ⟨n_αβ(≤ r)⟩ / N_α
//
// n_αβ counts ordered pairs, V is each frame's own volume, v the exact volume of the shell. Where
// a species has one atom, its only like partners are its images: N_β' is then taken as 1.
// The coordination number is counted, not integrated from g. O(N) a frame.
#pragma once

#include <span>

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/pair_histogram.hpp"
#include "structure/peaks.hpp"

namespace vitrion {

/// What stays the same over a run.
struct PairDistributionSetup {
  PairTable table;
  double r_max_A = 10;
  std::size_t bins = 500;

  [[nodiscard]] double width() const { return r_max_A / static_cast<double>(bins); }
};

/// r_max where none is given: 10 Å, but within half the smallest height, and at least 5 Å.
double useful_r_max_A(const Cell& cell);
/// Throws InputError where the cell is missing.
PairDistributionSetup make_pair_distribution(const Frame& first, double r_max_A, double bin_A,
                                             const std::string& who);

/// The sums of a run: counters are the mean pair counts per frame, then those times the volume.
class PairDistribution {
 public:
  explicit PairDistribution(const PairDistributionSetup& setup)
      : setup_(&setup), histogram_(setup.r_max_A, setup.bins) {}

  void consume(const Structure& structure);
  void merge(const PairDistribution& later) { sums_.merge(later.sums_); }
  [[nodiscard]] const BlockSums& sums() const { return sums_; }

  /// g of the pair (a, b), from mean counters (those of `sums` or a jackknife sample of them).
  [[nodiscard]] std::vector<double> g(std::span<const double> counters, std::size_t a,
                                      std::size_t b) const;
  [[nodiscard]] std::vector<double> g_total(std::span<const double> counters) const;
  /// B around A within the upper edge of each bin.
  [[nodiscard]] std::vector<double> running_cn(std::span<const double> counters, std::size_t a,
                                               std::size_t b) const;
  /// g with the noise of its counts, for the search of peaks.
  [[nodiscard]] Curve curve(std::span<const double> counters, std::size_t a, std::size_t b) const;

 private:
  [[nodiscard]] double shell_volume(std::size_t bin) const;

  const PairDistributionSetup* setup_;
  PairHistogram histogram_;
  BlockSums sums_;
};

/// CN at distance r, linear between the edges of bins; NaN beyond the curve.
double cn_at(std::span<const double> running_cn, double width_A, double r_A);

/// Gaussian of standard deviation sigma, cut at 4 sigma and renormalised at the ends.
std::vector<double> broaden(std::span<const double> values, double width_A, double sigma_A);

}  // namespace vitrion
