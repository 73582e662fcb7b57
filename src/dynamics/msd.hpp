// Mean square displacement of each species, single and collective, and self-diffusion.
//
//   msd_X(t) = ⟨|r_i(t0+t) − r_i(t0)|²⟩ over ions and all origins, Å²;  D_X = slope/(2d), d = 3
//   collective_msd_X(t) = ⟨|Σ_i Δr_i|²⟩/N
// Window, slope and errors: diffusion.hpp. Regimes and the non-Gaussian parameter: regimes.hpp.
// Memory: displacements.hpp. O(N T log T).
#pragma once

#include "dynamics/diffusion.hpp"

namespace vitrion {

class MsdAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "msd"; }
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
  std::string drift_ = "cell";
  std::vector<std::string> species_;
  std::vector<std::string> mobile_;
  WindowOptions window_;

  std::vector<std::string> mobile_here_;  // resolved by prepare
  DriftFrame frame_;
  DisplacementStore store_;
};

/// Parameters fit_from, fit_to and hop_length, shared by all analyses that fit a diffusivity.
void add_window_parameters(Schema& schema, WindowOptions& window);

}  // namespace vitrion
