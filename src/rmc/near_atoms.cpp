#include "rmc/near_atoms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace vitrion::rmc {

NearAtoms::NearAtoms(std::vector<std::uint16_t> group, PairDistances shortest, PairDistances listed)
    : group_(std::move(group)), shortest_(std::move(shortest)), listed_(std::move(listed)) {
  any_listed_ = listed_.largest() > 0;
  lists_.resize(group_.size());
  mark_.assign(group_.size(), 0);
}

template <class Body>
void NearAtoms::each_box(const Site& at, const Body& body) const {
  const std::size_t own = box_of(at, boxes_);
  const auto nz = static_cast<std::size_t>(boxes_[2]);
  const auto ny = static_cast<std::size_t>(boxes_[1]);
  const int place[3] = {static_cast<int>(own / (nz * ny)), static_cast<int>(own / nz % ny),
                        static_cast<int>(own % nz)};
  int list[3][3];
  int count[3];
  for (std::size_t k = 0; k < 3; ++k) {
    const int n = boxes_[k];
    count[k] = std::min(n, 3);
    for (int d = 0; d < count[k]; ++d) {
      list[k][d] = n < 3 ? d : (place[k] + d - 1 + n) % n;
    }
  }
  for (int i = 0; i < count[0]; ++i) {
    for (int j = 0; j < count[1]; ++j) {
      const std::size_t row =
          (static_cast<std::size_t>(list[0][i]) * ny + static_cast<std::size_t>(list[1][j])) * nz;
      for (int k = 0; k < count[2]; ++k) {
        if (!body(box_[row + static_cast<std::size_t>(list[2][k])])) return;
      }
    }
  }
}

void NearAtoms::reset(const Cell& cell, std::span<const Site> sites) {
  cell_ = cell;
  step_ = cell.vectors() / steps;
  sites_.assign(sites.begin(), sites.end());
  const double longest = std::max(shortest_.largest(), listed_.largest());
  const Vec3 heights = cell.heights();
  if (longest > 0.5 * heights.minCoeff()) {
    throw InputError(
        fmt::format("a constraint looks as far as {:.2f} A, and half the smallest "
                    "height of the cell is {:.2f} A: the cell is too small for it",
                    longest, 0.5 * heights.minCoeff()));
  }
  for (int k = 0; k < 3; ++k) {
    boxes_[static_cast<std::size_t>(k)] =
        longest > 0 ? std::clamp(static_cast<int>(heights[k] / longest), 1, 256) : 1;
  }
  box_.assign(static_cast<std::size_t>(boxes_[0]) * static_cast<std::size_t>(boxes_[1]) *
                  static_cast<std::size_t>(boxes_[2]),
              {});
  box_at_.resize(sites_.size());
  for (std::uint32_t i = 0; i < sites_.size(); ++i) {
    box_at_[i] = static_cast<std::uint32_t>(box_of(sites_[i], boxes_));
    box_[box_at_[i]].push_back(i);
  }
  changed_.clear();
  back_.clear();
  std::fill(mark_.begin(), mark_.end(), 0U);
  const PairDistances strict = shortest_;
  std::fill(shortest_.value.begin(), shortest_.value.end(), 0.0);  // only lists are wanted here
  for (std::uint32_t i = 0; i < sites_.size(); ++i) query(i, sites_[i], lists_[i]);
  shortest_ = strict;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> NearAtoms::overlapping() const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (std::uint32_t i = 0; i < sites_.size(); ++i) {
    each_box(sites_[i], [&](const std::vector<std::uint32_t>& box) {
      for (const auto j : box) {
        if (j <= i) continue;
        const Site d = sites_[j] - sites_[i];
        const double r = (step_ * Vec3(d.x, d.y, d.z)).norm();
        if (r < shortest_.of(group_[i], group_[j])) out.emplace_back(i, j);
      }
      return true;
    });
  }
  return out;
}

bool NearAtoms::query(std::uint32_t atom, const Site& at, std::vector<Near>& out) const {
  out.clear();
  const std::size_t a = group_[atom];
  const double* shortest = shortest_.value.data() + a * shortest_.groups;
  const double* listed = listed_.value.data() + a * listed_.groups;
  const Site& was = sites_[atom];
  bool good = true;
  each_box(at, [&](const std::vector<std::uint32_t>& box) {
    for (const auto j : box) {
      if (j == atom) continue;
      const Site d = sites_[j] - at;
      const Vec3 v = step_ * Vec3(d.x, d.y, d.z);
      const double r2 = v.squaredNorm();
      const std::size_t b = group_[j];
      if (r2 < shortest[b] * shortest[b]) {
        const Site e = sites_[j] - was;
        if (!(r2 > (step_ * Vec3(e.x, e.y, e.z)).squaredNorm())) {
          good = false;
          return false;
        }
      }
      if (r2 < listed[b] * listed[b]) out.push_back({j, std::sqrt(r2), v});
    }
    return true;
  });
  return good;
}

void NearAtoms::set_site(std::uint32_t atom, const Site& to) {
  sites_[atom] = to;
  const auto box = static_cast<std::uint32_t>(box_of(to, boxes_));
  if (box == box_at_[atom]) return;
  auto& from = box_[box_at_[atom]];
  *std::find(from.begin(), from.end(), atom) = from.back();
  from.pop_back();
  box_[box].push_back(atom);
  box_at_[atom] = box;
}

void NearAtoms::keep(std::uint32_t atom) {
  if (mark_[atom] != 0) return;
  changed_.push_back(atom);
  mark_[atom] = static_cast<std::uint32_t>(changed_.size());
  if (before_.size() < changed_.size()) before_.emplace_back();
  before_[changed_.size() - 1] = lists_[atom];
}

bool NearAtoms::apply(std::span<const AtomMove> moves) {
  // The common case: one atom that comes too close changes nothing at all.
  if (moves.size() == 1 && !query(moves[0].atom, moves[0].to, found_)) return false;
  for (const auto i : changed_) mark_[i] = 0;
  changed_.clear();
  back_.clear();
  for (const AtomMove& m : moves) {
    keep(m.atom);
    back_.push_back({m.atom, sites_[m.atom]});
  }
  const auto moved = [&](std::uint32_t atom) {
    return mark_[atom] != 0 && mark_[atom] <= moves.size();
  };
  for (const AtomMove& m : moves) {
    for (const Near& n : lists_[m.atom]) {
      if (moved(n.atom)) continue;
      keep(n.atom);
      auto& list = lists_[n.atom];
      for (std::size_t k = 0; k < list.size(); ++k) {
        if (list[k].atom != m.atom) continue;
        list[k] = list.back();
        list.pop_back();
        break;
      }
    }
  }
  for (const AtomMove& m : moves) set_site(m.atom, m.to);
  for (const AtomMove& m : moves) {
    // Atoms that move together are judged where they all end.
    if (moves.size() > 1 && !query(m.atom, m.to, found_)) {
      undo();
      return false;
    }
    for (const Near& n : found_) {
      if (moved(n.atom)) continue;
      keep(n.atom);
      lists_[n.atom].push_back({m.atom, n.distance, -n.vector});
    }
    lists_[m.atom] = found_;
  }
  return true;
}

void NearAtoms::undo() {
  for (std::size_t k = 0; k < changed_.size(); ++k) lists_[changed_[k]].swap(before_[k]);
  for (std::size_t k = back_.size(); k-- > 0;) set_site(back_[k].atom, back_[k].to);
  back_.clear();
}

}  // namespace vitrion::rmc
