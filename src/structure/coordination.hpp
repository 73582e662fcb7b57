// Coordination numbers: how many B lie within the bond cut-off of an A, as a mean and as a
// distribution; on request the mean up to the first minimum of g(r) instead.
//
// Distributions are always by cut-off. O(N) a frame.
#pragma once

#include "structure/bonds.hpp"
#include "structure/pair_distribution.hpp"

namespace vitrion {

class CoordinationAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "coordination"; }
  [[nodiscard]] std::string summary() const override {
    return "coordination numbers A>B (B around A): means and distributions";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Directed {
    std::size_t a, b;
    std::string name;
  };
  struct Setup {
    PairTable table;
    BondCutoffs bonds;
    std::vector<Directed> pairs;
    std::optional<PairDistributionSetup> distribution;  // in mode "minimum"
  };

  void add_by_cutoff(Result& out) const;
  void add_by_minimum(Result& out) const;
  void add_distribution(Result& out) const;

  std::string mode_ = "cutoff";
  std::map<std::string, double> cutoffs_;
  double r_max_A_ = 6;
  double bin_A_ = 0.02;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  std::optional<PairDistribution> distribution_;
};

}  // namespace vitrion
