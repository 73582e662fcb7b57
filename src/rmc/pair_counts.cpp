#include "rmc/pair_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "rmc/pair_kernels.hpp"

namespace vitrion::rmc {

PairCounts::PairCounts(const Cell& cell, std::vector<std::uint16_t> group, std::size_t groups,
                       double width_A, std::size_t bins)
    : width_(width_A), bins_(bins), groups_(groups), group_(std::move(group)) {
  const double r_max = width_ * static_cast<double>(bins_);
  const double half = 0.5 * cell.heights().minCoeff();
  if (!cell.fully_periodic()) throw InputError("a periodic cell is needed to count pairs");
  if (r_max > half + 1e-9) {
    throw InputError(fmt::format(
        "pairs up to {:.2f} A were asked for, and half the smallest height of the cell is {:.2f} "
        "A: choose a smaller range or a larger cell",
        r_max, half));
  }
  counts_.assign(groups_ * (groups_ + 1) / 2 * bins_, 0);
  set_cell(cell);
}

std::size_t PairCounts::pair(std::size_t a, std::size_t b) const {
  if (a > b) std::swap(a, b);
  return a * groups_ - a * (a + 1) / 2 + b;
}

void PairCounts::set_cell(const Cell& cell) {
  Mat3 rotation;
  const Mat3 h = cell.standard_orientation(rotation).vectors();
  const double scale = 1 / (width_ * steps);
  const double parts[6] = {h(0, 0), h(0, 1), h(0, 2), h(1, 1), h(1, 2), h(2, 2)};
  for (int k = 0; k < 6; ++k) metric_[k] = static_cast<float>(parts[k] * scale);
  // The farthest corner of the fractional cube: bins beyond the range take what lies there, so that
  // the loops need no branch.
  double farthest = 0;
  for (int corner = 0; corner < 4; ++corner) {
    const Vec3 s(0.5, corner & 1 ? 0.5 : -0.5, corner & 2 ? 0.5 : -0.5);
    farthest = std::max(farthest, (h * s).norm());
  }
  stride_ = static_cast<std::size_t>(farthest * 1.0001 / width_) + 2;
  // Boxes a third of the range wide pay once the cell is much wider than the range.
  const Vec3 heights = cell.heights();
  const double range = width_ * static_cast<double>(bins_);
  bool worth = false;
  for (int k = 0; k < 3; ++k) {
    const auto at = static_cast<std::size_t>(k);
    boxes_[at] = std::max(1, static_cast<int>(3 * heights[k] / range));
    const double edge = heights[k] / boxes_[at];
    // One more than the range, for the length of a move.
    reach_[at] = static_cast<int>(std::ceil((range + 0.5) / edge));
    worth = worth || 2 * reach_[at] + 1 < boxes_[at];
  }
  if (!worth) {
    boxes_ = {1, 1, 1};
    reach_ = {0, 0, 0};
  }
}

void PairCounts::put(std::size_t atom, std::size_t box) {
  if (filled_[box] == capacity_) {  // a crowded box: lay all out anew with more room
    fill_slots();
    return;
  }
  const std::size_t slot = box * capacity_ + filled_[box]++;
  const Site& s = sites_[atom];
  x_[slot] = s.x;
  y_[slot] = s.y;
  z_[slot] = s.z;
  base_[slot] = static_cast<std::int32_t>(group_[atom] * stride_);
  atom_at_[slot] = static_cast<std::uint32_t>(atom);
  slot_of_[atom] = static_cast<std::uint32_t>(slot);
}

void PairCounts::take(std::size_t atom) {
  const std::size_t slot = slot_of_[atom];
  const std::size_t box = slot / capacity_;
  const std::size_t last = box * capacity_ + --filled_[box];
  x_[slot] = x_[last];
  y_[slot] = y_[last];
  z_[slot] = z_[last];
  base_[slot] = base_[last];
  atom_at_[slot] = atom_at_[last];
  slot_of_[atom_at_[slot]] = static_cast<std::uint32_t>(slot);
  base_[last] = empty_base();
}

void PairCounts::fill_slots() {
  const auto boxes = static_cast<std::size_t>(boxes_[0]) * static_cast<std::size_t>(boxes_[1]) *
                     static_cast<std::size_t>(boxes_[2]);
  std::vector<std::size_t> load(boxes, 0);
  for (const Site& s : sites_) ++load[box_of(s, boxes_)];
  const std::size_t most = *std::max_element(load.begin(), load.end());
  capacity_ = boxes == 1 ? most : most + most / 4 + 8;
  capacity_ = (capacity_ + slot_multiple - 1) / slot_multiple * slot_multiple;
  const std::size_t slots = boxes * capacity_;
  x_.assign(slots, 0);
  y_.assign(slots, 0);
  z_.assign(slots, 0);
  base_.assign(slots, empty_base());
  atom_at_.assign(slots, 0);
  slot_of_.assign(sites_.size(), 0);
  filled_.assign(boxes, 0);
  marked_.assign(boxes, 0);
  for (std::size_t i = 0; i < sites_.size(); ++i) put(i, box_of(sites_[i], boxes_));
  old_.resize(capacity_);
  new_.resize(capacity_);
}

void PairCounts::reset(const Cell& cell, std::span<const Site> sites) {
  set_cell(cell);
  sites_.assign(sites.begin(), sites.end());
  fill_slots();
  counts_ = recount();
}

void PairCounts::runs_around(const Site& from, const Site& to) {
  runs_.clear();
  if (marked_.size() == 1) {
    runs_.push_back({0, capacity_});
    return;
  }
  // Both sites lie within the half ångström of a move that reach_ allows for, or else both
  // neighbourhoods are swept, each box once.
  boxes_in_reach_.clear();
  const auto around = [&](const Site& s) {
    const auto part = [](std::int32_t at, int n) {
      return static_cast<int>(
          (static_cast<std::uint64_t>(static_cast<std::uint32_t>(at)) * static_cast<unsigned>(n)) >>
          32);
    };
    const int at[3] = {part(s.x, boxes_[0]), part(s.y, boxes_[1]), part(s.z, boxes_[2])};
    int low[3];
    int high[3];
    for (std::size_t k = 0; k < 3; ++k) {
      const bool all = 2 * reach_[k] + 1 >= boxes_[k];
      low[k] = all ? 0 : at[k] - reach_[k];
      high[k] = all ? boxes_[k] - 1 : at[k] + reach_[k];
    }
    const auto wrapped = [&](int i, std::size_t k) {
      return static_cast<std::uint32_t>((i % boxes_[k] + boxes_[k]) % boxes_[k]);
    };
    for (int i = low[0]; i <= high[0]; ++i) {
      for (int j = low[1]; j <= high[1]; ++j) {
        const std::uint32_t row =
            (wrapped(i, 0) * static_cast<std::uint32_t>(boxes_[1]) + wrapped(j, 1)) *
            static_cast<std::uint32_t>(boxes_[2]);
        for (int k = low[2]; k <= high[2]; ++k) {
          const std::uint32_t box = row + wrapped(k, 2);
          if (marked_[box]) continue;
          marked_[box] = 1;
          boxes_in_reach_.push_back(box);
        }
      }
    }
  };
  around(from);
  if (box_of(from, boxes_) != box_of(to, boxes_)) around(to);
  for (const auto box : boxes_in_reach_) {
    marked_[box] = 0;
    if (filled_[box] == 0) continue;
    runs_.push_back(
        {box * capacity_, (filled_[box] + slot_multiple - 1) / slot_multiple * slot_multiple});
  }
}

void PairCounts::sweep(const Site& from, const Site& to, PairChange& change) {
  runs_around(from, to);
  for (const Run& run : runs_) {
    pair_kernels().bins({x_.data() + run.first, y_.data() + run.first, z_.data() + run.first,
                         base_.data() + run.first, run.count},
                        from, to, metric_, old_.data(), new_.data());
    std::int32_t* removed = change.removed.data();
    std::int32_t* added = change.added.data();
    for (std::size_t k = 0; k < run.count; ++k) {
      ++removed[old_[k]];
      ++added[new_[k]];
    }
  }
}

void PairCounts::clear(PairChange& change) const {
  change.stride = stride_;
  const std::size_t n = (groups_ + 1) * stride_;
  change.added.assign(n, 0);
  change.removed.assign(n, 0);
}

void PairCounts::add_move(std::size_t atom, const Site& to, PairChange& change) {
  // The atom itself is among those swept: its row is one that nobody reads.
  const std::size_t slot = slot_of_[atom];
  const std::int32_t base = base_[slot];
  base_[slot] = empty_base();
  sweep(sites_[atom], to, change);
  base_[slot] = base;
}

void PairCounts::place(std::size_t atom, const Site& to) {
  sites_[atom] = to;
  const std::size_t slot = slot_of_[atom];
  const std::size_t box = box_of(to, boxes_);
  if (slot / capacity_ == box) {
    x_[slot] = to.x;
    y_[slot] = to.y;
    z_[slot] = to.z;
    return;
  }
  take(atom);
  put(atom, box);
}

void PairCounts::add_counts(std::size_t group, const std::vector<std::int32_t>& more, int sign,
                            std::vector<std::int64_t>& counts) const {
  for (std::size_t b = 0; b < groups_; ++b) {
    std::int64_t* row = counts.data() + pair(group, b) * bins_;
    const std::int32_t* from = more.data() + b * stride_;
    for (std::size_t k = 0; k < bins_; ++k) row[k] += sign * from[k];
  }
}

void PairCounts::difference(const PairChange& change, std::vector<float>& out) const {
  out.resize(groups_ * bins_);
  for (std::size_t b = 0; b < groups_; ++b) {
    const std::int32_t* added = change.added.data() + b * stride_;
    const std::int32_t* removed = change.removed.data() + b * stride_;
    float* to = out.data() + b * bins_;
    for (std::size_t k = 0; k < bins_; ++k) to[k] = static_cast<float>(added[k] - removed[k]);
  }
}

void PairCounts::commit(std::size_t group, const PairChange& change) {
  add_counts(group, change.added, 1, counts_);
  add_counts(group, change.removed, -1, counts_);
}

std::vector<std::int64_t> PairCounts::recount() {
  std::vector<std::int64_t> counts(counts_.size(), 0);
  std::vector<PairChange> change(groups_);
  for (auto& c : change) clear(c);
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    add_move(i, sites_[i], change[group_[i]]);
  }
  for (std::size_t g = 0; g < groups_; ++g) add_counts(g, change[g].added, 1, counts);
  for (auto& n : counts) n /= 2;  // each pair was met from both its ends
  return counts;
}

}  // namespace vitrion::rmc
