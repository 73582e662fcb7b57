#include "neighbor/neighbor_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "neighbor/ghost_grid.hpp"

namespace vitrion {
namespace {

Structure random_structure(const Cell& cell, std::size_t n, std::uint64_t seed) {
  RandomStream random(seed, "neighbors");
  Structure s;
  s.cell = cell;
  for (std::size_t i = 0; i < n; ++i) {
    // Outside the cell too: lists must not depend on the image given.
    s.add("Li",
          cell.to_cartesian({random.uniform(-1, 2), random.uniform(-1, 2), random.uniform(-1, 2)}));
  }
  return s;
}

std::vector<double> brute_force(const Structure& s, std::size_t i, double cutoff) {
  std::vector<double> out;
  const int m = 7;
  for (std::size_t j = 0; j < s.size(); ++j) {
    for (int a = -m; a <= m; ++a) {
      for (int b = -m; b <= m; ++b) {
        for (int c = -m; c <= m; ++c) {
          if (i == j && a == 0 && b == 0 && c == 0) continue;
          const Vec3 d = s.cell.wrap(s.position[j]) - s.cell.wrap(s.position[i]) +
                         s.cell.vectors() * Vec3(a, b, c);
          if (d.norm() <= cutoff) out.push_back(d.norm());
        }
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void expect_same(const Structure& s, double cutoff) {
  const NeighborList list = build_neighbor_list(s, cutoff);
  ASSERT_EQ(list.atoms(), s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto expected = brute_force(s, i, cutoff);
    const auto found = list.of(i);
    ASSERT_EQ(found.size(), expected.size()) << "atom " << i << ", cut-off " << cutoff;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_NEAR(found[k].distance, expected[k], 1e-9);
      EXPECT_NEAR(found[k].vector.norm(), found[k].distance, 1e-9);
    }
  }
}

TEST(NeighborList, EqualsBruteForceInAnyCellAtAnyCutoff) {
  const Cell skewed = Cell::from_parameters({7, 8, 9}, {62, 105, 118});
  for (const double cutoff : {1.5, 3.1, 4.5, 9.1}) {
    expect_same(random_structure(skewed, 25, 1), cutoff);
    expect_same(random_structure(Cell::cubic(6), 20, 2), cutoff);
  }
  expect_same(random_structure(Cell::cubic(3), 1, 3), 7.0);  // one atom and its own images
}

TEST(NeighborList, OpenSystemsHaveNoImages) {
  Structure s;
  s.add("Li", {0, 0, 0});
  s.add("Li", {1, 0, 0});
  s.add("Li", {50, 0, 0});
  const NeighborList list = build_neighbor_list(s, 2.0);
  EXPECT_EQ(list.of(0).size(), 1U);
  EXPECT_EQ(list.of(1).size(), 1U);
  EXPECT_EQ(list.of(2).size(), 0U);
}

TEST(NeighborList, AFlatMoleculeNeedsNoMoreBinsThanAtoms) {
  Structure s;
  for (const Vec3& r : {Vec3(0, 0, 0), Vec3(2, 0, 0), Vec3(2, 1, 0)}) s.add("S", r);
  EXPECT_LT(make_ghost_grid(s, 5).start.size(), 100U);
  const NeighborList list = build_neighbor_list(s, 2.1);
  EXPECT_EQ(list.of(0).size(), 1U);
  EXPECT_EQ(list.of(1).size(), 2U);
  EXPECT_EQ(list.of(2).size(), 1U);
}

TEST(NeighborList, OpenFacesOfASlabStopImagesButNotAtoms) {
  const Cell closed = Cell::from_parameters({7.1, 8.3, 9.7}, {80, 95, 70});
  Structure s = random_structure(closed, 40, 5);  // far outside the open faces too
  s.cell = Cell(closed.vectors(), Vec3::Zero(), {true, false, true});
  const double cutoff = 5.3;
  const NeighborList list = build_neighbor_list(s, cutoff);
  for (std::size_t i = 0; i < s.size(); ++i) {
    std::size_t expected = 0;
    for (std::size_t j = 0; j < s.size(); ++j) {
      for (int a = -5; a <= 5; ++a) {
        for (int c = -5; c <= 5; ++c) {
          if (i == j && a == 0 && c == 0) continue;
          const Vec3 d = s.position[j] - s.position[i] + closed.vectors() * Vec3(a, 0, c);
          expected += d.norm() <= cutoff ? 1 : 0;
        }
      }
    }
    EXPECT_EQ(list.of(i).size(), expected) << "atom " << i;
    for (std::size_t k = 1; k < list.of(i).size(); ++k) {
      EXPECT_LE(list.of(i)[k - 1].distance, list.of(i)[k].distance);
    }
  }
}

TEST(NeighborList, RefusesSenselessCutoffs) {
  const Structure s = random_structure(Cell::cubic(5), 2, 4);
  EXPECT_THROW(build_neighbor_list(s, 0), InputError);
  EXPECT_THROW(build_neighbor_list(s, NAN), InputError);
}

}  // namespace
}  // namespace vitrion
