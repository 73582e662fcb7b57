#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

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
  const Evidence evidence(whitened);

  const auto coefficients = [&](double kappa) {
    const Eigen::VectorXd c = out.prior_deviation.asDiagonal() * evidence.mean(kappa);
    Eigen::VectorXd all(n + static_cast<Eigen::Index>(train.elements()));
    all << c, elimination.rest(c);
    return all;
  };
  const bool held_out =
      validation != nullptr && validation->force_rows() + validation->energy_rows() > 0;
  const auto point = [&](double kappa) {
    const Eigen::VectorXd c = coefficients(kappa);
    PriorPoint p;
    p.evidence = evidence.at(kappa);
    p.train = train.errors(c);
    if (held_out) p.validation = validation->errors(c);
    return p;
  };
  double kappa = options.kappa.value_or(0);
  if (!options.kappa && (options.prior == "evidence" || !held_out)) {
    kappa = evidence.maximise().kappa;
  } else if (!options.kappa) {
    double best = 0;
    const double top = 1e-3 * evidence.largest_eigenvalue();
    for (double k = top; k > evidence.least_kappa(); k /= 3) {
      out.scan.push_back(point(k));
      const double error = weighted_error(out.scan.back().validation, *validation, options.weights);
      if (kappa == 0 || error < best) {
        best = error;
        kappa = k;
      } else if (error > 1.5 * best) {
        break;  // far into overfitting
      }
    }
  }
  out.chosen = point(kappa);
  const Eigen::VectorXd all = coefficients(kappa);
  out.coefficients = all.head(n);
  out.reference = all.tail(static_cast<Eigen::Index>(train.elements()));
  out.reference_slope = elimination.inverse * elimination.cross;
  if (options.uncertainty) {
    const double beta = out.chosen.evidence.beta;
    out.posterior.emplace(whitened.gram, kappa, beta);
    const auto count = static_cast<Eigen::Index>(train.invariants());
    for (Eigen::Index first = 0; first < n; first += count) {
      const Eigen::MatrixXd block = whitened.gram.block(first, first, count, count);
      Eigen::MatrixXd f = Posterior(block, kappa, beta).factor(0, count);
      f = out.prior_deviation.segment(first, count).asDiagonal() * f;
      out.element_factor.push_back(reduce_rank(f, options.posterior_rank));
    }
  }
  return out;
}

}  // namespace vitrion
