// Powder X-ray diffraction: the intensity of an atom, in electron units, against the angle 2θ.
//
//   I(q) = Σ c_α f_α² + Σ c_α c_β f_α f_β exp(−(B_α + B_β) q²/16π²) (S_αβ(q) − 1),  q = 4π sin θ/λ
//
// (Debye, DOI 10.1002/andp.19153510606, with the Debye–Waller factor on the distinct part). S comes
// from the reciprocal vectors of the cell or from g(r), as in structure_factor. `bragg` is for
// crystals: the vectors are lines whose multiplicity counts, I(q) = (8π³/V) Σ_G I_G δ(q −
// G)/(4πq²), which brings the Lorentz factor 1/(sin² θ cos θ) by itself.
#pragma once

#include "structure/scatterers.hpp"
#include "structure/sq_sums.hpp"

namespace vitrion {

class XrdAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "xrd"; }
  [[nodiscard]] std::string summary() const override {
    return "powder X-ray diffraction, intensity against 2 theta, of glasses and crystals";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override { sums_->consume(view); }
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    Scatterers scatterers;
    Eigen::VectorXd b_A2;
    std::vector<double> two_theta_deg;
  };
  /// A bin of q with its intensity; for crystals a line with its integral over 2θ.
  struct Point {
    double q_A = 0;
    double two_theta_deg = 0;
    double intensity = 0;
    double weight = 0;
  };
  [[nodiscard]] std::vector<Point> points(std::span<const double> counters) const;
  [[nodiscard]] std::vector<double> pattern(const std::vector<Point>& points) const;
  [[nodiscard]] double two_theta_deg(double q_A) const;
  [[nodiscard]] double factor(double two_theta_deg) const;
  void add_lines(Result& out) const;
  void add_settings(Result& out) const;

  SqSettings sq_;
  ScattererSettings scattering_;
  std::string method_ = "direct";
  double wavelength_A_ = 1.5406;
  double from_deg_ = 5;
  double to_deg_ = 90;
  double step_deg_ = 0.05;
  double fwhm_deg_ = 0.5;
  bool polarisation_ = true;
  std::optional<double> monochromator_deg_;
  bool lorentz_ = false;
  std::map<std::string, double> b_A2_;
  std::shared_ptr<const Setup> setup_;
  std::unique_ptr<SqSums> sums_;
};

}  // namespace vitrion
