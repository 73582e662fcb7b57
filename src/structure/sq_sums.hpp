// Partial structure factors of a run, by either of two methods behind one interface: what
// structure_factor and xrd stand on.
//
// direct:    S_αβ(q) from ρ_α(q) ρ_β*(q) at the reciprocal vectors of each frame's own cell, mean
//            over the vectors of a bin of abs(q) and over frames (density_modes.hpp)
// transform: S_αβ(q) from the mean g_αβ(r) up to r_max (scattering_functions.hpp)
#pragma once

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/pairs.hpp"
#include "structure/scattering_functions.hpp"

namespace vitrion {

/// Parameters shared by all analyses of S(q).
struct SqSettings {
  std::string method = "direct";
  double q_max_A = 10;
  double bin_A = 0.05;
  long vectors = 2500;
  std::string window = "lorch";
  std::optional<double> r_max_A;

  /// All but method and q_max, which differ between analyses.
  void add_to(Schema& schema);
};

/// Faber–Ziman partials at bins of q that have vectors.
struct SqPartials {
  std::vector<double> q_A;       ///< centres of bins
  std::vector<double> q_mean_A;  ///< mean of the vectors in the bin
  std::vector<double> count;     ///< vectors a frame, q and −q as one; NaN for transforms
  std::vector<std::vector<double>> s_fz;  ///< [pair of the table][row]

  [[nodiscard]] std::size_t rows() const { return q_A.size(); }
  [[nodiscard]] Eigen::MatrixXd matrix(const PairTable& table, std::size_t row) const;
};

class SqSums {
 public:
  virtual ~SqSums() = default;
  [[nodiscard]] virtual std::unique_ptr<SqSums> fork() const = 0;
  virtual void consume(const FrameView& view) = 0;
  virtual void merge(const SqSums& later) = 0;
  [[nodiscard]] virtual const BlockSums& sums() const = 0;
  [[nodiscard]] virtual const PairTable& table() const = 0;
  /// From the mean counters of `sums` or a jackknife sample of them; rows are those of the mean.
  [[nodiscard]] virtual SqPartials partials(std::span<const double> counters) const = 0;
  /// Å³; NaN for transforms.
  [[nodiscard]] virtual double mean_volume(std::span<const double> counters) const = 0;
  /// Adds how it was done to the settings, and what is doubtful to the warnings.
  virtual void describe(Result& out) const = 0;
};

/// Throws InputError (beginning with `who`) where the cell or the settings do not serve.
std::unique_ptr<SqSums> make_sq_sums(const Frame& first, const SqSettings& settings,
                                     const std::string& who);

}  // namespace vitrion
