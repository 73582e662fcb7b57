// A classical potential (potential/classical_form.hpp) of a model that moves atom by atom.
//
// Pair terms come from cubic Hermite tables over r² (to 1e-8 of the term above 1 Å), three-body
// terms are kept by centre, Coulomb's long-range part by its waves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rmc/ewald_waves.hpp"
#include "rmc/move_energy.hpp"
#include "rmc/site_grid.hpp"

namespace vitrion::rmc {

/// What does not change: tables and constants by kind of atom.
class ClassicalTerms {
 public:
  ClassicalTerms(const ClassicalForm& form, const std::vector<std::string>& elements);

  struct ThreeBody {
    std::size_t ends;
    double strength, cosine, cutoff;
  };
  /// Pair energy with the real part of Ewald's sum, eV.
  [[nodiscard]] double pair(std::size_t a, std::size_t b, double r2) const {
    if (r2 >= cutoff2_) return 0;
    if (r2 < core2) return overlap_eV;
    const double x = r2 * per_step_;
    const auto k = static_cast<std::size_t>(x);
    const double t = x - static_cast<double>(k);
    const Knot* knot = knots_.data() + (a * kinds_ + b) * (tabulated + 1) + k;
    const double u = 1 - t;
    return u * u * ((1 + 2 * t) * knot[0].value + t * knot[0].slope) +
           t * t * ((3 - 2 * t) * knot[1].value - u * knot[1].slope);
  }
  /// The same without a table.
  [[nodiscard]] double exact_pair(std::size_t a, std::size_t b, double r) const;
  [[nodiscard]] double charge(std::size_t kind) const { return charge_[kind]; }
  [[nodiscard]] bool charged() const { return charged_; }
  [[nodiscard]] double alpha_A1() const { return alpha_; }
  [[nodiscard]] const std::vector<ThreeBody>& three_body(std::size_t centre) const {
    return three_[centre];
  }
  [[nodiscard]] double cutoff_A() const { return cutoff_; }
  /// Longest three-body distance; 0 without such terms.
  [[nodiscard]] double three_body_cutoff_A() const { return three_cutoff_; }
  [[nodiscard]] const std::string& name() const { return form_.name; }

  static constexpr double precision = 3.2;   // exp(−precision²) is left out at both ends
  static constexpr double overlap_eV = 1e6;  // of atoms nearer than half an ångström
  static constexpr double core2 = 0.25;

 private:
  struct Knot {
    double value, slope;
  };
  static constexpr std::size_t tabulated = 8192;

  ClassicalForm form_;
  std::vector<std::string> names_;
  std::size_t kinds_;
  std::vector<double> charge_;
  bool charged_ = false;
  double alpha_ = 0;
  double cutoff_ = 0;
  double cutoff2_ = 0;
  double three_cutoff_ = 0;
  double per_step_ = 0;
  std::vector<Knot> knots_;
  std::vector<std::vector<ThreeBody>> three_;
};

class ClassicalEnergy final : public MoveEnergy {
 public:
  ClassicalEnergy(const ClassicalForm& form, const Structure& structure);

  void reset(const Cell& cell, std::span<const Site> sites) override;
  double propose(std::span<const AtomMove> moves) override;
  void accept() override;
  void reject() override;
  [[nodiscard]] double total_eV() const override { return total_; }
  [[nodiscard]] double reach_A() const override { return grid_.longest_A(); }
  [[nodiscard]] bool costly() const override { return false; }
  [[nodiscard]] std::unique_ptr<MoveEnergy> clone() const override {
    return std::make_unique<ClassicalEnergy>(*this);
  }
  [[nodiscard]] const ClassicalTerms& terms() const { return *terms_; }

 private:
  struct End {
    Vec3 vector;
    double distance;
  };
  [[nodiscard]] double pairs_of(std::uint32_t atom, const Site& at) const;
  [[nodiscard]] double centre(std::uint32_t atom);
  void note_centres(std::uint32_t atom, const Site& at);

  std::shared_ptr<const ClassicalTerms> terms_;
  std::vector<std::uint16_t> kind_;
  std::vector<double> charge_;
  SiteGrid grid_;
  EwaldWaves waves_;
  std::vector<double> centre_energy_;
  double total_ = 0;

  std::vector<std::uint8_t> moved_, noted_;
  std::vector<AtomMove> moves_, back_;
  std::vector<std::uint32_t> centres_;
  std::vector<double> centre_before_;
  std::vector<End> ends_;
  double change_ = 0;
};

}  // namespace vitrion::rmc
