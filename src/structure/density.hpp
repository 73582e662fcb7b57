// Density of each frame and its mean, with the error of a correlated series.
//
// Flyvbjerg & Petersen, J. Chem. Phys. 91, 461 (1989), DOI 10.1063/1.457480. O(1) a frame.
#pragma once

#include "analysis/analysis.hpp"

namespace vitrion {

class DensityAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "density"; }
  [[nodiscard]] Subject subject() const override { return Subject::thermodynamics; }
  [[nodiscard]] std::string summary() const override {
    return "mass density of each frame and its mean (g/cm3)";
  }
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  std::vector<double> time_ps_;
  std::vector<double> index_;
  std::vector<double> density_;
};

}  // namespace vitrion
