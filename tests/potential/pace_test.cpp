// Potentials written for LAMMPS' pair_style pace: the file, read back and evaluated from the
// equations of PACE, gives the energies and forces of the model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/rng.hpp"
#include "potential/mlp/evaluator.hpp"
#include "potential/mlp/pace_export.hpp"
#include "potential/mlp/pace_read.hpp"
#include "potential/mlp_reference.hpp"

namespace vitrion::mlp {
namespace {

using ::testing::HasSubstr;
using testing::random_model;
using testing::RandomModel;
using testing::Surroundings;

struct Energies {
  std::vector<double> atom;
  std::vector<Vec3> force;
  [[nodiscard]] double total() const { return std::accumulate(atom.begin(), atom.end(), 0.0); }
};

template <class CentreEnergy>
Energies sum_up(const std::vector<Surroundings>& around, CentreEnergy&& centre_energy) {
  Energies out;
  out.force.assign(around.size(), Vec3::Zero());
  for (std::size_t i = 0; i < around.size(); ++i) {
    std::vector<Vec3> gradient(around[i].displacement.size(), Vec3::Zero());
    out.atom.push_back(centre_energy(around[i], gradient));
    for (std::size_t j = 0; j < gradient.size(); ++j) {
      out.force[i] += gradient[j];
      out.force[around[i].neighbor[j]] -= gradient[j];
    }
  }
  return out;
}

Energies by_pace(const PacePotential& p, const std::vector<Surroundings>& around) {
  return sum_up(around, [&](const Surroundings& s, std::vector<Vec3>& gradient) {
    return pace_centre_energy(p, s.element, s.neighbor_element, s.displacement, gradient);
  });
}

Energies by_model(const Evaluator& evaluator, const std::vector<Surroundings>& around) {
  return sum_up(around, [&](const Surroundings& s, std::vector<Vec3>& gradient) {
    std::vector<double> dx, dy, dz;
    for (const auto& d : s.displacement) {
      dx.push_back(d[0]);
      dy.push_back(d[1]);
      dz.push_back(d[2]);
    }
    const std::size_t n = dx.size();
    const std::vector<int> element{s.element};
    const std::vector<std::uint32_t> first{0, static_cast<std::uint32_t>(n)};
    std::vector<double> energy(1), gx(n), gy(n), gz(n);
    evaluator.evaluate({element, first, s.neighbor_element, dx, dy, dz},
                       {energy, gx, gy, gz, {}, {}, {}});
    for (std::size_t j = 0; j < n; ++j) gradient[j] = Vec3(gx[j], gy[j], gz[j]);
    return energy[0];
  });
}

// Atoms at random in a skew cell, none closer than `closest_A` to another or to an image.
Structure random_structure(const Model& m, int atoms, double closest_A, std::uint64_t seed) {
  RandomStream random(seed, "structure");
  Structure s;
  Mat3 cell;
  cell << 6.1, 0.8, -0.5, 0, 5.7, 1.1, 0, 0, 6.4;
  s.cell = Cell(cell, Vec3::Zero());
  while (static_cast<int>(s.size()) < atoms) {
    const Vec3 r = cell * Vec3(random.uniform(), random.uniform(), random.uniform());
    double nearest = 1e9;
    for (const auto& other : s.position) {
      for (int image = 0; image < 27; ++image) {
        const Vec3 shift(image % 3 - 1, image / 3 % 3 - 1, image / 9 - 1);
        nearest = std::min(nearest, (r + cell * shift - other).norm());
      }
    }
    if (nearest < closest_A) continue;
    s.add(m.elements[s.size() % m.elements.size()], r);
  }
  return s;
}

RandomModel expressible(std::vector<std::string> elements, int order, unsigned seed) {
  RandomModel spec;
  spec.elements = std::move(elements);
  spec.order = order;
  spec.envelope = Envelope::cosine;
  spec.seed = seed;
  return spec;
}

void expect_equal(const RandomModel& spec, double tolerance = 1e-8) {
  const Model model = random_model(spec);
  const PacePotential pace = pace_from_text(pace_text(pace_of(model), "a comment\nof two lines"));
  const Evaluator evaluator(model, Precision::double_);
  double outermost = 0;
  for (const auto& pair : model.radial.pairs) outermost = std::max(outermost, pair.core_outer_A);
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const Structure s = random_structure(model, 9, outermost + 0.01, seed);
    const auto around = testing::reference_surroundings(model, s);
    const Energies want = by_model(evaluator, around), got = by_pace(pace, around);
    EXPECT_NEAR(got.total(), want.total(), tolerance * static_cast<double>(s.size()));
    double largest = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      EXPECT_NEAR(got.atom[i], want.atom[i], tolerance);
      EXPECT_LT((got.force[i] - want.force[i]).norm(), tolerance);
      largest = std::max(largest, want.force[i].norm());
    }
    EXPECT_GT(largest, 0.01);  // there is something to compare
  }
}

TEST(Pace, TwoElementsOfEveryOrderComeBackAsTheyAre) {
  for (int order = 1; order <= 4; ++order)
    expect_equal(expressible({"Li", "S"}, order, static_cast<unsigned>(order)));
}

TEST(Pace, ThreeElementsOfOrderFourComeBackAsTheyAre) {
  expect_equal(expressible({"Li", "P", "S"}, 4, 7));
}

TEST(Pace, AngularMomentaUpToFourAndManyRadialFunctionsComeBack) {
  RandomModel spec = expressible({"S"}, 3, 8);
  spec.l_max = 4;
  spec.functions = 7;
  expect_equal(spec);
}

TEST(Pace, MixedChannelsAndCopiesComeBack) {
  RandomModel spec = expressible({"Li", "S"}, 3, 9);
  spec.mixed_channels = 2;
  spec.copies = 2;
  spec.l_max = 2;
  expect_equal(spec);
}

// The reader itself: its gradient against differences of its energy, core included.
TEST(Pace, TheReadersGradientIsThatOfItsEnergy) {
  Model model = random_model(expressible({"Li", "S"}, 3, 3));
  PacePotential pace = pace_of(model);
  for (const char* kind : {"distance", "density"}) {
    for (auto& bond : pace.bonds) {
      bond.inner_kind = kind;
      bond.cutoff_width_A = 0.7;
    }
    pace.bonds[3].base_name = "ChebPow";
    pace.embedding[0] = {1, {0.7, 0.5}, "FinnisSinclair", 40, 39.9};
    pace.embedding[1].parameters = {1.2, 0.6};
    RandomStream random(5, "around");
    for (int element = 0; element < 2; ++element) {
      std::vector<int> neighbor;
      std::vector<Vec3> d;
      for (int j = 0; j < 8; ++j) {
        const Vec3 u = Vec3(random.normal(), random.normal(), random.normal()).normalized();
        d.push_back((j == 0 ? 0.9 : random.uniform(1.2, 4.4)) * u);
        neighbor.push_back(j % 2);
      }
      std::vector<Vec3> gradient(d.size()), unused(d.size());
      (void)pace_centre_energy(pace, element, neighbor, d, gradient);
      for (std::size_t j = 0; j < d.size(); ++j) {
        for (int k = 0; k < 3; ++k) {
          const auto energy = [&](double h) {
            auto moved = d;
            moved[j][k] += h;
            return pace_centre_energy(pace, element, neighbor, moved, unused);
          };
          const double h = 1e-3;
          const double slope =
              (8 * (energy(h) - energy(-h)) - (energy(2 * h) - energy(-2 * h))) / (12 * h);
          EXPECT_NEAR(gradient[j][k], slope, 2e-6 * (1 + std::abs(slope))) << kind;
        }
      }
    }
  }
}

// Two atoms in their core: both repel, by the same where PACE's form was made to meet ZBL.
TEST(Pace, TheCoreHasTheSizeOfZbl) {
  Model model = random_model(expressible({"Li", "S"}, 2, 4));
  for (auto& r : model.readout) std::fill(r.linear.begin(), r.linear.end(), 0.0);
  const PacePotential pace = pace_of(model);
  const Evaluator evaluator(model, Precision::double_);
  const PairShape& p = model.pair(0, 1);
  const auto energy = [&](double r, bool of_pace) {
    const std::vector<Surroundings> around{{0, {1}, {Vec3(0, r, 0)}, {1}},
                                           {1, {0}, {Vec3(0, -r, 0)}, {0}}};
    const double total = (of_pace ? by_pace(pace, around) : by_model(evaluator, around)).total();
    return total - model.reference_energy_eV[0] - model.reference_energy_eV[1];
  };
  const double middle = 0.5 * (p.core_inner_A + p.core_outer_A);
  for (const double r : {p.core_inner_A, middle})
    EXPECT_NEAR(energy(r, true), energy(r, false), 1e-6 * energy(r, false)) << r;
  EXPECT_GT(energy(0.5 * p.core_inner_A, true), energy(p.core_inner_A, true));
  EXPECT_NEAR(energy(p.core_outer_A, true), 0, 1e-12);
}

// Conventions of PACE that both directions could share the wrong way round: Y_11 bears the sign of
// Condon and Shortley, a product of one factor takes g_k, and n counts from 1.
TEST(Pace, ReadsTheConventionsOfPace) {
  const std::string text = R"(
elements: [Li, S]
E0: [-1, -2]
deltaSplineBins: 0.001
embeddings:
  0: {ndensity: 1, FS_parameters: [2, 1], npoti: FinnisSinclair, rho_core_cutoff: 100000, drho_core_cutoff: 250}
  1: {ndensity: 1, FS_parameters: [1, 1], npoti: FinnisSinclair, rho_core_cutoff: 100000, drho_core_cutoff: 250}
bonds:
  [0, 0]: &bond {nradmax: 1, lmax: 1, nradbasemax: 2, radbasename: ChebExpCos, radparameters: [2], radcoefficients: [[[0, 3], [5, 0]]], prehc: 0, lambdahc: 1, rcut: 4, dcut: 0}
  [0, 1]: *bond
  [1, 0]: *bond
  [1, 1]: *bond
functions:
  0:
    - {mu0: 0, rank: 1, ndensity: 1, num_ms_combs: 1, mus: [1], ns: [2], ls: [0], ms_combs: [0], ctildes: [0.5]}
    - {mu0: 0, rank: 2, ndensity: 1, num_ms_combs: 1, mus: [1, 1], ns: [1, 1], ls: [0, 1], ms_combs: [0, 1], ctildes: [0.25]}
  1: []
)";
  const PacePotential p = pace_from_text(text);
  const Vec3 d(1.2, -0.5, 1.6);
  const double r = d.norm(), e = std::exp(-2.0);
  const double x = 1 - 2 * (std::exp(-2 * r / 4) - e) / (1 - e);
  const double g0 = std::pow(std::cos(M_PI * r / 8), 2), g1 = g0 * (1 - x) / 2;
  const double y11 = -std::sqrt(1.5) * d[0] / r;  // Re √4π Y_11
  std::vector<Vec3> gradient(2);
  const std::vector<int> neighbors{1, 0};  // the Li has no function
  const std::vector<Vec3> displacements{d, Vec3(0, 0, 2)};
  EXPECT_NEAR(pace_centre_energy(p, 0, neighbors, displacements, gradient),
              -1 + 2 * (0.5 * g1 + 0.25 * (3 * g1) * (5 * g0 * y11)), 1e-13);
  EXPECT_NEAR(pace_centre_energy(p, 1, neighbors, displacements, gradient), -2, 1e-13);
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string bad = text;
    bad.replace(bad.find(from), from.size(), to);
    try {
      (void)pace_from_text(bad);
    } catch (const InputError& failure) {
      return std::string(failure.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error("E0: [-1, -2]", "E0: [-1]"), HasSubstr("E0"));
  EXPECT_THAT(error("ChebExpCos", "SBessel"), HasSubstr("only ChebExpCos"));
  EXPECT_THAT(error("  [1, 0]: *bond\n", ""), HasSubstr("lacks [1, 0]"));
  EXPECT_THAT(error("ns: [2]", "ns: [3]"), HasSubstr("functions 0, number 1"));
  EXPECT_THAT(error("ms_combs: [0, 1]", "ms_combs: [0, 2]"), HasSubstr("beyond its l"));
  EXPECT_THAT(error("ctildes: [0.25]", "ctildes: [1, 2]"), HasSubstr("disagree in length"));
  EXPECT_THAT(error("rcut: 4", "rcut: far"), HasSubstr("bonds [0, 0].rcut"));
  EXPECT_THAT(error("elements: [Li, S]", "elements: [Li, S"), HasSubstr("line"));
}

TEST(Pace, RefusesWhatPaceCannotExpressAndSaysWhatToTrain) {
  const auto error = [](const std::function<void(RandomModel&)>& change) {
    RandomModel spec = expressible({"Li", "S"}, 2, 1);
    change(spec);
    try {
      (void)pace_of(random_model(spec));
    } catch (const InputError& failure) {
      return std::string(failure.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error([](RandomModel& s) { s.hidden = 2; }), HasSubstr("kind: linear"));
  EXPECT_THAT(error([](RandomModel& s) { s.envelope = Envelope::polynomial; }),
              HasSubstr("envelope: cosine"));
  EXPECT_THAT(error([](RandomModel& s) { s.scaling = Scaling::cosine; }),
              HasSubstr("scaling: exponential"));
  EXPECT_EQ(error([](RandomModel&) {}), "no error");
  EXPECT_THROW(write_pace("model.yaml", pace_of(random_model(expressible({"S"}, 1, 1)))),
               InputError);
}

}  // namespace
}  // namespace vitrion::mlp
