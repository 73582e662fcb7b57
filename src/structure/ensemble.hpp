// The glass as an ensemble: g(r) and X-ray pattern averaged over many structures with Boltzmann's
// weights (Jones & Stevanović, DOI 10.1038/s41524-020-0329-2).
//
//   w_i = exp(−E_i / k_B T) / Σ_j exp(−E_j / k_B T)
// over the frames, with E the energy of the cell, or that of `atoms` atoms at the frame's energy
// per atom, where cells are so large that one of them would take all the weight. Frames count as
// drawn by their degeneracy (local minima of random structures, or one frame of each glass). Every
// frame keeps its own curves until the end: memory is frames · bins.
#pragma once

#include "structure/pair_distribution.hpp"

namespace vitrion {

class XrdAnalysis;

class EnsembleAnalysis : public Analysis {
 public:
  EnsembleAnalysis();
  ~EnsembleAnalysis() override;

  [[nodiscard]] std::string name() const override { return "ensemble"; }
  [[nodiscard]] std::string summary() const override {
    return "g(r) and X-ray pattern of many structures, weighted by Boltzmann";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairDistributionSetup pairs;
    Node xrd;  // its parameters; a null node where it is not wanted
    std::vector<double> temperatures_K;
    std::optional<double> atoms;
    double atoms_in_cell = 0;
  };
  struct Member {
    double energy_eV = 0;
    std::vector<double> counters;   // of the pair distribution
    std::vector<double> intensity;  // of the pattern
  };
  [[nodiscard]] std::vector<double> weights(double T_K) const;
  void add_pairs(Result& out, const std::vector<std::vector<double>>& weights) const;
  void add_pattern(Result& out, const std::vector<std::vector<double>>& weights) const;
  void add_weights(Result& out, const std::vector<std::vector<double>>& weights) const;

  std::optional<double> r_max_A_;
  double bin_A_ = 0.05;
  std::vector<double> temperatures_K_{300};
  std::optional<double> atoms_;
  bool with_xrd_ = true;
  std::unique_ptr<XrdAnalysis> xrd_;  // for its parameters
  std::shared_ptr<const Setup> setup_;
  std::vector<Member> members_;
  std::vector<double> two_theta_deg_;
};

/// Σ_i w_i x_i with its jackknife error over the members (weights are normalised again without
/// each); columns of `values` are members.
Estimate weighted_mean(std::span<const double> weights, std::span<const double> values);

}  // namespace vitrion
