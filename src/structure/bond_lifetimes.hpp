// Lifetimes of bonds along a trajectory.
//
// With h(t) = 1 while a bond exists,
//   intermittent  C(t) = ⟨h(t₀) h(t₀+t)⟩ / ⟨h⟩          it exists again after t
//   continuous    S(t) = ⟨h(t₀) … h(t₀+t)⟩ / ⟨h⟩        it has not been broken in between
// (Luzar & Chandler, DOI 10.1038/379055a0), over all time origins. The lifetime is that of a
// constant rate, from breaks and the time that bonds were there to break: it needs no end of the
// decay and knows of bonds that outlive the run. Bonds are kept as intervals, so memory grows with
// the number of breaks, not of frames.
#pragma once

#include "analysis/analysis.hpp"
#include "structure/bond_intervals.hpp"
#include "structure/bonds.hpp"

namespace vitrion {

class BondLifetimeAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "bond_lifetimes"; }
  [[nodiscard]] std::string summary() const override {
    return "lifetimes of bonds, and how many are left or back after a time";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairTable table;
    BondCutoffs bonds;
    std::vector<bool> wanted;        // by pair of the table
    std::vector<std::size_t> pairs;  // those wanted
    std::vector<std::string> names;  // of them
    double tolerance_ps = 0;
  };
  [[nodiscard]] double dt_ps() const;

  std::map<std::string, double> cutoffs_;
  std::vector<std::string> pairs_;
  double tolerance_ps_ = 0;
  std::shared_ptr<const Setup> setup_;
  std::vector<BondIntervals> intervals_;  // of each wanted pair
  double first_ps_ = 0;
  double last_ps_ = 0;
};

}  // namespace vitrion
