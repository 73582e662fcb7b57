// Jumps of ions between the sites of a crystal: occupations, rates by class of site, correlation.
//
//   sites        of a reference structure, or the maxima of the ions' density (site_lattice.hpp)
//   classes      species names of the reference where its sites have several ("Li1", "X" …), else
//                the anions around a site ("ClS3")
//   occupancy    ions that belong to a site, mean over time; an ion belongs to the last site whose
//                core it entered
//   rates        Γ_ab = jumps from a to b / time that ions spent in a; Poisson errors, and the 95 %
//                bound where there is none;  residence time of a: time in a / jumps out of a
//   barriers     k_B T ln(ν/Γ), ν the band centre of the ions' velocity spectrum, or given
//   f, f_c, H_R  jump_correlation.hpp
// Positions are fractions of each frame's cell, drift taken out, so a breathing cell does no harm.
// Memory: 12 bytes × ions × frames. After de Klerk, van der Maas & Wagemaker, ACS Appl. Energy
// Mater. 1, 3230 (2018), DOI 10.1021/acsaem.8b00457.
#pragma once

#include <optional>

#include "dynamics/displacements.hpp"
#include "dynamics/site_lattice.hpp"

namespace vitrion {

class SitesAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "sites"; }
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
  struct Sites {
    std::vector<Vec3> fractions;
    std::vector<std::string> names;  ///< of the reference's species; empty: found from the density
  };
  struct Classes {
    std::vector<std::string> names;
    std::vector<std::size_t> of;  ///< by site
  };
  [[nodiscard]] Sites given(const Cell& cell) const;
  [[nodiscard]] Sites found(const Cell& cell) const;
  [[nodiscard]] Classes classes(const SiteLattice& lattice, const Sites& sites) const;
  [[nodiscard]] Estimate attempts(const Cell& cell) const;
  void add_occupation(Result& out, const SiteLattice& lattice, const SiteTracker& seen,
                      const Classes& classes) const;
  void add_rates(Result& out, const SiteTracker& seen, const Classes& classes,
                 const Estimate& attempts) const;
  void add_correlation(Result& out, const SiteTracker& seen) const;
  void add_stays(Result& out, const SiteTracker& seen, const Classes& classes) const;

  std::string species_;
  std::string reference_;
  std::vector<std::string> site_species_;
  double core_A_ = 0.8;
  double smoothing_A_ = 0.35;
  double separation_A_ = 1.2;
  double least_density_ = 0.05;
  long correlated_jumps_ = 10;
  std::optional<double> attempt_THz_;
  std::optional<double> temperature_K_;
  std::string drift_ = "framework";

  std::string ion_;  // resolved by prepare
  std::optional<double> temperature_here_K_;
  DriftFrame frame_;
  DisplacementStore store_;  // its plan alone
  std::vector<std::size_t> others_;
  std::vector<std::string> other_names_;
  std::vector<Vec3> other_start_;  // fractions

  std::vector<std::vector<float>> rows_;  // fractions of the ions
  std::vector<Vec3> other_sum_;           // of the steps of others from where they began, fractions
  Mat3 cell_sum_ = Mat3::Zero();
  std::vector<double> times_ps_;
};

}  // namespace vitrion
