// Networks: how polyhedra of anions hang together, what kinds of formers and anions there are, and
// the units with their charges and an example of each.
//
//   polyhedra   isolated, or sharing corners, edges, faces (polyhedron_links.hpp)
//   formers     by connectivity, the number of bridging anions and of bonds to formers, the latter
//               marked by the former's symbol: P0 (PS4 3-), P1 (P2S7 4-), P1P (P2S6 4-), P2, P3
//               (Dietrich et al., DOI 10.1039/C7TA06067J), Si0 ... Si4 for Q0 ... Q4
//   anions      free, non-bridging (one former), bridging (two), three (or more), chained
// O(N) a frame.
#pragma once

#include "analysis/analysis.hpp"
#include "structure/label_sums.hpp"
#include "structure/network_roles.hpp"
#include "structure/polyhedron_links.hpp"

namespace vitrion {

class NetworkAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "networks"; }
  [[nodiscard]] std::string summary() const override {
    return "polyhedra by shared corners, edges, faces; kinds of formers and anions; charged units";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairTable table;
    NetworkRoles roles;
    BondCutoffs polyhedron_bonds;
    PolyhedronRoles polyhedra;
    double anions = 0;
    double formers = 0;
  };
  struct UnitKind {
    double charge = 0;
    int formers = 0;
    int anions = 0;
    bool usual = true;
    std::int64_t frame = 0;  // of the example, from 1
    std::string example;     // its atoms, from 1
  };

  void count_units(const FrameView& view, const Network& network, LabelSums::Counts& counts);
  void count_sites(const Network& network, LabelSums::Counts& counts) const;
  void count_polyhedra(const FrameView& view, LabelSums::Counts& counts) const;
  /// A table of shares: rows of label `kind|species|what`, over the atoms of the species.
  void add_shares(Result& out, const std::string& kind, const std::string& table,
                  const std::string& title) const;
  void add_links(Result& out) const;
  void add_units(Result& out) const;

  std::map<std::string, double> cutoffs_;
  std::vector<std::string> formers_;
  std::vector<std::string> anions_;
  std::vector<std::string> polyhedra_;
  std::shared_ptr<const Setup> setup_;
  LabelSums sums_;
  std::map<std::string, UnitKind> kinds_;
};

}  // namespace vitrion
