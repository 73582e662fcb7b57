#include "learn/linear_design.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "core/element.hpp"
#include "learn/linear_skeleton.hpp"
#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion {
namespace {

// Σ_i B_i by element in double, straight from the definition: [element][invariant].
std::vector<double> slow_energy_row(const mlp::Model& m, const Structure& s) {
  const auto program = mlp::compile_program(m.invariants, m.channels, m.l_max);
  const auto list = build_neighbor_list(s, m.max_cutoff_A());
  const auto index = element_indices(s, m);
  const int lm_all = mlp::lm_count(m.l_max);
  std::vector<double> out(m.elements.size() * m.invariants.size(), 0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const int z = index[s.kind[i]];
    std::vector<double> a(static_cast<std::size_t>(m.projections() * lm_all), 0);
    for (const auto& q : list.of(i)) {
      const int other = index[s.kind[q.atom]];
      std::vector<double> value(static_cast<std::size_t>(m.radial.functions)), slope(value);
      mlp::radial_functions(m.radial, m.pair(z, other), q.distance, value, slope);
      const Vec3 u = q.vector / q.distance;
      mlp::harmonics(
          m.l_max, u[0], u[1], u[2], 1 / q.distance, mlp::harmonic_norms().data(),
          [&](int lm, double y, double, double, double) {
            for (int n = 0; n < m.radial.functions; ++n) {
              a[static_cast<std::size_t>((other * m.radial.functions + n) * lm_all + lm)] +=
                  value[static_cast<std::size_t>(n)] * y / m.density_scale;
            }
          });
    }
    std::vector<double> node(static_cast<std::size_t>(program.inputs), 0);
    if (m.mixing.empty()) {
      node = a;
    } else {
      for (int k = 0; k < m.channels; ++k) {
        for (int l = 0; l <= m.l_max; ++l) {
          for (int lm = l * l; lm < (l + 1) * (l + 1); ++lm) {
            for (int p = 0; p < m.projections(); ++p) {
              node[static_cast<std::size_t>(k * lm_all + lm)] +=
                  m.mixing[static_cast<std::size_t>(
                      ((z * m.channels + k) * (m.l_max + 1) + l) * m.projections() + p)] *
                  a[static_cast<std::size_t>(p * lm_all + lm)];
            }
          }
        }
      }
    }
    for (const auto& p : program.products) {
      node.push_back(node[static_cast<std::size_t>(p.a)] * node[static_cast<std::size_t>(p.b)]);
    }
    for (std::size_t f = 0; f < m.invariants.size(); ++f) {
      for (int t = program.first[f]; t < program.first[f + 1]; ++t) {
        const auto u = static_cast<std::size_t>(t);
        out[static_cast<std::size_t>(z) * m.invariants.size() + f] +=
            program.coefficient[u] * node[static_cast<std::size_t>(program.node[u])];
      }
    }
  }
  return out;
}

Structure three_kinds(std::size_t atoms, double edge, std::uint64_t seed) {
  Structure s;
  Mat3 h;
  h << edge, 0.4, -0.7, 0, 0.9 * edge, 0.5, 0, 0, 1.1 * edge;
  s.cell = Cell(h);
  RandomStream random(seed, "design");
  static constexpr std::array names{"Li", "P", "S"};
  while (s.size() < atoms) {
    const Vec3 r = s.cell.to_cartesian(Vec3(random.uniform(), random.uniform(), random.uniform()));
    bool free = true;
    for (const Vec3& other : s.position) {
      free = free && s.cell.minimum_image(r - other).norm() > 1.9;
    }
    if (free) s.add(names[random.below(3)], r);
  }
  return s;
}

mlp::Model small_model(bool mixed) {
  LinearSkeletonOptions options;
  options.cutoff_A = 4.5;
  options.functions = 4;
  options.degrees = {3, 5, 4, 3};
  options.l_max = {0, 3, 2, 2};
  options.n_max = {3, 3, 3, 3};
  mlp::Model m = make_linear_skeleton({"Li", "P", "S"}, {}, options);
  for (auto& p : m.radial.pairs) {  // distances inside the core occur
    p.core_inner_A = 1.4;
    p.core_outer_A = 2.4;
  }
  if (mixed) {
    m.channels = 3;
    mlp::ProgramSpec spec;
    spec.channels = 3;
    spec.orders = {{2, 0}, {6, 3}, {4, 2}, {3, 2}};
    m.invariants = mlp::enumerate_invariants(spec);
    RandomStream random(5, "mixing");
    m.mixing.resize(static_cast<std::size_t>(3 * 3 * (m.l_max + 1) * m.projections()));
    for (auto& w : m.mixing) w = 0.5 * random.normal();
  }
  return m;
}

Structure strained(const Structure& s, const Mat3& strain) {
  Structure out = s;
  const Mat3 f = Mat3::Identity() + strain;
  out.cell = Cell(f * s.cell.vectors(), f * s.cell.origin());
  for (auto& r : out.position) r = f * r;
  return out;
}

// Largest difference relative to the largest value of the column.
struct Worst {
  double error = 0;
  void take(double got, double wanted, double size) {
    error = std::max(error, std::abs(got - wanted) / size);
  }
};

class DesignRowsTest : public ::testing::TestWithParam<std::pair<bool, std::size_t>> {};

TEST_P(DesignRowsTest, AreDerivativesOfASlowEnergy) {
  const auto [mixed, atoms] = GetParam();
  const mlp::Model m = small_model(mixed);
  const LinearDesign design(m);
  // 20 atoms in a cell narrower than the cut-off: images of one atom are neighbours.
  const Structure s = three_kinds(atoms, std::cbrt(static_cast<double>(atoms) * 20), 3);
  LinearDesign::Scratch scratch;
  DesignRows rows;
  design.rows(s, scratch, rows, true);
  ASSERT_EQ(rows.columns, 3 * m.invariants.size());

  const auto energy = slow_energy_row(m, s);
  std::vector<double> size(rows.columns);
  for (std::size_t k = 0; k < rows.columns; ++k) {
    const float* column = rows.force.data() + k * rows.stride;
    for (std::size_t r = 0; r < rows.stride; ++r) {
      size[k] = std::max(size[k], std::abs(static_cast<double>(column[r])));
    }
    size[k] = std::max(size[k], 1e-3);
  }
  Worst energies, forces, strains, features;
  std::vector<double> from_features(rows.columns, 0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t f = 0; f < m.invariants.size(); ++f) {
      from_features[static_cast<std::size_t>(rows.element[i]) * m.invariants.size() + f] +=
          static_cast<double>(rows.features[i * m.invariants.size() + f]);
    }
  }
  for (std::size_t k = 0; k < rows.columns; ++k) {
    energies.take(rows.energy[k], energy[k], std::abs(energy[k]) + size[k]);
    features.take(from_features[k], energy[k], std::abs(energy[k]) + size[k]);
  }
  EXPECT_LT(energies.error, 1e-5);
  EXPECT_LT(features.error, 1e-5);

  const double h = 1e-4;
  for (const std::size_t i : {std::size_t{0}, s.size() / 2, s.size() - 1}) {
    for (int d = 0; d < 3; ++d) {
      Structure up = s, down = s;
      up.position[i][d] += h;
      down.position[i][d] -= h;
      const auto e1 = slow_energy_row(m, up), e0 = slow_energy_row(m, down);
      for (std::size_t k = 0; k < rows.columns; ++k) {
        const float got =
            rows.force[k * rows.stride + rows.row[i] + static_cast<std::size_t>(d) * 16];
        forces.take(static_cast<double>(got), -(e1[k] - e0[k]) / (2 * h), size[k]);
      }
    }
  }
  EXPECT_LT(forces.error, 2e-5);

  static constexpr int first[]{0, 1, 2, 1, 0, 0}, second[]{0, 1, 2, 2, 2, 1};
  for (std::size_t q = 0; q < 6; ++q) {
    Mat3 strain = Mat3::Zero();
    strain(first[q], second[q]) += 0.5e-4;
    strain(second[q], first[q]) += 0.5e-4;
    const auto e1 = slow_energy_row(m, strained(s, strain));
    const auto e0 = slow_energy_row(m, strained(s, -strain));
    for (std::size_t k = 0; k < rows.columns; ++k) {
      const double wanted = (e1[k] - e0[k]) / 2e-4;
      strains.take(rows.strain[q][k], wanted, std::abs(wanted) + 10 * size[k]);
    }
  }
  EXPECT_LT(strains.error, 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, DesignRowsTest,
                         ::testing::Values(std::pair{false, std::size_t{20}},
                                           std::pair{true, std::size_t{20}},
                                           std::pair{false, std::size_t{170}}));

TEST(LinearDesign, ForcesOfACrowdSumToZero) {
  const mlp::Model m = small_model(false);
  const LinearDesign design(m);
  LinearDesign::Scratch scratch;
  DesignRows rows;
  design.rows(three_kinds(33, 9, 4), scratch, rows);
  for (std::size_t k = 0; k < rows.columns; ++k) {
    for (std::size_t d = 0; d < 3; ++d) {
      double sum = 0, size = 0;
      for (std::size_t i = 0; i < rows.atoms; ++i) {
        const auto v = static_cast<double>(rows.force[k * rows.stride + rows.row[i] + d * 16]);
        sum += v;
        size += std::abs(v);
      }
      EXPECT_LE(std::abs(sum), 1e-5 * size + 1e-9);
    }
  }
}

TEST(LinearDesign, TheBaselineIsReferenceAndCore) {
  mlp::Model m = small_model(false);
  m.reference_energy_eV = {-1, -2, -4};
  Structure s;  // open, a close pair and a far atom
  s.add("Li", Vec3(0, 0, 0));
  s.add("S", Vec3(0, 1.8, 0));
  s.add("P", Vec3(9, 0, 0));
  const LinearDesign design(m);
  LinearDesign::Scratch scratch;
  DesignRows rows;
  design.rows(s, scratch, rows);
  const auto core = mlp::zbl(m.pair(0, 2), 3, 16, 1.8);
  EXPECT_GT(core.value, 0.1);
  EXPECT_NEAR(rows.base_energy_eV, -7 + core.value, 1e-12);
  EXPECT_NEAR(rows.base_force[0].y(), core.slope, 1e-12);
  EXPECT_NEAR(rows.base_force[1].y(), -core.slope, 1e-12);
  EXPECT_NEAR(rows.base_strain[1], core.slope * 1.8, 1e-12);
  const std::vector<double> none(rows.columns, 0);
  EXPECT_NEAR(predict(rows, none).forces[0].y(), core.slope, 1e-12);
}

TEST(LinearDesign, RefusesWhatItDoesNotKnow) {
  mlp::Model m = small_model(false);
  const LinearDesign design(m);
  LinearDesign::Scratch scratch;
  DesignRows rows;
  Structure s;
  s.add("Na", Vec3(0, 0, 0));
  EXPECT_THROW(design.rows(s, scratch, rows), InputError);
  m.copies = 2;
  EXPECT_THROW(LinearDesign{m}, InputError);
}

TEST(LinearSkeleton, CoresLieBelowTheData) {
  Structure s;
  s.cell = Cell::cubic(12);
  s.add("Li", Vec3(1, 1, 1));
  s.add("S", Vec3(3.4, 1, 1));
  s.add("S", Vec3(11.5, 1, 1));  // 1.5 Å from Li through the face
  const std::vector<std::string> elements{"Li", "S"};
  const std::array<const Structure*, 1> all{&s};
  const auto least = smallest_distances(all, elements, 5);
  EXPECT_EQ(least[0], 0);
  EXPECT_NEAR(least[1], 1.5, 1e-12);
  EXPECT_NEAR(least[2], 1.5, 1e-12);
  EXPECT_NEAR(least[3], 3.9, 1e-12);
  const auto m = make_linear_skeleton(elements, least, {});
  EXPECT_NEAR(m.pair(0, 1).core_outer_A, 0.95 * 1.5, 1e-12);
  EXPECT_EQ(m.pair(0, 1).core_outer_A, m.pair(1, 0).core_outer_A);
  for (const auto& p : m.radial.pairs) EXPECT_LT(p.core_inner_A, p.core_outer_A - 0.3);
  mlp::check_model(m);
}

}  // namespace
}  // namespace vitrion
