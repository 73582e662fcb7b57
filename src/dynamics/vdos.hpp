// Vibrational density of states of each species, and the spectrum of the charge current.
//
//   C_X(t) = Σ_{i∈X} ⟨v_i(t0)·v_i(t0+t)⟩ over all time origins; by FFT (block_correlator.hpp)
//   g_X(ν) = 12 N_X ∫₀^∞ w(t) C_X(t)/C_X(0) cos(2πνt) dt, so that ∫ g_X dν = 3 N_X
//   ν_c,X  = ∫ ν g_X dν / ∫ g_X dν over ν > 0 (the band centre)
//   σ(ν)   = 1/(3 V k_B T) ∫₀^∞ w(t) ⟨J(t0)·J(t0+t)⟩ cos(2πνt) dt, J = Σ_i q_i v_i (its real part)
// Without velocities, differences of positions stand in: v(t+Δt/2) = (r(t+Δt) − r(t))/Δt, whose
// response sinc²(πνΔt) is divided out. Dickey & Paskin, Phys. Rev. 188, 1407 (1969), DOI
// 10.1103/PhysRev.188.1407. Errors: jackknife over blocks of time origins.
// Memory: 12 bytes × atoms × 1.5 × max_time/Δt; the run is never held. O(N log(max_time/Δt)) a
// frame.
#pragma once

#include <map>

#include "dynamics/block_correlator.hpp"
#include "dynamics/charges.hpp"
#include "dynamics/displacements.hpp"

namespace vitrion {

class VdosAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "vdos"; }
  [[nodiscard]] Subject subject() const override { return Subject::transport; }
  [[nodiscard]] std::string summary() const override;
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  void take(std::vector<float> row, const Vec3& current, double time_ps);
  [[nodiscard]] double weight_of(std::size_t range) const;

  double max_time_ps_ = 4;
  std::string window_ = "hann";
  bool mass_weighted_ = true;
  std::string drift_ = "cell";
  std::vector<std::string> species_;
  std::map<std::string, double> charges_;
  std::optional<double> temperature_K_;

  bool from_velocities_ = false;    // resolved by prepare
  std::vector<double> masses_amu_;  // of the ranges
  AtomCharges charge_;
  DriftFrame frame_;
  std::optional<double> temperature_here_K_;
  DisplacementStore store_;     // of a fork: its rows; of the whole: the plan alone
  std::vector<Vec3> currents_;  // of a fork: Σ q v, or Σ q Δr

  BlockCorrelator correlator_;  // of the whole
  std::vector<float> previous_;
  Vec3 previous_current_ = Vec3::Zero();
  double first_time_ps_ = 0;
  double dt_ps_ = 0;
  double volume_sum_A3_ = 0;
  std::size_t frames_ = 0;
  std::vector<std::pair<std::vector<float>, Vec3>> waiting_;  // until the time step is known
};

}  // namespace vitrion
