// What a model must obey beside the data, each as a penalty that is 0 where it is satisfied.
//
// Penalties are kept move by move: after NearAtoms::apply, a constraint looks only at the atoms
// whose neighbours changed. A hard constraint refuses every move that raises its penalty; a soft
// one adds weight × penalty to what is minimised; one with a width of its own adds its penalty to
// the exponent of the acceptance as it is, whatever T_χ.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "rmc/near_atoms.hpp"
#include "structure/pairs.hpp"

namespace vitrion::rmc {

/// A line of the table of constraints: what was asked, what is.
struct ConstraintValue {
  std::string what;
  double target = 0;
  double value = 0;
};

class Constraint {
 public:
  Constraint(std::string name, double weight, bool hard)
      : name_(std::move(name)), weight_(weight), hard_(hard) {}
  virtual ~Constraint() = default;

  /// Longest distances it looks at.
  virtual void widen(PairDistances& listed) const = 0;
  /// From scratch.
  virtual void reset(const NearAtoms& near) = 0;
  /// The penalty with the lists as apply() left them.
  virtual double propose(const NearAtoms& near) = 0;
  virtual void accept() = 0;
  virtual void reject() = 0;
  [[nodiscard]] virtual double penalty() const = 0;
  [[nodiscard]] virtual std::vector<ConstraintValue> values() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Constraint> clone() const = 0;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] double weight() const { return weight_; }
  [[nodiscard]] bool hard() const { return hard_; }
  /// The penalty is −ln of a probability: it belongs beside ΔC/T_χ, not into C.
  [[nodiscard]] virtual bool is_exponent() const { return false; }
  /// Atoms that break it as they stand in `near`, where it can tell.
  [[nodiscard]] virtual std::vector<std::uint32_t> offenders(const NearAtoms& /*near*/) const {
    return {};
  }

 private:
  std::string name_;
  double weight_;
  bool hard_;
};

/// A constraint that is a sum over centres of a value each, or counts centres by class.
template <class Value>
class CentreConstraintOf : public Constraint {
 public:
  using Constraint::Constraint;
  void reset(const NearAtoms& near) override {
    value_.assign(near.atoms(), Value{});
    undo_.clear();
    clear_totals();
    centres_ = 0;
    for (std::size_t i = 0; i < near.atoms(); ++i) {
      if (!is_centre(near.group(i))) continue;
      centres_ += 1;
      value_[i] = evaluate(near, i);
      tally(value_[i], 1);
    }
    penalty_ = penalty_of_totals();
  }
  double propose(const NearAtoms& near) override {
    undo_.clear();
    before_ = penalty_;
    for (const auto i : near.changed()) {
      if (!is_centre(near.group(i))) continue;
      const Value now = evaluate(near, i);
      if (now == value_[i]) continue;
      undo_.emplace_back(i, value_[i]);
      tally(value_[i], -1);
      tally(now, 1);
      value_[i] = now;
    }
    if (!undo_.empty()) penalty_ = penalty_of_totals();
    return penalty_;
  }
  void accept() override { undo_.clear(); }
  void reject() override {
    for (const auto& [i, old] : undo_) {
      tally(value_[i], -1);
      tally(old, 1);
      value_[i] = old;
    }
    undo_.clear();
    penalty_ = before_;
  }
  [[nodiscard]] double penalty() const override { return penalty_; }

 protected:
  [[nodiscard]] virtual bool is_centre(std::size_t group) const = 0;
  [[nodiscard]] virtual Value evaluate(const NearAtoms& near, std::size_t centre) const = 0;
  /// Takes one centre's value out of, or into, the totals.
  virtual void tally(const Value& value, int sign) = 0;
  virtual void clear_totals() = 0;
  [[nodiscard]] virtual double penalty_of_totals() const = 0;
  double centres_ = 0;

 private:
  std::vector<Value> value_;
  std::vector<std::pair<std::uint32_t, Value>> undo_;
  double penalty_ = 0;
  double before_ = 0;
};
using CentreConstraint = CentreConstraintOf<double>;

/// `coordination:` shares of centres with n neighbours between two distances, or their mean number.
struct CoordinationSettings {
  std::string centre, neighbor;
  std::vector<double> distance_A{0, 2.6};
  std::map<std::string, double> shares;  ///< "4": 0.9
  std::optional<double> mean;
  std::optional<double> number;  ///< of each centre: adds the mean of (n − number)²
  double weight = 1;
  bool hard = false;
  Schema schema();
};
std::unique_ptr<Constraint> make_coordination(const CoordinationSettings& s, const PairTable& t);

/// `bonds:` length of a pair within a distance: ½ Σ ((r − length)/width)² over bonds in the
/// exponent of the acceptance, so that without data they would spread by `width`; or, with a
/// weight, the mean over centres of Σ ((r − length)/width)² in C.
struct BondSettings {
  std::string pair;
  double cutoff_A = 2.6, length_A = 2.05, width_A = 0.1;
  std::optional<double> weight;
  Schema schema();
};
std::unique_ptr<Constraint> make_bond(const BondSettings& s, const PairTable& t);

/// `angles:` A–B–C over neighbours of B within two distances, in the same two ways: ½ Σ
/// ((θ − angle)/width)² over angles, or a weight times the mean.
struct AngleSettings {
  std::string angle;  ///< "S-P-S"
  double cutoff_A = 2.6;
  double degrees = 109.47, width_deg = 5;
  std::optional<double> weight;
  Schema schema();
};
std::unique_ptr<Constraint> make_angle(const AngleSettings& s, const PairTable& t);

/// `bond_valence:` mean of (Σ exp((R₀ − r)/b) − valence)² (Brown & Altermatt,
/// DOI 10.1107/S0108768185002063).
struct ValenceSettings {
  std::string atom;
  std::map<std::string, double> r0_A;  ///< by neighbour
  double b_A = 0.37, cutoff_A = 4, valence = 1;
  double weight = 1e-2;
  Schema schema();
};
std::unique_ptr<Constraint> make_valence(const ValenceSettings& s, const PairTable& t);

/// `keep_bonds:` neighbours that the starting model has within a distance stay within it (hard).
std::unique_ptr<Constraint> make_keep(const std::map<std::string, double>& bonds,
                                      const PairTable& t);

/// `units:` the network as tetrahedra: shares of formers in XA4 (alone), X2A7 (by one bridging
/// anion), X2A6 (by a bond between formers), and in Qn (n bridging anions, no former–former bond);
/// anions with no, one, two formers ("bridging": exactly two formers; none with more); formers that
/// share an edge.
struct UnitSettings {
  std::string former = "P", anion = "S";
  double cutoff_A = 2.6;
  double former_cutoff_A = 2.6;          ///< former–former bond; 0: none
  std::map<std::string, double> shares;  ///< of formers: "PS4": 0.7; also "Q0" … "Q4"
  bool share_edges = false;              ///< whether formers may share two anions
  double weight = 1;
  bool hard = false;
  Schema schema();
};
std::unique_ptr<Constraint> make_units(const UnitSettings& s, const PairTable& t);

}  // namespace vitrion::rmc
