// A measured curve, and the linear map from pair counts to the curve computed for it.
//
//   core(q) = i(q)/norm = Σ_αβ w_α w_β/norm · 1/N Σ_k n_αβ(k) K(q,k) − ρ H(q)     (S − 1)
//   core(r) = D(r)      = the same with K(r,k) the broadened peak of bin k
// with K of SineTransform (structure/scattering_functions.hpp) or peak_function
// (structure/total_correlation.hpp); sin-kernels are divided by sinc²(qΔ/2), which takes the width
// Δ of the bins out again. Forms: S = 1 + core, i = core, F = q core; D = core, T = D + 4πρr, g = 1
// + D/4πρr, G = (g − 1) norm (Keen, DOI 10.1107/S0021889800019993). Norms: ⟨w⟩², ⟨w²⟩, or barn
// (absolute, per atom). A move costs O(changed bins × points).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "rmc/pair_counts.hpp"
#include "structure/measured_curve.hpp"
#include "structure/scatterers.hpp"

namespace vitrion::rmc {

/// A parameter between what was measured and what is computed.
struct Refined {
  double value = 0;
  bool refine = false;
  std::vector<double> limits;  ///< low, high; empty: the default
};

/// One entry of `data:`.
struct DataSettings {
  std::string file;
  std::string name;  ///< empty: the file's
  std::string probe = "neutron";
  std::string form = "S";
  std::string norm = "average_squared";
  double weight = 1;
  bool use_errors = false;
  std::vector<double> range;    ///< low, high of x; empty: all
  std::optional<double> rebin;  ///< width of bins of x; unset: 0.05 1/Å for q, none for r
  double sigma_A = 0;           ///< Gaussian broadening of distances
  std::optional<double> q_max_A;
  std::string window = "none";
  double damping_A = 0;  ///< Gaussian width of the instrument in q, 1/Å
  Refined scale{1, false, {}}, offset, slope;
  bool accept_density = false;
  bool accept_limit = false;
  ScattererSettings scattering;

  Schema schema();
  [[nodiscard]] bool in_q() const { return form == "S" || form == "i" || form == "F"; }
  [[nodiscard]] std::string label() const;
  /// "q (1/Å)", "T(r)" … for plots.
  [[nodiscard]] std::string x_label() const;
  [[nodiscard]] std::string y_label() const;
  [[nodiscard]] std::string y_unit() const;
};

/// What the curve computed for a data set is made of; shared by all chains.
class DataMap {
 public:
  /// Reads, cuts and rebins the file. InputError for what cannot be used.
  DataMap(const DataSettings& settings, const PairTable& table, double atoms, double width_A,
          std::size_t bins);

  [[nodiscard]] const DataSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<double>& x() const { return x_; }
  [[nodiscard]] const std::vector<double>& measured() const { return measured_; }
  [[nodiscard]] const std::vector<double>& weight() const { return weight_; }
  [[nodiscard]] const std::vector<double>& error() const { return error_; }  ///< may be empty
  [[nodiscard]] std::size_t points() const { return x_.size(); }
  [[nodiscard]] const MeasuredCurve& raw() const { return raw_; }
  [[nodiscard]] const Scatterers& scatterers() const { return scatterers_; }
  /// Neutron lengths (fm) or form factors at point x.
  [[nodiscard]] Eigen::VectorXd scattering_at(double x) const { return scattering(x); }
  /// ⟨w⟩² over the norm at point i: 1 for average_squared.
  [[nodiscard]] double mean_square_over_norm(double x) const;

  /// The whole curve, in double precision, from all counts.
  [[nodiscard]] std::vector<double> compute(const PairCounts& counts, double density_A3) const;
  /// Adds to `curve` what the move of atoms of one group changes; `difference`: pairs gained with
  /// each group, [group × bins + bin].
  void add_change(std::size_t group, std::span<const float> difference, double density_A3,
                  std::vector<double>& curve) const;

 private:
  void read();
  void make_weights(const PairTable& table);
  void make_kernel(const PairTable& table, double atoms, double width_A, std::size_t bins);
  [[nodiscard]] Eigen::MatrixXd q_kernel(double width_A, std::size_t bins) const;
  [[nodiscard]] Eigen::MatrixXd r_kernel(double width_A, std::size_t bins) const;
  [[nodiscard]] Eigen::VectorXd scattering(double x) const;
  [[nodiscard]] double norm_of(const Eigen::VectorXd& w) const;
  [[nodiscard]] double pair_factor(double density_A3) const;

  DataSettings settings_;
  MeasuredCurve raw_;
  Scatterers scatterers_;
  std::vector<double> x_, measured_, weight_, error_;
  std::size_t groups_ = 0;
  std::size_t bins_ = 0;
  bool constant_ = true;             // weights do not depend on the point
  Eigen::MatrixXd kernel_;           // [point, bin]
  std::size_t padded_ = 0;           // points, filled up to whole tiles
  std::vector<float> tiles_;         // the same in single precision, [tile][bin][point of tile]
  std::vector<float> point_weight_;  // pair weights, [a·groups + b][point]; one point if constant
  Eigen::MatrixXd pair_weight_;      // [point, a·groups + b]; one row where constant
  Eigen::VectorXd point_factor_;     // what the form multiplies the core with
  Eigen::VectorXd constant_part_;    // of the curve, free of density
  Eigen::VectorXd density_part_;     // what multiplies the density
  bool over_density_ = false;        // g and G: pairs are divided by the density
};

/// The state of one data set in one chain.
class DataFit {
 public:
  explicit DataFit(const DataMap& map);

  /// From all counts; also refines what is to be refined.
  void reset(const PairCounts& counts, double density_A3, bool refine);
  /// Adds a proposed change to the curve (`first`: to the present one); accept() keeps it.
  void propose(std::size_t group, std::span<const float> difference, double density_A3, bool first);
  void accept() { computed_.swap(proposed_); }

  [[nodiscard]] double r2() const { return r2_of(computed_); }
  [[nodiscard]] double proposed_r2() const { return r2_of(proposed_); }
  [[nodiscard]] const DataMap& map() const { return *map_; }
  /// scale · computed + offset + slope · x, to be compared with the measured curve.
  [[nodiscard]] std::vector<double> fitted() const;
  [[nodiscard]] const std::vector<double>& computed() const { return computed_; }
  double scale = 1, offset = 0, slope = 0;

 private:
  [[nodiscard]] double r2_of(const std::vector<double>& curve) const;
  void refine();

  const DataMap* map_;
  std::vector<double> computed_, proposed_;
  double norm_ = 1;  // Σ w e²
};

/// What a curve says of the density and of its own normalisation.
struct DataFinding {
  double density_A3 = 0;  ///< from the slope below the first distance; NaN where not to be told
  double density_error = 0;
  double limit = 0;  ///< mean of the last tenth, and what it should be; NaN as above
  double expected_limit = 0;
  double limit_error = 0;
};
DataFinding examine(const DataMap& map, double density_A3, double first_distance_A);
/// Throws InputError with the number where a curve contradicts the density or its normalisation,
/// and settings do not accept that. Returns sentences about what was found.
std::vector<std::string> check_data(const DataMap& map, double density_A3, double first_distance_A);

}  // namespace vitrion::rmc
