// Ring statistics of a network: primitive rings and King's (ring_search.hpp), by the number of
// formers in a ring.
//
// A ring of two formers is an edge that two tetrahedra share. Without a network of formers and
// anions (silicon, a metal) all bonded atoms count.
#pragma once

#include "analysis/analysis.hpp"
#include "structure/label_sums.hpp"
#include "structure/network_roles.hpp"

namespace vitrion {

class RingAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "rings"; }
  [[nodiscard]] std::string summary() const override {
    return "rings of the network by size: primitive rings, and King's shortest ones";
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
    BondCutoffs bonds;
    std::vector<bool> inside;
    std::vector<bool> counted;
    double nodes = 0;
    int longest = 24;
  };

  std::map<std::string, double> cutoffs_;
  std::vector<std::string> formers_;
  std::vector<std::string> anions_;
  long longest_ = 24;
  std::shared_ptr<const Setup> setup_;
  LabelSums sums_;  // "p6": primitive rings of six; "k6": pairs of neighbours; "k0": open ones
};

}  // namespace vitrion
