#include "rmc/site_grid.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace vitrion::rmc {

void SiteGrid::reset(const Cell& cell, std::span<const Site> sites, const std::string& whose) {
  const Vec3 heights = cell.heights();
  if (longest_ > 0.5 * heights.minCoeff()) {
    throw InputError(fmt::format(
        "{} looks as far as {:.2f} A, and half the smallest height of the cell is {:.2f} A: the "
        "cell is too small for it, take more atoms",
        whose, longest_, 0.5 * heights.minCoeff()));
  }
  step_ = cell.vectors() / steps;
  sites_.assign(sites.begin(), sites.end());
  for (std::size_t k = 0; k < 3; ++k) {
    const double height = heights[static_cast<Eigen::Index>(k)];
    boxes_[k] = std::clamp(static_cast<int>(2 * height / longest_), 1, 128);
    boxes_per_A_[k] = boxes_[k] / height;
  }
  box_.assign(static_cast<std::size_t>(boxes_[0]) * static_cast<std::size_t>(boxes_[1]) *
                  static_cast<std::size_t>(boxes_[2]),
              {});
  box_at_.resize(sites_.size());
  for (std::uint32_t i = 0; i < sites_.size(); ++i) {
    box_at_[i] = static_cast<std::uint32_t>(box_of(sites_[i], boxes_));
    box_[box_at_[i]].push_back({sites_[i], i});
  }
}

void SiteGrid::place(std::uint32_t atom, const Site& to) {
  auto& from = box_[box_at_[atom]];
  const auto at =
      std::find_if(from.begin(), from.end(), [&](const Entry& e) { return e.atom == atom; });
  sites_[atom] = to;
  const auto box = static_cast<std::uint32_t>(box_of(to, boxes_));
  if (box == box_at_[atom]) {
    at->site = to;
    return;
  }
  *at = from.back();
  from.pop_back();
  box_[box].push_back({to, atom});
  box_at_[atom] = box;
}

}  // namespace vitrion::rmc
