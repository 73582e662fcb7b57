// The sublattice of one species: which atoms of it stand as in fcc, hcp or bcc, and where.
//
// By polyhedral template matching and by adaptive common neighbour analysis (packing.hpp) of the
// atoms of that species alone, as Kim et al. ask of the sulfur in glass|crystal interfaces (Xu &
// Xia, Fig. 6). `cubic` is fcc and bcc together. O(N) a frame, about 0.5 ms an atom.
#pragma once

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/packing.hpp"
#include "structure/pairs.hpp"

namespace vitrion {

class SublatticeAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "sublattice"; }
  [[nodiscard]] std::string summary() const override {
    return "packing of the S (or another) sublattice, hcp / cubic / other, and its profile";
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
    std::size_t species = 0;
    std::size_t axis = 2;
    std::size_t bins = 20;
    double worst = 0.12;
    double reach_A = 0;

    // Counters: atoms of each packing by templates, by common neighbours, Σ rmsd; then for each
    // slab the atoms of each packing by templates.
    static constexpr std::size_t kinds = 4;
    [[nodiscard]] std::size_t slab(std::size_t bin) const { return 2 * kinds + 1 + kinds * bin; }
    [[nodiscard]] std::size_t size() const { return slab(bins); }
  };

  void add_scalars(Result& out) const;
  void add_profile(Result& out) const;

  std::string species_;
  std::string axis_ = "c";
  long bins_ = 20;
  double worst_ = 0.12;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  double length_A_ = 0;  // of the axis, Σ over frames
};

}  // namespace vitrion
