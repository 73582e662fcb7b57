// Coordination environments: which ideal polyhedron the neighbours of an atom come closest to.
//
// After ChemEnv (Waroquiers et al., DOI 10.1107/S2052520620007994): neighbours are chosen by their
// Voronoi faces (distance and solid angle relative to the nearest and the largest; one pair of
// cut-offs, all pairs, or sets weighed as in environment_weights.hpp), or by bond cut-offs; the
// environment is the polyhedron of as many vertices with the lowest continuous symmetry measure.
// O(N) a frame, about 0.1 ms a centre.
#pragma once

#include "analysis/analysis.hpp"
#include "structure/bonds.hpp"
#include "structure/label_sums.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {

class EnvironmentAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "environments"; }
  [[nodiscard]] std::string summary() const override {
    return "coordination environments by the continuous symmetry measure (T:4, O:6 ...)";
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
    std::string strategy;
    double distance = 1.4;
    double angle = 0.3;
    double worst = 10;  // CSM
    BondCutoffs bonds;
    std::vector<bool> centre;  // by group
    std::vector<bool> ligand;  // by group
  };
  /// A ligand that may count, by its face.
  struct Candidate {
    Vec3 vector;
    double distance;  // over that of the nearest
    double angle;     // over the largest
    bool ligand;      // may be chosen
  };

  void choose_roles(Setup& setup) const;
  void consume_bonds(const FrameView& view, LabelSums::Counts& counts) const;
  void consume_faces(const FrameView& view, LabelSums::Counts& counts) const;
  /// Adds an atom of a group with these ligands, counted `weight` times.
  void add(std::size_t group, const std::vector<Vec3>& ligands, double weight,
           LabelSums::Counts& counts) const;
  void add_abundance(std::size_t group, const std::vector<Candidate>& around,
                     LabelSums::Counts& counts) const;
  void add_weighed(std::size_t group, const std::vector<Candidate>& around,
                   LabelSums::Counts& counts) const;
  void add_scalars(Result& out) const;
  void add_table(Result& out) const;

  std::string strategy_ = "simplest";
  std::vector<std::string> centres_;
  std::vector<std::string> ligands_;
  double distance_ = 1.4;
  double angle_ = 0.3;
  double worst_ = 10;
  std::map<std::string, double> cutoffs_;
  std::shared_ptr<const Setup> setup_;
  LabelSums sums_;  // "P|T:4" atoms, "P|T:4|csm" and "P|T:4|csm2" sums over them
};

}  // namespace vitrion
