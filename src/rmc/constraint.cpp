#include "rmc/constraint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "structure/bonds.hpp"

namespace vitrion::rmc {

namespace {

constexpr std::size_t most_neighbors = 16;  // more are counted as this many

class Coordination : public CentreConstraint {
 public:
  Coordination(const CoordinationSettings& s, const PairTable& t)
      : CentreConstraint(fmt::format("coordination {}>{}", s.centre, s.neighbor), s.weight, s.hard),
        centre_(t.group(s.centre)),
        neighbor_(t.group(s.neighbor)),
        low_(s.distance_A[0]),
        high_(s.distance_A[1]),
        mean_(s.mean),
        number_(s.number),
        label_(fmt::format("{}>{}", s.centre, s.neighbor)) {
    for (const auto& [n, share] : s.shares) {
      const long number = parse_integer(n);
      if (number < 0 || number > static_cast<long>(most_neighbors)) {
        throw InputError(
            fmt::format("coordination {}: {} neighbours cannot be asked for: give 0 "
                        "to {}",
                        label_, n, most_neighbors));
      }
      shares_.emplace_back(static_cast<std::size_t>(number), share);
    }
  }
  void widen(PairDistances& listed) const override { listed.widen(centre_, neighbor_, high_); }
  [[nodiscard]] std::vector<ConstraintValue> values() const override {
    std::vector<ConstraintValue> out;
    for (const auto& [n, share] : shares_) {
      out.push_back({fmt::format("share of {} with {} neighbours", label_, n), share,
                     count_[n] / std::max(1.0, centres_)});
    }
    if (mean_) out.push_back({fmt::format("mean {}", label_), *mean_, mean()});
    if (number_) {
      const auto n = static_cast<std::size_t>(std::lround(*number_));
      const bool whole = std::abs(*number_ - static_cast<double>(n)) < 1e-9 && n <= most_neighbors;
      if (whole) {
        out.push_back({fmt::format("share of {} with {} neighbours", label_, n), 1,
                       count_[n] / std::max(1.0, centres_)});
      }
      out.push_back({fmt::format("mean {}", label_), *number_, mean()});
    }
    return out;
  }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<Coordination>(*this);
  }

 protected:
  [[nodiscard]] bool is_centre(std::size_t group) const override { return group == centre_; }
  [[nodiscard]] double evaluate(const NearAtoms& near, std::size_t i) const override {
    std::size_t n = 0;
    for (const Near& x : near.of(i)) {
      if (near.group(x.atom) == neighbor_ && x.distance >= low_ && x.distance < high_) ++n;
    }
    return static_cast<double>(std::min(n, most_neighbors));
  }
  void tally(const double& value, int sign) override {
    count_[static_cast<std::size_t>(value)] += sign;
    sum_ += sign * value;
  }
  void clear_totals() override {
    std::fill(std::begin(count_), std::end(count_), 0.0);
    sum_ = 0;
  }
  [[nodiscard]] double penalty_of_totals() const override {
    double out = 0;
    for (const auto& [n, share] : shares_) out += std::pow(count_[n] / centres_ - share, 2);
    if (mean_) out += std::pow(mean() - *mean_, 2);
    if (number_) {
      for (std::size_t n = 0; n <= most_neighbors; ++n) {
        out += count_[n] / centres_ * std::pow(static_cast<double>(n) - *number_, 2);
      }
    }
    return out;
  }

 private:
  [[nodiscard]] double mean() const { return sum_ / std::max(1.0, centres_); }
  std::size_t centre_, neighbor_;
  double low_, high_;
  std::optional<double> mean_, number_;
  std::string label_;
  std::vector<std::pair<std::size_t, double>> shares_;
  double count_[most_neighbors + 1] = {};
  double sum_ = 0;
};

// A mean over centres of some positive number.
class MeanConstraint : public CentreConstraint {
 public:
  using CentreConstraint::CentreConstraint;

 protected:
  void tally(const double& value, int sign) override { sum_ += sign * value; }
  void clear_totals() override { sum_ = 0; }
  [[nodiscard]] double penalty_of_totals() const override { return sum_ / std::max(1.0, centres_); }

 private:
  double sum_ = 0;
};

// What one centre's bonds or angles are off by, in widths.
struct Deviation {
  double n = 0, sum = 0, squares = 0, mean = 0;  // mean: what a weight multiplies
  bool operator==(const Deviation&) const = default;
};

// Bonds and angles about a wanted value.
class Spread : public CentreConstraintOf<Deviation> {
 public:
  Spread(const std::string& name, std::optional<double> weight, double wanted, double width,
         std::string unit)
      : CentreConstraintOf(name, weight.value_or(1), false),
        exponent_(!weight),
        wanted_(wanted),
        width_(width),
        unit_(std::move(unit)) {}
  [[nodiscard]] bool is_exponent() const override { return exponent_; }
  [[nodiscard]] std::vector<ConstraintValue> values() const override {
    const double n = std::max(1.0, total_.n);
    return {{"average, " + unit_, wanted_, wanted_ + width_ * total_.sum / n},
            {fmt::format("root mean square off {:g}, {}", wanted_, unit_), width_,
             width_ * std::sqrt(std::max(0.0, total_.squares) / n)}};
  }

 protected:
  void add(Deviation& to, double x) const {
    const double off = (x - wanted_) / width_;
    to.n += 1;
    to.sum += off;
    to.squares += off * off;
  }
  void tally(const Deviation& value, int sign) override {
    total_.n += sign * value.n;
    total_.sum += sign * value.sum;
    total_.squares += sign * value.squares;
    total_.mean += sign * value.mean;
  }
  void clear_totals() override { total_ = {}; }
  [[nodiscard]] double penalty_of_totals() const override {
    return exponent_ ? 0.5 * total_.squares : total_.mean / std::max(1.0, centres_);
  }
  bool exponent_;

 private:
  double wanted_, width_;
  std::string unit_;
  Deviation total_;
};

class Bond : public Spread {
 public:
  Bond(const BondSettings& s, std::size_t a, std::size_t b)
      : Spread("bond " + s.pair, s.weight, s.length_A, s.width_A, "A"), a_(a), b_(b), s_(s) {}
  void widen(PairDistances& listed) const override { listed.widen(a_, b_, s_.cutoff_A); }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<Bond>(*this);
  }

 protected:
  [[nodiscard]] bool is_centre(std::size_t group) const override { return group == a_; }
  [[nodiscard]] Deviation evaluate(const NearAtoms& near, std::size_t i) const override {
    Deviation out;
    for (const Near& x : near.of(i)) {
      if (near.group(x.atom) != b_ || x.distance >= s_.cutoff_A) continue;
      if (exponent_ && a_ == b_ && x.atom < i) continue;  // each bond once
      add(out, x.distance);
    }
    out.mean = out.squares;
    return out;
  }

 private:
  std::size_t a_, b_;
  BondSettings s_;
};

class Angle : public Spread {
 public:
  Angle(const AngleSettings& s, std::size_t a, std::size_t b, std::size_t c)
      : Spread("angle " + s.angle, s.weight, s.degrees, s.width_deg, "deg"),
        a_(a),
        b_(b),
        c_(c),
        s_(s) {}
  void widen(PairDistances& listed) const override {
    listed.widen(b_, a_, s_.cutoff_A);
    listed.widen(b_, c_, s_.cutoff_A);
  }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<Angle>(*this);
  }

 protected:
  [[nodiscard]] bool is_centre(std::size_t group) const override { return group == b_; }
  [[nodiscard]] Deviation evaluate(const NearAtoms& near, std::size_t i) const override {
    Deviation out;
    const auto& list = near.of(i);
    for (std::size_t j = 0; j < list.size(); ++j) {
      for (std::size_t k = j + 1; k < list.size(); ++k) {
        const std::size_t one = near.group(list[j].atom);
        const std::size_t two = near.group(list[k].atom);
        if (!((one == a_ && two == c_) || (one == c_ && two == a_))) continue;
        if (list[j].distance >= s_.cutoff_A || list[k].distance >= s_.cutoff_A) continue;
        const double cosine =
            list[j].vector.dot(list[k].vector) / (list[j].distance * list[k].distance);
        add(out, std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / constants::pi);
      }
    }
    out.mean = out.n > 0 ? out.squares / out.n : 0;
    return out;
  }

 private:
  std::size_t a_, b_, c_;
  AngleSettings s_;
};

class Valence : public MeanConstraint {
 public:
  Valence(const ValenceSettings& s, const PairTable& t)
      : MeanConstraint("bond valence " + s.atom, s.weight, false),
        s_(s),
        centre_(t.group(s.atom)),
        r0_(t.groups(), 0.0) {
    for (const auto& [name, r0] : s.r0_A) r0_[t.group(name)] = r0;
  }
  void widen(PairDistances& listed) const override {
    for (std::size_t b = 0; b < r0_.size(); ++b) {
      if (r0_[b] > 0) listed.widen(centre_, b, s_.cutoff_A);
    }
  }
  [[nodiscard]] std::vector<ConstraintValue> values() const override {
    return {
        {fmt::format("{}: mean of (bond valence sum - {})^2", s_.atom, s_.valence), 0, penalty()}};
  }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<Valence>(*this);
  }

 protected:
  [[nodiscard]] bool is_centre(std::size_t group) const override { return group == centre_; }
  [[nodiscard]] double evaluate(const NearAtoms& near, std::size_t i) const override {
    double sum = 0;
    for (const Near& x : near.of(i)) {
      const double r0 = r0_[near.group(x.atom)];
      if (r0 > 0 && x.distance < s_.cutoff_A) sum += std::exp((r0 - x.distance) / s_.b_A);
    }
    return std::pow(sum - s_.valence, 2);
  }

 private:
  ValenceSettings s_;
  std::size_t centre_;
  std::vector<double> r0_;
};

// Partners are those of the first reset(), which is that of the starting model.
class KeepBonds : public MeanConstraint {
 public:
  KeepBonds(const std::map<std::string, double>& bonds, const PairTable& t)
      : MeanConstraint("keep bonds", 1, true), cutoff_(t.groups()) {
    for (const auto& [pair, cutoff] : bonds) {
      const auto [a, b] = parse_pair(t, pair, "keep_bonds");
      cutoff_.widen(a, b, cutoff);
    }
  }
  void widen(PairDistances& listed) const override {
    for (std::size_t a = 0; a < cutoff_.groups; ++a) {
      for (std::size_t b = 0; b < cutoff_.groups; ++b) {
        if (cutoff_.of(a, b) > 0) listed.widen(a, b, cutoff_.of(a, b));
      }
    }
  }
  void reset(const NearAtoms& near) override {
    if (partners_.empty()) {
      partners_.resize(near.atoms());
      for (std::size_t i = 0; i < near.atoms(); ++i) {
        for (const Near& x : near.of(i)) {
          if (x.distance < cutoff_.of(near.group(i), near.group(x.atom))) {
            partners_[i].push_back(x.atom);
          }
        }
      }
    }
    MeanConstraint::reset(near);
  }
  [[nodiscard]] std::vector<ConstraintValue> values() const override {
    return {{"bonds of the start that are broken, an atom", 0, penalty()}};
  }
  [[nodiscard]] std::vector<std::uint32_t> offenders(const NearAtoms& near) const override {
    std::vector<std::uint32_t> out;  // both ends of a bond are centres
    for (std::uint32_t i = 0; i < near.atoms(); ++i) {
      if (evaluate(near, i) > 0) out.push_back(i);
    }
    return out;
  }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<KeepBonds>(*this);
  }

 protected:
  [[nodiscard]] bool is_centre(std::size_t) const override { return true; }
  [[nodiscard]] double evaluate(const NearAtoms& near, std::size_t i) const override {
    double missing = 0;
    for (const auto partner : partners_[i]) {
      bool there = false;
      for (const Near& x : near.of(i)) {
        there = there ||
                (x.atom == partner && x.distance < cutoff_.of(near.group(i), near.group(partner)));
      }
      if (!there) missing += 1;
    }
    return missing;
  }

 private:
  PairDistances cutoff_;
  std::vector<std::vector<std::uint32_t>> partners_;
};

}  // namespace

Schema CoordinationSettings::schema() {
  Schema s("coordination");
  s.text("centre", centre, "species whose neighbours are counted")
      .text("neighbor", neighbor, "species that is counted")
      .quantities("distance", distance_A, Dimension::length, "between which distances",
                  not_negative)
      .quantity_map("shares", shares, Dimension::none,
                    "wanted share of centres with n neighbours, for example 4: 0.9", not_negative)
      .optional_quantity("mean", mean, Dimension::none, "wanted mean number", not_negative)
      .optional_quantity("number", number, Dimension::none,
                         "wanted of every centre: the mean of (n - number)^2 is added, which leads "
                         "the way from afar",
                         not_negative)
      .quantity("weight", weight, Dimension::none, "of the squared deviation", not_negative)
      .flag("hard", hard, "refuse every move that makes it worse");
  return s;
}
std::unique_ptr<Constraint> make_coordination(const CoordinationSettings& s, const PairTable& t) {
  if (s.distance_A.size() != 2 || !(s.distance_A[0] < s.distance_A[1])) {
    throw InputError(fmt::format("coordination {}>{}: distance should be two, like [0 A, 2.6 A]",
                                 s.centre, s.neighbor));
  }
  if (s.shares.empty() && !s.mean && !s.number) {
    throw InputError(
        fmt::format("coordination {}>{} asks for nothing: give shares: {{4: 1}}, "
                    "number: 4 or mean: 4",
                    s.centre, s.neighbor));
  }
  return std::make_unique<Coordination>(s, t);
}

Schema BondSettings::schema() {
  Schema s("bonds");
  s.text("pair", pair, "like P-S")
      .quantity("cutoff", cutoff_A, Dimension::length, "pairs this near are bonds", positive)
      .quantity("length", length_A, Dimension::length, "wanted", positive)
      .quantity("width", width_A, Dimension::length,
                "standard deviation that bonds would have if nothing else pulled", positive)
      .optional_quantity("weight", weight, Dimension::none,
                         "in C, of the mean squared deviation in widths; auto: half of each "
                         "squared deviation is added to the change of C over T_chi as it is",
                         not_negative);
  return s;
}
std::unique_ptr<Constraint> make_bond(const BondSettings& s, const PairTable& t) {
  const auto [a, b] = parse_pair(t, s.pair, "bonds");
  return std::make_unique<Bond>(s, a, b);
}

Schema AngleSettings::schema() {
  Schema s("angles");
  s.text("angle", angle, "like S-P-S, the centre in the middle")
      .quantity("cutoff", cutoff_A, Dimension::length, "neighbours this near take part", positive)
      .quantity("degrees", degrees, Dimension::none, "wanted angle in degrees", positive)
      .quantity("width", width_deg, Dimension::none,
                "standard deviation in degrees that angles would have if nothing else pulled",
                positive)
      .optional_quantity("weight", weight, Dimension::none,
                         "in C, of the mean squared deviation in widths; auto: half of each "
                         "squared deviation is added to the change of C over T_chi as it is",
                         not_negative);
  return s;
}
std::unique_ptr<Constraint> make_angle(const AngleSettings& s, const PairTable& t) {
  const auto names = split(s.angle, '-');
  if (names.size() != 3) {
    throw InputError(fmt::format("angles: \"{}\" is not an angle: write it like S-P-S", s.angle));
  }
  return std::make_unique<Angle>(s, t.group(names[0]), t.group(names[1]), t.group(names[2]));
}

Schema ValenceSettings::schema() {
  Schema s("bond_valence");
  s.text("atom", atom, "species whose valence is summed")
      .quantity_map("r0", r0_A, Dimension::length, "R0 of its bonds, by neighbour", positive)
      .quantity("b", b_A, Dimension::length, "softness", positive)
      .quantity("cutoff", cutoff_A, Dimension::length, "farthest neighbour", positive)
      .quantity("valence", valence, Dimension::none, "wanted sum", positive)
      .quantity("weight", weight, Dimension::none, "of the mean squared deviation", not_negative);
  return s;
}
std::unique_ptr<Constraint> make_valence(const ValenceSettings& s, const PairTable& t) {
  if (s.r0_A.empty()) {
    throw InputError(fmt::format("bond_valence {}: gives no r0: add r0: {{S: 1.94 A}}", s.atom));
  }
  return std::make_unique<Valence>(s, t);
}

std::unique_ptr<Constraint> make_keep(const std::map<std::string, double>& bonds,
                                      const PairTable& t) {
  return std::make_unique<KeepBonds>(bonds, t);
}

}  // namespace vitrion::rmc
