#include "structure/ring_search.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace vitrion {
namespace {

// An atom and its cell, in one number.
using Node = std::uint64_t;

Node make_node(std::uint32_t atom, const Int3& shift) {
  Node key = atom;
  for (const int s : shift) key = (key << 10) | static_cast<Node>(s + 512);
  return key;
}
std::uint32_t atom_of(Node node) { return static_cast<std::uint32_t>(node >> 30); }
Int3 shift_of(Node node) {
  const auto part = [&](int bits) { return static_cast<int>((node >> bits) & 1023) - 512; };
  return {part(20), part(10), part(0)};
}
Int3 plus(const Int3& a, const Int3& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Int3 minus(const Int3& a, const Int3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

template <class Body>
void each_neighbour(const BondGraph& graph, Node node, const Body& body) {
  const Int3 here = shift_of(node);
  for (const auto& bond : graph.bonds[atom_of(node)]) {
    body(make_node(bond.atom, plus(here, bond.shift)));
  }
}

// Steps from an atom (in cell 0) to all nodes up to a depth.
using Ball = std::unordered_map<Node, int>;

Ball make_ball(const BondGraph& graph, std::uint32_t atom, int depth) {
  Ball ball;
  std::vector<Node> edge{make_node(atom, {0, 0, 0})};
  ball[edge[0]] = 0;
  for (int step = 1; step <= depth && !edge.empty(); ++step) {
    std::vector<Node> next;
    for (const Node node : edge) {
      each_neighbour(graph, node, [&](Node to) {
        if (ball.emplace(to, step).second) next.push_back(to);
      });
    }
    edge = std::move(next);
  }
  return ball;
}

class PrimitiveSearch {
 public:
  PrimitiveSearch(const BondGraph& graph, int longest)
      : graph_(graph), longest_(longest), balls_(graph.bonds.size()) {}

  std::map<int, double> run() {
    for (std::uint32_t root = 0; root < graph_.bonds.size(); ++root) {
      if (graph_.bonds[root].size() > 1) from(root);
      // Rings have their lowest atom as the root, so nobody asks for this one again but as a
      // higher atom of later rings: balls of lower atoms are done with.
      balls_[root].reset();
    }
    return found_;
  }

 private:
  using Path = std::vector<Node>;  // from the node after the root to the far end

  const Ball& ball(std::uint32_t atom) {
    if (!balls_[atom]) balls_[atom] = std::make_unique<Ball>(make_ball(graph_, atom, longest_ / 2));
    return *balls_[atom];
  }

  void from(std::uint32_t root) {
    const Ball& steps = ball(root);
    for (const auto& [node, step] : steps) {
      if (step == 0 || atom_of(node) < root) continue;
      std::vector<Path> paths;
      collect(steps, root, node, {}, paths);
      if (2 * step <= longest_ && step > 1) {
        for (std::size_t a = 0; a < paths.size(); ++a) {
          for (std::size_t b = a + 1; b < paths.size(); ++b) close(root, paths[a], paths[b], true);
        }
      }
      if (2 * step + 1 > longest_) continue;
      each_neighbour(graph_, node, [&](Node other) {
        const auto found = steps.find(other);
        if (other <= node || found == steps.end() || found->second != step) return;
        if (atom_of(other) < root) return;
        std::vector<Path> others;
        collect(steps, root, other, {}, others);
        for (const auto& a : paths) {
          for (const auto& b : others) close(root, a, b, false);
        }
      });
    }
  }

  // All shortest paths from the root to a node, by atoms not below the root.
  void collect(const Ball& steps, std::uint32_t root, Node node, Path behind,
               std::vector<Path>& paths) {
    behind.push_back(node);
    const int step = steps.at(node);
    if (step == 1) {
      paths.emplace_back(behind.rbegin(), behind.rend());
      return;
    }
    each_neighbour(graph_, node, [&](Node to) {
      const auto found = steps.find(to);
      if (found == steps.end() || found->second != step - 1 || atom_of(to) < root) return;
      collect(steps, root, to, behind, paths);
    });
  }

  // The ring of root, one path out and the other one home; counted if it has no shortcut.
  void close(std::uint32_t root, const Path& a, const Path& b, bool same_end) {
    const std::size_t inner = same_end ? a.size() - 1 : a.size();
    for (std::size_t i = 0; i < inner; ++i) {
      if (a[i] == b[i]) return;  // nodes in common would be equally far from the root
    }
    ring_.assign(1, make_node(root, {0, 0, 0}));
    ring_.insert(ring_.end(), a.begin(), a.end());
    for (std::size_t i = inner; i-- > 0;) ring_.push_back(b[i]);
    const std::size_t n = ring_.size();
    const auto half = static_cast<int>(n / 2);
    for (std::size_t i = 0; i < (n % 2 == 0 ? n / 2 : n); ++i) {
      if (distance(ring_[i], ring_[(i + n / 2) % n]) < half) return;
    }
    int size = 0;
    int as_root = 0;  // images of the root in the ring: it is found once from each
    for (const Node node : ring_) {
      size += graph_.counted[atom_of(node)] ? 1 : 0;
      as_root += atom_of(node) == root ? 1 : 0;
    }
    found_[size] += 1.0 / as_root;
  }

  int distance(Node from, Node to) {
    const Ball& steps = ball(atom_of(from));
    const auto found = steps.find(make_node(atom_of(to), minus(shift_of(to), shift_of(from))));
    return found == steps.end() ? longest_ : found->second;
  }

  const BondGraph& graph_;
  int longest_;
  std::vector<std::unique_ptr<Ball>> balls_;
  std::vector<Node> ring_;
  std::map<int, double> found_;
};

// From one neighbour of a node to the others without passing the node: sizes of the rings.
class KingSearch {
 public:
  KingSearch(const BondGraph& graph, int longest) : graph_(graph), longest_(longest) {}

  void from(std::uint32_t root, std::map<int, double>& found) {
    const Node home = make_node(root, {0, 0, 0});
    std::vector<Node> around;
    each_neighbour(graph_, home, [&](Node to) { around.push_back(to); });
    for (std::size_t a = 0; a + 1 < around.size(); ++a) {
      const Ball sizes = reach(home, around[a]);
      for (std::size_t b = a + 1; b < around.size(); ++b) {
        const auto at = sizes.find(around[b]);
        found[at == sizes.end() ? 0 : at->second + 1] += 1;
      }
    }
  }

 private:
  // Counted atoms on the shortest way from a node (included), never by `closed`; of several such
  // ways the one with the fewest.
  Ball reach(Node closed, Node start) const {
    Ball sizes;
    std::vector<Node> edge{start};
    sizes[start] = graph_.counted[atom_of(start)] ? 1 : 0;
    for (int length = 2; length < longest_ && !edge.empty(); ++length) {
      std::unordered_map<Node, int> next;
      for (const Node node : edge) {
        each_neighbour(graph_, node, [&](Node to) {
          if (to == closed || sizes.contains(to)) return;
          const int size = sizes[node] + (graph_.counted[atom_of(to)] ? 1 : 0);
          const auto [at, fresh] = next.emplace(to, size);
          if (!fresh) at->second = std::min(at->second, size);
        });
      }
      edge.clear();
      for (const auto& [node, size] : next) {
        sizes[node] = size;
        edge.push_back(node);
      }
    }
    return sizes;
  }

  const BondGraph& graph_;
  int longest_;
};

}  // namespace

BondGraph make_bond_graph(const Structure& s, const PairTable& table, const NeighborList& neighbors,
                          const BondCutoffs& cutoffs, const std::vector<bool>& inside,
                          const std::vector<bool>& counted) {
  BondGraph graph;
  const auto& group = table.group_of();
  const double largest = cutoffs.largest_A();
  for (std::size_t i = 0; i < s.size(); ++i) {
    auto& bonds = graph.bonds.emplace_back();
    graph.counted.push_back(counted[group[i]]);
    if (!inside[group[i]]) continue;
    for (const Neighbor& n : neighbors.of(i)) {
      if (n.distance > largest) break;
      if (!inside[group[n.atom]] || n.distance > cutoffs.of(group[i], group[n.atom])) continue;
      Int3 shift{0, 0, 0};
      if (s.cell.is_defined()) {
        const Vec3 images = s.cell.inverse() * (n.vector - (s.position[n.atom] - s.position[i]));
        for (int k = 0; k < 3; ++k) {
          shift[static_cast<std::size_t>(k)] = static_cast<int>(std::lround(images[k]));
        }
      }
      bonds.push_back({n.atom, shift});
    }
  }
  return graph;
}

std::map<int, double> primitive_rings(const BondGraph& graph, int longest) {
  return PrimitiveSearch(graph, longest).run();
}

std::map<int, double> king_rings(const BondGraph& graph, int longest) {
  std::map<int, double> found;
  KingSearch search(graph, longest);
  for (std::uint32_t i = 0; i < graph.bonds.size(); ++i) {
    if (graph.counted[i]) search.from(i, found);
  }
  return found;
}

}  // namespace vitrion
