// Voronoi analysis: indices <n3 n4 n5 n6> (faces with 3, 4, 5 and 6 edges), volumes, areas and
// faces of the cells of each species.
//
// Xu & Xia, section 2.2.5; Finney, DOI 10.1098/rspa.1970.0189. Cells by voronoi_cells.hpp, among
// all atoms or, as for polyhedra of anions around a cation, among some species. O(N) a frame.
#pragma once

#include "analysis/analysis.hpp"
#include "structure/label_sums.hpp"
#include "structure/pairs.hpp"
#include "structure/voronoi_cells.hpp"

namespace vitrion {

class VoronoiAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "voronoi"; }
  [[nodiscard]] std::string summary() const override {
    return "Voronoi cells: indices <n3 n4 n5 n6>, volumes, areas, faces, for each species";
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
    VoronoiChoice choice;
    FaceFilter filter;
    std::vector<std::size_t> centres;  // groups
    std::vector<std::size_t> around;   // groups
    double bin_A3 = 0;

    // Counters of a centre: V, V², area, faces, isoperimetric quotient; bonds to each group; the
    // histogram of V.
    static constexpr std::size_t moments = 5;
    static constexpr std::size_t bins = 160;
    [[nodiscard]] std::size_t stride() const { return moments + table.groups() + bins; }
  };

  void choose(Setup& setup, const std::vector<std::string>& names, std::vector<std::size_t>& groups,
              std::vector<bool>& flags) const;
  void add_scalars(Result& out) const;
  void add_indices(Result& out) const;
  void add_volumes(Result& out) const;
  void add_neighbours(Result& out) const;

  std::vector<std::string> centres_;
  std::vector<std::string> around_;
  double min_face_ = 0.01;
  double min_edge_ = 0.05;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  LabelSums indices_;  // "P|2 3 0 0"
};

}  // namespace vitrion
