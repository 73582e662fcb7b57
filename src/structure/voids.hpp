// Free volume: the share of the cell open to probes of every radius, the sizes of pores, the
// largest sphere that fits and the widest that can pass through the cell.
//
// Atoms are hard spheres: ions of their ionic radii, network formers of their covalent ones, or as
// given. Geometry in distance_field.hpp. The error of a radius by the grid is below the spacing.
#pragma once

#include <map>

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/pairs.hpp"

namespace vitrion {

class VoidAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "voids"; }
  [[nodiscard]] std::string summary() const override {
    return "free volume by probe radius, pore sizes, the widest sphere that passes through";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairTable table;
    std::vector<double> radius_A;  // by group; 0 for species left out
    double spacing_A = 0.4;
    double reach_A = 5;
    std::size_t bins = 0;  // of the radius

    static constexpr double bin_A = 0.1;
    // Counters: largest sphere, free radius, along a, b, c; then for each bin the shares of points
    // whose distance, and whose pore, is at least that radius.
    [[nodiscard]] std::size_t size() const { return 5 + 2 * bins; }
  };

  std::map<std::string, double> radii_A_;
  std::vector<std::string> without_;
  double spacing_A_ = 0.4;
  double reach_A_ = 5;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
};

}  // namespace vitrion
