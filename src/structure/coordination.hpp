// Coordination numbers: how many B lie within the bond cut-off of an A, as a mean and as a
// distribution; on request the mean up to the first minimum of g(r) instead, or neighbours by their
// Voronoi faces: those of a solid angle and at a distance that are not too far from the largest
// and the nearest (O'Keeffe, DOI 10.1107/S0567739479001765).
//
// Distributions are by cut-off, or by faces. O(N) a frame.
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
    bool by_faces = false;
    double distance = 1.4;
    double angle = 0.3;
    std::optional<PairDistributionSetup> distribution;  // in mode "minimum"
  };

  void count_bonds(const FrameView& view, std::vector<double>& counters) const;
  void count_faces(const FrameView& view, std::vector<double>& counters) const;
  void count(std::size_t a, const std::vector<std::size_t>& around,
             std::vector<double>& counters) const;
  void add_by_cutoff(Result& out) const;
  void add_by_minimum(Result& out) const;
  void add_distribution(Result& out) const;

  std::string mode_ = "cutoff";
  std::map<std::string, double> cutoffs_;
  double r_max_A_ = 6;
  double bin_A_ = 0.02;
  double distance_ = 1.4;
  double angle_ = 0.3;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  std::optional<PairDistribution> distribution_;
};

}  // namespace vitrion
