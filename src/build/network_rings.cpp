#include <algorithm>
#include <queue>
#include <set>

#include "build/network_model.hpp"

namespace vitrion {
namespace {

using Graph = std::vector<std::vector<std::uint32_t>>;

// Which formers each former is linked to, directly or by an anion (once for each link).
Graph former_graph(const Network& network) {
  Graph out(network.sites().size());
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    if (!network.is_former(i)) continue;
    const auto& site = network.sites()[i];
    for (int k = 0; k < site.bonds; ++k) {
      const std::uint32_t x = site.bonded[static_cast<std::size_t>(k)];
      if (network.is_former(x)) {
        out[i].push_back(x);
        continue;
      }
      const auto& bridge = network.sites()[x];
      for (int m = 0; m < bridge.bonds; ++m) {
        const std::uint32_t j = bridge.bonded[static_cast<std::size_t>(m)];
        if (j != i) out[i].push_back(j);
      }
    }
  }
  return out;
}

// All shortest paths from a to b that avoid `without`, of at most `most` links, as sets of formers.
void shortest_paths(const Graph& graph, std::uint32_t a, std::uint32_t b, std::uint32_t without,
                    int most, std::set<std::vector<std::uint32_t>>& rings) {
  std::map<std::uint32_t, int> level{{b, 0}};
  std::queue<std::uint32_t> open;
  open.push(b);
  int found = -1;
  while (!open.empty()) {
    const auto at = open.front();
    open.pop();
    if (level[at] == most || (found >= 0 && level[at] >= found)) continue;
    for (const auto next : graph[at]) {
      if (next == without || level.contains(next)) continue;
      level[next] = level[at] + 1;
      if (next == a) found = level[next];
      open.push(next);
    }
  }
  if (found < 0) return;
  std::vector<std::uint32_t> path{without, a};
  const std::function<void(std::uint32_t)> walk = [&](std::uint32_t at) {
    if (at == b) {
      auto ring = path;
      std::sort(ring.begin(), ring.end());
      rings.insert(ring);
      return;
    }
    for (const auto next : graph[at]) {
      const auto it = level.find(next);
      if (it == level.end() || next == without || it->second != level[at] - 1) continue;
      path.push_back(next);
      walk(next);
      path.pop_back();
    }
  };
  walk(a);
}

}  // namespace

std::map<int, double> ring_statistics(const Network& network, int largest) {
  const Graph graph = former_graph(network);
  std::set<std::vector<std::uint32_t>> rings;
  std::map<int, double> out;
  double formers = 0;
  double doubled = 0;  // two formers joined by two anions: rings of two
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    if (!network.is_former(i)) continue;
    formers += 1;
    for (std::size_t k = 0; k < graph[i].size(); ++k) {
      for (std::size_t m = 0; m < k; ++m) {
        if (graph[i][k] == graph[i][m]) {
          doubled += 0.5;
        } else {
          shortest_paths(graph, graph[i][m], graph[i][k], i, largest - 2, rings);
        }
      }
    }
  }
  if (doubled > 0) out[2] = doubled / formers;
  for (const auto& ring : rings) out[static_cast<int>(ring.size())] += 1 / formers;
  return out;
}

}  // namespace vitrion
