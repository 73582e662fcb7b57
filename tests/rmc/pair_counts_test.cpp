#include "rmc/pair_counts.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "rmc/models.hpp"
#include "rmc/pair_kernels.hpp"
#include "structure/pairs.hpp"

namespace vitrion::rmc {
namespace {

using test::sites_of;

// Every pair by the exact minimum image of the cell.
std::vector<std::int64_t> slow(const Structure& s, const PairCounts& like, const PairTable& table) {
  std::vector<std::int64_t> counts(like.counts().size(), 0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (std::size_t j = i + 1; j < s.size(); ++j) {
      const double r = s.cell.minimum_image(s.position[j] - s.position[i]).norm();
      const auto bin = static_cast<std::size_t>(r / like.width_A());
      if (bin >= like.bins()) continue;
      ++counts[like.pair(table.group_of()[i], table.group_of()[j]) * like.bins() + bin];
    }
  }
  return counts;
}

// Single precision may put a pair into the bin beside its own, at an edge.
void expect_same_but_for_edges(const std::vector<std::int64_t>& a,
                               const std::vector<std::int64_t>& b, std::size_t bins) {
  std::int64_t running = 0;
  std::int64_t moved = 0;
  std::int64_t all = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (k % bins == 0) running = 0;
    running += a[k] - b[k];
    moved += std::abs(running);
    all += b[k];
  }
  EXPECT_LE(moved, 1 + all / 20000);
}

TEST(PairCounts, AgreeWithEveryPairInATriclinicCell) {
  const Structure s = test::gas(test::skew(20), {{"Li", 60}, {"P", 20}, {"S", 80}}, 1.0);
  const PairTable table(s);
  PairCounts counts(s.cell, table.group_of(), 3, 0.05,
                    static_cast<std::size_t>(0.5 * s.cell.heights().minCoeff() / 0.05));
  counts.reset(s.cell, sites_of(s));
  expect_same_but_for_edges(counts.counts(), slow(s, counts, table), counts.bins());
}

TEST(PairCounts, BoxesGiveTheSameCountsAsAFullPass) {
  const Structure s = test::gas(Cell::orthorhombic(60, 66, 55), {{"Li", 900}, {"S", 600}}, 1.0);
  const PairTable table(s);
  PairCounts counts(s.cell, table.group_of(), 2, 0.05, 160);
  counts.reset(s.cell, sites_of(s));
  expect_same_but_for_edges(counts.counts(), slow(s, counts, table), counts.bins());
}

TEST(PairCounts, MovesLeaveExactlyWhatARecountFinds) {
  for (const double a : {18.0, 60.0}) {  // one box, and many
    const Structure s = test::gas(test::skew(a), {{"Li", 150}, {"P", 50}}, 0.5);
    const PairTable table(s);
    PairCounts counts(s.cell, table.group_of(), 2, 0.04, 175);
    counts.reset(s.cell, sites_of(s));
    RandomStream random(3, "moves");
    PairChange change;
    counts.clear(change);
    for (int n = 0; n < 2000; ++n) {
      const std::size_t i = random.below(s.size());
      // Short moves mostly, and some across the cell.
      const double length = n % 10 == 0 ? a : 0.2;
      const Vec3 d(random.uniform(-length, length), random.uniform(-length, length),
                   random.uniform(-length, length));
      const Site to = counts.site(i) + displacement(s.cell, d);
      counts.add_move(i, to, change);
      if (n % 3 != 0) {
        counts.place(i, to);
        counts.commit(table.group_of()[i], change);
      }
      counts.clear(change);
    }
    EXPECT_EQ(counts.recount(), counts.counts());
    std::int64_t before = 0;
    for (const auto n : counts.counts()) before += n;
    EXPECT_GT(before, 0);
  }
}

TEST(PairCounts, RefuseARangeBeyondHalfTheCell) {
  const Structure s = test::gas(Cell::cubic(10), {{"Li", 10}}, 1.0);
  const PairTable table(s);
  EXPECT_THROW(PairCounts(s.cell, table.group_of(), 1, 0.05, 120), InputError);
}

TEST(PairKernels, VersionsAgree) {
  const Structure s = test::gas(test::skew(15), {{"Li", 64}}, 0.5);
  std::vector<std::int32_t> x, y, z, base(64, 7);
  for (const Site& at : sites_of(s)) {
    x.push_back(at.x);
    y.push_back(at.y);
    z.push_back(at.z);
  }
  const float metric[6] = {1e-7F, 2e-8F, -1e-8F, 1.1e-7F, 3e-8F, 0.9e-7F};
  const SlotView view{x.data(), y.data(), z.data(), base.data(), 64};
  const auto run = [&](const PairKernels& k) {
    std::vector<std::int32_t> out(128);
    k.bins(view, sites_of(s)[0], sites_of(s)[5], metric, out.data(), out.data() + 64);
    return out;
  };
  const auto plain = run(pair_kernels_portable);
  const auto best = run(pair_kernels());
  for (std::size_t k = 0; k < plain.size(); ++k) EXPECT_NEAR(plain[k], best[k], 1) << k;
  EXPECT_EQ(plain[0], 7);  // from itself
}

}  // namespace
}  // namespace vitrion::rmc
