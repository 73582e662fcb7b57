// Bond angles A-B-C with B in the middle, over neighbours within the bond cut-offs.
//
// P(θ) per degree with ∫ P dθ = 1, and P(θ) divided by that of directions at random, ½ sin θ
// (exactly, over each bin), which is 1 where there is no preference. O(N) a frame.
#pragma once

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/bonds.hpp"

namespace vitrion {

class AngleAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "angles"; }
  [[nodiscard]] std::string summary() const override {
    return "bond angles A-B-C (B in the middle): distributions, means and spreads";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Triple {
    std::size_t a, b, c;  // groups; a ≤ c
    std::string name;
  };
  struct Setup {
    PairTable table;
    BondCutoffs bonds;
    std::vector<Triple> triples;
    std::vector<int> triple_of;  // [b][a][c] → triple, −1 for none
    std::size_t bins = 180;

    [[nodiscard]] double width() const { return 180.0 / static_cast<double>(bins); }
    [[nodiscard]] std::size_t stride() const { return bins + 3; }  // and count, Σθ, Σθ²
    [[nodiscard]] int find(std::size_t a, std::size_t b, std::size_t c) const {
      return triple_of[(b * table.groups() + a) * table.groups() + c];
    }
  };

  void choose_triples(Setup& setup) const;
  void add_scalars(Result& out) const;
  void add_tables(Result& out) const;
  void add_plots(Result& out) const;

  std::map<std::string, double> cutoffs_;
  std::vector<std::string> wanted_;
  double bin_deg_ = 1;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
};

}  // namespace vitrion
