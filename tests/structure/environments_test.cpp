#include "structure/environments.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/Geometry>
#include <algorithm>
#include <numeric>

#include "structure/environment_weights.hpp"
#include "structure/helpers.hpp"
#include "structure/polyhedra.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

Vec3 somewhere(RandomStream& random) {
  return {random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)};
}

Mat3 turn(RandomStream& random) {
  return Eigen::AngleAxisd(random.uniform(0, 6.28), somewhere(random).normalized())
      .toRotationMatrix();
}

// Every permutation, with the best rotation by a singular value decomposition.
double slow_measure(const std::vector<Vec3>& ligands, const std::vector<Vec3>& ideal) {
  const std::size_t n = ligands.size();
  const auto centred = [&](const std::vector<Vec3>& points) {
    Eigen::MatrixXd m = Eigen::MatrixXd::Zero(3, static_cast<Eigen::Index>(n) + 1);
    for (std::size_t k = 0; k < n; ++k) m.col(static_cast<Eigen::Index>(k)) = points[k];
    const Eigen::VectorXd mean = m.rowwise().mean();
    return Eigen::MatrixXd(m.colwise() - mean);
  };
  const Eigen::MatrixXd x = centred(ligands);
  const Eigen::MatrixXd p = centred(ideal);
  std::vector<Eigen::Index> order(n);
  std::iota(order.begin(), order.end(), 0);
  double best = 0;
  Eigen::MatrixXd mixed = p;
  do {
    for (std::size_t k = 0; k < n; ++k) mixed.col(static_cast<Eigen::Index>(k)) = p.col(order[k]);
    const Mat3 h = x * mixed.transpose();
    const Eigen::SelfAdjointEigenSolver<Mat3> eigen(h.transpose() * h);
    best = std::max(best, eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().sum());
  } while (std::next_permutation(order.begin(), order.end()));
  return 100 * (1 - best * best / (x.squaredNorm() * p.squaredNorm()));
}

TEST(SymmetryMeasure, AgreesWithEveryPermutation) {
  RandomStream random(3, "csm");
  for (std::size_t n = 2; n <= 6; ++n) {
    for (const auto& p : polyhedra(n)) {
      for (const double noise : {0.05, 0.3, 1.0}) {
        const Mat3 r = turn(random);
        std::vector<Vec3> ligands;
        for (const auto& v : p.shape.vertices()) {
          ligands.push_back(2.3 * (r * v) + noise * somewhere(random));
        }
        std::reverse(ligands.begin(), ligands.end());
        const double slow = slow_measure(ligands, p.shape.vertices());
        // Far from the shape a search may end a little above; it can never end below.
        EXPECT_NEAR(p.shape.measure(ligands), slow, noise < 0.5 ? 1e-6 : 3.0) << p.symbol;
        EXPECT_GE(p.shape.measure(ligands), slow - 1e-6);
      }
    }
  }
}

// A turned, scaled, shuffled and mirrored copy of each shape measures 0, and no other shape of its
// number does; a small noise of σ in each coordinate gives about 100 · 3nσ²/Σ|x|².
TEST(SymmetryMeasure, KnowsEachPolyhedronAgain) {
  RandomStream random(4, "csm");
  for (std::size_t n = 1; n <= 13; ++n) {
    EXPECT_FALSE(polyhedra(n).empty());
    for (const auto& p : polyhedra(n)) {
      ASSERT_EQ(p.shape.size(), n);
      const Mat3 r = -turn(random);
      std::vector<Vec3> ligands;
      for (const auto& v : p.shape.vertices()) ligands.push_back(1.7 * (r * v));
      std::rotate(ligands.begin(), ligands.begin() + static_cast<long>(n / 2), ligands.end());
      EXPECT_NEAR(p.shape.measure(ligands), 0, 1e-6) << p.symbol;
      for (const auto& other : polyhedra(n)) {
        if (n > 1 && other.symbol != p.symbol) {
          EXPECT_GT(other.shape.measure(ligands), 0.1) << p.symbol << " " << other.symbol;
        }
      }
      for (auto& x : ligands) x += 0.02 * somewhere(random);
      EXPECT_LT(p.shape.measure(ligands), 0.05) << p.symbol;
    }
  }
}

// Values that can be had by hand, or that are published for these pairs of shapes. The square as a
// tetrahedron: points (±1, 0), (0, ±1) and the centre; best sum of singular values √(16/3)·… .
TEST(SymmetryMeasure, KnownDistances) {
  const auto csm = [](const char* what, const char* as) {
    return find_polyhedron(as)->shape.measure(find_polyhedron(what)->shape.vertices());
  };
  EXPECT_NEAR(csm("S:4", "T:4"), 100.0 / 3, 1e-6);  // 33.33: Pinsky & Avnir 1998
  EXPECT_NEAR(csm("T:6", "O:6"), 16.737, 2e-3);     // 16.74: Alvarez et al. 2002
  EXPECT_NEAR(csm("C:8", "SA:8"), 10.99, 2e-2);     // 10.99: Casanova et al. 2003
}

TEST(BestAssignment, AgreesWithEveryPermutation) {
  RandomStream random(5, "assign");
  for (std::size_t n = 1; n <= 6; ++n) {
    for (int k = 0; k < 20; ++k) {
      std::vector<double> gain(n * n);
      for (auto& g : gain) g = random.uniform(-1, 1);
      std::vector<std::size_t> found(n);
      best_assignment(gain, n, found);
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += gain[i * n + found[i]];
      std::vector<std::size_t> order(n);
      std::iota(order.begin(), order.end(), 0U);
      double best = -1e9;
      do {
        double trial = 0;
        for (std::size_t i = 0; i < n; ++i) trial += gain[i * n + order[i]];
        best = std::max(best, trial);
      } while (std::next_permutation(order.begin(), order.end()));
      EXPECT_NEAR(sum, best, 1e-12);
    }
  }
}

double share(const Result& r, const std::string& centre, const std::string& environment) {
  const Table* t = r.find_table("environments");
  for (std::size_t k = 0; k < t->columns[0].text.size(); ++k) {
    if (t->columns[0].text[k] == centre && t->columns[1].text[k] == environment) {
      return t->columns[4].data[k];
    }
  }
  return 0;
}

TEST(Environments, OfCrystals) {
  const Frame antifluorite = li2s(5.71, 2);
  for (const char* strategy : {"simplest", "bonds"}) {
    const Result r = analyse("environments", {antifluorite, antifluorite, antifluorite},
                             {{"strategy", strategy}});
    EXPECT_NEAR(share(r, "Li", "T:4"), 1, 1e-12);
    EXPECT_NEAR(value(r, "ligands_Li"), 4, 1e-12);
    EXPECT_NEAR(value(r, "csm_Li"), 0, 1e-6);
    EXPECT_EQ(r.find_scalar("csm_Li")->error, 0);
  }
  const Result back = analyse("environments", {antifluorite},
                              {{"centres", "S"}, {"ligands", "Li"}, {"strategy", "bonds"}});
  EXPECT_NEAR(share(back, "S", "C:8"), 1, 1e-12);
  Frame salt;
  salt.structure.cell = Cell::cubic(5.64);
  for (const auto& f : {Vec3(0, 0, 0), Vec3(0, .5, .5), Vec3(.5, 0, .5), Vec3(.5, .5, 0)}) {
    salt.structure.add("Na", 5.64 * f);
    salt.structure.add("Cl", 5.64 * (f + Vec3(.5, .5, .5)));
  }
  const Result r = analyse("environments", {salt});
  EXPECT_NEAR(share(r, "Na", "O:6"), 1, 1e-12);
  EXPECT_NEAR(share(analyse("environments", {salt}, {{"strategy", "abundance"}}), "Na", "O:6"), 1,
              1e-9);
}

// A skewed rock salt between two coordinations. The numbers are those of ChemEnv in pymatgen
// 2022.11.7: MultiWeightsChemenvStrategy.stats_article_weights_parameters(), anion-cation bonds.
TEST(Environments, WeightsAreThoseOfChemEnv) {
  Mat3 h;
  h << 4.1, 0.6, -0.3, 0, 4.4, 0.5, 0, 0, 4.7;
  Frame f;
  f.structure.cell = Cell(h);
  for (const auto& r :
       {Vec3(.02, .01, .03), Vec3(.48, .53, .01), Vec3(.51, .02, .47), Vec3(.03, .46, .55)}) {
    f.structure.add("Li", h * r);
  }
  for (const auto& r :
       {Vec3(.50, .04, -.02), Vec3(.02, .52, .04), Vec3(.03, -.03, .52), Vec3(.47, .49, .50)}) {
    f.structure.add("S", h * r);
  }
  const Result r = analyse("environments", {f}, {{"strategy", "weights"}});
  EXPECT_NEAR(share(r, "Li", "O:6"), 0.5597, 1e-4);
  EXPECT_NEAR(share(r, "Li", "FO:7"), 0.3908, 1e-4);
  EXPECT_NEAR(share(r, "Li", "ST:7"), 0.0495, 1e-4);
  EXPECT_NEAR(value(r, "csm_Li"), 0.5597 * 1.5215 + 0.3908 * 3.3888 + 0.0495 * 5.0867, 1e-3);
}

TEST(EnvironmentWeights, OfPlainCases) {
  // Four near ligands and a far one: cut-offs between them lie in the area.
  const std::vector<FaceShare> faces{{1, 1}, {1.02, 0.99}, {1.04, 0.97}, {1.06, 0.95}, {1.7, 0.2}};
  const auto sets = ligand_sets(faces);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].faces.size() + sets[1].faces.size(), 9U);
  for (const auto& set : sets) EXPECT_EQ(set.in_area, true) << set.faces.size();
  // A perfect small set beside a poor large one takes all; alone, the large one does.
  const std::size_t small = sets[0].faces.size() == 4 ? 0 : 1;
  std::vector<double> measures(2, 0.0);
  measures[1 - small] = 6;
  EXPECT_NEAR(set_weights(sets, measures)[small], 1 / (1 + 0.0625 * std::exp(-0.75)), 0.02);
  measures = {100, 100};
  EXPECT_EQ(set_weights(sets, measures), (std::vector<double>{0, 0}));
  EXPECT_EQ(effective_measure(std::vector<double>{9, 30}), 100);
  EXPECT_EQ(effective_measure(std::vector<double>{9, 3}), 3);
  // x = 1/4 and 1/2: (1 − x)²/x is 2.25 and 0.5, ((1 − x)/x)² is 9 and 1.
  EXPECT_NEAR(effective_measure(std::vector<double>{2, 4}), (2.25 * 2 + 0.5 * 4) / 2.75, 1e-12);
  EXPECT_NEAR(polyhedron_shares(std::vector<double>{2, 4})[0], 0.9, 1e-12);
  EXPECT_EQ(polyhedron_shares(std::vector<double>{0, 4})[0], 1);
}

TEST(Environments, SharesSumToOneAndUnclearOnesAreSaid) {
  const Frame f = random_frame(skewed(), {{"Li", 20}, {"P", 5}, {"S", 30}}, 12);
  for (const char* strategy : {"simplest", "abundance", "bonds"}) {
    const Result r = analyse("environments", {f}, {{"strategy", strategy}, {"worst", "1"}});
    std::map<std::string, double> sum;
    bool unclear = false;
    const Table* t = r.find_table("environments");
    for (std::size_t k = 0; k < t->columns[0].text.size(); ++k) {
      sum[t->columns[0].text[k]] += t->columns[4].data[k];
      unclear = unclear || t->columns[1].text[k].starts_with("unclear:");
    }
    EXPECT_NEAR(sum["Li"], 1, 1e-9);
    EXPECT_NEAR(sum["P"], 1, 1e-9);
    EXPECT_TRUE(unclear);
  }
  const Result weighed = analyse("environments", {f}, {{"strategy", "weights"}});
  const auto fractions = data(weighed, "environments", "fraction");
  EXPECT_NEAR(std::accumulate(fractions.begin(), fractions.end(), 0.0), 2, 1e-9);  // Li and P
}

TEST(Environments, SaysWhatItNeeds) {
  EXPECT_THAT(failure("environments", {random_frame(Cell::cubic(9), {{"S", 5}}, 1)}),
              HasSubstr("S are all anions: name the centres"));
  EXPECT_THAT(
      failure("environments", {random_frame(Cell::cubic(9), {{"S", 5}}, 1)}, {{"centres", "Li"}}),
      HasSubstr("Li"));
}

}  // namespace
}  // namespace vitrion
