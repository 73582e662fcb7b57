#include "structure/rings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "structure/estimates.hpp"
#include "structure/ring_search.hpp"

namespace vitrion {

Schema RingAnalysis::parameters() {
  Schema schema(name());
  add_network_parameters(schema, cutoffs_, formers_, anions_);
  schema.integer("longest", longest_, "longest ring, in atoms of all kinds", {3, 100, false});
  return schema;
}

void RingAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  auto setup = std::make_shared<Setup>();
  setup->table = PairTable(first.structure);
  setup->longest = static_cast<int>(longest_);
  const PairTable& table = setup->table;
  bool former = !formers_.empty();
  bool anion = !anions_.empty();
  for (std::size_t g = 0; g < table.groups(); ++g) {
    former = former || role_of(table.atomic_number(g)) == Role::former;
    anion = anion || role_of(table.atomic_number(g)) == Role::anion;
  }
  if (former && anion) {
    NetworkRoles roles = choose_network(table, {formers_, anions_, cutoffs_}, name());
    setup->bonds = std::move(roles.bonds);
    for (const Part p : roles.part) {
      setup->inside.push_back(p != Part::none);
      setup->counted.push_back(p == Part::former);
    }
  } else {
    setup->bonds = BondCutoffs(table, cutoffs_, name());
    setup->inside.assign(table.groups(), true);
    setup->counted = setup->inside;
  }
  for (std::size_t g = 0; g < table.groups(); ++g) {
    if (setup->counted[g]) setup->nodes += table.count(g);
  }
  setup_ = std::move(setup);
}

Needs RingAnalysis::needs() const {
  Needs needs;
  needs.cutoff_A = setup_->bonds.largest_A();
  return needs;
}

std::unique_ptr<Analysis> RingAnalysis::fork() const {
  auto out = std::make_unique<RingAnalysis>();
  out->setup_ = setup_;
  return out;
}

void RingAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  const BondGraph graph =
      make_bond_graph(view.frame.structure, s.table, *view.neighbors, s.bonds, s.inside, s.counted);
  LabelSums::Counts counts;
  for (const auto& [size, n] : primitive_rings(graph, s.longest))
    counts[fmt::format("p{}", size)] = n;
  for (const auto& [size, n] : king_rings(graph, s.longest)) counts[fmt::format("k{}", size)] = n;
  sums_.append(counts, 1);
}

void RingAnalysis::merge(Analysis& later) { sums_.merge(dynamic_cast<RingAnalysis&>(later).sums_); }

Result RingAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Rings by the number of formers in them. primitive: rings without a shortcut, per former; "
      "king: share of the pairs of neighbours of a former whose shortest ring is of that size. "
      "open_pairs: pairs that no ring closes.";
  const auto total = sums_.total();
  int largest = 1;
  for (const auto& [label, n] : total) largest = std::max(largest, std::stoi(label.substr(1)));
  std::vector<std::string> labels;
  std::vector<double> sizes;
  for (int size = 1; size <= largest; ++size) {
    labels.push_back(fmt::format("p{}", size));
    sizes.push_back(size);
  }
  for (int size = 0; size <= largest; ++size) labels.push_back(fmt::format("k{}", size));
  const BlockSums blocks = sums_.of(labels);
  const auto n = static_cast<std::size_t>(largest);
  const auto found = blocks.jackknife_all([&](std::span<const double> m) {
    double pairs = 0;
    for (std::size_t k = n; k < m.size(); ++k) pairs += m[k];
    std::vector<double> f(m.begin(), m.end());
    double rings = 0;
    double atoms = 0;
    for (std::size_t k = 0; k < f.size(); ++k) {
      f[k] = k < n ? m[k] / s.nodes : pairs > 0 ? m[k] / pairs : 0.0;
      if (k < n) rings += f[k];
      if (k < n) atoms += f[k] * static_cast<double>(k + 1);
    }
    f.push_back(rings);
    f.push_back(rings > 0 ? atoms / rings : 0.0);
    return f;
  });
  out.scalars.push_back(
      jackknife_scalar("primitive_rings", found[found.size() - 2], "1/former", blocks));
  out.scalars.push_back(jackknife_scalar("mean_primitive_size", found.back(), "", blocks));
  out.scalars.push_back(jackknife_scalar("open_pairs", found[n], "", blocks));
  Table table{"rings",
              {column("size", "", sizes), column("primitive", "1/former", {}),
               column("primitive_error", "1/former", {}), column("king", "", {}),
               column("king_error", "", {})},
              {"primitive", "king"}};
  for (std::size_t k = 0; k < n; ++k) {
    table.columns[1].data.push_back(found[k].value);
    table.columns[2].data.push_back(found[k].error);
    table.columns[3].data.push_back(found[n + 1 + k].value);
    table.columns[4].data.push_back(found[n + 1 + k].error);
  }
  out.tables.push_back(std::move(table));
  for (const bool primitive : {true, false}) {
    Plot plot;
    plot.kind = Plot::Kind::bars;
    plot.title = primitive ? "Primitive rings" : "King's rings";
    plot.table = "rings";
    plot.x = "size";
    plot.series = {primitive ? "primitive" : "king"};
    plot.errors = {primitive ? "primitive_error" : "king_error"};
    plot.x_label = "formers in the ring";
    plot.y_label = primitive ? "rings per former" : "share of pairs of neighbours";
    out.plots.push_back(std::move(plot));
  }
  out.settings = {{"bond cut-offs", s.bonds.text(s.table)},
                  {"longest ring", fmt::format("{} atoms", s.longest)},
                  {"frames", fmt::format("{:.0f}", sums_.total_weight())}};
  out.references = {"10.1103/PhysRevB.44.4925", "10.1038/2131112a0"};
  if (total.empty() || found[found.size() - 2].value == 0) {
    out.warnings.push_back(fmt::format(
        "the network has no ring of up to {} atoms: its units are chains or stand alone",
        s.longest));
  }
  warn_of_few_frames(blocks, out);
  return out;
}

}  // namespace vitrion
