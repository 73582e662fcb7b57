#include "structure/rings.hpp"

#include <array>
#include <set>

#include "structure/helpers.hpp"
#include "structure/ring_search.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;

using Place = std::array<int, 4>;  // atom, cell

// Every ring by walking, every distance by flooding; nothing shared with the search but the graph.
class SlowRings {
 public:
  SlowRings(const BondGraph& graph, int longest) : graph_(graph), longest_(longest) {}

  std::map<int, double> primitive() {
    std::map<int, double> out;
    for (int i = 0; i < static_cast<int>(graph_.bonds.size()); ++i) {
      path_ = {{i, 0, 0, 0}};
      walk(out);
    }
    return out;
  }

 private:
  std::vector<Place> around(const Place& p) const {
    std::vector<Place> out;
    for (const auto& b : graph_.bonds[static_cast<std::size_t>(p[0])]) {
      out.push_back(
          {static_cast<int>(b.atom), p[1] + b.shift[0], p[2] + b.shift[1], p[3] + b.shift[2]});
    }
    return out;
  }
  int distance(const Place& a, const Place& b) const {
    std::set<Place> seen{a};
    std::set<Place> edge{a};
    for (int step = 0; step <= longest_; ++step) {
      if (edge.contains(b)) return step;
      std::set<Place> next;
      for (const auto& p : edge) {
        for (const auto& q : around(p)) {
          if (seen.insert(q).second) next.insert(q);
        }
      }
      edge = next;
    }
    return 1000;
  }
  void walk(std::map<int, double>& out) {
    const auto n = path_.size();
    for (const auto& next : around(path_.back())) {
      if (next == path_.front() && n > 2) check(out);
      if (static_cast<int>(n) == longest_) continue;
      if (std::find(path_.begin(), path_.end(), next) != path_.end()) continue;
      path_.push_back(next);
      walk(out);
      path_.pop_back();
    }
  }
  void check(std::map<int, double>& out) const {
    const int n = static_cast<int>(path_.size());
    int size = 0;
    for (int a = 0; a < n; ++a) {
      size += graph_.counted[static_cast<std::size_t>(path_[static_cast<std::size_t>(a)][0])];
      for (int b = a + 1; b < n; ++b) {
        const int along = std::min(b - a, n - b + a);
        if (distance(path_[static_cast<std::size_t>(a)], path_[static_cast<std::size_t>(b)]) <
            along)
          return;
      }
    }
    out[size] += 0.5 / n;  // met from each of its atoms and both ways round
  }

  const BondGraph& graph_;
  int longest_;
  std::vector<Place> path_;
};

BondGraph graph_of(const Frame& f, double cutoff) {
  const PairTable table(f.structure);
  const std::vector<bool> all(table.groups(), true);
  std::map<std::string, double> given;
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) given[table.pair_name(a, b)] = cutoff;
  }
  const BondCutoffs bonds(table, given, "test");
  return make_bond_graph(f.structure, table, build_neighbor_list(f.structure, cutoff), bonds, all,
                         all);
}

TEST(Rings, AgreeWithWalkingEveryRing) {
  int rings = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    // Few atoms in a skewed cell: rings pass through faces and meet images of their own atoms.
    const Frame f = random_frame(skewed(), {{"Si", 7}, {"Ge", 5}}, 900 + seed);
    const BondGraph graph = graph_of(f, 4.2);
    const auto slow = SlowRings(graph, 8).primitive();
    const auto fast = primitive_rings(graph, 8);
    for (int size = 1; size <= 8; ++size) {
      const auto a = slow.find(size);
      const auto b = fast.find(size);
      EXPECT_NEAR(a == slow.end() ? 0 : a->second, b == fast.end() ? 0 : b->second, 1e-9)
          << "seed " << seed << " size " << size;
      if (a != slow.end()) rings += static_cast<int>(std::lround(a->second));
    }
  }
  EXPECT_GT(rings, 50);
}

Frame diamond(bool with_oxygen) {
  Frame f;
  const double a = with_oxygen ? 7.16 : 5.43;  // cristobalite: oxygen in the middle of each bond
  f.structure.cell = Cell::cubic(a);
  for (const auto& c : {Vec3(0, 0, 0), Vec3(0, .5, .5), Vec3(.5, 0, .5), Vec3(.5, .5, 0)}) {
    f.structure.add("Si", a * c);
    f.structure.add("Si", a * (c + Vec3(.25, .25, .25)));
    if (!with_oxygen) continue;
    for (const auto& d : {Vec3(1, 1, 1), Vec3(1, -1, -1), Vec3(-1, 1, -1), Vec3(-1, -1, 1)}) {
      f.structure.add("O", a * (c + d / 8));
    }
  }
  return f;
}

// Two rings of six per atom of diamond; each pair of neighbours closes one.
TEST(Rings, OfDiamondAndCristobalite) {
  for (const bool oxygen : {false, true}) {
    const Frame f = diamond(oxygen);
    const Result r = analyse("rings", {f, f, f});
    const auto size = data(r, "rings", "size");
    const auto primitive = data(r, "rings", "primitive");
    const auto king = data(r, "rings", "king");
    for (std::size_t k = 0; k < size.size(); ++k) {
      EXPECT_NEAR(primitive[k], size[k] == 6 ? 2 : 0, 1e-12) << oxygen << " " << size[k];
      EXPECT_NEAR(king[k], size[k] == 6 ? 1 : 0, 1e-12);
    }
    EXPECT_NEAR(value(r, "mean_primitive_size"), 6, 1e-12);
    EXPECT_NEAR(value(r, "open_pairs"), 0, 1e-12);
  }
}

// A chain that shares edges has rings of two formers and none that go through the cell.
TEST(Rings, EdgeSharingChainsAreRingsOfTwo) {
  Frame f;
  const double step = 2.8;
  f.structure.cell = Cell::orthorhombic(step * 2, 20, 20);
  const double h = std::sqrt(2.14 * 2.14 - step * step / 4);
  for (int k = 0; k < 2; ++k) {
    f.structure.add("Si", {step * k, 10, 10});
    const Vec3 across = k % 2 == 0 ? Vec3(0, h, 0) : Vec3(0, 0, h);
    f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) + across);
    f.structure.add("S", Vec3(step * (k + 0.5), 10, 10) - across);
  }
  const Result r = analyse("rings", {f});
  EXPECT_NEAR(data(r, "rings", "primitive")[1], 1, 1e-12);
  EXPECT_NEAR(value(r, "primitive_rings"), 1, 1e-12);
  EXPECT_NEAR(value(r, "open_pairs"), 4.0 / 6, 1e-12);
}

TEST(Rings, SayThatThereAreNone) {
  Frame f;
  f.structure.cell = Cell::cubic(20);
  f.structure.add("P", {5, 5, 5});
  f.structure.add("S", {7, 5, 5});
  const Result r = analyse("rings", {f});
  EXPECT_THAT(r.warnings, ::testing::Contains(::testing::HasSubstr("has no ring of up to 24")));
}

}  // namespace
}  // namespace vitrion
