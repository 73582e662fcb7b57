#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/error.hpp"
#include "learn/linear_fit.hpp"

namespace vitrion {

int degree_of(const mlp::Model& model, const mlp::Invariant& invariant) {
  int degree = 0;
  for (const auto& f : invariant.factors) {
    degree += f.l + (model.mixing.empty() ? f.channel % model.radial.functions : 0);
  }
  return degree;
}

Eigen::VectorXd LinearSolution::all() const {
  Eigen::VectorXd out(coefficients.size() + reference.size());
  out << coefficients, reference;
  return out;
}

namespace {

// The columns that count atoms have no prior: they are eliminated, as a pseudo-inverse does where
// all frames have few compositions.
struct Elimination {
  NormalSystem reduced;
  Eigen::MatrixXd inverse, cross;  // G_cc⁺, G_cb
  Eigen::VectorXd rhs;             // b_c

  Elimination(const NormalSystem& full, Eigen::Index columns) {
    const Eigen::Index z = full.gram.rows() - columns;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(full.gram.bottomRightCorner(z, z));
    Eigen::VectorXd values = solver.eigenvalues();
    const double least = 1e-10 * std::max(values.maxCoeff(), 0.0);
    double rank = 0;
    for (Eigen::Index i = 0; i < z; ++i) {
      rank += values[i] > least ? 1 : 0;
      values[i] = values[i] > least ? 1 / values[i] : 0;
    }
    inverse = solver.eigenvectors() * values.asDiagonal() * solver.eigenvectors().transpose();
    cross = full.gram.bottomLeftCorner(z, columns);
    rhs = full.rhs.tail(z);
    const Eigen::MatrixXd half = inverse * cross;
    reduced.gram = full.gram.topLeftCorner(columns, columns);
    reduced.gram.noalias() -= cross.transpose() * half;
    reduced.rhs = full.rhs.head(columns) - half.transpose() * rhs;
    reduced.yy = full.yy - rhs.dot(inverse * rhs);
    reduced.rows = full.rows - rank;
  }
  [[nodiscard]] Eigen::VectorXd rest(const Eigen::VectorXd& c) const {
    return inverse * (rhs - cross * c);
  }
};

Eigen::VectorXd prior_deviations(const NormalEquations& train, const mlp::Model& model,
                                 const LinearFitOptions& options) {
  const std::size_t invariants = train.invariants();
  Eigen::VectorXd out(static_cast<Eigen::Index>(train.columns()));
  for (std::size_t k = 0; k < train.columns(); ++k) {
    const double atoms = std::max(train.atoms()[k / invariants], 1.0);
    const double mean = train.feature_sum()[k] / atoms;
    const double square = train.feature_squares()[k] / atoms;
    // The deviation, or a hundredth of the mean where an invariant hardly varies.
    const double deviation = std::sqrt(std::max({square - mean * mean, 1e-4 * square, 1e-20}));
    const int degree = degree_of(model, model.invariants[k % invariants]);
    out[static_cast<Eigen::Index>(k)] =
        std::pow(deviation, -options.standardise) * std::pow(1.0 + degree, -options.smoothness);
  }
  return out;
}

double weighted_error(const NormalEquations::Errors& e, const NormalEquations& n,
                      const RowWeights& w) {
  const auto term = [](double rms, double sigma, double rows) {
    return rows > 0 && sigma > 0 ? rows * rms * rms / (sigma * sigma) : 0.0;
  };
  return term(e.energy_eV_atom, w.energy_eV_atom, n.energy_rows()) +
         term(e.force_eV_A, w.force_eV_A, n.force_rows()) +
         term(e.stress_eV_A3, w.stress_eV_A3, n.stress_rows());
}

// Falls from a strong prior by factors of ten until the error rises, then by smaller steps around
// the best.
double least_held_out_error(
    const Evidence& evidence, std::vector<PriorPoint>& scan,
    const std::function<std::pair<PriorPoint, double>(double)>& point_and_error) {
  double best_kappa = 0, best = 0;
  const auto look = [&](double kappa) {
    try {
      const auto [p, error] = point_and_error(kappa);
      scan.push_back(p);
      if (best_kappa == 0 || error < best) {
        best = error;
        best_kappa = kappa;
      }
      return error;
    } catch (const WorkError&) {
      return std::numeric_limits<double>::infinity();  // too small for the precision
    }
  };
  for (double k = 1e-4 * evidence.largest_eigenvalue(); k > evidence.least_kappa(); k /= 10) {
    if (look(k) > 1.03 * best) break;
  }
  const double middle = best_kappa;
  for (const double factor : {3.0, 1 / 3.0}) look(middle * factor);
  std::sort(scan.begin(), scan.end(),
            [](const auto& a, const auto& b) { return a.evidence.kappa > b.evidence.kappa; });
  return best_kappa;
}

}  // namespace

LinearSolution solve_linear(const NormalEquations& train, const NormalEquations* validation,
                            const mlp::Model& skeleton, const LinearFitOptions& options) {
  if (options.prior != "validation" && options.prior != "evidence") {
    throw InputError(
        fmt::format("there is no prior \"{}\": choose validation or evidence", options.prior));
  }
  const auto n = static_cast<Eigen::Index>(train.columns());
  const NormalSystem full = train.system(options.weights);
  if (full.rows == 0) throw InputError("no label has a weight: nothing can be fitted");
  const Elimination elimination(full, n);
  LinearSolution out;
  out.prior_deviation = prior_deviations(train, skeleton, options);
  NormalSystem whitened = elimination.reduced;
  whitened.gram =
      out.prior_deviation.asDiagonal() * whitened.gram * out.prior_deviation.asDiagonal();
  whitened.rhs = out.prior_deviation.asDiagonal() * whitened.rhs;
  const Evidence evidence(std::move(whitened));
  const bool held_out =
      validation != nullptr && validation->force_rows() + validation->energy_rows() > 0;

  const auto take = [&](const Evidence::Solution& s) {
    out.coefficients = out.prior_deviation.asDiagonal() * s.mean;
    out.reference = elimination.rest(out.coefficients);
    PriorPoint p;
    p.evidence = s.point;
    p.train = train.errors(out.all());
    if (held_out) p.validation = validation->errors(out.all());
    return p;
  };
  double kappa = options.kappa.value_or(0);
  if (options.kappa) {
    out.chosen = take(evidence.at(kappa));
  } else if (options.prior == "evidence" || !held_out) {
    out.chosen = take(evidence.maximise());
    kappa = out.chosen.evidence.kappa;
  } else {
    kappa = least_held_out_error(evidence, out.scan, [&](double k) {
      const PriorPoint p = take(evidence.at(k));
      return std::pair{p, weighted_error(p.validation, *validation, options.weights)};
    });
    out.chosen = take(evidence.at(kappa));
  }
  out.chosen.evidence.effective_parameters = evidence.effective_parameters(kappa);
  out.reference_slope = elimination.inverse * elimination.cross;
  if (options.uncertainty) {
    const double beta = out.chosen.evidence.beta;
    const Eigen::MatrixXd& gram = evidence.system().gram;
    out.posterior.emplace(gram, kappa, beta);
    const auto count = static_cast<Eigen::Index>(train.invariants());
    for (Eigen::Index first = 0; first < n; first += count) {
      const Eigen::MatrixXd block = gram.block(first, first, count, count);
      Eigen::MatrixXd f = Posterior(block, kappa, beta).factor(0, count);
      f = out.prior_deviation.segment(first, count).asDiagonal() * f;
      out.element_factor.push_back(reduce_rank(f, options.posterior_rank));
    }
  }
  return out;
}

}  // namespace vitrion
