// Total pair functions as diffraction gives them: neutron- and X-ray-weighted g(r), D(r), T(r).
//
//   g_w(r) = Σ c_α c_β w_α w_β g_αβ(r) / ⟨w⟩²,  D(r) = 4πrρ (g_w − 1),  T(r) = 4πrρ g_w
//   G(r) = Σ c_α c_β w_α w_β (g_αβ − 1) in barn (Keen, DOI 10.1107/S0021889800019993)
//
// w is the neutron length, or the number of electrons, for which X-ray form factors stand at q = 0.
// Broadening acts on D(r): by a Gaussian, by what a measurement up to q_max does (the peak function
// ∫ M(q) cos(qr) dq/π with Lorch's M or none), or both. O(N) a frame.
#pragma once

#include "structure/measured_curve.hpp"
#include "structure/pair_distribution.hpp"
#include "structure/scatterers.hpp"

namespace vitrion {

/// ∫₀^q_max M(q) exp(−σ²q²/2) cos(qx) dq/π; without q_max (infinite) a Gaussian of σ > 0.
double peak_function(double x_A, double sigma_A, double q_max_A, Window window);

/// D(r) at bin centres, convoluted with P(r − r') − P(r + r'): odd, as D is.
class PeakBroadening {
 public:
  PeakBroadening(std::size_t bins, double width_A, double sigma_A, double q_max_A, Window window);
  [[nodiscard]] std::vector<double> operator()(std::span<const double> d_r) const;

 private:
  std::size_t bins_;
  std::vector<double> peak_;  // P at multiples of the width, times it
};

class TotalCorrelationAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "total_correlation"; }
  [[nodiscard]] std::string summary() const override {
    return "total g(r), D(r), T(r) weighted for neutrons and X-rays, broadened as measured; "
           "comparison with a measured curve";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairDistributionSetup g;
    Scatterers scatterers;
    Eigen::VectorXd electrons;  // empty where not known
    std::optional<PeakBroadening> broadening;
    std::optional<MeasuredCurve> measured;
  };
  [[nodiscard]] std::vector<Column> curves(std::span<const double> counters) const;
  void add_weighted(std::span<const double> counters, const std::string& probe,
                    const Eigen::VectorXd& weight, std::vector<Column>& out) const;
  void compare(Result& out) const;
  [[nodiscard]] double number_density() const;

  std::optional<double> r_max_A_;
  double bin_A_ = 0.02;
  double sigma_A_ = 0;
  std::optional<double> q_max_A_;
  std::string window_ = "none";
  ScattererSettings scattering_;
  std::string compare_;
  std::string compare_as_ = "neutron_T";
  std::shared_ptr<const Setup> setup_;
  std::optional<PairDistribution> sums_;
  double volume_ = 0;
};

}  // namespace vitrion
