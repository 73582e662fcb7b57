// The evaluator against the definition of a model, in every form that models have.
#include "potential/mlp/evaluator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "potential/mlp_reference.hpp"
#include "potential/samples.hpp"

namespace vitrion::mlp {
namespace {

using testing::random_model;
using testing::RandomModel;
using testing::Surroundings;

struct Answer {
  std::vector<double> energy, gx, gy, gz, grade, deviation, features;
  std::vector<std::uint32_t> first;
  [[nodiscard]] Vec3 gradient(std::size_t j) const { return {gx[j], gy[j], gz[j]}; }
};

Answer evaluate(const Evaluator& evaluator, const Model& model,
                const std::vector<Surroundings>& around) {
  std::vector<int> element, neighbor_element;
  std::vector<double> dx, dy, dz;
  Answer out;
  out.first.push_back(0);
  for (const auto& a : around) {
    element.push_back(a.element);
    for (std::size_t j = 0; j < a.displacement.size(); ++j) {
      neighbor_element.push_back(a.neighbor_element[j]);
      dx.push_back(a.displacement[j][0]);
      dy.push_back(a.displacement[j][1]);
      dz.push_back(a.displacement[j][2]);
    }
    out.first.push_back(static_cast<std::uint32_t>(dx.size()));
  }
  const double unset = std::nan("");
  for (auto* v : {&out.energy, &out.grade, &out.deviation}) v->assign(around.size(), unset);
  for (auto* v : {&out.gx, &out.gy, &out.gz}) v->assign(dx.size(), unset);
  out.features.assign(around.size() * static_cast<std::size_t>(model.features_B()), unset);
  evaluator.evaluate({element, out.first, neighbor_element, dx, dy, dz},
                     {out.energy, out.gx, out.gy, out.gz, out.grade, out.deviation, out.features});
  return out;
}

// Neighbours at 0.2 … 1.15 of the longest cut-off, in all directions.
Surroundings random_surroundings(const Model& model, int neighbors, std::uint64_t seed,
                                 double closest_A = 1.4) {
  RandomStream random(seed, "surroundings");
  Surroundings out;
  const auto elements = static_cast<std::uint64_t>(model.element_count());
  out.element = static_cast<int>(random.below(elements));
  for (int j = 0; j < neighbors; ++j) {
    const Vec3 u = Vec3(random.normal(), random.normal(), random.normal()).normalized();
    out.displacement.push_back(random.uniform(closest_A, 1.15 * model.max_cutoff_A()) * u);
    out.neighbor_element.push_back(static_cast<int>(random.below(elements)));
  }
  return out;
}

std::vector<RandomModel> all_forms() {
  std::vector<RandomModel> out(8);
  out[1].scaling = Scaling::linear;
  out[1].order = 2;
  out[2].scaling = Scaling::cosine;
  out[2].hidden = 5;
  out[2].activation = Activation::tanh;
  out[3].mixed_channels = 4;
  out[3].l_max = 4;
  out[4].mixed_channels = 2;  // narrower than any vector
  out[4].copies = 5;
  out[4].hidden = 9;
  out[4].activation = Activation::silu;
  out[5].elements = {"S"};
  out[5].functions = 5;
  out[5].hidden = 2;
  out[5].activation = Activation::root;
  out[6].elements = {"Li", "P"};
  out[6].l_max = 0;
  out[6].order = 1;
  out[7].envelope = Envelope::cosine;
  out[7].order = 3;
  for (std::size_t i = 0; i < out.size(); ++i) out[i].seed = static_cast<unsigned>(i + 1);
  return out;
}

std::vector<Evaluator> all_widths(const Model& model, Precision precision) {
  std::vector<Evaluator> out;
  for (const auto width : {Width::automatic, Width::portable, Width::avx2, Width::avx512}) {
    try {
      out.emplace_back(model, precision, width);
    } catch (const InputError&) {
      EXPECT_NE(width, Width::automatic);
      EXPECT_NE(width, Width::portable);
    }
  }
  return out;
}

double scale_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

TEST(MlpEvaluator, EnergiesAndInvariantsEqualTheDefinition) {
  for (const auto& spec : all_forms()) {
    const Model model = random_model(spec);
    std::vector<Surroundings> around;
    for (int c = 0; c < 5; ++c)
      around.push_back(random_surroundings(model, 3 + 7 * c, 10U + static_cast<unsigned>(c)));
    for (const auto precision : {Precision::double_, Precision::single}) {
      const double tolerance = precision == Precision::double_ ? 1e-9 : 1e-5;
      for (const auto& evaluator : all_widths(model, precision)) {
        const Answer got = evaluate(evaluator, model, around);
        for (std::size_t c = 0; c < around.size(); ++c) {
          const double want = testing::reference_centre_energy(model, around[c]);
          EXPECT_NEAR(got.energy[c], want, tolerance * (1 + std::abs(want)))
              << evaluator.width_name() << " model " << spec.seed;
          const auto b = testing::reference_invariants(model, around[c]);
          for (std::size_t f = 0; f < b.size(); ++f) {
            ASSERT_NEAR(got.features[c * b.size() + f], b[f], tolerance * (1 + scale_of(b)))
                << to_string(model.invariants[f % model.invariants.size()]);
          }
        }
      }
    }
  }
}

Vec3 numerical_gradient(const Model& model, Surroundings around, std::size_t j, double h) {
  Vec3 out;
  const Vec3 here = around.displacement[j];
  for (int k = 0; k < 3; ++k) {
    const auto energy = [&](double step) {
      around.displacement[j] = here + step * Vec3::Unit(k);
      return testing::reference_centre_energy(model, around);
    };
    out[k] = (45 * (energy(h) - energy(-h)) - 9 * (energy(2 * h) - energy(-2 * h)) +
              (energy(3 * h) - energy(-3 * h))) /
             (60 * h);
  }
  return out;
}

TEST(MlpEvaluator, GradientsAreDerivativesOfTheDefinition) {
  for (const auto& spec : all_forms()) {
    const Model model = random_model(spec);
    const auto around = random_surroundings(model, 12, 3);
    std::vector<Vec3> want;
    double size = 0;
    for (std::size_t j = 0; j < around.displacement.size(); ++j) {
      want.push_back(numerical_gradient(model, around, j, 3e-3));
      size = std::max(size, want.back().norm());
    }
    ASSERT_GT(size, 1e-3);
    for (const auto precision : {Precision::double_, Precision::single}) {
      const double tolerance = precision == Precision::double_ ? 1e-9 : 1e-5;
      for (const auto& evaluator : all_widths(model, precision)) {
        const Answer got = evaluate(evaluator, model, {around});
        for (std::size_t j = 0; j < want.size(); ++j) {
          EXPECT_LT((got.gradient(j) - want[j]).norm(), tolerance * (1 + size))
              << evaluator.width_name() << " model " << spec.seed << " neighbour " << j;
        }
      }
    }
  }
}

TEST(MlpEvaluator, GradientsAreDerivativesInsideTheCore) {
  const Model model = random_model();
  auto around = random_surroundings(model, 6, 4);
  for (const double r : {0.3, 0.65, 0.8, 1.0, 1.15}) {
    around.displacement[0] = r * Vec3(2, -1, 2) / 3;
    const Vec3 want = numerical_gradient(model, around, 0, 1e-4);
    for (const auto& evaluator : all_widths(model, Precision::double_)) {
      const Answer got = evaluate(evaluator, model, {around});
      EXPECT_LT((got.gradient(0) - want).norm(), 1e-7 * (1 + want.norm())) << r;
    }
    for (const auto& evaluator : all_widths(model, Precision::single)) {
      const Answer got = evaluate(evaluator, model, {around});
      EXPECT_LT((got.gradient(0) - want).norm(), 2e-5 * (1 + want.norm())) << r;
    }
  }
}

TEST(MlpEvaluator, TheCoreRepels) {
  const Model model = random_model();
  const Evaluator evaluator(model);
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) {
      double nearer = 0;
      for (const double r : {0.7, 0.5, 0.3, 0.1}) {
        const Surroundings pair{a, {b}, {Vec3(0, r, 0)}, {}};
        const Answer got = evaluate(evaluator, model, {pair});
        if (r < 0.6) {
          EXPECT_LT(got.gy[0], 0) << r;  // farther is better
          EXPECT_GT(got.energy[0], nearer) << r;
        }
        nearer = got.energy[0];
      }
      EXPECT_GT(nearer, 50);
    }
  }
}

TEST(MlpEvaluator, EnergyDoesNotTurnAndGradientsTurnWithTheNeighbours) {
  const Mat3 turn =
      -Eigen::AngleAxisd(2.1, Vec3(1, -2, 0.5).normalized()).toRotationMatrix();  // and inverted
  for (const auto& spec : all_forms()) {
    const Model model = random_model(spec);
    const auto around = random_surroundings(model, 15, 5);
    auto turned = around;
    for (auto& d : turned.displacement) d = turn * d;
    for (const auto& evaluator : all_widths(model, Precision::double_)) {
      const Answer a = evaluate(evaluator, model, {around});
      const Answer b = evaluate(evaluator, model, {turned});
      EXPECT_NEAR(a.energy[0], b.energy[0], 1e-10 * std::abs(a.energy[0]));
      for (std::size_t j = 0; j < around.displacement.size(); ++j) {
        EXPECT_LT((turn * a.gradient(j) - b.gradient(j)).norm(), 1e-9);
      }
    }
  }
}

TEST(MlpEvaluator, NeighboursMayComeInAnyOrder) {
  const Model model = random_model();
  const auto around = random_surroundings(model, 15, 6);
  auto shuffled = around;
  std::reverse(shuffled.displacement.begin(), shuffled.displacement.end());
  std::reverse(shuffled.neighbor_element.begin(), shuffled.neighbor_element.end());
  for (const auto& evaluator : all_widths(model, Precision::double_)) {
    const Answer a = evaluate(evaluator, model, {around});
    const Answer b = evaluate(evaluator, model, {shuffled});
    EXPECT_NEAR(a.energy[0], b.energy[0], 1e-11 * std::abs(a.energy[0]));
    for (std::size_t j = 0; j < 15; ++j) {
      EXPECT_LT((a.gradient(j) - b.gradient(14 - j)).norm(), 1e-10);
    }
  }
}

TEST(MlpEvaluator, NeighboursBeyondTheirCutoffCountForNothing) {
  const Model model = random_model();
  const auto around = random_surroundings(model, 15, 7);
  auto near = around;
  near.displacement.clear();
  near.neighbor_element.clear();
  for (std::size_t j = 0; j < 15; ++j) {
    const int other = around.neighbor_element[j];
    if (around.displacement[j].norm() >= model.pair(around.element, other).cutoff_A) continue;
    near.displacement.push_back(around.displacement[j]);
    near.neighbor_element.push_back(other);
  }
  ASSERT_LT(near.displacement.size(), 14U);
  for (const auto precision : {Precision::double_, Precision::single}) {
    for (const auto& evaluator : all_widths(model, precision)) {
      const Answer a = evaluate(evaluator, model, {around});
      const Answer b = evaluate(evaluator, model, {near});
      EXPECT_NEAR(a.energy[0], b.energy[0],
                  (precision == Precision::single ? 1e-6 : 1e-12) * std::abs(b.energy[0]));
      for (std::size_t j = 0; j < 15; ++j) {
        const int other = around.neighbor_element[j];
        if (around.displacement[j].norm() < model.pair(around.element, other).cutoff_A) continue;
        EXPECT_EQ(a.gradient(j), Vec3(0, 0, 0));
      }
    }
  }
}

TEST(MlpEvaluator, EnergyAndGradientVanishSmoothlyAtTheCutoff) {
  const Model model = random_model();
  auto around = random_surroundings(model, 8, 8);
  const double cutoff = model.pair(around.element, around.neighbor_element[0]).cutoff_A;
  const Vec3 u = around.displacement[0].normalized();
  const Evaluator evaluator(model, Precision::double_);
  around.displacement[0] = (cutoff + 1e-9) * u;
  const double beyond = evaluate(evaluator, model, {around}).energy[0];
  for (const double d : {1e-2, 1e-3, 1e-4}) {
    around.displacement[0] = (cutoff - d) * u;
    const Answer got = evaluate(evaluator, model, {around});
    EXPECT_LT(std::abs(got.energy[0] - beyond), 10 * d * d);
    EXPECT_LT(got.gradient(0).norm(), 20 * d);
  }
}

TEST(MlpEvaluator, EmptyAndTinyNeighbourhoods) {
  for (const auto& spec : all_forms()) {
    const Model model = random_model(spec);
    for (const auto& evaluator : all_widths(model, Precision::double_)) {
      const Answer none = evaluate(evaluator, model, {});
      EXPECT_TRUE(none.energy.empty());
      std::vector<Surroundings> around{{0, {}, {}, {}},
                                       random_surroundings(model, 1, 9),
                                       {model.element_count() - 1, {}, {}, {}},
                                       {0, {0}, {Vec3(0, 0, 2)}, {}},
                                       {0, {0}, {Vec3(0, 0, -2)}, {}}};
      const Answer got = evaluate(evaluator, model, around);
      for (std::size_t c = 0; c < around.size(); ++c) {
        EXPECT_NEAR(got.energy[c], testing::reference_centre_energy(model, around[c]), 1e-9);
      }
      EXPECT_NEAR(got.gz[got.first[3]], -got.gz[got.first[4]], 1e-10);
    }
  }
}

TEST(MlpEvaluator, CentresDoNotKnowOfEachOther) {
  RandomModel spec;
  spec.hidden = 3;
  const Model model = random_model(spec);
  std::vector<Surroundings> around;
  for (unsigned c = 0; c < 40; ++c) {
    around.push_back(random_surroundings(model, static_cast<int>(c % 9) * 4, c));
  }
  for (const auto& evaluator : all_widths(model, Precision::double_)) {
    const Answer all = evaluate(evaluator, model, around);
    for (std::size_t c = 0; c < around.size(); ++c) {
      const Answer one = evaluate(evaluator, model, {around[c]});
      EXPECT_NEAR(one.energy[0], all.energy[c], 1e-11 * std::abs(one.energy[0]));
      for (std::size_t j = 0; j < around[c].displacement.size(); ++j) {
        EXPECT_LT((one.gradient(j) - all.gradient(all.first[c] + j)).norm(), 1e-10);
      }
    }
  }
}

struct Total {
  double energy = 0;
  std::vector<Vec3> forces;
  Mat3 stress = Mat3::Zero();
};
Total total(const Evaluator& evaluator, const Model& model, const Structure& s) {
  const auto around = testing::reference_surroundings(model, s);
  const Answer got = evaluate(evaluator, model, around);
  Total out;
  out.forces.assign(s.size(), Vec3::Zero());
  for (std::size_t c = 0; c < around.size(); ++c) {
    out.energy += got.energy[c];
    for (std::size_t j = 0; j < around[c].displacement.size(); ++j) {
      const Vec3 g = got.gradient(got.first[c] + j);
      out.forces[c] += g;
      out.forces[around[c].neighbor[j]] -= g;
      out.stress += around[c].displacement[j] * g.transpose() / s.cell.volume();
    }
  }
  return out;
}

// Smaller than the cut-off in two directions, and tilted.
Structure small_cell() {
  Mat3 h;
  h << 4.1, 0.9, -1.2, 0, 4.4, 1.5, 0, 0, 5.3;
  Structure s;
  s.cell = Cell(h);
  s.add("Li", {0.1, 0.3, 0.2});
  s.add("P", {2.2, 2.6, 2.9});
  s.add("S", {0.4, 2.9, 3.9});
  s.add("S", {2.3, 0.4, 1.2});
  return s;
}

TEST(MlpEvaluator, ForcesAndStressOfASmallTriclinicCell) {
  for (std::size_t i : {0U, 4U}) {
    RandomModel spec = all_forms()[i];
    const Model model = random_model(spec);
    const Structure s = small_cell();
    const auto forces = testing::reference_forces(model, s);
    const Mat3 stress = testing::reference_stress(model, s);
    ASSERT_GT(std::abs(stress(0, 1)), 1e-5);  // shear included
    for (const auto& evaluator : all_widths(model, Precision::double_)) {
      const Total got = total(evaluator, model, s);
      EXPECT_NEAR(got.energy, testing::reference_energy(model, s), 1e-9 * std::abs(got.energy));
      Vec3 sum = Vec3::Zero();
      for (std::size_t a = 0; a < s.size(); ++a) {
        EXPECT_LT((got.forces[a] - forces[a]).norm(), 1e-6);
        sum += got.forces[a];
      }
      EXPECT_LT(sum.norm(), 1e-10);
      EXPECT_LT((got.stress - stress).cwiseAbs().maxCoeff(), 1e-7) << got.stress << "\n" << stress;
    }
  }
}

TEST(MlpEvaluator, OneAtomSeesItsImagesAndFeelsNoForce) {
  const Model model = random_model();
  Structure s;
  s.cell = Cell(Mat3{{3.0, 0.4, 0.3}, {0, 2.9, -0.5}, {0, 0, 3.2}});
  s.add("S", {1, 1, 1});
  const Evaluator evaluator(model, Precision::double_);
  const Total got = total(evaluator, model, s);
  EXPECT_NEAR(got.energy, testing::reference_energy(model, s), 1e-9 * std::abs(got.energy));
  EXPECT_LT(got.forces[0].norm(), 1e-12);
  EXPECT_LT((got.stress - testing::reference_stress(model, s)).cwiseAbs().maxCoeff(), 1e-7);
  EXPECT_LT((got.stress - got.stress.transpose()).cwiseAbs().maxCoeff(), 1e-10);
}

TEST(MlpEvaluator, GradeAndDeviationFollowTheirDefinition) {
  for (const bool hidden : {false, true}) {
    RandomModel spec;
    spec.hidden = hidden ? 4 : 0;
    spec.uncertainty = true;
    spec.uncertainty_of_hidden = hidden;
    spec.order = 2;
    const Model model = random_model(spec);
    const auto around = random_surroundings(model, 9, 11);
    const auto& u = model.uncertainty[static_cast<std::size_t>(around.element)];
    const auto& r = model.readout[static_cast<std::size_t>(around.element)];
    auto phi = testing::reference_invariants(model, around);
    for (std::size_t f = 0; f < phi.size(); ++f) phi[f] = (phi[f] - r.shift[f]) * r.scale[f];
    if (hidden) {
      std::vector<double> sigma;
      for (std::size_t h = 0; h < 4; ++h) {
        double x = r.hidden_bias[h], slope = 0;
        for (std::size_t f = 0; f < phi.size(); ++f)
          x += r.hidden_weight[h * phi.size() + f] * phi[f];
        sigma.push_back(activate(model.activation, x, slope));
      }
      phi = sigma;
    }
    double grade = 0, variance = 0;
    for (std::size_t k = 0; k < phi.size(); ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < phi.size(); ++i)
        sum += phi[i] * u.active_inverse[i * phi.size() + k];
      grade = std::max(grade, std::abs(sum));
    }
    for (std::size_t k = 0; k < 2; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < phi.size(); ++i) sum += phi[i] * u.posterior_factor[2 * i + k];
      variance += sum * sum;
    }
    ASSERT_GT(grade, 0);
    for (const auto precision : {Precision::double_, Precision::single}) {
      const double tolerance = precision == Precision::double_ ? 1e-9 : 1e-4;
      for (const auto& evaluator : all_widths(model, precision)) {
        const Answer got = evaluate(evaluator, model, {around});
        EXPECT_NEAR(got.grade[0], grade, tolerance * grade);
        EXPECT_NEAR(got.deviation[0], std::sqrt(variance), tolerance * std::sqrt(variance));
      }
    }
  }
  const Model plain = random_model();
  const Answer got = evaluate(Evaluator(plain), plain, {random_surroundings(plain, 9, 11)});
  EXPECT_EQ(got.grade[0], 0);
  EXPECT_EQ(got.deviation[0], 0);
}

TEST(MlpEvaluator, RefusesAModelThatIsNotSound) {
  Model model = random_model();
  model.readout[1].linear.pop_back();
  EXPECT_THROW(Evaluator{model}, InputError);
}

}  // namespace
}  // namespace vitrion::mlp
