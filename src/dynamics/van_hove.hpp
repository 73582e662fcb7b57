// Van Hove functions: where atoms are a time t after the origin, themselves and one another.
//
//   G_s,X(r,t)  = ⟨Σ_{i∈X} δ(r − |r_i(t0+t) − r_i(t0)|)⟩ / (4πr² N_X),     ∫ 4πr² G_s dr = 1
//   G_d,AB(r,t) = V/(N_A N'_B) ⟨Σ_{i∈A} Σ_{j∈B, j≠i} δ(r − |r_j(t0+t) − r_i(t0)|)⟩ / 4πr²,
//                 N'_B = N_B − δ_AB: 1 where there is no order, g_AB(r) at t = 0
//   α₂,X(t)     = 3⟨Δr⁴⟩ / (5⟨Δr²⟩²) − 1 (0 for Gaussian displacements)
// Van Hove, Phys. Rev. 95, 249 (1954), DOI 10.1103/PhysRev.95.249; Rahman, Phys. Rev. 136, A405
// (1964), DOI 10.1103/PhysRev.136.A405. Exact shell volumes. r_j(t0+t) of the distinct part is
// r_j(t0) plus j's unwrapped displacement, in the cell of the origin: a breathing cell adds
// nothing. Errors: jackknife over blocks of time origins. Memory: (points + 1) frames of chosen
// atoms (36 bytes each), not the run. O(N · points) a used frame for G_s, O(N · points · neighbours
// within r_max) for G_d.
#pragma once

#include "dynamics/displacements.hpp"
#include "dynamics/time_origins.hpp"

namespace vitrion {

class VanHoveAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "van_hove"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override { return {0, true, false, true}; }
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

  /// What is kept of a frame.
  struct Moment {
    std::vector<float> path;     // of the store's atoms, Å from where each began
    std::vector<Vec3> position;  // the same atoms, as in the frame; empty without distinct pairs
    Cell cell;
  };

 private:
  struct Pair {
    std::string name;
    std::size_t a = 0, b = 0;  // ranges of the store
  };
  void choose_pairs(const Frame& first);
  void visit(std::size_t lag, const Moment& origin, const Moment& later,
             std::span<double> sums) const;
  void add_self(Result& out, const BlockSums& sums) const;
  void add_gaussian(Result& out, const BlockSums& sums) const;
  void add_distinct(Result& out, const BlockSums& sums) const;
  [[nodiscard]] std::size_t self_at(std::size_t range) const { return range * (bins_ + 2); }
  [[nodiscard]] std::size_t pair_at(std::size_t pair) const {
    return self_at(store_.ranges().size()) + pair * bins_;
  }
  /// f at each lag from `first`, with its jackknife error.
  [[nodiscard]] std::vector<Estimate> at_lags(
      const BlockSums& sums, std::size_t first,
      const std::function<double(std::span<const double>)>& f) const;
  [[nodiscard]] std::size_t last_lag() const;
  [[nodiscard]] std::vector<std::size_t> shown_lags() const;
  [[nodiscard]] double shell_A3(std::size_t bin) const;

  double max_time_ps_ = 20;
  long points_ = 40;
  double r_max_A_ = 10;
  double bin_A_ = 0.05;
  std::string form_ = "radial";
  std::string drift_ = "cell";
  double refill_radius_A_ = 0.8;
  std::vector<std::string> species_;
  std::vector<std::string> pairs_;

  std::size_t bins_ = 0;  // resolved by prepare
  std::vector<Pair> pairs_here_;
  std::string no_pairs_;  // why there is no distinct part
  DriftFrame frame_;
  DisplacementStore store_;      // of a fork: its rows; of the whole: the plan alone
  std::vector<Moment> moments_;  // of a fork
  TimeOrigins<Moment> origins_;  // of the whole
  double volume_sum_A3_ = 0;
  std::size_t frames_ = 0;
};

}  // namespace vitrion
