// Static structure factors: Faber–Ziman partials, neutron and X-ray totals, and their agreement
// with a measured curve. Conventions in scattering_functions.hpp, methods in sq_sums.hpp.
//
// Xu & Xia's Eq. 7 and 8, with the self term of unlike pairs and the convention set right.
#pragma once

#include "structure/measured_curve.hpp"
#include "structure/sq_curves.hpp"

namespace vitrion {

class StructureFactorAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "structure_factor"; }
  [[nodiscard]] std::string summary() const override {
    return "structure factors S(q): partial, neutron and X-ray, by direct sum or transform of "
           "g(r); "
           "comparison with a measured curve";
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
    SqCurveSettings curves;
    std::optional<MeasuredCurve> measured;
  };
  [[nodiscard]] SqCurves curves(std::span<const double> counters) const;
  void add_tables(const SqCurves& mean, Result& out) const;
  void add_low_q(Result& out) const;
  void compare(const SqCurves& mean, Result& out) const;
  void add_plots(Result& out) const;
  void add_settings(Result& out) const;

  SqSettings sq_;
  ScattererSettings scattering_;
  std::optional<double> q_min_A_;
  double resolution_A_ = 0;
  std::string xray_norm_ = "average_squared";
  std::vector<std::string> conventions_;
  std::string compare_;
  std::string compare_as_ = "xray_S";
  std::shared_ptr<const Setup> setup_;
  std::unique_ptr<SqSums> sums_;
};

}  // namespace vitrion
