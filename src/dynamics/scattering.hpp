// Intermediate scattering functions on shells of allowed wave vectors, their spectra, and
// relaxation times.
//
//   F_s,X(q,t) = ⟨exp(iq·[r_i(t0+t) − r_i(t0)])⟩ over atoms, origins, and vectors of the shell
//   F_AB(q,t)  = ⟨ρ_A(q,t0+t) ρ_B*(q,t0)⟩/√(N_A N_B), ρ_A(q) = Σ_{j∈A} exp(−iq·r_j): F(q,0) is the
//                Ashcroft–Langreth S_AB(q); `total` is ⟨ρρ*⟩/N with all atoms alike
//   S(q,ν)     = ∫ w(t) F(q,t) cos(2πνt) dt over all t: ∫ S dν over all ν is F(q,0)
// With `self: sphere` F_s is averaged over all directions: ⟨sin(qΔr)/(qΔr)⟩ at the shell's mean
// |q|, less noisy and much faster. Relaxation: the time at which F/F(0) has fallen to 1/e, and a
// stretched exponential (relaxation.hpp). Hansen & McDonald, Theory of Simple Liquids, ch. 7.
// Errors: jackknife over blocks of time origins. Memory: (points + 1) frames of 12 bytes × atoms,
// not the run. O(N · vectors · points) a used frame.
#pragma once

#include "dynamics/displacements.hpp"
#include "dynamics/spectrum.hpp"
#include "dynamics/time_origins.hpp"
#include "dynamics/wave_vectors.hpp"

namespace vitrion {

class ScatteringAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "scattering_function"; }
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
    std::vector<float> path;                // of the store's atoms
    std::vector<std::complex<double>> rho;  // of each species, at each vector
  };

 private:
  /// A curve for each shell: F_s of a species, F of a pair, or the total.
  struct Curve {
    std::string table;
    std::string title;
    bool self = false;
    std::vector<std::size_t> columns;  // within the sums, of the first shell
    std::vector<double> weights;
  };
  void visit(std::size_t lag, const Moment& origin, const Moment& later,
             std::span<double> sums) const;
  void add_self(const Moment& origin, const Moment& later, std::span<double> sums) const;
  [[nodiscard]] std::vector<Curve> curves() const;
  [[nodiscard]] std::size_t last_lag() const;
  void add_curve(Result& out, const Curve& curve, const BlockSums& sums) const;

  std::vector<double> q_{0.6, 1.0, 1.5, 2.0, 2.5, 3.0};
  double width_ = 0.1;
  long vectors_ = 24;
  double max_time_ps_ = 20;
  long points_ = 50;
  std::string self_ = "vectors";
  std::string window_ = "hann";
  std::string drift_ = "cell";
  std::vector<std::string> species_;

  WaveVectors waves_;  // resolved by prepare
  std::vector<double> empty_shells_;
  DriftFrame frame_;
  DisplacementStore store_;      // of a fork: its rows; of the whole: the plan alone
  std::vector<Moment> moments_;  // of a fork
  TimeOrigins<Moment> origins_;  // of the whole
  double least_volume_A3_ = 0;
  double most_volume_A3_ = 0;
};

}  // namespace vitrion
