// Onsager matrix of all species, and transference numbers, from collective displacements.
//
//   L_ab = 1/(6 V k_B T) · d/dt ⟨ΔR_a·ΔR_b⟩,  R_a = Σ_{i∈a} r_i in the drift frame (Einstein)
//   σ_ab = q_a q_b L_ab,  σ = Σ_ab σ_ab,  t_a = Σ_b σ_ab / σ
// Fong, Self, McCloskey & Persson, Macromolecules 54, 2575 (2021). All slopes are one linear
// combination of lags, found for the mobile ions (diffusion.hpp), so that σ of the carriers is the
// σ_c of `conductivity`. Errors: collective coordinates are Gaussian walkers with overlapping
// origins,
//   cov(L_ab, L_cd) = ρ/2 (L_ac L_bd + L_ad L_bc), ρ the relative variance of one walker's slope.
// Memory: 12 bytes × mobile ions × frames (for the window), and 24 × species × frames.
#pragma once

#include <map>

#include "dynamics/charges.hpp"
#include "dynamics/diffusion.hpp"

namespace vitrion {

class OnsagerAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "onsager"; }
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
  struct Group {
    std::string name;
    std::vector<std::size_t> atoms;
    double charge_e = 0;
  };

  std::string drift_ = "framework";
  std::vector<std::string> mobile_;
  std::map<std::string, double> charges_;
  std::optional<double> temperature_K_;
  WindowOptions window_;

  double temperature_here_K_ = 0;  // resolved by prepare
  std::vector<Group> groups_;
  AtomCharges charge_;
  DriftFrame frame_;
  DisplacementStore store_;               // the mobile ions
  std::vector<std::vector<Vec3>> paths_;  // R of each group by frame, less where it began
};

}  // namespace vitrion
