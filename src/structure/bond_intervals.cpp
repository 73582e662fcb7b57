#include "structure/bond_intervals.hpp"

#include <algorithm>

namespace vitrion {

void BondIntervals::add(std::int64_t frame, const std::vector<BondKey>& bonds) {
  BondIntervals one;
  one.first_ = one.last_ = frame;
  for (const BondKey bond : bonds) one.open_.push_back({bond, frame, frame});
  merge(one);
}

void BondIntervals::merge(const BondIntervals& later) {
  if (later.last_ < later.first_) return;
  if (last_ < first_) {
    *this = later;
    return;
  }
  std::vector<BondInterval> starting;  // those of `later` that could go on from ours
  for (const auto& i : later.open_) {
    if (i.first == later.first_) starting.push_back(i);
  }
  for (const auto& i : later.closed_) {
    (i.first == later.first_ ? starting : closed_).push_back(i);
  }
  const auto by_bond = [](const auto& a, const auto& b) { return a.bond < b.bond; };
  std::sort(starting.begin(), starting.end(), by_bond);
  std::vector<BondInterval> open;
  for (const auto& i : later.open_) {
    if (i.first != later.first_) open.push_back(i);
  }
  const auto place = [&](const BondInterval& i) {
    (i.last == later.last_ ? open : closed_).push_back(i);
  };
  auto ours = open_.begin();
  for (const auto& theirs : starting) {
    while (ours != open_.end() && ours->bond < theirs.bond) closed_.push_back(*ours++);
    if (ours != open_.end() && ours->bond == theirs.bond) {
      place({theirs.bond, ours++->first, theirs.last});
    } else {
      place(theirs);
    }
  }
  closed_.insert(closed_.end(), ours, open_.end());
  std::sort(open.begin(), open.end(), by_bond);
  open_ = std::move(open);
  last_ = later.last_;
}

std::vector<BondInterval> BondIntervals::all(std::int64_t tolerance) const {
  std::vector<BondInterval> list = closed_;
  list.insert(list.end(), open_.begin(), open_.end());
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.bond != b.bond ? a.bond < b.bond : a.first < b.first;
  });
  std::vector<BondInterval> out;
  for (const auto& i : list) {
    if (!out.empty() && out.back().bond == i.bond && i.first - out.back().last - 1 <= tolerance) {
      out.back().last = i.last;
    } else {
      out.push_back(i);
    }
  }
  return out;
}

// slope · (t − from + 1) for t ≥ from.
void LagSums::ramp(std::int64_t from, double slope) {
  if (from <= 0) {
    value_ += slope * static_cast<double>(1 - from);
    slope_ += slope;
  } else if (from < static_cast<std::int64_t>(second_.size())) {
    second_[static_cast<std::size_t>(from)] += slope;
  }
}

void LagSums::add_pairs(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  const std::int64_t start = c - b;
  const std::int64_t n = b - a + 1;
  const std::int64_t m = d - c + 1;
  ramp(start, 1);
  ramp(start + std::min(n, m), -1);
  ramp(start + std::max(n, m), -1);
  ramp(start + n + m, 1);
}

void LagSums::add_unbroken(std::int64_t frames) {
  value_ += static_cast<double>(frames);
  slope_ -= 1;
  ramp(frames + 1, 1);
}

std::vector<double> LagSums::values() const {
  std::vector<double> out;
  double value = value_;
  double slope = slope_;
  out.push_back(value);
  for (std::size_t t = 1; t < second_.size(); ++t) {
    slope += second_[t];
    value += slope;
    out.push_back(value);
  }
  return out;
}

}  // namespace vitrion
