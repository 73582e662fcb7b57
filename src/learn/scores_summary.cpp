#include "learn/scores_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/constants.hpp"

namespace vitrion::scoring {
namespace {

constexpr std::size_t most_blocks = 20;

// Which block each record is in: the k-th stretch of every series; short series take turns.
std::map<const Record*, std::size_t> blocks_of(const std::vector<Record>& records) {
  std::map<std::pair<std::string, std::string>, Records> series;
  std::vector<const std::pair<const std::pair<std::string, std::string>, Records>*> order;
  for (const auto& r : records) {
    const auto [at, added] = series.try_emplace({r.file, r.phase});
    if (added) order.push_back(&*at);
    at->second.push_back(&r);
  }
  const std::size_t blocks = std::min(most_blocks, records.size());
  std::map<const Record*, std::size_t> out;
  std::size_t turn = 0;
  for (const auto* one : order) {
    const auto& list = one->second;
    for (std::size_t i = 0; i < list.size(); ++i)
      out[list[i]] = list.size() >= blocks ? i * blocks / list.size() : turn++ % blocks;
  }
  return out;
}

}  // namespace

Summary::Summary(const std::vector<Record>& records, ReferenceEnergies shift)
    : shift_(std::move(shift)),
      block_(blocks_of(records)),
      blocks_(std::min(most_blocks, records.size())) {}

double Summary::shifted_energy_eV(const Record& r) const {
  return *r.energy_eV + (shift_.per_atom_eV.empty() ? 0.0 : shift_.of(r.atoms));
}

double Summary::energy_error(const Record& r) const {
  return (shifted_energy_eV(r) - *r.energy_label_eV) / static_cast<double>(r.size());
}

std::string Summary::how() const {
  return blocks_ < 3 ? "none: fewer than 3 frames"
                     : fmt::format("jackknife over {} blocks", blocks_);
}

Row Summary::row(const Records& records, const std::string& element) const {
  std::map<std::size_t, std::vector<double>> sums;
  Row out;
  out.frames = records.size();
  for (const auto* r : records) {
    auto& s = sums.try_emplace(block_.at(r), std::vector<double>(9, 0.0)).first->second;
    if (element.empty() && r->energy_eV) {
      const double error = energy_error(*r);
      s[0] += error * error;
      s[1] += std::abs(error);
      s[2] += 1;
    }
    Scores::Sum force;
    if (element.empty()) {
      force = r->all_forces();
    } else if (const auto found = r->force.find(element); found != r->force.end()) {
      force = found->second;
    }
    s[3] += force.square;
    s[4] += force.absolute;
    s[5] += force.label_square;
    s[6] += force.count;
    s[7] += r->stress.square;
    s[8] += r->stress.count;
    out.components += force.count;
  }
  BlockSums blocks(most_blocks);
  for (const auto& [k, s] : sums) blocks.append(s, 1);
  if (blocks.empty()) return out;
  const auto found = blocks.jackknife_all([](std::span<const double> m) {
    const auto root = [&](std::size_t top, std::size_t count) {
      return m[count] > 0 ? std::sqrt(m[top] / m[count]) : not_known;
    };
    const auto mean = [&](std::size_t top, std::size_t count) {
      return m[count] > 0 ? m[top] / m[count] : not_known;
    };
    return std::vector<double>{1e3 * root(0, 2),
                               1e3 * mean(1, 2),
                               1e3 * root(3, 6),
                               1e3 * mean(4, 6),
                               constants::eV_A3_in_GPa * root(7, 8),
                               1e3 * root(5, 6)};
  });
  out.energy_rmse = found[0];
  out.energy_mae = found[1];
  out.force_rmse = found[2];
  out.force_mae = found[3];
  out.stress_rmse = found[4];
  out.force_rms = found[5];
  return out;
}

}  // namespace vitrion::scoring
