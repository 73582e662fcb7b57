// Speciation: which units (units.hpp) the network formers of a glass are in, and in what shares.
//
// For Li2S–P2S5: PS4 3-, P2S7 4-, P2S6 4-, free sulfide, polysulfides, and the Q classes by
// bridging anions; for any of the formers P, Si, Ge, B, Sn, As, Sb with the anions S, Se, O, Te.
// O(N) a frame.
#pragma once

#include <map>

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/network_roles.hpp"
#include "structure/unit_example.hpp"

namespace vitrion {

class SpeciationAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "speciation"; }
  [[nodiscard]] std::string summary() const override {
    return "units of network formers and anions (PS4, P2S7, P2S6 ...), free and bridging anions";
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
    std::vector<Part> part;
    std::vector<std::string> main;  // units with a scalar of their own: PS4, P2S7, P2S6
    std::vector<double> main_of;    // atoms of formers with that label, for each
    std::vector<std::size_t> anions;
    double formers = 0;  // atoms

    // Counters: formers in each main unit; of each Q class; with a former–former bond; then for
    // each anion species those free, bridging, and bonded to another anion.
    static constexpr std::size_t classes = 5;
    [[nodiscard]] std::size_t q(std::size_t n) const { return main.size() + n; }
    [[nodiscard]] std::size_t bonded_formers() const { return q(classes); }
    [[nodiscard]] std::size_t anion(std::size_t k) const { return bonded_formers() + 1 + 3 * k; }
    [[nodiscard]] std::size_t size() const { return anion(anions.size()); }
  };
  struct Tally {
    double units = 0;
    double formers = 0;
    double anions = 0;
    bool usual = true;
    UnitExample example;
  };

  void add_scalars(Result& out) const;
  void add_table(Result& out) const;

  std::map<std::string, double> cutoffs_;
  std::vector<std::string> formers_;
  std::vector<std::string> anions_;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  std::map<std::string, Tally> tallies_;
};

}  // namespace vitrion
