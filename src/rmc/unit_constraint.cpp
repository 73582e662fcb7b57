#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "rmc/constraint.hpp"

namespace vitrion::rmc {
namespace {

// What is counted, of formers and then of anions.
enum Count : std::size_t {
  alone,
  corner_pair,
  bonded_pair,
  q0,
  q1,
  q2,
  q3,
  q4,
  edge,
  over,
  counts
};

struct Target {
  Count count;
  std::string name;
  double share;
};

class Units : public Constraint {
 public:
  Units(const UnitSettings& s, const PairTable& t)
      : Constraint(fmt::format("units {}-{}", s.former, s.anion), s.weight, s.hard),
        s_(s),
        former_(t.group(s.former)),
        anion_(t.group(s.anion)),
        formers_(t.count(former_)),
        anions_(t.count(anion_)) {
    const std::vector<std::pair<std::string, Count>> known{
        {fmt::format("{}{}4", s.former, s.anion), alone},
        {fmt::format("{}2{}7", s.former, s.anion), corner_pair},
        {fmt::format("{}2{}6", s.former, s.anion), bonded_pair},
        {"Q0", q0},
        {"Q1", q1},
        {"Q2", q2},
        {"Q3", q3},
        {"Q4", q4}};
    std::vector<std::string> names;
    for (const auto& [name, count] : known) names.push_back(name);
    for (const auto& [name, share] : s.shares) {
      const auto at = std::find(names.begin(), names.end(), name);
      if (at == names.end()) {
        throw InputError(fmt::format("units: there is no \"{}\"{}: choose from {}", name,
                                     did_you_mean(name, names), join(names, ", ")));
      }
      targets_.push_back({known[static_cast<std::size_t>(at - names.begin())].second, name, share});
    }
    if (!s.share_edges) targets_.push_back({edge, "edge-sharing " + s.former, 0});
    targets_.push_back({over, s.anion + " with more than two " + s.former, 0});
  }

  void widen(PairDistances& listed) const override {
    listed.widen(former_, anion_, s_.cutoff_A);
    if (s_.former_cutoff_A > 0) listed.widen(former_, former_, s_.former_cutoff_A);
  }
  void reset(const NearAtoms& near) override {
    bonded_.assign(near.atoms(), {});
    is_.assign(near.atoms(), 0);
    seen_.assign(near.atoms(), 0);
    for (std::uint32_t i = 0; i < near.atoms(); ++i) {
      if (!in_network(near, i)) continue;
      if (near.group(i) == former_) is_[i] = 1;
      partners_of(near, i, bonded_[i]);
    }
    value_.assign(near.atoms(), 0);
    total_.fill(0);
    for (std::uint32_t i = 0; i < near.atoms(); ++i) {
      if (!in_network(near, i)) continue;
      value_[i] = evaluate(i);
      tally(value_[i], 1);
    }
    penalty_ = penalty_of_totals();
    bond_undo_.clear();
    value_undo_.clear();
  }
  double propose(const NearAtoms& near) override {
    bond_undo_.clear();
    value_undo_.clear();
    before_ = penalty_;
    dirty_.clear();
    for (const auto i : near.changed()) {
      if (!in_network(near, i)) continue;
      partners_of(near, i, fresh_);
      if (fresh_ == bonded_[i]) continue;
      mark(i);
      bond_undo_.emplace_back(i, fresh_);
    }
    if (bond_undo_.empty()) return penalty_;
    spread();
    for (auto& [i, bonds] : bond_undo_) bonds.swap(bonded_[i]);
    for (const auto i : dirty_) {
      seen_[i] = 0;
      const std::uint32_t now = evaluate(i);
      if (now == value_[i]) continue;
      value_undo_.emplace_back(i, value_[i]);
      tally(value_[i], -1);
      tally(now, 1);
      value_[i] = now;
    }
    if (!value_undo_.empty()) penalty_ = penalty_of_totals();
    return penalty_;
  }
  void accept() override {
    bond_undo_.clear();
    value_undo_.clear();
  }
  void reject() override {
    for (auto& [i, bonds] : bond_undo_) bonds.swap(bonded_[i]);
    for (const auto& [i, old] : value_undo_) {
      tally(value_[i], -1);
      tally(old, 1);
      value_[i] = old;
    }
    accept();
    penalty_ = before_;
  }
  [[nodiscard]] double penalty() const override { return penalty_; }
  [[nodiscard]] std::vector<ConstraintValue> values() const override {
    std::vector<ConstraintValue> out;
    for (const Target& t : targets_) {
      out.push_back({"share of " + t.name, t.share, share(t.count)});
    }
    return out;
  }
  [[nodiscard]] std::unique_ptr<Constraint> clone() const override {
    return std::make_unique<Units>(*this);
  }

 private:
  using Partners = std::vector<std::uint32_t>;

  [[nodiscard]] bool in_network(const NearAtoms& near, std::uint32_t i) const {
    const std::size_t g = near.group(i);
    return g == former_ || g == anion_;
  }
  void partners_of(const NearAtoms& near, std::uint32_t i, Partners& out) const {
    out.clear();
    const bool former = near.group(i) == former_;
    for (const Near& x : near.of(i)) {
      const std::size_t g = near.group(x.atom);
      const bool bond = (former && g == anion_) || (!former && g == former_)
                            ? x.distance < s_.cutoff_A
                            : former && g == former_ && x.distance < s_.former_cutoff_A;
      if (bond) out.push_back(x.atom);
    }
    std::sort(out.begin(), out.end());
  }
  void mark(std::uint32_t i) {
    if (seen_[i]) return;
    seen_[i] = 1;
    dirty_.push_back(i);
  }
  // What an atom is depends on atoms up to three bonds away, along bonds as they were and as they
  // are; only the first atoms have bonds that differ.
  void spread() {
    const auto follow = [&](const Partners& partners) {
      for (const auto j : partners) mark(j);
    };
    const std::size_t changed = dirty_.size();
    for (std::size_t k = 0; k < changed; ++k) {
      follow(bonded_[dirty_[k]]);
      follow(bond_undo_[k].second);
    }
    std::size_t first = changed;
    for (int hop = 1; hop < 3; ++hop) {
      const std::size_t end = dirty_.size();
      for (std::size_t k = first; k < end; ++k) follow(bonded_[dirty_[k]]);
      first = end;
    }
  }
  struct Local {
    int anions = 0, formers = 0, bridges = 0;
    std::uint32_t partner = 0;  // by a bridge, or by a bond between formers
  };
  [[nodiscard]] Local look(std::uint32_t i) const {
    Local out;
    for (const auto j : bonded_[i]) {
      if (is_[j]) {
        ++out.formers;
        if (out.bridges == 0) out.partner = j;
        continue;
      }
      ++out.anions;
      if (bonded_[j].size() < 2) continue;
      ++out.bridges;
      for (const auto k : bonded_[j]) {
        if (k != i) out.partner = k;
      }
    }
    return out;
  }
  [[nodiscard]] bool shares_edge(std::uint32_t i) const {
    std::array<std::uint32_t, 32> others;
    std::size_t n = 0;
    for (const auto j : bonded_[i]) {
      if (is_[j]) continue;
      for (const auto k : bonded_[j]) {
        if (k == i) continue;
        for (std::size_t m = 0; m < n; ++m) {
          if (others[m] == k) return true;
        }
        if (n < others.size()) others[n++] = k;
      }
    }
    return false;
  }
  // One bit for each thing that is counted.
  [[nodiscard]] std::uint32_t evaluate(std::uint32_t i) const {
    if (!is_[i]) return bonded_[i].size() > 2 ? 1U << over : 0U;
    const Local me = look(i);
    std::uint32_t out = 0;
    if (me.bridges > 1 && shares_edge(i)) out |= 1U << edge;
    if (me.formers == 0 && me.anions == 4) {
      out |= 1U << (q0 + static_cast<std::size_t>(me.bridges));
      if (me.bridges == 0) out |= 1U << alone;
      if (me.bridges == 1) {
        const Local other = look(me.partner);
        if (other.formers == 0 && other.anions == 4 && other.bridges == 1) out |= 1U << corner_pair;
      }
    }
    if (me.formers == 1 && me.anions == 3 && me.bridges == 0) {
      const Local other = look(me.partner);
      if (other.formers == 1 && other.anions == 3 && other.bridges == 0) out |= 1U << bonded_pair;
    }
    return out;
  }
  void tally(std::uint32_t value, int sign) {
    for (std::size_t c = 0; c < counts; ++c) {
      if (value >> c & 1U) total_[c] += sign;
    }
  }
  [[nodiscard]] double share(Count c) const {
    return static_cast<double>(total_[c]) / (c == over ? anions_ : formers_);
  }
  [[nodiscard]] double penalty_of_totals() const {
    double out = 0;
    for (const Target& t : targets_) out += std::pow(share(t.count) - t.share, 2);
    return out;
  }

  UnitSettings s_;
  std::size_t former_, anion_;
  double formers_, anions_;
  std::vector<Target> targets_;
  std::vector<Partners> bonded_;
  std::vector<std::uint8_t> is_;  // a former
  std::vector<std::uint8_t> seen_;
  std::vector<std::uint32_t> value_;
  std::array<long, counts> total_{};
  double penalty_ = 0;
  double before_ = 0;
  std::vector<std::uint32_t> dirty_;
  Partners fresh_;
  std::vector<std::pair<std::uint32_t, Partners>> bond_undo_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> value_undo_;
};

}  // namespace

Schema UnitSettings::schema() {
  Schema s("units");
  s.text("former", former, "centre of the tetrahedra")
      .text("anion", anion, "at their corners")
      .quantity("cutoff", cutoff_A, Dimension::length, "bond of a former with an anion", positive)
      .quantity("former_cutoff", former_cutoff_A, Dimension::length,
                "bond between formers; 0 A: none", not_negative)
      .quantity_map("shares", shares, Dimension::none,
                    "wanted shares of formers, for example PS4: 0.7, P2S7: 0.3; Q0 … Q4 count "
                    "tetrahedra by their bridging anions",
                    not_negative)
      .flag("share_edges", share_edges, "let two formers share two anions")
      .quantity("weight", weight, Dimension::none, "of the squared deviations", not_negative)
      .flag("hard", hard, "refuse every move that makes it worse");
  return s;
}

std::unique_ptr<Constraint> make_units(const UnitSettings& s, const PairTable& t) {
  double sum = 0;
  for (const auto& [name, share] : s.shares) {
    if (name[0] != 'Q') sum += share;
    if (share > 1) {
      throw InputError(
          fmt::format("units: the share of {} is {}, and no share is above 1", name, share));
    }
  }
  if (sum > 1 + 1e-9) {
    throw InputError(fmt::format("units: the shares add up to {:.4g}, more than all", sum));
  }
  return std::make_unique<Units>(s, t);
}

}  // namespace vitrion::rmc
