// Hops of ions classed by what stands around them: anions, and formers with their polyhedra.
//
// Dive et al., J. Phys. Chem. B 122, 7597 (2018), DOI 10.1021/acs.jpcb.8b04353, tell hops of Na in
// Na2S-SiS2 by how many S and how many SiS4 are around the ion before, at and after the top:
//   I    as many anions at all three, whatever the polyhedra do
//   II   as many after as before, others at the top
//   III  others after than before
// and each by whether the number of polyhedra stays the same. An anion or a former is around where
// it is within its cut-off in most frames (hop_shells.hpp); that of formers is the first minimum of
// g(r) of the run, where none is given.
//   barrier  of F(s) = −k_B T ln P(s), s along the hop: highest point between the two places less
//            the mean of both wells; P over the whole stays before and after the hops of a type
// Errors: counting (shares), scatter over hops (lengths), jackknife over stretches of the run
// (barriers). Costs: hop_shells.hpp.
#pragma once

#include "analysis/analysis.hpp"
#include "coupling/hop_shells.hpp"
#include "dynamics/displacements.hpp"

namespace vitrion {

class HopTypesAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "hop_types"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, true, false, true}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  /// Neighbours of one species, anions or formers.
  struct Around {
    std::string name;
    bool former = false;
    double cutoff_A = 0;  ///< 0: from g(r)
    std::size_t begin = 0, end = 0;
    std::vector<double> pairs;  ///< by distance, of sampled ions, for g(r)
  };
  /// Anions and formers around the ion before, at and after the top.
  struct Environment {
    std::array<int, 3> anions{}, formers{};
    [[nodiscard]] std::size_t type() const;  ///< 0: I …
    [[nodiscard]] bool same_formers() const;
  };
  void choose_neighbors(const Structure& structure);
  void take(const Cell& cell, const float* moved, double time_ps);
  void feed(const Cell& cell, std::vector<float> row);
  void count_pairs(const Cell& cell, const std::vector<float>& row);
  [[nodiscard]] std::vector<double> cutoffs(Result& out) const;
  [[nodiscard]] Environment environment(const SeenHop& hop,
                                        const std::vector<double>& cutoffs) const;
  void add_types(Result& out, const std::vector<SeenHop>& hops,
                 const std::vector<Environment>& seen) const;
  void add_profiles(Result& out, const std::vector<SeenHop>& hops,
                    const std::vector<Environment>& seen) const;
  static void add_shells(Result& out, const std::vector<Environment>& seen);
  void add_list(Result& out, const std::vector<SeenHop>& hops,
                const std::vector<Environment>& seen) const;

  std::string species_;
  std::vector<std::string> formers_, anions_;
  std::map<std::string, double> cutoffs_A_;
  double window_ps_ = 1;
  double least_length_A_ = 1.5;
  std::string drift_ = "framework";
  std::optional<double> temperature_K_;

  std::string ion_;  // resolved by prepare
  std::optional<double> temperature_here_K_;
  DriftFrame frame_;
  DisplacementStore store_;         // of a fork: its rows; of the whole: the plan alone
  std::vector<Cell> cells_;         // of a fork
  std::vector<std::size_t> place_;  // of ions, then neighbours, within the store
  std::size_t ions_ = 0;
  std::vector<Around> around_;

  std::size_t frames_ = 0;  // of the whole
  double first_time_ps_ = 0;
  double dt_ps_ = 0;
  std::size_t window_ = 2;
  std::vector<float> first_row_;
  Cell first_cell_;
  HopCollector hops_;
  double samples_per_volume_ = 0;  // ions sampled for g(r), each by the volume of its frame
};

}  // namespace vitrion
