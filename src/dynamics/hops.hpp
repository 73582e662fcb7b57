// Hops of ions in a glass, which has no sites: found from the paths alone.
//
//   jumps        cage-jump functional over windows before and after (cage_jumps.hpp)
//   rate Γ       jumps per ion and time;  waiting time: between jumps of one ion
//   back jumps   share of jumps whose next one ends within a radius of where they began
//   D_jumps      Γ⟨ℓ²⟩/6: what the jumps give if each forgets the last
//   amplitude    √⟨|r − ⟨r⟩|²⟩ of ions at rest, about the mean over a window
//   attempts     band centre of the ions' velocity spectrum;  barrier = k_B T ln(ν/Γ)
//   moved        share of ions further than a distance from where they were a time before
//   strings, groups  jumps that replace one another or are near in space and time
//                    (jump_groups.hpp), beside what chance gives: the same jumps, times shuffled
// Attempt frequency and amplitude as in de Klerk, van der Maas & Wagemaker, ACS Appl. Energy Mater.
// 1, 3230 (2018), DOI 10.1021/acsaem.8b00457, but without sites.
// Memory: 12 bytes × ions × (two windows + 6 ps + points) frames, and 80 bytes a jump; the run is
// not held. O(ions) a frame, O(jumps²·τ/T) for strings.
#pragma once

#include "dynamics/block_correlator.hpp"
#include "dynamics/cage_jumps.hpp"
#include "dynamics/displacements.hpp"
#include "dynamics/time_origins.hpp"

namespace vitrion {

class HopsAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "hops"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, true, false, true}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override { store_.consume(view); }
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  void take(std::vector<float> row, double time_ps);
  void start(double dt_ps);
  void feed(std::vector<float> row);
  void close_stretch(BlockSums& blocks, CageJumps& detector, std::size_t& jumps,
                     std::size_t& moments) const;
  void add_rates(Result& out, const std::vector<Jump>& jumps, const BlockSums& blocks) const;
  void add_sequences(Result& out, const std::vector<Jump>& jumps) const;
  void add_attempts(Result& out) const;
  void add_moved(Result& out) const;
  void add_together(Result& out, std::vector<Jump> jumps) const;

  std::string species_;
  double window_ps_ = 1;
  double least_length_A_ = 1.5;
  double return_radius_A_ = 1;
  double string_time_ps_ = 1;
  double string_radius_A_ = 1;
  double group_distance_A_ = 4;
  std::vector<double> distances_A_{1, 2, 3, 4, 5};
  double max_time_ps_ = 20;
  long points_ = 20;
  std::string drift_ = "framework";
  std::optional<double> temperature_K_;

  std::string ion_;  // resolved by prepare
  std::optional<double> temperature_here_K_;
  Cell cell_;
  DriftFrame frame_;
  DisplacementStore store_;  // of a fork: its rows; of the whole: the plan alone

  double first_time_ps_ = 0;  // of the whole
  double dt_ps_ = 0;
  std::size_t frames_ = 0;
  std::size_t window_ = 0;
  std::vector<float> previous_;
  CageJumps detector_;
  BlockCorrelator correlator_;
  TimeOrigins<std::vector<float>> origins_;
  BlockSums blocks_;  // variance, its count, jumps, ions × time
  std::size_t blocked_jumps_ = 0;
  std::size_t blocked_moments_ = 0;
};

}  // namespace vitrion
