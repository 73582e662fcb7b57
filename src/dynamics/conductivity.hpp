// Ionic conductivity: Nernst–Einstein and collective, and the Haven ratio, with errors.
//
//   σ_NE = Σ N q² D* / (V k_B T)             (each ion alone)
//   D_c  = slope of ⟨|Σ_i q_i Δr_i|²⟩ / (Σ N q²) over 2d,   σ_c = Σ N q² D_c / (V k_B T)
//   H_R  = D*/D_c = σ_NE/σ_c                 (independent ions: 1; inverse f = D_c/D*)
// Both slopes are the same linear combination of lags (diffusion.hpp), found for the single ions
// and weighted to the short lags: the collective MSD is that of one walker, noise at long lags. Its
// error is that of a Gaussian walker along three axes, Gaussian as a sum over many ions. The error
// of H_R allows for D* being part of D_c: for ions that are alike, cov(D*, D_c) = var(D_c)/(N H_R).
// Charges are formal ones by default. O(N T log T).
#pragma once

#include <map>

#include "dynamics/diffusion.hpp"

namespace vitrion {

/// Ions of one kind, as the conductivity counts them.
struct Carrier {
  std::string species;
  std::size_t begin = 0;  ///< within the store
  std::size_t end = 0;
  double charge_e = 0;
};

struct ConductivityEstimate {
  double D_star_cm2_s = 0;  ///< mean of D weighted with N q²
  double D_c_cm2_s = 0;
  double star_variance = 0;  ///< relative
  double c_variance = 0;
  double ratio_variance = 0;  ///< of D*/D_c and of D_c/D*
};

class ConductivityAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "conductivity"; }
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
  void choose_carriers(const Frame& first);

  std::optional<double> temperature_K_;
  std::map<std::string, double> charges_;
  std::vector<std::string> mobile_;
  std::string drift_ = "framework";
  WindowOptions window_;

  double temperature_here_K_ = 0;  // resolved by prepare
  std::vector<Carrier> carriers_;
  double carrier_mass_share_ = 0;
  DriftFrame frame_;
  DisplacementStore store_;
};

/// σ in mS/cm of carriers with Σ N q² (e²) in a volume, moving with D.
double conductivity_mS_cm(double n_q2_e2, double volume_A3, double D_cm2_s, double temperature_K);

}  // namespace vitrion
