#include "structure/sublattice.hpp"

#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;

Frame cubic(const std::vector<Vec3>& basis, int repeat, double shake) {
  RandomStream random(2, "sublattice");
  Frame f;
  f.structure.cell = Cell::cubic(4.0 * repeat);
  for (int i = 0; i < repeat; ++i) {
    for (int j = 0; j < repeat; ++j) {
      for (int k = 0; k < repeat; ++k) {
        for (const auto& b : basis) {
          const Vec3 off(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1));
          f.structure.add("S", 4.0 * (Vec3(i, j, k) + b) + shake * off);
        }
      }
    }
  }
  f.structure.add("Li", {0.3, 1.1, 0.9});
  return f;
}

// Close-packed layers in the order of the letters, along a skewed c.
Frame stacked(const std::string& order) {
  Frame f;
  const double d = 3.5;
  const double root3 = std::sqrt(3.0);
  const double layer = d * std::sqrt(2.0 / 3);
  const int n = 4;
  Mat3 h;
  h << n * d, -0.5 * n * d, 0, 0, 0.5 * root3 * n * d, 0, 0, 0,
      layer * static_cast<double>(order.size());
  f.structure.cell = Cell(h);
  for (std::size_t z = 0; z < order.size(); ++z) {
    const double shift = (order[z] - 'A') / 3.0;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        const Vec3 s((i + 2 * shift) / n, (j + shift) / n,
                     (static_cast<double>(z) + 0.5) / static_cast<double>(order.size()));
        f.structure.add("S", h * s);
      }
    }
  }
  return f;
}

TEST(Sublattice, KnowsLatticesPerfectAndShaken) {
  const std::vector<Vec3> fcc{{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
  const std::vector<Vec3> bcc{{0, 0, 0}, {.5, .5, .5}};
  for (const double shake : {0.0, 0.1}) {
    const Result f = analyse("sublattice", {cubic(fcc, 3, shake)});
    EXPECT_NEAR(value(f, "fraction_fcc"), 1, 1e-12) << shake;
    EXPECT_NEAR(value(f, "fraction_cubic"), 1, 1e-12);
    EXPECT_GT(value(f, "cna_cubic"), shake > 0 ? 0.9 : 1 - 1e-12);
    const Result b = analyse("sublattice", {cubic(bcc, 4, shake)});
    EXPECT_NEAR(value(b, "fraction_bcc"), 1, 1e-12) << shake;
    EXPECT_NEAR(value(b, "cna_cubic"), 1, 1e-12);
    if (shake > 0) continue;
    EXPECT_NEAR(value(f, "mean_rmsd"), 0, 1e-6);
    EXPECT_NEAR(value(b, "mean_rmsd"), 0, 1e-6);
  }
}

// A layer is hexagonal where the layers beside it are alike, else cubic.
TEST(Sublattice, ProfileFollowsTheStacking) {
  const std::string order = "ABCABCABABAB";
  const Frame f = stacked(order);
  const Result r = analyse("sublattice", {f, f, f}, {{"bins", "12"}});
  const auto hcp = data(r, "profile", "hcp");
  const auto cubic = data(r, "profile", "cubic");
  const std::size_t n = order.size();
  double hexagonal = 0;
  for (std::size_t z = 0; z < n; ++z) {
    const bool is_hcp = order[(z + 1) % n] == order[(z + n - 1) % n];
    EXPECT_NEAR(hcp[z], is_hcp ? 1 : 0, 1e-12) << z;
    EXPECT_NEAR(cubic[z], is_hcp ? 0 : 1, 1e-12) << z;
    hexagonal += is_hcp ? 1 : 0;
  }
  EXPECT_GT(hexagonal, 3);
  EXPECT_NEAR(value(r, "fraction_hcp"), hexagonal / static_cast<double>(n), 1e-12);
  EXPECT_NEAR(value(r, "cna_hcp"), hexagonal / static_cast<double>(n), 1e-12);
  EXPECT_NEAR(data(r, "profile", "position").back(), f.structure.cell.vector(2).norm() * 11.5 / 12,
              1e-9);
}

// A random gas is neither; the templates must not find order in it.
TEST(Sublattice, NothingInAGas) {
  const Frame f = random_frame(Cell::from_parameters({22, 23, 24}, {80, 95, 100}), {{"S", 400}}, 8);
  const Result r = analyse("sublattice", {f});
  EXPECT_GT(value(r, "fraction_other"), 0.99);
  EXPECT_GT(value(r, "cna_other"), 0.99);
  EXPECT_GT(value(r, "mean_rmsd"), 0.15);
}

}  // namespace
}  // namespace vitrion
