// The fit of a linear potential: data → normal equations → prior by evidence or by held-out
// error → coefficients, their uncertainty, a model ready for use.
//
// Coefficients have a Gaussian prior of standard deviation ∝ s_k^−standardise (1 +
// d_k)^−smoothness, s_k the invariant's standard deviation over the atoms of the data, d_k its
// degree Σ (n + l): rough functions have to earn their place (van der Oord et al., npj Comput.
// Mater. 9, 168 (2023), DOI 10.1038/s41524-023-01104-6). Its overall size comes from the data.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "learn/linear_skeleton.hpp"
#include "learn/normal_equations.hpp"
#include "learn/split.hpp"

namespace vitrion {

struct LinearFitOptions {
  RowWeights weights{};
  double smoothness = 2.0;
  double standardise = 1.0;
  /// How κ = α/β is chosen: "evidence", or "validation" (least weighted error of held-out frames).
  std::string prior = "validation";
  std::optional<double> kappa{};  ///< given: nothing is chosen
  /// After the prior is chosen and all is measured, validation frames join in the final solution.
  bool refit = true;
  bool uncertainty = true;           ///< posterior factors and active sets
  long posterior_rank = 0;           ///< of the factor kept; 0: full
  std::size_t active_atoms = 20000;  ///< of each element, at most, that the active set looks at
  int active_passes = 12;

  /// Bound to this object, for recipes.
  Schema schema();
};

/// One point of the scan over κ.
struct PriorPoint {
  EvidencePoint evidence;
  NormalEquations::Errors train, validation;
};

/// Coefficients from normal equations, without any frame at hand.
struct LinearSolution {
  Eigen::VectorXd coefficients;     ///< [columns]
  Eigen::VectorXd reference;        ///< correction of each element's reference energy, eV
  Eigen::MatrixXd reference_slope;  ///< −∂reference/∂coefficients [elements][columns]
  std::vector<PriorPoint> scan;     ///< by descending κ
  PriorPoint chosen;
  Eigen::VectorXd prior_deviation;  ///< τ_k, before κ
  /// Where uncertainty is wanted: the posterior of coefficients over their prior deviations, and
  /// of each element F with F Fᵀ the covariance of its coefficients, those of others given. (With
  /// others free it would be of no use: a pair's energy may sit on either of its atoms.)
  std::optional<Posterior> posterior;
  std::vector<Eigen::MatrixXd> element_factor;

  /// Coefficients, then reference corrections.
  [[nodiscard]] Eigen::VectorXd all() const;
};
LinearSolution solve_linear(const NormalEquations& train, const NormalEquations* validation,
                            const mlp::Model& skeleton, const LinearFitOptions& options);

/// Degree Σ (n + l) of an invariant; with mixing, Σ l.
int degree_of(const mlp::Model& model, const mlp::Invariant& invariant);

/// How large force errors are where the model says that an atom is uncertain, on held-out frames.
struct Calibration {
  struct Bin {
    double deviation_eV = 0;      ///< mean posterior standard deviation of the atoms' energies
    double force_error_eV_A = 0;  ///< root mean square of |Δf| of these atoms
    double grade = 0;             ///< mean extrapolation grade
    double atoms = 0;
  };
  struct Element {
    std::string name;
    std::vector<Bin> bins;  ///< of equally many atoms, by rising deviation
    /// |Δf| ≈ scale · deviation, by least squares of the squares; 1/Å.
    double force_per_deviation_A = 0;
    double largest_grade = 0;
  };
  std::vector<Element> elements;
  /// Root mean square over frames of energy error / posterior deviation with noise: 1 where honest.
  double energy_ratio = 0;
};

struct LinearFitReport {
  std::size_t train_frames = 0, validation_frames = 0, test_frames = 0;
  std::size_t columns = 0;
  PriorPoint chosen;
  std::vector<PriorPoint> scan;
  NormalEquations::Errors train, validation;  ///< before the validation frames joined
  NormalEquations::Errors test;               ///< of the final solution
  std::optional<Calibration> calibration;
  double seconds_equations = 0, seconds_solution = 0, seconds_uncertainty = 0;
};

struct LinearFit {
  mlp::Model model;
  LinearFitReport report;
};

/// Told what is being done, and how much of it.
using FitProgress =
    std::function<void(const std::string& stage, std::size_t done, std::size_t total)>;

/// Fits the readout, reference energies and uncertainty of a skeleton to the training frames.
/// Reference energies come from the training energies, then from the fit. InputError where
/// no frame has a label; Interrupted where the user stops it.
LinearFit fit_linear(const Dataset& data, const Split& split, const mlp::Model& skeleton,
                     const LinearFitOptions& options, const FitProgress& progress = {});

/// The skeleton for a dataset: its elements, and cores below the distances of the training frames.
mlp::Model linear_skeleton_for(const Dataset& data, const Split& split,
                               const LinearSkeletonOptions& options);

}  // namespace vitrion
