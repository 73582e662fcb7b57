// Ionic conductivity from the current of the carriers (Green–Kubo).
//
//   σ(ν) = 1/(3 V k_B T) ∫₀^∞ w(t) ⟨J(t0)·J(t0+t)⟩ cos(2πνt) dt,  J = Σ_i q_i v_i of the carriers
//   in the drift frame; its real part, classical; σ = σ(0) with w = 1 (w: a lag window,
//   spectrum.hpp)
// `sigma_gk` is the zero-frequency power of J by cepstral analysis (cepstral.hpp), which needs no
// cut-off time and has an error of its own; the running integral is in the table beside it. Equal
// to the collective conductivity of `conductivity` (Einstein) in the limit of long runs.
// Differences of positions stand in for velocities: at zero frequency that is exact, beyond it
// their response sinc²(πνΔt) is divided out. Errors of the curves: jackknife over blocks of time.
// Memory: 24 bytes a frame. O(T log T).
#pragma once

#include "dynamics/block_correlator.hpp"
#include "dynamics/charges.hpp"
#include "dynamics/displacements.hpp"

namespace vitrion {

class GreenKuboAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "green_kubo"; }
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
  /// Running integral and spectrum of the current at steps Δt; `unit` makes mS/cm of ∫⟨jj⟩dt.
  void add_curves(Result& out, const std::vector<Vec3>& j, double dt, double unit) const;

  double max_time_ps_ = 5;
  std::string window_ = "hann";
  double highest_THz_ = 5;
  std::string drift_ = "framework";
  std::vector<std::string> mobile_;
  std::map<std::string, double> charges_;
  std::optional<double> temperature_K_;

  bool from_velocities_ = false;  // resolved by prepare
  double temperature_here_K_ = 0;
  std::vector<double> charge_e_;  // of each atom; 0 where it is no carrier
  std::string carriers_;
  AtomCharges charge_;
  DriftFrame frame_;
  DisplacementStore store_;  // its plan: the frame of reference

  std::vector<Vec3> current_;  // Σ q v, or Σ q Δr
  std::vector<double> times_ps_;
  double volume_sum_A3_ = 0;
};

}  // namespace vitrion
