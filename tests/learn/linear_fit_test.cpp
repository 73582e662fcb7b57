#include "learn/linear_fit.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <array>
#include <cmath>

#include "base/document.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "potential/mlp/evaluator.hpp"

namespace vitrion {
namespace {

Structure two_kinds(std::size_t atoms, double edge, std::uint64_t seed) {
  Structure s;
  Mat3 h;
  h << edge, 0.3, -0.5, 0, edge, 0.2, 0, 0, edge;
  s.cell = Cell(h);
  RandomStream random(seed, "fit");
  while (s.size() < atoms) {
    const Vec3 r = s.cell.to_cartesian(Vec3(random.uniform(), random.uniform(), random.uniform()));
    bool free = true;
    for (const Vec3& other : s.position) {
      free = free && s.cell.minimum_image(r - other).norm() > 1.8;
    }
    if (free) s.add(s.size() < atoms / 2 + seed % 3 ? "Li" : "S", r);
  }
  return s;
}

LinearSkeletonOptions small_options() {
  LinearSkeletonOptions o;
  o.cutoff_A = 4.5;
  o.functions = 3;
  o.degrees = {2, 3, 2};
  o.l_max = {0, 2, 1};
  o.n_max = {2, 2, 2};
  return o;
}

// Labels by a model of the same form with known coefficients, and noise.
struct World {
  Dataset data;
  Split split;
  mlp::Model truth;
  double force_noise = 0.01;
};

World make_world(std::size_t frames) {
  World w;
  w.data.files = {"synthetic"};
  for (std::size_t i = 0; i < frames; ++i) {
    Sample s;
    s.frame.structure = two_kinds(12, 7, i + 1);
    s.index = static_cast<std::int64_t>(i);
    w.data.samples.push_back(std::move(s));
    (i % 3 == 2 ? w.split.validation : w.split.train).push_back(i);
  }
  w.truth = linear_skeleton_for(w.data, w.split, small_options());
  w.truth.reference_energy_eV = {-200, -270};
  RandomStream random(1, "truth");
  std::vector<double> c;
  for (auto& r : w.truth.readout) {
    for (auto& v : r.linear) {
      v = random.normal();
      c.push_back(v);
    }
  }
  const LinearDesign design(w.truth);
  LinearDesign::Scratch scratch;
  DesignRows rows;
  for (auto& s : w.data.samples) {
    design.rows(s.frame.structure, scratch, rows);
    const auto p = predict(rows, c);
    s.frame.energy_eV = p.energy_eV + 12 * 0.001 * random.normal();
    for (const Vec3& f : p.forces) {
      s.frame.forces.push_back(f + w.force_noise *
                                       Vec3(random.normal(), random.normal(), random.normal()));
    }
    Mat3 stress;
    const auto& e = p.strain;
    stress << e[0], e[5], e[4], e[5], e[1], e[3], e[4], e[3], e[2];
    s.frame.stress_eV_A3 = stress / s.frame.structure.cell.volume();
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b <= a; ++b) {
        const double noise = 0.0005 * random.normal();
        (*s.frame.stress_eV_A3)(a, b) += noise;
        if (a != b) (*s.frame.stress_eV_A3)(b, a) += noise;
      }
    }
  }
  return w;
}

LinearFitOptions tight() {
  LinearFitOptions o;
  o.weights = {0.001, 0.01, 0.0005};
  return o;
}

TEST(NormalEquations, AgreeWithQr) {
  const World w = make_world(9);
  const mlp::Model m = linear_skeleton_for(w.data, w.split, small_options());
  const LinearDesign design(m);
  NormalEquations equations(design.invariants(), 2);
  equations.add(design, w.data.samples, w.split.train);
  LinearFitOptions options = tight();
  options.kappa = 1.0;
  const auto solution = solve_linear(equations, nullptr, m, options);

  // The same problem as one tall matrix with the prior as rows; atoms counted in the last columns.
  std::vector<Eigen::VectorXd> a;
  std::vector<double> y;
  const auto columns = static_cast<Eigen::Index>(design.columns());
  LinearDesign::Scratch scratch;
  DesignRows rows;
  for (const std::size_t i : w.split.train) {
    const Frame& frame = w.data.samples[i].frame;
    design.rows(frame.structure, scratch, rows);
    const double n = 12, volume = frame.structure.cell.volume();
    Eigen::VectorXd row = Eigen::VectorXd::Zero(columns + 2);
    for (Eigen::Index k = 0; k < columns; ++k) row[k] = rows.energy[static_cast<std::size_t>(k)];
    row[columns] = static_cast<double>(rows.element_atoms[0]);
    row[columns + 1] = static_cast<double>(rows.element_atoms[1]);
    a.emplace_back(row / n / options.weights.energy_eV_atom);
    y.push_back((*frame.energy_eV - rows.base_energy_eV) / n / options.weights.energy_eV_atom);
    for (std::size_t atom = 0; atom < 12; ++atom) {
      for (std::size_t d = 0; d < 3; ++d) {
        row.setZero();
        for (Eigen::Index k = 0; k < columns; ++k) {
          row[k] = static_cast<double>(
              rows.force[static_cast<std::size_t>(k) * rows.stride + rows.row[atom] + 16 * d]);
        }
        a.emplace_back(row / options.weights.force_eV_A);
        const auto e = static_cast<Eigen::Index>(d);
        y.push_back((frame.forces[atom][e] - rows.base_force[atom][e]) /
                    options.weights.force_eV_A);
      }
    }
    const std::array<std::pair<int, int>, 6> voigt{
        {{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}}};
    for (std::size_t q = 0; q < 6; ++q) {
      row.setZero();
      for (Eigen::Index k = 0; k < columns; ++k) {
        row[k] = rows.strain[q][static_cast<std::size_t>(k)] / volume;
      }
      a.emplace_back(row / options.weights.stress_eV_A3);
      y.push_back(
          ((*frame.stress_eV_A3)(voigt[q].first, voigt[q].second) - rows.base_strain[q] / volume) /
          options.weights.stress_eV_A3);
    }
  }
  const auto data_rows = static_cast<Eigen::Index>(a.size());
  Eigen::MatrixXd tall = Eigen::MatrixXd::Zero(data_rows + columns, columns + 2);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(data_rows + columns);
  for (Eigen::Index i = 0; i < data_rows; ++i) {
    tall.row(i) = a[static_cast<std::size_t>(i)].transpose();
    right[i] = y[static_cast<std::size_t>(i)];
  }
  for (Eigen::Index k = 0; k < columns; ++k) {
    tall(data_rows + k, k) = 1 / solution.prior_deviation[k];
  }
  const Eigen::VectorXd wanted = tall.colPivHouseholderQr().solve(right);
  EXPECT_LT((solution.coefficients - wanted.head(columns)).norm(),
            1e-5 * wanted.head(columns).norm());
  EXPECT_LT((solution.reference - wanted.tail(2)).norm(), 1e-4);

  Eigen::VectorXd all(columns + 2);
  all << solution.coefficients, solution.reference;
  const Eigen::VectorXd residual = (tall * wanted - right).head(data_rows);
  const auto e = equations.errors(all);
  const double sum = std::pow(e.energy_eV_atom / options.weights.energy_eV_atom, 2) * 6 +
                     std::pow(e.force_eV_A / options.weights.force_eV_A, 2) * 6 * 36 +
                     std::pow(e.stress_eV_A3 / options.weights.stress_eV_A3, 2) * 36;
  EXPECT_NEAR(sum, residual.squaredNorm(), 1e-4 * residual.squaredNorm());
}

TEST(NormalEquations, AreTheSameForAnyNumberOfThreads) {
  const World w = make_world(6);
  const mlp::Model m = linear_skeleton_for(w.data, w.split, small_options());
  const LinearDesign design(m);
  std::array<NormalSystem, 2> systems;
  for (int threads = 1; threads <= 2; ++threads) {
    set_threads(threads);
    NormalEquations equations(design.invariants(), 2);
    equations.add(design, w.data.samples, w.split.train);
    systems[static_cast<std::size_t>(threads - 1)] = equations.system({});
  }
  set_threads(0);
  EXPECT_TRUE(systems[0].gram == systems[1].gram);
  EXPECT_TRUE(systems[0].rhs == systems[1].rhs);
}

TEST(NormalEquations, MergeIsAddingAll) {
  const World w = make_world(6);
  const mlp::Model m = linear_skeleton_for(w.data, w.split, small_options());
  const LinearDesign design(m);
  NormalEquations whole(design.invariants(), 2), first(whole), second(whole);
  const std::vector<std::size_t> a{0, 1, 2}, b{3, 4, 5}, ab{0, 1, 2, 3, 4, 5};
  first.add(design, w.data.samples, a);
  second.add(design, w.data.samples, b);
  first.merge(second);
  whole.add(design, w.data.samples, ab);
  const auto x = whole.system({}), y = first.system({});
  EXPECT_LT((x.gram - y.gram).norm(), 1e-12 * x.gram.norm());
  EXPECT_EQ(x.rows, y.rows);
}

struct Evaluated {
  double energy = 0;
  std::vector<Vec3> force;
  double largest_grade = 0, least_deviation = 1e9;
};

Evaluated evaluate(const mlp::Model& m, const Structure& s) {
  const mlp::Evaluator evaluator(m, mlp::Precision::double_);
  const auto list = build_neighbor_list(s, evaluator.cutoff_A());
  const auto index = element_indices(s, m);
  std::vector<int> element, other;
  std::vector<std::uint32_t> first{0}, atom;
  std::vector<double> dx, dy, dz;
  for (std::size_t i = 0; i < s.size(); ++i) {
    element.push_back(index[s.kind[i]]);
    for (const auto& q : list.of(i)) {
      other.push_back(index[s.kind[q.atom]]);
      atom.push_back(q.atom);
      dx.push_back(q.vector[0]);
      dy.push_back(q.vector[1]);
      dz.push_back(q.vector[2]);
    }
    first.push_back(static_cast<std::uint32_t>(other.size()));
  }
  std::vector<double> energy(s.size()), gx(other.size()), gy(gx), gz(gx), grade(s.size()),
      deviation(s.size());
  mlp::Response response{};
  response.energy = energy;
  response.gx = gx;
  response.gy = gy;
  response.gz = gz;
  response.grade = grade;
  response.deviation = deviation;
  evaluator.evaluate({element, first, other, dx, dy, dz}, response);
  Evaluated out;
  out.force.assign(s.size(), Vec3::Zero());
  for (std::size_t i = 0; i < s.size(); ++i) {
    out.energy += energy[i];
    out.largest_grade = std::max(out.largest_grade, grade[i]);
    out.least_deviation = std::min(out.least_deviation, deviation[i]);
    for (std::size_t k = first[i]; k < first[i + 1]; ++k) {
      const Vec3 g(gx[k], gy[k], gz[k]);
      out.force[i] += g;
      out.force[atom[k]] -= g;
    }
  }
  return out;
}

TEST(LinearFit, LearnsWhatMadeTheData) {
  const World w = make_world(45);
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  auto options = tight();
  options.refit = false;
  const auto fit = fit_linear(w.data, w.split, skeleton, options);
  mlp::check_model(fit.model);
  // The basis is that of the truth: what is left is the noise.
  EXPECT_NEAR(fit.report.train.force_eV_A, w.force_noise, 0.15 * w.force_noise);
  EXPECT_NEAR(fit.report.validation.force_eV_A, w.force_noise, 0.25 * w.force_noise);
  EXPECT_NEAR(fit.report.chosen.evidence.beta, 1, 0.3);  // rows were weighed by the true noise

  // The evaluator, which shares no code with the design, says what the normal equations say.
  double squares = 0, count = 0;
  for (const std::size_t i : w.split.validation) {
    const Frame& frame = w.data.samples[i].frame;
    const auto got = evaluate(fit.model, frame.structure);
    EXPECT_NEAR(got.energy, *frame.energy_eV, 0.05);
    for (std::size_t a = 0; a < frame.size(); ++a) {
      squares += (got.force[a] - frame.forces[a]).squaredNorm();
      count += 3;
    }
    EXPECT_GT(got.least_deviation, 0);
  }
  EXPECT_NEAR(std::sqrt(squares / count), fit.report.validation.force_eV_A, 1e-5);
}

TEST(LinearFit, ValidationFramesJoinInTheEnd) {
  World w = make_world(30);
  w.split.test = {w.split.validation.back()};
  w.split.validation.pop_back();
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  auto options = tight();
  options.uncertainty = false;
  const auto all = fit_linear(w.data, w.split, skeleton, options);
  options.refit = false;
  const auto part = fit_linear(w.data, w.split, skeleton, options);
  EXPECT_NE(all.model.readout[0].linear[0], part.model.readout[0].linear[0]);
  EXPECT_EQ(all.report.validation.force_eV_A, part.report.validation.force_eV_A);
  EXPECT_LT(all.report.test.force_eV_A, 1.5 * w.force_noise);
}

TEST(LinearFit, KnowsInsideFromOutside) {
  const World w = make_world(45);
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  const auto fit = fit_linear(w.data, w.split, skeleton, tight());
  ASSERT_EQ(fit.model.uncertainty.size(), 2U);
  double inside_deviation = 0;
  for (const std::size_t i : w.split.train) {
    const auto got = evaluate(fit.model, w.data.samples[i].frame.structure);
    EXPECT_LE(got.largest_grade, 1.02);
    inside_deviation = std::max(inside_deviation, got.least_deviation);
  }
  // Twice as dense as anything in the data.
  Structure dense = w.data.samples[0].frame.structure;
  dense.cell = Cell(0.7 * dense.cell.vectors());
  for (auto& r : dense.position) r *= 0.7;
  const auto outside = evaluate(fit.model, dense);
  EXPECT_GT(outside.largest_grade, 2);
  EXPECT_GT(outside.least_deviation, inside_deviation);
  ASSERT_TRUE(fit.report.calibration.has_value());
  ASSERT_EQ(fit.report.calibration->elements.size(), 2U);
  for (const auto& e : fit.report.calibration->elements) {
    ASSERT_EQ(e.bins.size(), 8U);
    EXPECT_LT(e.bins.front().deviation_eV, e.bins.back().deviation_eV);
    EXPECT_GT(e.force_per_deviation_A, 0);
  }
  EXPECT_GT(fit.report.calibration->energy_ratio, 0.3);
  EXPECT_LT(fit.report.calibration->energy_ratio, 3);
}

TEST(LinearFit, FitsForcesAlone) {
  World w = make_world(12);
  for (auto& s : w.data.samples) {
    s.frame.energy_eV.reset();
    s.frame.stress_eV_A3.reset();
  }
  auto options = tight();
  options.uncertainty = false;
  options.prior = "evidence";
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  const auto fit = fit_linear(w.data, w.split, skeleton, options);
  EXPECT_LT(fit.report.train.force_eV_A, 2 * w.force_noise);
  EXPECT_EQ(fit.report.train.energy_eV_atom, 0);
}

// What an error is worth comes from the recipe: energies that count for more are met better on the
// frames of the fit, forces worse.
TEST(LinearFit, RowsAreWeighedAsTheRecipeSays) {
  World w = make_world(18);
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  const auto errors = [&](const std::string& keys) {
    LinearFitOptions options;
    options.schema().read(parse_yaml("uncertainty: false\nrefit: false\n" + keys, "weights"));
    return fit_linear(w.data, w.split, skeleton, options).report.train;
  };
  const auto energies = errors("energy_error: 0.01 meV\n");
  const auto forces = errors("energy_error: 1 eV\nforce_error: 0.01\nstress_error: 1\n");
  EXPECT_LT(energies.energy_eV_atom, 0.5 * forces.energy_eV_atom);
  EXPECT_LT(forces.force_eV_A, energies.force_eV_A);
  LinearFitOptions options;
  EXPECT_THROW(options.schema().read(parse_yaml("energy_error: 0 meV", "weights")), InputError);
}

TEST(LinearFit, RefusesAnUnknownPrior) {
  const World w = make_world(3);
  auto options = tight();
  options.prior = "hope";
  const mlp::Model skeleton = linear_skeleton_for(w.data, w.split, small_options());
  EXPECT_THROW(fit_linear(w.data, w.split, skeleton, options), InputError);
}

}  // namespace
}  // namespace vitrion
