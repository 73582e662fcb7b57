// Radial distribution functions: all partials, the total, running coordination numbers, and the
// first peak and minimum of each pair. Conventions in pair_distribution.hpp and peaks.hpp.
//
// Xu & Xia's Eq. 4 and 6 with exact shell volumes and N−1 like partners. O(N) a frame.
#pragma once

#include "structure/pair_distribution.hpp"

namespace vitrion {

class RdfAnalysis : public Analysis {
 public:
  RdfAnalysis() = default;

  [[nodiscard]] std::string name() const override { return "rdf"; }
  [[nodiscard]] std::string summary() const override {
    return "pair distributions g(r), partial and total, running coordination numbers, first peaks "
           "and minima";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  void add_shells(Result& out) const;
  void add_tables(Result& out) const;
  void add_plots(Result& out) const;
  void add_settings(Result& out) const;

  std::optional<double> r_max_A_;
  double bin_A_ = 0.02;
  double sigma_A_ = 0;
  std::shared_ptr<const PairDistributionSetup> setup_;
  std::optional<PairDistribution> sums_;
  double smallest_half_height_A_ = std::numeric_limits<double>::infinity();
};

}  // namespace vitrion
